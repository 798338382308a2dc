//! The rules that hold for every operation of the document.

use serde_json::{Value, json};
use tests::{
    api::Request,
    aws::cancelled,
    broken::BROKEN,
    every::{Every, operations},
    issuer::{Issuer, KEY, claims},
    logs::{Capture, Source},
    server::TestServer,
    service::Service,
    stub::{Asked, Canned, Nowhere, Stub},
};

crate::tests![
    a_panic_is_500_and_the_next_request_is_served,
    a_body_that_is_too_large_is_413,
    a_body_that_is_not_declared_as_json_is_415,
    a_parameter_that_is_not_documented_is_400,
    without_a_token_the_operations_of_signed_in_callers_are_401,
    without_the_scope_the_operations_of_signed_in_callers_are_403,
    without_anything_behind_it_an_operation_is_503,
    while_the_first_request_with_a_key_is_at_work_another_is_409,
    a_key_of_another_request_is_422,
];

const LIMIT: usize = 262_144;

async fn a_panic_is_500_and_the_next_request_is_served() {
    let issuer = Issuer::start().await;
    let api = Service::broken(&issuer).api();
    let promising = |every: &Every| every.promises(500);
    for every in operations().into_iter().filter(promising) {
        let log = Capture::start(Source::Function);
        let answer = every
            .request(&api)
            .header("origin", "https://app.example.com")
            .send()
            .await
            .problem(500, "internal")
            .lacks(BROKEN);
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
        let line = log.lines_with(answer.header("x-request-id").unwrap());
        assert!(line.contains(BROKEN), "{line}");
        api.get("/health").send().await.is(200);
    }
}

async fn a_body_that_is_too_large_is_413() {
    let issuer = Issuer::start().await;
    let api = Service::broken(&issuer).api();
    for every in operations().into_iter().filter(Every::has_body) {
        every
            .request(&api)
            .body(" ".repeat(LIMIT + 1))
            .send()
            .await
            .problem(413, "body-too-large");
    }
}

async fn a_body_that_is_not_declared_as_json_is_415() {
    let issuer = Issuer::start().await;
    let api = Service::broken(&issuer).api();
    for every in operations().into_iter().filter(Every::has_body) {
        let undeclared = || every.request(&api).without("content-type");
        let twice = every.request(&api).header("content-type", "text/plain");
        let declared = |declared| undeclared().header("content-type", declared);
        let requests = [
            "",
            "text/plain",
            "application/x-www-form-urlencoded",
            "application/jsonx",
            "application/merge-patch+json",
            "application/json, text/plain",
            "json",
        ]
        .map(declared);
        for request in requests.into_iter().chain([undeclared(), twice]) {
            let answer = request.send().await;
            answer.problem(415, "unsupported-media-type");
        }
    }
}

async fn a_parameter_that_is_not_documented_is_400() {
    let issuer = Issuer::start().await;
    let api = Service::broken(&issuer).api();
    for every in operations() {
        let request: Request = every.request_with(&api, "unheard=of");
        let unknown = [("unheard", "unknown_member")];
        request.send().await.blames(&unknown);
    }
}

