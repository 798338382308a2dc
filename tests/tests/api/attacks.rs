//! Attacks with a token, each in a test of its own.
//!
//! All are answered alike, over real HTTP: with 401 and the challenge that RFC 6750 demands. No token is logged,
//! because one that is refused here may be valid elsewhere.

mod authorization;
mod claims;
mod form;
mod header;
mod signature;

use libtest_mimic::Trial;
use serde_json::Value;
use tests::{
    answer::Answer,
    api::{Api, Request},
    issuer::{Issuer, KEY},
    logs::{Capture, Source},
    service::{Served, Service, USER},
};

pub(crate) fn tests() -> Vec<Trial> {
    [
        authorization::tests(),
        claims::tests(),
        form::tests(),
        header::tests(),
        signature::tests(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

const SEND_ANOTHER: &str = r#"Bearer realm="movies", error="invalid_token""#;

/// A service under attack.
struct Target {
    issuer: Issuer,
    served: Served,
    log: Capture,
}

impl Target {
    async fn start() -> Self {
        let issuer = Issuer::start().await;
        let served = Service::embedded(&issuer).serve().await;
        let log = Capture::start(Source::Everything);
        Self {
            issuer,
            served,
            log,
        }
    }

    /// Demands that a request is refused for its token.
    async fn refuses(&self, attack: &str, request: Request) {
        let answer = request.send().await;
        assert_eq!(answer.status, 401, "{attack}: {answer}");
        refused(&answer.lacks(USER));
    }

    /// Demands that nothing of these tokens was logged but, maybe, their headers: those of good and
    /// bad tokens look alike and are no secret.
    fn was_silent_about(&self, tokens: &[String]) {
        let log = self.log.text();
        assert!(log.contains("unauthorized"), "nothing was logged at all");
        for token in tokens {
            for part in token.split('.').skip(1).filter(|part| part.len() > 20) {
                assert!(!log.contains(part), "a part of a token was logged: {part}");
            }
            assert!(token.len() <= 20 || !log.contains(token), "logged: {token}");
        }
    }
}

#[track_caller]
fn refused(answer: &Answer) {
    let answer = answer.clone().problem(401, "unauthorized");
    assert_eq!(answer.header("www-authenticate"), Some(SEND_ANOTHER));
    assert_eq!(answer.header("retry-after"), None);
}

/// Demands that the service refuses all these tokens, and still accepts a good one, so that it refused them for their
/// faults.
async fn refuse(attacks: impl IntoIterator<Item = (impl AsRef<str>, String)>) {
    let target = Target::start().await;
    let mut tokens = Vec::new();
    for (attack, token) in attacks {
        let api = target.served.api.with_token(&token);
        target.refuses(attack.as_ref(), api.list("")).await;
        tokens.push(token);
    }
    assert!(!tokens.is_empty());
    good(&target.served.api).await;
    target.was_silent_about(&tokens);
    // No token made the service fetch the key set more often than a good one does.
    assert!(target.issuer.fetches() <= 1);
}

async fn good(api: &Api) {
    api.list("").send().await.is(200);
}

/// The claims of a good token, with another value for one of them.
fn claims_with(claim: &str, value: impl Into<Value>) -> Value {
    let mut claims = tests::issuer::claims(USER);
    claims[claim] = value.into();
    claims
}

/// A correctly signed token with another value of one claim.
fn with(claim: &str, value: impl Into<Value>) -> String {
    KEY.token(&claims_with(claim, value))
}
