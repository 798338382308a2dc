//! The service on stores in memory, for one input after the other.

use std::sync::{LazyLock, Mutex, PoisonError};

use accounts::token::jwks::{KeySet, Timing};
use aws_smithy_runtime_api::client::{
    http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector},
    orchestrator::{HttpRequest, HttpResponse},
};
use aws_smithy_types::body::SdkBody;
use axum::{Router, body::Body, extract::Request, middleware};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header};
use http_body_util::BodyExt as _;
use kit::user::UserId;
use lambda_http::{Context, LambdaEvent, request::LambdaRequest};
use serde_json::{Value, json};
use tests::{
    answer::Answer,
    block_on,
    contract::{Contract, Exchange},
    every::Every,
    issuer::{KEY, claims},
    service::Service,
};
use tower::ServiceExt as _;

/// The user who is signed in.
pub(crate) const USER: &str = "user-of-the-fuzzer";

/// The user who is signed in.
pub(crate) fn user() -> UserId {
    UserId::new(USER)
}

/// The user's access token, of the process: it is good for as long as a run may take.
pub(crate) static TOKEN: LazyLock<String> = LazyLock::new(|| {
    let mut claims = claims(USER);
    claims["exp"] = (tests::issuer::now() + 23 * 60 * 60).into();
    KEY.token(&claims)
});

/// The issuer's key set, given and never fetched.
pub(crate) static KEYS: LazyLock<KeySet> = LazyLock::new(|| {
    let key_set = json!({ "keys": [KEY.public()] }).to_string();
    let connector = SharedHttpConnector::new(Canned(|| (404, Vec::new())));
    let url = "http://keys.invalid".to_owned();
    let given = KeySet::given(key_set.as_bytes(), url, connector, Timing::default());
    given.expect("a key set")
});

/// A connector without a network.
#[derive(Debug)]
pub(crate) struct Canned(pub(crate) fn() -> (u16, Vec<u8>));

impl HttpConnector for Canned {
    fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
        let (status, body) = (self.0)();
        HttpConnectorFuture::ready(Ok(HttpResponse::new(
            status.try_into().expect("a status"),
            SdkBody::from(body),
        )))
    }
}

/// A request as the router has it.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    method: Method,
    uri: Uri,
    headers: HeaderMap,
}

static WORLD: Mutex<Option<World>> = Mutex::new(None);

/// The service. It is the same for all inputs that write nothing, and a new one after each that may have.
pub(crate) struct World {
    router: Router,
    is_used: bool,
}

impl World {
    /// Does something with a service that no input has written to.
    pub(crate) fn enter(run: impl FnOnce(&mut Self)) {
        // An input that panics leaves nothing behind.
        let mut world = WORLD.lock().unwrap_or_else(PoisonError::into_inner);
        let mut entered = world.take().unwrap_or_else(Self::new);
        run(&mut entered);
        if !entered.is_used {
            *world = Some(entered);
        }
    }

    /// A service with some movies and a watchlist.
    fn new() -> Self {
        let mut world = Self {
            router: block_on(async { Service::embedded_with(KEYS.clone()).router() }),
            is_used: false,
        };
        for number in 0..3 {
            let movie = json!({ "title": format!("{number}0 Movies"), "year": 2015 + number });
            world.write(Method::POST, "/movies/add-movie", &movie, 201);
        }
        let entry = json!({ "title": "Alien", "year": 1979 });
        world.write(Method::PUT, "/me/watchlist/alien", &entry, 201);
        world.is_used = false;
        world
    }

    fn write(&mut self, method: Method, path: &str, body: &Value, status: u16) {
        let body = body.to_string();
        let answer = self.ask(method, path, Some(body.as_bytes()));
        answer.expect("a path").is(status);
    }

    /// Sends a request of the signed-in user; checks and returns the answer.
    pub(crate) fn ask(
        &mut self,
        method: Method,
        path: &str,
        body: Option<&[u8]>,
    ) -> Option<Answer> {
        let mut request = Request::new(Body::from(body.unwrap_or_default().to_vec()));
        *request.uri_mut() = path.parse().ok()?;
        *request.method_mut() = method;
        let headers = request.headers_mut();
        let bearer = format!("Bearer {}", *TOKEN);
        headers.insert(header::AUTHORIZATION, bearer.parse().expect("a header"));
        if body.is_some() {
            let json = HeaderValue::from_static("application/json");
            headers.insert(header::CONTENT_TYPE, json);
        }
        let asked = Asked::of(&request);
        let router = self.router.clone();
        let answer = block_on(async {
            let Ok(response) = router.oneshot(request).await;
            let (head, body) = response.into_parts();
            Answer {
                status: head.status.as_u16(),
                headers: head.headers,
                body: body.collect().await.expect("a whole answer").to_bytes(),
            }
        });
        self.check(&asked, &answer);
        Some(answer)
    }