async fn without_a_token_the_operations_of_signed_in_callers_are_401() {
    let server = TestServer::start().await;
    let api = server.api();
    for every in operations() {
        let answer = every.request(&api).send().await;
        if every.is_for_signed_in_callers() {
            let answer = answer.problem(401, "unauthorized");
            let challenge = answer.header("www-authenticate");
            assert_eq!(challenge, Some(r#"Bearer realm="movies""#));
        } else {
            assert_ne!(answer.json_or_null()["type"], "/problems/unauthorized");
        }
    }
}

async fn without_the_scope_the_operations_of_signed_in_callers_are_403() {
    const CHALLENGE: &str = r#"Bearer realm="movies", error="insufficient_scope", scope="aws.cognito.signin.user.admin""#;

    let issuer = Issuer::start().await;
    let api = Service::broken(&issuer).api();
    for scope in [None, Some(""), Some("openid email")] {
        let mut claims = claims("ada");
        match scope {
            Some(scope) => claims["scope"] = scope.into(),
            None => drop(claims.as_object_mut().unwrap().remove("scope")),
        }
        let api = api.with_token(&KEY.token(&claims));
        let signed_in = operations().into_iter();
        for every in signed_in.filter(Every::is_for_signed_in_callers) {
            let answer = every.request(&api).send().await;
            let answer = answer.problem(403, "insufficient-scope");
            assert_eq!(answer.header("www-authenticate"), Some(CHALLENGE));
            assert_eq!(answer.header("retry-after"), None);
        }
    }
}

async fn without_anything_behind_it_an_operation_is_503() {
    let issuer = Issuer::start().await;
    let nowhere = Nowhere::new();
    let api = Service::on_aws(&nowhere.url(), &nowhere.url(), &issuer).api();
    let promising = |every: &Every| every.promises(503);
    for every in operations().into_iter().filter(promising) {
        let answer = every.request(&api).send().await.is(503);
        let kind = answer.json()["type"].clone();
        let tags = every.0.object["tags"].as_array().unwrap().iter();
        let of_accounts = tags
            .filter_map(Value::as_str)
            .any(|tag| ["Accounts", "Me"].contains(&tag));
        let expected = if of_accounts {
            "/problems/provider-unavailable"
        } else {
            "/problems/unavailable"
        };
        assert_eq!(kind, expected, "{}", every.0.id);
        assert!(answer.header("retry-after").is_some());
    }
}

/// Why a transaction was cancelled: for a record of this item, and for nothing else in it.
fn refused(asked: &Asked, why: &str, record: Option<&Value>) -> Canned {
    let items = asked.body()["TransactItems"].as_array().unwrap();
    let mut reasons = vec![("None", None); items.len()];
    reasons[0] = (why, record.cloned());
    cancelled(&reasons)
}

/// The requests with an `Idempotency-Key`, over a DynamoDB with these answers.
async fn with_keys(
    answer: impl Fn(&Asked) -> Canned + Send + Sync + 'static,
) -> (Vec<Request>, Stub, Issuer) {
    let issuer = Issuer::start().await;
    let dynamo = Stub::start(answer).await;
    let api = Service::on_aws(dynamo.url(), "http://127.0.0.1:9", &issuer).api();
    let api = api.with_token(&KEY.token(&claims("ada")));
    let writes = operations().into_iter().filter(Every::has_idempotency_key);
    let requests: Vec<_> = writes.map(|every| every.request(&api).key("k")).collect();
    assert!(!requests.is_empty());
    (requests, dynamo, issuer)
}

async fn while_the_first_request_with_a_key_is_at_work_another_is_409() {
    let conflict = |asked: &Asked| refused(asked, "TransactionConflict", None);
    let (requests, _dynamo, _issuer) = with_keys(conflict).await;
    for request in requests {
        let answer = request.send().await.problem(409, "request-in-flight");
        assert_eq!(answer.header("retry-after"), Some("1"));
    }
}

async fn a_key_of_another_request_is_422() {
    let expires = (tests::issuer::now() + 60).to_string();
    let record = json!({
        "caller": { "S": "ada" }, "key": { "S": "k" }, "fingerprint": { "S": "another" }, "expiresAt": { "N": expires },
    });
    let known = move |asked: &Asked| match asked.target.as_str() {
        "TransactGetItems" => Canned::ok(json!({ "Responses": [{ "Item": record }, {}] })),
        _ => refused(asked, "ConditionalCheckFailed", Some(&record)),
    };
    let (requests, _dynamo, _issuer) = with_keys(known).await;
    for request in requests {
        let answer = request.send().await;
        answer.problem(422, "idempotency-key-reused");
    }
}
