//! Requests that nobody sent, for the time in which connections open. What each request runs was run once then, and is in
//! memory when the first one comes.

use std::hint::black_box;

use api::app::App;
use lambda_http::{
    Context, LambdaEvent,
    tower::{Service, ServiceExt as _},
};
use tokio::task::yield_now;

use crate::gateway::{Answer, Unread};

/// How much deeper than here a request goes into the stack, in bytes, and then some.
const STACK: usize = 48 * 1_024;
/// How large a buffer of hyper is, in bytes.
const BUFFER: usize = 8 * 1_024;
/// How many of them are taken before one is given back: two for each connection, one for the event, and then some.
const BUFFERS: usize = 8;
/// How large a call of the SDK is while it is under way, in bytes, rounded up as the allocator does it.
const CALL: usize = 6 * 1_024;
/// How many blocks of that size the allocator hands out before it takes one that was given back.
const CALLS: usize = 4;

/// A find, as a REST API sends it.
const EVENT: &str = include_str!("rehearsal.json");

/// Has a service answer a find for each of the keys that sign tokens, or one if none is known yet. None of the tokens is
/// good, so none of the finds comes to a read: that is done after them.
pub(crate) async fn rehearse<S>(service: &mut S, app: &App)
where
    S: Service<LambdaEvent<Unread>, Response = Answer>,
{
    let mut tokens = app.tokens.unsigned();
    if tokens.is_empty() {
        tokens.push("none".to_owned());
    }
    let work = async {
        for token in tokens {
            let Ok(event) = event(app, &token) else {
                return;
            };
            // Whoever waits for a connection goes first.
            yield_now().await;
            let answer = match service.ready().await {
                Ok(service) => service.call(event).await,
                Err(_) => return,
            };
            // As the runtime does; but nobody waits for it.
            let _ = answer.map(|answer| serde_json::to_vec(&answer));
        }
        yield_now().await;
        if let Some(response) = api::http::rehearse_find(app).await {
            let answer = Answer::of(response).await;
            let _ = answer.map(|answer| serde_json::to_vec(&answer));
        }
        touch_memory();
    };
    api::rehearsal::rehearse(work).await;
}

/// Has the kernel map what a request takes of memory beyond what was rehearsed: each page that is touched for the first time
/// costs some microseconds. It goes deeper into the stack, since the runtime stands above it, and its connection reads into
/// buffers of 8 KiB, which its body keeps for a while.
#[expect(clippy::large_stack_arrays, reason = "that is what it is for")]
fn touch_memory() {
    black_box([0_u8; STACK]);
    black_box([(); BUFFERS].map(|()| Vec::<u8>::with_capacity(BUFFER)));
    black_box([(); CALLS].map(|()| Vec::<u8>::with_capacity(CALL)));
}

/// Read the way in which the runtime reads an event: other code would be in memory otherwise.
fn event(app: &App, token: &str) -> Result<LambdaEvent<Unread>, serde_json::Error> {
    let event = EVENT.replace("{stage}", app.stage.name());
    let event = event.replace("{token}", token);
    let event = &mut serde_json::Deserializer::from_slice(event.as_bytes());
    let event = serde_path_to_error::deserialize(event);
    event
        .map(|event| LambdaEvent::new(event, Context::default()))
        .map_err(serde_path_to_error::Error::into_inner)
}

#[cfg(test)]
mod tests {
    use ::tests::{
        issuer::{KEY, OTHER_KEY, key_set},
        stub::Nowhere,
    };
    use std::sync::Arc;

    use api::{config::Config, token::TokenError};
    use base64::{Engine as _, engine::general_purpose::STANDARD};

    use super::*;

    /// One that finds neither a key set nor a store.
    async fn app(nowhere: &Nowhere, key_set: Option<&str>) -> Arc<App> {
        let nowhere = nowhere.url();
        let variables = [
            ("AWS_LAMBDA_FUNCTION_NAME", "function"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "7"),
            ("AWS_REGION", "eu-west-1"),
            ("AWS_ENDPOINT_URL", nowhere.as_str()),
            ("STAGE", "Production"),
            ("MOVIES_TABLE", "movies"),
            ("IDEMPOTENCY_TABLE", "idempotency"),
            ("USER_POOL_ID", "eu-west-1_pool"),
            ("USER_POOL_CLIENT_ID", "client"),
            ("USER_POOL_CLIENT_SECRET", "secret"),
            ("JWKS_URL", nowhere.as_str()),
        ];
        let given = key_set.map(|key_set| ("JWKS", key_set));
        let config = Config::read(|wanted| {
            let mut variables = variables.iter().chain(&given);
            let found = variables.find(|(name, _)| *name == wanted);
            found.map(|(_, value)| (*value).to_owned())
        });
        App::on_aws(config.unwrap(), None).await.0
    }

    #[test]
    fn a_token_for_each_known_key_is_refused_for_its_signature_and_nothing_else() {
        let given = STANDARD.encode(key_set(&[&KEY, &OTHER_KEY]).body.to_string());
        ::tests::block_on(async {
            let nowhere = Nowhere::new();
            let app = app(&nowhere, Some(&given)).await;
            let tokens = app.tokens.unsigned();
            assert_eq!(tokens.len(), 2);
            for token in tokens {
                let verified = app.tokens.verify(&token, app.clock.now()).await;
                assert!(matches!(verified, Err(TokenError::BadSignature)));
            }
        });
    }

    #[test]
    fn the_event_reaches_the_check_of_the_token() {
        ::tests::block_on(async {
            let nowhere = Nowhere::new();
            let app = app(&nowhere, None).await;
            assert_eq!(app.tokens.unsigned(), Vec::<String>::new());
            let mut service = crate::service(Arc::clone(&app));
            let answer = service.call(event(&app, "none").unwrap()).await;
            let answer = serde_json::to_value(answer.unwrap()).unwrap();
            assert_eq!(answer["statusCode"], 401, "{answer}");
        });
    }
}
