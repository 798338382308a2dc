//! The checks against the local server, with its own responses and with spoiled ones.

use std::{
    collections::BTreeSet,
    io,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Router, body::Body};
use bytes::Bytes;
use futures_util::stream;
use http::{HeaderMap, HeaderValue, Method, Response, header, request::Parts};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tests::{
    person::Person,
    server::{Stage, TestServer},
    stub::{Asked, Nowhere, Reply, Stub},
    tls::Authority,
};
use tokio::net::TcpListener;

use super::{
    ANY_ORIGIN, bearer,
    checks::Checks,
    report::{Outcome, Row, Tally},
};
use crate::client::{self, Address};

fn checks(url: &str) -> Checks {
    let address: Address = url.parse().unwrap();
    Checks {
        http: client::http(&address).unwrap(),
        address,
        origin: ANY_ORIGIN.to_owned(),
        emulated_gateway: false,
        token: None,
        stage: None,
        user_pool: None,
    }
}

/// All checks that are possible at an address without TLS.
fn all_checks(url: &str, token: &str) -> Checks {
    Checks {
        token: bearer(token),
        stage: Some(Stage::Development),
        ..checks(url)
    }
}

async fn run(checks: &Checks) -> (Tally, Vec<Row>) {
    let mut rows = Vec::new();
    let tally = checks.run(|row| rows.push(row.clone())).await;
    (tally.unwrap(), rows)
}

fn failed(rows: &[Row]) -> Vec<String> {
    let failed = rows.iter();
    failed
        .filter(|row| matches!(row.outcome, Outcome::Failed(_)))
        .map(ToString::to_string)
        .collect()
}

/// A server, and the token of a user who has added a movie to its Development.
async fn server_with_a_movie() -> (TestServer, String) {
    let server = TestServer::start().await;
    let ada = Person::new(&server, "ada@example.com").await;
    let movie = json!({ "title": "Alien & Aliens", "year": 1979 });
    ada.api.add(&movie).send().await.is(201);
    (server, ada.api.token().to_owned())
}

type Spoil = fn(&Parts, &mut Response<Bytes>);

/// Marks a response whose body ends with an error.
#[derive(Clone)]
struct HangUp;

/// A proxy before a server. It spoils responses, and records requests.
struct Proxy {
    url: String,
    asked: Arc<Mutex<Vec<(Parts, Bytes)>>>,
}

