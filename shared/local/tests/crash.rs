//! What was acknowledged survives the end of the process, however it ends.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test")]

mod dev;

use std::{
    collections::BTreeSet,
    ffi::OsStr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
};

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use dev::Dev;

const EMAIL: &str = "ada@example.com";
const PASSWORD: &str = "Correct-Horse-7-Battery";

async fn sign_up(dev: &Dev, client: &Client) {
    let account = json!({ "email": EMAIL, "password": PASSWORD });
    let answer = client
        .post(dev.api("/auth/sign-up"))
        .json(&account)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::ACCEPTED);
    let mailbox = format!("{}/mailbox?email={EMAIL}", dev.url);
    let letters: Value = client
        .get(mailbox)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let confirmation = json!({ "email": EMAIL, "code": letters[0]["code"] });
    let path = dev.api("/auth/confirm-sign-up");
    let answer = client.post(path).json(&confirmation).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::NO_CONTENT);
}

async fn sign_in(dev: &Dev, client: &Client) -> String {
    let account = json!({ "email": EMAIL, "password": PASSWORD });
    let answer = client
        .post(dev.api("/auth/sign-in"))
        .json(&account)
        .send()
        .await
        .unwrap();
    let tokens: Value = answer.json().await.unwrap();
    tokens["accessToken"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn no_acknowledged_movie_is_lost_when_the_server_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let client = Client::new();
    let options = [OsStr::new("--data"), folder.path().as_os_str()];
    let mut server = Dev::start(options).await;
    sign_up(&server, &client).await;
    let token = sign_in(&server, &client).await;

    let acknowledged = Arc::new(Mutex::new(BTreeSet::new()));
    let next = Arc::new(AtomicU32::new(0));
    let mut writers = JoinSet::new();
    for _ in 0..8 {
        let (client, token, url) = (
            client.clone(),
            token.clone(),
            server.api("/movies/add-movie"),
        );
        let (acknowledged, next) = (Arc::clone(&acknowledged), Arc::clone(&next));
        writers.spawn(async move {
            // Until the server is gone.
            loop {
                let title = format!("Movie {}", next.fetch_add(1, Ordering::Relaxed));
                let movie = json!({ "title": title, "year": 2016 });
                let request = client.post(&url).bearer_auth(&token).json(&movie);
                let Ok(answer) = request.send().await else {
                    return;
                };
                assert_eq!(answer.status(), StatusCode::CREATED);
                acknowledged.lock().unwrap().insert(title);
            }
        });
    }
    while acknowledged.lock().unwrap().len() < 200 {
        tokio::task::yield_now().await;
    }
    server.process.kill().await.unwrap();
    writers.join_all().await;

    let server = Dev::start(options).await;
    let token = sign_in(&server, &client).await;
    let mut found = BTreeSet::new();
    let mut cursor = None::<String>;
    loop {
        let mut request = client.get(server.api("/movies")).query(&[("limit", "100")]);
        if let Some(cursor) = &cursor {
            request = request.query(&[("cursor", cursor)]);
        }
        let page: Value = request
            .bearer_auth(&token)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        for movie in page["items"].as_array().unwrap() {
            found.insert(movie["title"].as_str().unwrap().to_owned());
        }
        match page["nextCursor"].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => break,
        }
    }
    let acknowledged = acknowledged.lock().unwrap();
    let lost: Vec<_> = acknowledged.difference(&found).collect();
    assert!(
        lost.is_empty(),
        "{} acknowledged, lost: {lost:?}",
        acknowledged.len()
    );
}