    /// Sends an event of API Gateway as the runtime has read it; checks and returns the answer, and what the router was asked.
    pub(crate) fn invoke(&mut self, event: LambdaRequest) -> (Asked, Answer) {
        static ASKED: Mutex<Option<Asked>> = Mutex::new(None);

        let noted = middleware::map_request(async |request: Request| {
            *ASKED.lock().unwrap() = Some(Asked::of(&request));
            request
        });
        let events = gateway::events(self.router.clone().layer(noted));
        let event = LambdaEvent::new(event, Context::default());
        let answer = block_on(async {
            let Ok(answer) = events.oneshot(event).await;
            serde_json::to_value(answer).expect("an answer in JSON")
        });
        let answer = answer_of(&answer);
        let asked = ASKED.lock().unwrap().take();
        let asked = asked.expect("the router is asked");
        self.check(&asked, &answer);
        (asked, answer)
    }

    /// An answer is one that the contract has, and none says that the service failed.
    fn check(&mut self, asked: &Asked, answer: &Answer) {
        let exchange = Exchange {
            method: &asked.method,
            path: asked.uri.path(),
            headers: &asked.headers,
            answer,
        };
        let wrong = Contract::get().check(&exchange);
        assert!(
            wrong.is_empty() && answer.status < 500,
            "{asked:?}\nis answered by\n{answer}\n{wrong:#?}"
        );
        // A refused sign-in is counted, so it writes as well.
        let reads = [Method::GET, Method::HEAD, Method::OPTIONS].contains(&asked.method);
        self.is_used |= !reads && (answer.status < 400 || asked.uri.path().starts_with("/auth"));
    }
}

impl Asked {
    fn of(request: &Request) -> Self {
        Self {
            method: request.method().clone(),
            uri: request.uri().clone(),
            headers: request.headers().clone(),
        }
    }

    /// True if it asks for an operation that needs a token.
    pub(crate) fn needs_token(&self) -> bool {
        let operation = Contract::get().operation(&self.method, self.uri.path());
        operation.is_some_and(|operation| Every(operation).is_for_signed_in_callers())
    }

    /// True if it has the user's token, and no other.
    pub(crate) fn has_token(&self) -> bool {
        let sent = self.headers.get_all(header::AUTHORIZATION).iter();
        let sent: Vec<_> = sent.map(HeaderValue::as_bytes).collect();
        let is_token = |sent: &[u8]| {
            let (scheme, token) = sent.split_at_checked(7).unwrap_or_default();
            scheme.eq_ignore_ascii_case(b"Bearer ") && token.trim_ascii() == TOKEN.as_bytes()
        };
        matches!(sent.as_slice(), [sent] if is_token(sent))
    }
}

/// The answer in what the function returns to API Gateway.
fn answer_of(answer: &Value) -> Answer {
    let mut headers = HeaderMap::new();
    let add = |headers: &mut HeaderMap, name: &str, value: &Value| {
        let value = value.as_str().expect("the value of a header is a text");
        headers.append(
            HeaderName::from_bytes(name.as_bytes()).expect("the name of a header"),
            HeaderValue::from_str(value).expect("the value of a header"),
        );
    };
    let single = answer["headers"].as_object().into_iter().flatten();
    for (name, value) in single {
        add(&mut headers, name, value);
    }
    let several = answer["multiValueHeaders"]
        .as_object()
        .into_iter()
        .flatten();
    for (name, values) in several {
        for value in values.as_array().into_iter().flatten() {
            if !headers.contains_key(name) || answer["headers"].get(name).is_none() {
                add(&mut headers, name, value);
            }
        }
    }
    assert_ne!(answer["isBase64Encoded"], true, "every body is a text");
    let status = answer["statusCode"]
        .as_u64()
        .and_then(|status| status.try_into().ok());
    Answer {
        status: status.expect("a status"),
        headers,
        body: answer["body"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
            .into(),
    }
}
