//! The work that the function does before its first request, and the work that is left for that request: a cold start
//! consists of round trips.

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::Method;
use serde_json::{Value, json};
use tempfile::NamedTempFile;
use tests::{
    aws,
    issuer::{KEY, OTHER_KEY, key_set},
    runtime_api::RuntimeApi,
    stub::{Canned, Nowhere, Reply, Stub},
    tls::Authority,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional},
    net::{TcpListener, TcpStream},
    time::timeout,
};

use super::world::{BINARY, borrowed, rest, variables};

const FIND: &str = "/movies/findbytitleandyear";

#[test]
fn both_connections_are_opened_before_the_first_request_and_none_after() {
    tests::block_on(async {
        let authority = Authority::generate();
        let aws = Stub::start_with_tls(&authority, |asked| match asked.target.as_str() {
            "GetItem" if asked.body()["TableName"] == "movies-Production" => found(),
            "AdminInitiateAuth" => Canned::ok(aws::tokens()),
            _ => Canned::ok(json!({})),
        });
        let aws = aws.await;
        let keys = Stub::start_with_tls(&authority, |_| key_set(&[&KEY])).await;
        let trusted = certificate(&authority);
        let variables = trusting(&trusted, variables("7", keys.url(), aws.url()));
        let runtime_api = RuntimeApi::start().await;
        let _function = runtime_api.start_function(BINARY, &borrowed(&variables));

        runtime_api.is_idle().await;
        assert_eq!((keys.connections(), keys.asked().len()), (1, 1));

        let answer = runtime_api.invoke(rest("Production", FIND, FIND)).await;
        assert_eq!(answer["statusCode"], 200, "{answer}");
        // The first request only opens the connection. It is no operation, so that it needs no permission.
        assert_eq!(
            (aws.connections(), aws.targets()),
            (1, strings(["", "GetItem"]))
        );
        let opened = &aws.asked()[0];
        assert_eq!((&opened.method, opened.path.as_str()), (&Method::GET, "/"));

        // Cognito is at the same address here, so another connection would mean another HTTP client.
        let answer = runtime_api.invoke(sign_in()).await;
        assert_eq!(answer["statusCode"], 200, "{answer}");
        assert_eq!(aws.connections(), 1);
        assert_eq!((keys.connections(), keys.asked().len()), (1, 1));
    });
}

#[test]
fn the_key_set_is_asked_for_before_the_store() {
    tests::block_on(async {
        let runtime_api = RuntimeApi::start().await;
        // One listener for both: it takes connections in the order in which they were opened.
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let variables = variables("7", &format!("{url}/keys"), &url);
        let _function = runtime_api.start_function(BINARY, &borrowed(&variables));
        let (mut first, _) = listener.accept().await.unwrap();
        let request = head(&mut first).await;
        assert!(request.starts_with("GET /keys "), "{request}");
    });
}

#[test]
fn no_event_is_asked_for_before_hands_are_shaken_with_the_store() {
    tests::block_on(async {
        let authority = Authority::generate();
        let trusted = certificate(&authority);
        let keys = Stub::start(|_| key_set(&[&KEY])).await;
        let aws = Stub::start_with_tls(&authority, |_| found());
        let aws = aws.await;
        // A proxy in front of AWS forwards nothing at first.
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://{}", listener.local_addr().unwrap());
        let variables = trusting(&trusted, variables("7", keys.url(), &url));
        let runtime_api = RuntimeApi::start().await;
        let _function = runtime_api.start_function(BINARY, &borrowed(&variables));
        let (mut connected, _) = listener.accept().await.unwrap();
        // A function that asks for an event too early has enough time to do so here.
        let early = timeout(Duration::from_millis(300), runtime_api.is_idle());
        assert!(early.await.is_err(), "an event was asked for");
        let behind = aws.url().strip_prefix("https://").unwrap();
        let mut behind = TcpStream::connect(behind).await.unwrap();
        tokio::spawn(async move { copy_bidirectional(&mut connected, &mut behind).await });
        runtime_api.is_idle().await;
        let answer = runtime_api.invoke(rest("Production", FIND, FIND)).await;
        assert_eq!(answer["statusCode"], 200, "{answer}");
        assert_eq!(aws.connections(), 1);
    });
}

