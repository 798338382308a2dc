//! Clients that never finish their request.

use std::time::Duration;

use local::server::Options;
use tokio::task::JoinSet;

use crate::wire::{Wire, authority, start_with};

const SHORT: Duration = Duration::from_millis(500);

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_are_half_sent_do_not_stay_open() {
    let server = start_with(Options {
        patience: SHORT,
        ..Options::default()
    })
    .await;
    let head = format!(
        "GET /Development/health HTTP/1.1\r\nHost: {}\r\n",
        authority(&server)
    );
    let mut clients = JoinSet::new();
    for sent in [head.as_str(), "", "GET /"].into_iter().cycle().take(100) {
        let mut wire = Wire::open(&server).await;
        wire.send(sent.as_bytes()).await.unwrap();
        clients.spawn(async move { wire.answer().await.unwrap().is_none() });
    }
    assert!(clients.join_all().await.into_iter().all(|closed| closed));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_does_not_arrive_is_408() {
    let server = start_with(Options {
        patience: SHORT,
        ..Options::default()
    })
    .await;
    let head = format!(
        "POST /Development/auth/sign-in HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\n\
         Content-Length: 100\r\n\r\n{{",
        authority(&server)
    );
    let mut wire = Wire::open(&server).await;
    wire.send(head.as_bytes()).await.unwrap();
    let answer = wire.answer().await.unwrap().unwrap();
    assert_eq!(answer.status, 408);
    assert!(answer.is_last() && answer.body.contains("/problems/request-timeout"));
    assert!(wire.answer().await.unwrap().is_none());
    server.stop().await;
}
