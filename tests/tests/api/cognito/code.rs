//! The request to the token endpoint of a user pool, and the results of its answers.

use std::collections::BTreeMap;

use accounts::identity::{
    CodeExchange, HostedSignInOperations as _, IdentityError, Tokens, cognito::CognitoIdentity,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use tests::{
    hosted::VERIFIER,
    issuer::{CLIENT, CLIENT_SECRET},
    service::cognito_identity,
    stub::{Canned, Nowhere},
};

use super::{client, on, outcome};

crate::tests![
    the_code_is_sent_with_the_secret_of_the_app_client,
    tokens_come_as_they_are,
    an_error_is_what_the_standard_says,
    a_code_is_tried_once,
    an_endpoint_out_of_reach_is_unavailable,
];

const REDIRECT_URI: &str = "com.example.movies:/signed-in?a=b&c=+";

async fn exchange(cognito: &CognitoIdentity) -> Result<Tokens, IdentityError> {
    let exchange = CodeExchange {
        code: "authorization-code".into(),
        verifier: VERIFIER.into(),
        redirect_uri: REDIRECT_URI.to_owned(),
    };
    cognito.exchange_code(&exchange, &client()).await
}

fn tokens() -> Value {
    json!({
        "access_token": "access", "id_token": "id", "refresh_token": "refresh",
        "token_type": "Bearer", "expires_in": 900,
    })
}

async fn the_code_is_sent_with_the_secret_of_the_app_client() {
    let (cognito, stub) = on(|_| Canned::ok(tokens())).await;
    exchange(&cognito).await.unwrap();
    let [asked] = &stub.asked()[..] else {
        panic!("{:?}", stub.asked())
    };
    assert_eq!(
        (asked.method.as_str(), asked.path.as_str()),
        ("POST", "/oauth2/token")
    );
    let header = |name: &str| asked.headers[name].to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "application/x-www-form-urlencoded");
    let credentials = STANDARD.encode(format!("{CLIENT}:{CLIENT_SECRET}"));
    assert_eq!(header("authorization"), format!("Basic {credentials}"));
    let form: BTreeMap<String, String> = url::form_urlencoded::parse(&asked.bytes)
        .into_owned()
        .collect();
    let expected = [
        ("client_id", CLIENT),
        ("code", "authorization-code"),
        ("code_verifier", VERIFIER),
        ("grant_type", "authorization_code"),
        ("redirect_uri", REDIRECT_URI),
    ];
    let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(form, expected.into());
}

async fn tokens_come_as_they_are() {
    let (cognito, _stub) = on(|_| Canned::ok(tokens())).await;
    let tokens = exchange(&cognito).await.unwrap();
    assert_eq!(tokens.access.expose_secret(), "access");
    assert_eq!(tokens.id.expose_secret(), "id");
    assert_eq!(tokens.refresh.expose_secret(), "refresh");
    assert_eq!(tokens.expires_in.as_secs(), 900);
}

async fn an_error_is_what_the_standard_says() {
    let mut incomplete = tokens();
    incomplete.as_object_mut().unwrap().remove("refresh_token");
    for (status, body, expected) in [
        (400, json!({ "error": "invalid_grant" }), "wrong code"),
        (400, json!({ "error": "invalid_request" }), "wrong code"),
        (400, json!({ "error": "invalid_client" }), "misconfigured"),
        (401, json!({ "error": "invalid_client" }), "misconfigured"),
        (
            400,
            json!({ "error": "unauthorized_client" }),
            "misconfigured",
        ),
        (429, json!({ "message": "Too Many Requests" }), "throttled"),
        (403, json!("forbidden"), "unavailable"),
        (500, json!({}), "unavailable"),
        (200, incomplete, "unavailable"),
        (200, json!("words that nobody must see"), "unavailable"),
    ] {
        let text = body.to_string();
        let (cognito, _stub) = on(move |_| Canned {
            status,
            body: body.clone(),
        })
        .await;
        let result = exchange(&cognito).await;
        assert_eq!(outcome(&result), expected, "{status} {text}");
        let shown = format!("{:?}", result.err());
        for secret in ["nobody", "authorization-code", VERIFIER, CLIENT_SECRET] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}

async fn a_code_is_tried_once() {
    let (cognito, stub) = on(|_| Canned {
        status: 500,
        body: json!({}),
    })
    .await;
    exchange(&cognito).await.unwrap_err();
    assert_eq!(stub.asked().len(), 1);
}

async fn an_endpoint_out_of_reach_is_unavailable() {
    let nowhere = Nowhere::new();
    let result = exchange(&cognito_identity(&nowhere.url())).await;
    assert!(
        matches!(result, Err(IdentityError::Unavailable(_))),
        "{result:?}"
    );
}