#[test]
fn the_first_event_is_asked_for_before_the_store_answers_and_waits_for_its_connection() {
    tests::block_on(async {
        let keys = Stub::start(|_| key_set(&[&KEY])).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let runtime_api = RuntimeApi::start().await;
        let variables = variables("7", keys.url(), &url);
        let _function = runtime_api.start_function(BINARY, &borrowed(&variables));
        let (mut store, _) = listener.accept().await.unwrap();
        let request = head(&mut store).await;
        assert!(request.starts_with("GET / "), "{request}");
        runtime_api.is_idle().await;
        // Longer than an event waits for the answer: Lambda may freeze the function between events for any time.
        tokio::time::sleep(Duration::from_millis(1_200)).await;
        let invoked = runtime_api.send(rest("Production", FIND, FIND).to_string().into());
        // A function that opens another connection instead of waiting has the time to do so here.
        let second = timeout(Duration::from_millis(100), listener.accept());
        assert!(second.await.is_err(), "another connection was opened");
        answer(&mut store, "well").await;
        let request = head(&mut store).await;
        assert!(request.contains("DynamoDB_20120810.GetItem"), "{request}");
        let item = json!({ "Item": aws::item("someone") });
        answer(&mut store, &item.to_string()).await;
        let invoked: Value = serde_json::from_slice(&invoked.await.body).unwrap();
        assert_eq!(invoked["statusCode"], 200, "{invoked}");
    });
}

/// DynamoDB may accept the first connection and never answer on it.
#[test]
fn a_store_that_does_not_answer_at_the_start_is_asked_over_another_connection() {
    tests::block_on(async {
        let keys = Stub::start(|_| key_set(&[&KEY])).await;
        let aws = Stub::start(|asked| {
            let mut reply = Reply::from(found());
            if asked.method == Method::GET {
                reply.delay = Duration::from_mins(5);
            }
            reply
        });
        let aws = aws.await;
        let runtime_api = RuntimeApi::start().await;
        let variables = variables("7", keys.url(), aws.url());
        let function = runtime_api.start_function(BINARY, &borrowed(&variables));
        let answer = runtime_api.invoke(rest("Production", FIND, FIND)).await;
        assert_eq!(answer["statusCode"], 200, "{answer}");
        assert_eq!(
            (aws.connections(), aws.targets()),
            (2, strings(["", "GetItem"]))
        );
        let log = function.log().await;
        assert!(
            log.contains("the store did not answer at the start"),
            "{log}"
        );
    });
}

#[test]
fn a_store_that_is_not_there_at_the_start_does_no_harm() {
    tests::block_on(async {
        let keys = Stub::start(|_| key_set(&[&KEY])).await;
        let nowhere = Nowhere::new();
        let runtime_api = RuntimeApi::start().await;
        let variables = variables("7", keys.url(), &nowhere.url());
        let _function = runtime_api.start_function(BINARY, &borrowed(&variables));
        runtime_api.is_idle().await;
        let aws = Stub::on(nowhere.listen(), |_| found());
        let answer = runtime_api.invoke(rest("Production", FIND, FIND)).await;
        assert_eq!(answer["statusCode"], 200, "{answer}");
        assert_eq!(
            (aws.connections(), aws.targets()),
            (1, strings(["GetItem"]))
        );
    });
}

#[test]
fn both_connections_are_opened_at_the_same_time() {
    tests::block_on(async {
        let runtime_api = RuntimeApi::start().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let variables = variables("7", &url, &url);
        let _function = runtime_api.start_function(BINARY, &borrowed(&variables));
        // The second connection is opened although the first gets no answer.
        let (_first, _) = listener.accept().await.unwrap();
        // Shorter than the timeout of either.
        let second = timeout(Duration::from_secs(2), listener.accept()).await;
        assert!(
            second.is_ok(),
            "the second connection is opened after the first answer"
        );
    });
}

/// Each case: the number of times that the key set cannot be fetched, and the answers to the first requests.
#[test]
fn a_key_set_that_is_not_there_at_the_start_is_fetched_by_the_first_request() {
    let wait = Duration::from_secs(1);
    for (failures, statuses) in [(1, &[200, 200][..]), (2, &[401, 401, 200])] {
        tests::block_on(async {
            let aws = Stub::start(|_| found()).await;
            let left = AtomicU32::new(failures);
            let keys = Stub::start(move |_| {
                let less = |left: u32| left.checked_sub(1);
                match left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less) {
                    Ok(_) => Canned {
                        status: 500,
                        body: Value::Null,
                    },
                    Err(_) => key_set(&[&KEY]),
                }
            });
            let keys = keys.await;
            let runtime_api = RuntimeApi::start().await;
            let variables = variables("7", keys.url(), aws.url());
            let _function = runtime_api.start_function(BINARY, &borrowed(&variables));
            runtime_api.is_idle().await;
            assert_eq!(keys.asked().len(), 1);
            for (sent, status) in statuses.iter().enumerate() {
                if sent > 1 {
                    tokio::time::sleep(wait).await;
                }
                let answer = runtime_api.invoke(rest("Production", FIND, FIND)).await;
                assert_eq!(answer["statusCode"], *status, "{failures} {sent} {answer}");
                let after = answer["headers"]["retry-after"].as_str();
                let expected = (*status == 401).then_some("1");
                assert_eq!(after, expected, "{failures} {sent} {answer}");
            }
            // Requests in the second after a request's own failure do not try again.
            assert_eq!(keys.asked().len(), usize::try_from(failures + 1).unwrap());
        });
    }
}

