//! The client against a small server with scripted responses.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

use http::HeaderMap;

use super::*;

const SIGNED_IN: &str = "HTTP/1.1 200 OK\r\nContent-Length: 19\r\n\r\n{\"accessToken\":\"t\"}";
const DONE: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
const EXPIRED: &str = "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n";
const BUSY: &str = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n";
const IN_FLIGHT: &str =
    "HTTP/1.1 409 Conflict\r\nContent-Length: 38\r\n\r\n{\"type\":\"/problems/request-in-flight\"}";
const EXISTS: &str =
    "HTTP/1.1 409 Conflict\r\nContent-Length: 33\r\n\r\n{\"type\":\"/problems/movie-exists\"}";
/// Closes the connection without an answer.
const HANGS_UP: &str = "";

/// Sends these responses, one for each connection, to all requests but sign-ins; afterwards closes every connection.
async fn server(answers: &'static [&'static str]) -> (Address, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/Development", listener.local_addr().unwrap());
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    tokio::spawn(async move {
        loop {
            let (mut connection, _) = listener.accept().await.unwrap();
            let mut request = vec![0; 4096];
            let length = connection.read(&mut request).await.unwrap();
            let request = String::from_utf8_lossy(&request[..length]).into_owned();
            let answer = if request.contains("/auth/sign-in") {
                SIGNED_IN
            } else {
                let nth = counted.fetch_add(1, Ordering::SeqCst);
                answers.get(nth).copied().unwrap_or(HANGS_UP)
            };
            let answer = answer.replacen("\r\n", "\r\nConnection: close\r\n", 1);
            connection.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    (address.parse().unwrap(), calls)
}

async fn call(answers: &'static [&'static str]) -> (Result<StatusCode, CallError>, usize) {
    let (address, calls) = server(answers).await;
    let args = SignInArgs {
        email: Some("ada@example.com".into()),
        password: Some("secret".into()),
    };
    let http = http(&address).unwrap();
    let account = Account::choose(&http, &address, &args).await.unwrap();
    let mut client = Client::with(http, address, account).await.unwrap();
    client.pauses = pauses()
        .with_min_delay(Duration::from_millis(1))
        .with_max_delay(Duration::from_millis(2))
        .with_max_times(3);
    let call = Call {
        method: Method::GET,
        path: "/movies".into(),
        ..Call::default()
    };
    let answer = client.call(&call).await.map(|answer| answer.status);
    (answer, calls.load(Ordering::SeqCst))
}

#[tokio::test]
async fn what_passes_is_tried_again() {
    let (answer, calls) = call(&[BUSY, HANGS_UP, IN_FLIGHT, DONE]).await;
    assert_eq!(answer.unwrap(), StatusCode::OK);
    assert_eq!(calls, 4);
}

#[tokio::test]
async fn a_refusal_is_an_answer() {
    let (answer, calls) = call(&[EXISTS, DONE]).await;
    assert_eq!(answer.unwrap(), StatusCode::CONFLICT);
    assert_eq!(calls, 1);
}

#[tokio::test]
async fn an_expired_token_is_renewed_once() {
    let (answer, calls) = call(&[EXPIRED, DONE]).await;
    assert_eq!(answer.unwrap(), StatusCode::OK);
    assert_eq!(calls, 2);
    let (answer, calls) = call(&[EXPIRED, EXPIRED, DONE]).await;
    assert_eq!(answer.unwrap(), StatusCode::UNAUTHORIZED);
    assert_eq!(calls, 2);
}

#[tokio::test]
async fn a_server_that_stays_away_is_given_up() {
    let (answer, calls) = call(&[]).await;
    assert!(
        matches!(answer, Err(CallError::Unreachable(_))),
        "{answer:?}"
    );
    assert_eq!(calls, 4);
}

#[test]
fn the_service_names_the_pause() {
    let mut headers = HeaderMap::new();
    headers.insert(header::RETRY_AFTER, header::HeaderValue::from_static("7"));
    let answer = Answer {
        status: StatusCode::SERVICE_UNAVAILABLE,
        headers,
        body: Bytes::new(),
    };
    let Err(CallError::Busy { retry_after, .. }) = answer.judge() else {
        panic!("503 is an invitation to try again");
    };
    assert_eq!(retry_after, Some(Duration::from_secs(7)));
}
