//! The pages besides the API, and the client's address that the API gets.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::sync::Arc;

use accounts::identity::Email;
use kit::clock::Clock;
use local::server::{Options, Server};
use reqwest::{Client, Response};
use serde_json::{Value, json};
use time::OffsetDateTime;

/// "12345678901234567890", the secret of RFC 6238.
const SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
const PASSWORD: &str = "Correct-Horse-7-Battery";

#[derive(Debug)]
struct Stopped(i64);

impl Clock for Stopped {
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(self.0).unwrap()
    }
}

async fn get(server: &Server, path: &str, accept: &str) -> Response {
    let request = Client::new().get(format!("{}{path}", server.url()));
    request.header("accept", accept).send().await.unwrap()
}

async fn json_at(server: &Server, path: &str) -> Value {
    get(server, path, "*/*").await.json().await.unwrap()
}

#[tokio::test]
async fn the_authenticator_shows_the_code_of_a_secret() {
    let options = Options {
        quiet: true,
        clock: Arc::new(Stopped(1_111_111_111)),
        ..Options::default()
    };
    let server = Server::start(options).await.unwrap();
    let path = format!("/authenticator?secret={SECRET}");
    let shown = json_at(&server, &path).await;
    assert_eq!(shown, json!({ "code": "050471", "secondsLeft": 29 }));

    let page = get(&server, &path, "text/html").await;
    assert!(page.text().await.unwrap().contains("<code>050471</code>"));
    let hostile = get(
        &server,
        "/authenticator?secret=%22%3E%3Cscript%3E",
        "text/html",
    )
    .await;
    assert_eq!(hostile.status(), 200);
    let hostile = hostile.text().await.unwrap();
    assert!(hostile.contains("no secret") && !hostile.contains("<script>"));
    // Text that looks like a part of the page's template is shown as text.
    let braces = get(&server, "/authenticator?secret=%7Bsaid%7D", "text/html").await;
    assert!(braces.text().await.unwrap().contains(r#"value="{said}""#));
    for path in ["/authenticator", "/authenticator?secret=1"] {
        let problem = get(&server, path, "*/*").await;
        assert_eq!(problem.status(), 400);
        assert_eq!(
            problem.headers()["content-type"],
            "application/problem+json"
        );
        let page = get(&server, path, "text/html").await;
        assert_eq!(page.status(), 200);
    }
    server.stop().await;
}

/// Both stages send an invitation, and the mailbox shows its password.
#[tokio::test]
async fn who_is_invited_is_mailed_a_password_and_a_plus_need_not_be_encoded() {
    let options = Options {
        quiet: true,
        invited: vec![Email::parse("ada+movies@example.com").unwrap()],
        ..Options::default()
    };
    let server = Server::start(options).await.unwrap();
    for query in [
        "email=ada+movies@example.com",
        "email=ADA%2Bmovies@example.com",
    ] {
        let letters = json_at(&server, &format!("/mailbox?{query}")).await;
        assert_eq!(letters.as_array().unwrap().len(), 2, "{letters}");
    }
    let letters = json_at(&server, "/mailbox?stage=Development").await;
    let account = json!({ "email": letters[0]["to"], "password": letters[0]["code"] });
    let sign_in = format!("{}/Development/auth/sign-in", server.url());
    let request = Client::new().post(sign_in).json(&account);
    let step: Value = request.send().await.unwrap().json().await.unwrap();
    assert_eq!(step["challenge"]["name"], "NEW_PASSWORD_REQUIRED");
    let others = json_at(&server, "/mailbox?email=ada-movies@example.com").await;
    assert_eq!(others, json!([]));
    server.stop().await;
}

#[tokio::test]
async fn a_session_knows_from_where_it_was_signed_in() {
    let options = Options {
        quiet: true,
        ..Options::default()
    };
    let server = Server::start(options).await.unwrap();
    let client = Client::builder().user_agent("a phone").build().unwrap();
    let api = format!("{}/Development", server.url());
    let post = async |path: &str, body: Value| {
        let request = client.post(format!("{api}{path}")).json(&body);
        request.send().await.unwrap()
    };
    let account = json!({ "email": "ada@example.com", "password": PASSWORD });
    post("/auth/sign-up", account.clone()).await;
    let letters = json_at(&server, "/mailbox").await;
    let confirmation = json!({ "email": "ada@example.com", "code": letters[0]["code"] });
    assert_eq!(
        post("/auth/confirm-sign-up", confirmation).await.status(),
        204
    );
    let tokens: Value = post("/auth/sign-in", account).await.json().await.unwrap();
    let sessions = client
        .get(format!("{api}/me/sessions"))
        .bearer_auth(tokens["accessToken"].as_str().unwrap())
        .send()
        .await
        .unwrap();
    let sessions: Value = sessions.json().await.unwrap();
    assert_eq!(sessions["complete"], true);
    let session = &sessions["items"][0];
    assert_eq!(session["address"], "127.0.0.1", "{sessions}");
    assert_eq!(session["userAgent"], "a phone");
    assert_eq!(session["current"], true);

    let configuration = json_at(&server, "/Development/auth/configuration").await;
    assert_eq!(configuration["userPoolId"], "local_Development");
    let keys = configuration["jwksUri"].as_str().unwrap();
    assert_eq!(reqwest::get(keys).await.unwrap().status(), 200);
    server.stop().await;
}