#[test]
fn a_key_set_that_is_given_is_not_fetched_until_a_key_is_missing() {
    tests::block_on(async {
        let aws = Stub::start(|_| found()).await;
        let keys = Stub::start(|_| key_set(&[&KEY])).await;
        for (given, fetches) in [(&KEY, 0), (&OTHER_KEY, 1)] {
            keys.forget();
            let mut variables = variables("7", keys.url(), aws.url());
            let given = STANDARD.encode(key_set(&[given]).body.to_string());
            variables.push(("JWKS".to_owned(), given));
            let runtime_api = RuntimeApi::start().await;
            let function = runtime_api.start_function(BINARY, &borrowed(&variables));
            runtime_api.is_idle().await;
            assert_eq!(keys.asked().len(), 0);
            let answer = runtime_api.invoke(rest("Production", FIND, FIND)).await;
            assert_eq!(answer["statusCode"], 200, "{answer}");
            assert_eq!(keys.asked().len(), fetches);
            let log = function.log().await;
            let lines = log.lines().filter(|line| line.contains(r#""request""#));
            let lines: Vec<_> = lines.collect();
            assert_eq!(lines.len(), 1, "{log}");
            assert!(lines[0].contains(r#""cold_start":true"#), "{log}");
        }
    });
}

/// Gathering randomness from the jitter of the CPU takes longer than all the rest of a cold start. The setting that
/// turns it off is in `.cargo/config.toml`, where a build may fail to find it.
#[test]
fn aws_lc_is_built_without_jitter_entropy() {
    let binary = std::fs::read(BINARY).unwrap();
    // The binary has each name more than once, so one that is split between two pieces does not matter.
    let has = |name: &str| {
        let mut pieces = binary.chunks(1 << 20);
        pieces.any(|piece| String::from_utf8_lossy(piece).contains(name))
    };
    assert!(has("opt_out_cpu_jitter_entropy"), "the names are gone");
    assert!(!has("jent_entropy"), "see docs/adr/0004");
}

/// A movie, as DynamoDB answers with it.
fn found() -> Canned {
    Canned::ok(json!({ "Item": aws::item("someone") }))
}

/// A file with the certificate of an authority.
pub(crate) fn certificate(authority: &Authority) -> NamedTempFile {
    let file = NamedTempFile::new().unwrap();
    std::fs::write(file.path(), authority.pem()).unwrap();
    file
}

/// Adds the variable that makes a function trust the certificate in a file.
fn trusting(file: &NamedTempFile, mut variables: Vec<(String, String)>) -> Vec<(String, String)> {
    let path = file.path().display().to_string();
    variables.push(("SSL_CERT_FILE".to_owned(), path));
    variables
}

fn strings<const N: usize>(all: [&str; N]) -> Vec<String> {
    all.map(ToOwned::to_owned).into()
}

/// Reads the head of a request, and the part of its body that arrived with it.
async fn head(stream: &mut TcpStream) -> String {
    let mut read = Vec::new();
    while !read.windows(4).any(|end| end == b"\r\n\r\n") {
        let more = stream.read_buf(&mut read).await.unwrap();
        assert_ne!(more, 0, "the connection was closed");
    }
    String::from_utf8(read).unwrap()
}

async fn answer(stream: &mut TcpStream, body: &str) {
    let length = body.len();
    let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{body}");
    stream.write_all(answer.as_bytes()).await.unwrap();
}

fn sign_in() -> Value {
    let path = "/auth/sign-in";
    let mut event = rest("Production", path, path);
    event["httpMethod"] = "POST".into();
    event["queryStringParameters"] = Value::Null;
    event["multiValueQueryStringParameters"] = Value::Null;
    event["headers"]["Content-Type"] = "application/json".into();
    event["multiValueHeaders"]["Content-Type"] = json!(["application/json"]);
    let body = json!({ "email": "ada@example.com", "password": "correct-Horse-7-battery" });
    event["body"] = body.to_string().into();
    event
}
