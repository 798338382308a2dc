use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use aws_sdk_dynamodb::config::endpoint::{DefaultResolver, Params, ResolveEndpoint as _};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
    runtime::Builder,
};

use super::*;

#[test]
fn the_connection_is_opened_to_where_the_sdk_will_want_it() {
    let wait = Builder::new_current_thread().build().unwrap();
    for (region, endpoint) in [
        ("eu-west-1", None),
        ("us-east-1", None),
        ("ap-southeast-7", None),
        ("us-gov-west-1", None),
        ("eu-west-1", Some("http://127.0.0.1:9")),
    ] {
        let aws = Aws::new(region.to_owned(), endpoint, Trust::Amazon);
        let mode = aws.sdk.account_id_endpoint_mode().unwrap();
        let params = Params::builder()
                .region(region)
                .set_endpoint(endpoint.map(ToOwned::to_owned))
                // Credentials may contain an account id.
                .account_id("123456789012")
                .account_id_endpoint_mode(mode.to_string())
                .build()
                .unwrap();
        let resolver = DefaultResolver::new();
        let found = wait.block_on(resolver.resolve_endpoint(&params)).unwrap();
        assert_eq!(aws.store_url, found.url());
    }
}

#[test]
fn a_call_is_over_after_ten_seconds() {
    let aws = Aws::new("eu-west-1".to_owned(), None, Trust::Amazon);
    let retries = aws.sdk.retry_config().unwrap();
    let attempts = retries.max_attempts();
    let limits = aws.sdk.timeout_config().unwrap();
    let attempt = limits.operation_attempt_timeout().unwrap();
    let longest = attempt * attempts + retries.max_backoff() * (attempts - 1);
    assert_eq!(longest, Duration::from_secs(10));
}

/// A server that answers each request with an empty body, and tells how many connections it got.
async fn count_connections() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(async move {
                let mut request = [0; 4_096];
                // A request without a body arrives in one piece on loopback.
                while stream.read(&mut request).await.is_ok_and(|read| read > 0) {
                    let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
                    stream.write_all(answer).await.unwrap();
                }
            });
        }
    });
    (url, count)
}

#[tokio::test]
async fn a_connection_that_was_idle_for_long_is_not_used() {
    let (url, connections) = count_connections().await;
    let connector = connector(Trust::Amazon);
    let call = async || {
        let request = HttpRequest::get(url.as_str()).unwrap();
        let answer = connector.call(request).await.unwrap();
        answer.into_body().collect().await.unwrap();
    };
    for (idle, expected) in [
        (Duration::ZERO, 1),
        (IDLE_TIME / 2, 1),
        (IDLE_TIME + Duration::from_secs(1), 2),
    ] {
        // Only here, because a clock that stands still runs ahead while a socket is waited for.
        tokio::time::pause();
        tokio::time::advance(idle).await;
        tokio::time::resume();
        call().await;
        assert_eq!(connections.load(Ordering::SeqCst), expected, "{idle:?}");
    }
}
