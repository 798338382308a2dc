//! Pokes: an app learns at once that something has changed.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::time::Duration;

use kit::clock::{Clock as _, SystemClock};
use local::server::{Options, Server, Stage};
use reqwest::{Client, Response};
use serde_json::{Value, json};

/// Longer than any answer takes.
const PATIENCE: Duration = Duration::from_mins(1);

async fn start() -> (Server, String) {
    let options = Options {
        quiet: true,
        ..Options::default()
    };
    let server = Server::start(options).await.unwrap();
    let url = server.stage_url(Stage::Development);
    (server, url)
}

fn token(server: &Server, user: &str) -> String {
    let identity = server.stage(Stage::Development).identity();
    let issuer = identity.issuer();
    let now = SystemClock.now().unix_timestamp();
    identity.sign(&json!({
        "sub": user, "username": user, "iss": issuer.url, "client_id": issuer.client_id,
        "token_use": "access", "scope": "aws.cognito.signin.user.admin",
        "auth_time": now, "iat": now, "exp": now + 900,
    }))
}

async fn listen(url: &str, token: &str) -> Response {
    let request = Client::new()
        .get(format!("{url}/events"))
        .bearer_auth(token);
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "text/event-stream");
    answer
}

/// The next poke; `None` if the answer ends.
async fn poke(answer: &mut Response) -> Option<String> {
    let mut text = String::new();
    loop {
        let chunk = tokio::time::timeout(PATIENCE, answer.chunk()).await;
        text += str::from_utf8(&chunk.unwrap().unwrap()?).unwrap();
        if let Some(event) = text.strip_suffix("\n\n") {
            let noun = event.strip_prefix("event: changed\ndata: ");
            return Some(noun.unwrap_or(event).to_owned());
        }
    }
}

async fn write(url: &str, token: &str, path: &str, body: &Value) {
    let request = match path {
        "/movies/add-movie" => Client::new().post(format!("{url}{path}")),
        _ => Client::new().put(format!("{url}{path}")),
    };
    let request = request.bearer_auth(token).json(body);
    assert_eq!(request.send().await.unwrap().status(), 201);
}

#[tokio::test]
async fn who_may_see_a_change_is_poked() {
    let (server, url) = start().await;
    let (ada, bob) = (token(&server, "ada"), token(&server, "bob"));
    let (mut hers, mut his) = (listen(&url, &ada).await, listen(&url, &bob).await);
    let alien = json!({ "title": "Alien", "year": 1979 });
    write(&url, &ada, "/me/watchlist/e-1", &alien).await;
    assert_eq!(poke(&mut hers).await.unwrap(), "watchlist");
    write(&url, &ada, "/movies/add-movie", &alien).await;
    assert_eq!(poke(&mut hers).await.unwrap(), "movies");
    // Of her watchlist he was told nothing.
    assert_eq!(poke(&mut his).await.unwrap(), "movies");
    let feed = Client::new().get(format!("{url}/movies/changes"));
    let feed: Value = feed
        .bearer_auth(&bob)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(feed["items"][0]["title"], "Alien");
    server.stop().await;
}

#[tokio::test]
async fn pokes_are_for_who_is_signed_in() {
    let (server, url) = start().await;
    let answer = Client::new()
        .get(format!("{url}/events"))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 401);
    let problem: Value = answer.json().await.unwrap();
    assert_eq!(problem["type"], "/problems/unauthorized");
    server.stop().await;
}

#[tokio::test]
async fn the_answer_ends_when_the_server_stops() {
    let (server, url) = start().await;
    let mut answer = listen(&url, &token(&server, "ada")).await;
    let ((), last) = tokio::join!(server.stop(), poke(&mut answer));
    assert_eq!(last, None);
}