impl Proxy {
    async fn start(server: &TestServer, spoil: Spoil) -> Self {
        let base = server.base(Stage::Development);
        let origin = base.trim_end_matches("/Development").to_owned();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let remembered = Arc::clone(&asked);
        let router = Router::new().fallback(async move |request: axum::extract::Request| {
            let (parts, body) = request.into_parts();
            let body = body.collect().await.unwrap().to_bytes();
            let mut headers = parts.headers.clone();
            headers.remove(header::HOST);
            let answer = http
                .request(parts.method.clone(), format!("{origin}{}", parts.uri))
                .headers(headers)
                .body(body.clone())
                .send()
                .await
                .unwrap();
            let (status, headers) = (answer.status(), answer.headers().clone());
            let mut response = Response::new(answer.bytes().await.unwrap());
            *response.status_mut() = status;
            *response.headers_mut() = headers;
            spoil(&parts, &mut response);
            response.headers_mut().remove(header::CONTENT_LENGTH);
            remembered.lock().unwrap().push((parts, body));
            if response.extensions().get::<HangUp>().is_some() {
                let nothing = stream::once(async { Err::<Bytes, _>(io::Error::other("no more")) });
                return Response::new(Body::from_stream(nothing));
            }
            response.map(Body::from)
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/Development", listener.local_addr().unwrap());
        tokio::spawn(async { axum::serve(listener, router).await });
        Self { url, asked }
    }
}

#[tokio::test]
async fn a_good_server_passes_every_check() {
    let (server, token) = server_with_a_movie().await;
    let (tally, rows) = run(&all_checks(&server.base(Stage::Development), &token)).await;
    assert_eq!(failed(&rows), [""; 0]);
    assert_eq!((tally.failed, tally.skipped), (0, 0));
    assert_eq!(tally.ok as usize, rows.len());
    assert!(rows.len() > 70, "{}", rows.len());
}

#[tokio::test]
async fn what_needs_a_token_is_skipped_without_one() {
    let server = TestServer::start().await;
    for stage in Stage::ALL {
        let checks = Checks {
            stage: Some(stage),
            ..checks(&server.base(stage))
        };
        let (tally, rows) = run(&checks).await;
        assert_eq!(failed(&rows), [""; 0]);
        assert_eq!(tally.skipped, 6);
        let skipped: Vec<_> = rows
            .iter()
            .filter(|row| matches!(row.outcome, Outcome::Skipped(_)))
            .map(ToString::to_string)
            .collect();
        assert!(
            skipped
                .iter()
                .all(|row| row.contains("skipped: no --token-env")),
            "{skipped:?}"
        );
    }
}

#[tokio::test]
async fn what_needs_a_movie_is_skipped_where_there_is_none() {
    let server = TestServer::start().await;
    let ada = Person::new(&server, "ada@example.com").await;
    let (tally, rows) = run(&all_checks(
        &server.base(Stage::Development),
        ada.api.token(),
    ))
    .await;
    assert_eq!(failed(&rows), [""; 0]);
    assert_eq!(tally.skipped, 2);
}

#[tokio::test]
async fn the_token_is_sent_to_what_reads_and_nothing_is_sent_that_could_write() {
    let (server, token) = server_with_a_movie().await;
    let proxy = Proxy::start(&server, |_, _| ()).await;
    run(&all_checks(&proxy.url, &token)).await;
    let asked = std::mem::take(&mut *proxy.asked.lock().unwrap());
    let good = format!("Bearer {token}");
    for (parts, body) in &asked {
        let path = parts.uri.path().trim_start_matches("/Development");
        let with_token = parts
            .headers
            .get(header::AUTHORIZATION)
            .is_some_and(|value| *value == *good);
        if with_token {
            let reads = parts.method == Method::GET || path == "/movies/findbytitleandyear";
            assert!(reads, "{} {path}", parts.method);
        } else if !body.is_empty() && path != "/auth/refresh" {
            let body = std::str::from_utf8(body).unwrap();
            let nothing = ["{}", "{\"email\": ", "no sign-in"];
            assert!(nothing.contains(&body), "{path}: {body}");
        }
    }
    assert_eq!(server.user("ada").titles("").await, ["Alien & Aliens"]);
}

/// Every check must fail at a server that sends the same response to all requests.
#[tokio::test]
async fn each_check_fails_at_a_server_that_answers_everything_alike() {
    let (server, token) = server_with_a_movie().await;
    let good = run(&all_checks(&server.base(Stage::Development), &token)).await;
    let all: BTreeSet<_> = good.1.iter().map(|row| row.what.clone()).collect();
    let mut seen_red = BTreeSet::new();
    let replies: [fn(&Asked) -> Reply; 3] = [
        |_| reply(200, "<h1>Welcome</h1>"),
        |_| reply(404, r#"{"message": "Not found"}"#),
        // The requests about a listed movie are made only if one is listed.
        |asked| match asked.path.as_str() {
            path if path.starts_with("/Development/movies?") => page(),
            _ => reply(500, ""),
        },
    ];
    for answer in replies {
        let stub = Stub::start(answer).await;
        let url = format!("{}/Development", stub.url());
        let (tally, rows) = run(&all_checks(&url, &token)).await;
        assert!(tally.ok <= 1, "{rows:?}");
        seen_red.extend(
            rows.into_iter()
                .filter(|row| matches!(row.outcome, Outcome::Failed(_)))
                .map(|row| row.what),
        );
    }
    let never: Vec<_> = all.difference(&seen_red).collect();
    // The stub has no version, so the stage of its user pool is unknown; and it sends no entity tag. Both are spoiled
    // below.
    assert_eq!(
        never,
        [
            "answers 304 to a current entity tag",
            "is Development, by its user pool"
        ]
    );
}

fn reply(status: u16, body: &'static str) -> Reply {
    Reply {
        status,
        headers: Vec::new(),
        body: body.into(),
        delay: Duration::ZERO,
    }
}

/// A valid page of `listMovies`.
fn page() -> Reply {
    let movie = json!({
        "title": "Alien", "year": 1979, "directors": [], "actors": [], "genres": [],
        "etag": "\"1-61fb994eb4d40\"", "version": 1,
        "createdAt": "2026-03-14T09:26:53.000000Z", "updatedAt": "2026-03-14T09:26:53.000000Z",
    });
    Reply {
        status: 200,
        headers: vec![
            ("content-type", "application/json"),
            ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff"),
            ("x-request-id", "1"),
            ("x-served-by", "0.1.0/$LATEST"),
            ("access-control-allow-origin", "*"),
            ("access-control-expose-headers", "etag"),
        ],
        body: json!({ "items": [movie], "count": 1 }).to_string().into(),
        delay: Duration::ZERO,
    }
}

fn path(parts: &Parts) -> &str {
    parts.uri.path().trim_start_matches("/Development")
}

fn is(parts: &Parts, method: &Method, wanted: &str) -> bool {
    parts.method == *method && path(parts) == wanted
}

fn sends(parts: &Parts, token: &str) -> bool {
    parts.headers.get(header::AUTHORIZATION) == HeaderValue::from_str(token).ok().as_ref()
}

fn edit(response: &mut Response<Bytes>, change: impl FnOnce(&mut Value)) {
    let mut body: Value = serde_json::from_slice(response.body()).unwrap_or_default();
    change(&mut body);
    *response.body_mut() = body.to_string().into();
}

fn put(response: &mut Response<Bytes>, name: &'static str, value: &'static str) {
    let headers: &mut HeaderMap = response.headers_mut();
    headers.insert(name, HeaderValue::from_static(value));
}

/// The change to a response, the check that must fail, and its reason.
const SPOILED: &[(Spoil, &str, &str)] = &[
    (
        |parts, response| {
            if is(parts, &Method::GET, "/health") {
                edit(response, |body| body["status"] = "down".into());
            }
        },
        "runs",
        "status is \"down\"",
    ),
    (
        |_, response| drop(response.headers_mut().remove("x-request-id")),
        "runs",
        "no X-Request-Id",
    ),
    (
        |_, response| drop(response.headers_mut().remove("x-served-by")),
        "needs a token",
        "no X-Served-By",
    ),
    (
        |_, response| put(response, "x-served-by", "0.1.0/42"),
        "is Development, by its version",
        "X-Served-By is \"0.1.0/42\", and Development is served by $LATEST",
    ),
    (
        |parts, response| {
            if is(parts, &Method::GET, "/auth/configuration") {
                edit(response, |body| {
                    body["userPoolId"] = "local_Production".into();
                });
            }
        },
        "is Development, by its user pool",
        "the user pool is \"local_Production\", not local_Development",
    ),
    (
        |parts, response| {
            if is(parts, &Method::GET, "/auth/configuration") {
                edit(response, |body| body["clientId"] = Value::Null);
            }
        },
        "tells how to sign in",
        "at \"/clientId\"",
    ),
    (
        |parts, response| {
            if is(parts, &Method::GET, "/me") && !parts.headers.contains_key("authorization") {
                *response.status_mut() = http::StatusCode::OK;
            }
        },
        "needs a token",
        "200 (",
    ),
    (
        |parts, response| {
            if sends(parts, "Bearer junk") {
                edit(response, |body| {
                    body["type"] = "/problems/session-ended".into();
                });
            }
        },
        "needs a good token",
        "the problem is \"/problems/session-ended\", not /problems/unauthorized",
    ),
    (
        |_, response| drop(response.headers_mut().remove("www-authenticate")),
        "needs a token",
        "401 without WWW-Authenticate",
    ),
    (
        |parts, response| {
            if is(parts, &Method::GET, "/movies") {
                put(response, "content-type", "application/json");
            }
        },
        "needs a token",
        "an error that is no application/problem+json",
    ),
    (
        |_, response| drop(response.headers_mut().remove("x-content-type-options")),
        "lets web pages call",
        "no X-Content-Type-Options: nosniff",
    ),
    (
        |_, response| put(response, "cache-control", "public, max-age=60"),
        "tells who is signed in",
        "Cache-Control is \"public, max-age=60\", not no-store",
    ),
    (
        |parts, response| {
            if is(parts, &Method::OPTIONS, "/movies/add-movie") {
                put(response, "access-control-allow-methods", "GET, DELETE");
            }
        },
        "lets web pages call",
        "access-control-allow-methods lacks post",
    ),
    (
        |parts, response| {
            if parts.method == Method::OPTIONS {
                put(
                    response,
                    "access-control-allow-headers",
                    "content-type, if-match",
                );
            }
        },
        "lets web pages call",
        "access-control-allow-headers lacks authorization, idempotency-key, if-none-match",
    ),
    (
        |_, response| {
            put(
                response,
                "access-control-allow-origin",
                "https://other.example.com",
            );
        },
        "lets web pages call",
        "pages of https://app.example.com may not call",
    ),
    (
        |_, response| drop(response.headers_mut().remove("access-control-allow-origin")),
        "runs",
        "Access-Control-Allow-Origin is not there; --origin names another",
    ),
    (
        |parts, response| {
            if path(parts).contains("no-such-path") {
                *response.status_mut() = http::StatusCode::FORBIDDEN;
            }
        },
        "is no path",
        "403 (No such path) instead of 404",
    ),
    (
        |parts, response| {
            if path(parts) == "/auth/sign-in" {
                edit(response, |body| {
                    if let Some(faults) = body["errors"].as_array_mut() {
                        faults.truncate(1);
                    }
                });
            }
        },
        "names every missing member",
        "not email and password",
    ),
    (
        |parts, response| {
            if path(parts) == "/auth/sign-in" {
                edit(response, |body| body["instance"] = "another".into());
            }
        },
        "refuses malformed JSON",
        "`instance` is not the X-Request-Id",
    ),
    (
        |parts, response| {
            if path(parts) == "/auth/sign-in" {
                edit(response, |body| {
                    body["type"] = "/problems/unheard-of".into();
                });
            }
        },
        "refuses what is no JSON",
        "the problem type /problems/unheard-of is not documented",
    ),
    (
        |parts, response| {
            if path(parts) == "/auth/refresh" {
                *response.status_mut() = http::StatusCode::SERVICE_UNAVAILABLE;
            }
        },
        "needs a good refresh token",
        "503 (",
    ),
    (
        |parts, response| {
            if is(parts, &Method::GET, "/movies") && response.status() == 200 {
                edit(response, |body| body["items"][0]["year"] = "1979".into());
            }
        },
        "lists movies",
        "at \"/items/0/year\"",
    ),
    (
        |parts, response| {
            if path(parts) == "/movies/findbytitleandyear" && response.status() == 404 {
                edit(response, |body| body["type"] = "/problems/not-found".into());
            }
        },
        "does not find a missing movie",
        "the problem is \"/problems/not-found\", not /problems/movie-not-found",
    ),
    (
        |parts, response| {
            if path(parts) == "/movies/findbytitleandyear" && response.status() == 200 {
                put(response, "etag", "\"1-0\"");
            }
        },
        "finds a movie that was listed",
        "its member `etag` is not the header ETag",
    ),
    (
        |_, response| {
            if response.status() == 304 {
                *response.status_mut() = http::StatusCode::OK;
            }
        },
        "answers 304 to a current entity tag",
        "200 instead of 304",
    ),
];

#[tokio::test]
async fn an_answer_that_is_spoiled_fails_its_check_with_the_reason() {
    let (server, token) = server_with_a_movie().await;
    for (spoil, what, reason) in SPOILED {
        let proxy = Proxy::start(&server, *spoil).await;
        let (_, rows) = run(&all_checks(&proxy.url, &token)).await;
        let found = rows.iter().any(|row| {
            row.what == *what
                && matches!(&row.outcome, Outcome::Failed(reasons)
                    if reasons.iter().any(|told| told.contains(reason)))
        });
        assert!(found, "{what}: {reason}\n{:#?}", failed(&rows));
    }
}

#[tokio::test]
async fn a_reason_repeats_nothing_of_what_an_account_holds() {
    let (server, token) = server_with_a_movie().await;
    let proxy = Proxy::start(&server, |parts, response| {
        if is(parts, &Method::GET, "/me") && response.status() == 200 {
            edit(response, |body| {
                body["email"] = json!([body["email"].take()]);
            });
        }
    })
    .await;
    let (_, rows) = run(&all_checks(&proxy.url, &token)).await;
    let failed = failed(&rows);
    assert_eq!(failed.len(), 1, "{failed:?}");
    assert!(failed[0].contains("/email"), "{failed:?}");
    assert!(!failed[0].contains("ada@example.com"), "{failed:?}");
    assert!(!format!("{rows:?}").contains(&token));
}

/// The gateway's response to a request without a token: by `openapi.yaml`, and by an emulator.
const DOCUMENTED: &str = r#"{"type": "/problems/unauthorized", "title": "A valid access token is needed", "status": 401,
    "detail": "The gateway accepted none.", "instance": "gateway-1"}"#;
const EMULATED: &str = r#"{"message": "Unauthorized"}"#;

fn by_the_gateway(parts: &Parts, response: &mut Response<Bytes>, body: &'static str) {
    if response.status() == 401 && path(parts) != "/auth/refresh" {
        response.headers_mut().clear();
        *response.body_mut() = body.into();
    }
}

#[tokio::test]
async fn the_gateway_may_refuse_as_it_documents() {
    let server = TestServer::start().await;
    let proxy = Proxy::start(&server, |parts, response| {
        if response.status() == 401 && path(parts) != "/auth/refresh" {
            by_the_gateway(parts, response, DOCUMENTED);
            for (name, value) in [
                ("content-type", "application/problem+json"),
                ("cache-control", "no-store"),
                ("x-content-type-options", "nosniff"),
                ("x-request-id", "gateway-1"),
                ("x-served-by", "gateway"),
                ("access-control-allow-origin", "*"),
                ("access-control-expose-headers", "x-request-id,x-served-by"),
                ("www-authenticate", "Bearer realm=\"movies\""),
            ] {
                put(response, name, value);
            }
        }
    })
    .await;
    let (_, rows) = run(&checks(&proxy.url)).await;
    assert_eq!(failed(&rows), [""; 0]);
}

#[tokio::test]
async fn an_emulated_gateway_is_taken_at_its_status_if_it_is_said_to_be_one() {
    let server = TestServer::start().await;
    let proxy = Proxy::start(&server, |parts, response| {
        by_the_gateway(parts, response, EMULATED);
        if response.status() == 404 {
            response.headers_mut().clear();
            *response.status_mut() = http::StatusCode::FORBIDDEN;
            *response.body_mut() = r#"{"message": "Missing Authentication Token"}"#.into();
        }
    })
    .await;
    let strict = checks(&proxy.url);
    let (tally, rows) = run(&strict).await;
    assert!(tally.failed > 30, "{rows:?}");
    let mut lenient = checks(&proxy.url);
    lenient.emulated_gateway = true;
    let (_, rows) = run(&lenient).await;
    assert_eq!(failed(&rows), [""; 0]);
}

#[tokio::test]
async fn an_emulated_gateway_has_to_refuse_and_lets_the_service_off_nothing() {
    let server = TestServer::start().await;
    for (spoil, reason) in [
        (
            (|parts, response| {
                if is(parts, &Method::GET, "/me") {
                    response.headers_mut().clear();
                    *response.status_mut() = http::StatusCode::OK;
                }
            }) as Spoil,
            "200 of the gateway itself instead of 401",
        ),
        (
            |parts, response| {
                if is(parts, &Method::GET, "/health") {
                    response.headers_mut().clear();
                }
            },
            "200 of the gateway itself instead of 200",
        ),
        (
            |_, response| drop(response.headers_mut().remove("x-request-id")),
            "no X-Request-Id",
        ),
    ] {
        let proxy = Proxy::start(&server, spoil).await;
        let mut checks = checks(&proxy.url);
        checks.emulated_gateway = true;
        let (_, rows) = run(&checks).await;
        let failed = failed(&rows);
        assert!(failed.iter().any(|row| row.contains(reason)), "{failed:?}");
    }
}

#[test]
fn what_cannot_be_a_token_is_none() {
    for bad in ["", " ", "a\nb", "caf\u{e9}\u{7f}"] {
        assert_eq!(bearer(bad), None, "{bad:?}");
    }
    let good = bearer("abc\n").unwrap();
    assert_eq!(good, "Bearer abc");
    assert_eq!(format!("{good:?}"), "Sensitive");
}

#[tokio::test]
async fn a_challenge_that_api_gateway_renamed_is_one() {
    let server = TestServer::start().await;
    let proxy = Proxy::start(&server, |_, response| {
        if let Some(challenge) = response.headers_mut().remove("www-authenticate") {
            let name = "x-amzn-remapped-www-authenticate";
            response.headers_mut().insert(name, challenge);
        }
    })
    .await;
    let (_, rows) = run(&checks(&proxy.url)).await;
    assert_eq!(failed(&rows), [""; 0]);
}

/// The tools of the tests panic on such headers, but a deployment may send any.
#[tokio::test]
async fn headers_that_nobody_expects_are_reported() {
    let server = TestServer::start().await;
    let proxy = Proxy::start(&server, |_, response| {
        let headers = response.headers_mut();
        headers.append("x-request-id", HeaderValue::from_static("another"));
        let strange = HeaderValue::from_bytes(b"caf\xe9").unwrap();
        headers.insert("x-served-by", strange);
    })
    .await;
    let (tally, rows) = run(&checks(&proxy.url)).await;
    assert_eq!(tally.ok, 0, "{rows:?}");
    let failed = failed(&rows).concat();
    for reason in ["no X-Served-By", "`instance` is not the X-Request-Id"] {
        assert!(failed.contains(reason), "{failed}");
    }
}

#[tokio::test]
async fn an_answer_that_never_comes_fails_its_check_alone() {
    let server = TestServer::start().await;
    let proxy = Proxy::start(&server, |parts, response| {
        if is(parts, &Method::GET, "/auth/configuration") {
            response.extensions_mut().insert(HangUp);
        }
    })
    .await;
    let (_, rows) = run(&checks(&proxy.url)).await;
    let failed = failed(&rows);
    assert_eq!(failed.len(), 1, "{failed:?}");
    assert!(failed[0].contains("no answer: "), "{failed:?}");
}

#[tokio::test]
async fn where_nothing_answers_no_check_begins() {
    let nowhere = Nowhere::new();
    let checks = checks(&format!("{}/Development", nowhere.url()));
    let error = checks.run(|row| panic!("{row}")).await.unwrap_err();
    let error = format!("{error:#}");
    assert!(error.contains("cannot be verified"), "{error}");
    assert!(error.contains("cannot be reached"), "{error}");
}

#[tokio::test]
async fn a_certificate_that_is_not_trusted_is_no_answer() {
    let stub = Stub::start_with_tls(&Authority::generate(), |_| reply(200, "")).await;
    let checks = checks(&format!("{}/Development", stub.url()));
    let error = checks.run(|row| panic!("{row}")).await.unwrap_err();
    let error = format!("{error:#}");
    assert!(error.contains("certificate"), "{error}");
    assert!(stub.asked().is_empty());
}

#[cfg(unix)]
mod stack {
    use std::{
        fs,
        os::unix::fs::PermissionsExt as _,
        path::{Path, PathBuf},
    };

    use local::server::Stage;
    use tempfile::TempDir;

    use crate::verify::stack::Stack;

    /// A script in the place of the AWS CLI.
    fn aws(script: &str) -> (TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("aws");
        fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        (folder, program)
    }

    const DESCRIBED: &str = r#"{"Stacks": [{
        "StackName": "movies", "StackStatus": "UPDATE_COMPLETE",
        "Parameters": [{"ParameterKey": "AllowedOrigins", "ParameterValue": "https://a.example.com, https://b.example.com"}],
        "Outputs": [
            {"OutputKey": "DevelopmentUrl", "OutputValue": "https://x.example.com/Development", "Description": "d"},
            {"OutputKey": "ProductionUrl", "OutputValue": "https://x.example.com/Production"},
            {"OutputKey": "ProductionUserPoolId", "OutputValue": "eu-west-1_P"}]}]}"#;

    async fn look_up(program: &Path) -> anyhow::Result<Stack> {
        Stack::look_up(program, "movies", Stage::Production).await
    }

    #[tokio::test]
    async fn a_stage_is_found_in_the_outputs_of_its_stack() {
        let (folder, program) = aws(&format!(
            "echo \"$@\" > \"$(dirname \"$0\")/asked\"\ncat <<'END'\n{DESCRIBED}\nEND"
        ));
        let stack = look_up(&program).await.unwrap();
        let expected = Stack {
            address: "https://x.example.com/Production".parse().unwrap(),
            origin: Some("https://a.example.com".to_owned()),
            user_pool: Some("eu-west-1_P".to_owned()),
        };
        assert_eq!(stack, expected);
        let asked = fs::read_to_string(folder.path().join("asked")).unwrap();
        assert_eq!(
            asked.trim(),
            "cloudformation describe-stacks --output json --stack-name movies"
        );
    }

    #[tokio::test]
    async fn what_is_wrong_with_a_stack_is_told() {
        for (script, reason) in [
            (
                "echo 'Stack with id movies does not exist' >&2; exit 254",
                "Stack with id movies does not exist",
            ),
            (
                "echo no JSON",
                "the AWS CLI's answer is not what it documents",
            ),
            (r#"echo '{"Stacks": []}'"#, "there is no stack movies"),
            (
                r#"echo '{"Stacks": [{}]}'"#,
                "the stack movies has no output ProductionUrl",
            ),
            (
                r#"echo '{"Stacks": [{"Outputs": [{"OutputKey": "ProductionUrl", "OutputValue": "http://x.example.com"}]}]}'"#,
                "must be https",
            ),
        ] {
            let (_folder, program) = aws(script);
            let error = look_up(&program).await.unwrap_err();
            let error = format!("{error:#}");
            assert!(error.contains(reason), "{script}: {error}");
        }
    }

    #[tokio::test]
    async fn without_the_aws_cli_there_is_advice() {
        let folder = tempfile::tempdir().unwrap();
        let error = look_up(&folder.path().join("aws")).await;
        let error = error.unwrap_err().to_string();
        assert!(error.contains("docs/first-deploy.md"), "{error}");
        assert!(error.contains("--url"), "{error}");
    }
}
