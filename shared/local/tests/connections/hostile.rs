//! Requests that are made to be misunderstood: each is refused, or answered as the contract says, and none hides
//! another one.

use local::server::Server;

use crate::wire::{Answer, Wire, authority, start};

/// A request that is hidden in the body of another one. It must not be answered: the answer would be the contract.
const HIDDEN: &str = "GET /openapi.yaml HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
const MARK: &str = "openapi: 3";

/// Sends bytes, and then a request that closes the connection. Returns all answers.
async fn answers(server: &Server, bytes: &[u8]) -> Vec<Answer> {
    let mut wire = Wire::open(server).await;
    let end = format!(
        "GET /Development/health HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
        authority(server)
    );
    // A server that closes the connection early need not read to the end.
    let _ = wire.send(&[bytes, end.as_bytes()].concat()).await;
    let _ = wire.hang_up().await;
    let mut answers = Vec::new();
    while let Some(answer) = wire.answer().await.unwrap() {
        answers.push(answer);
    }
    answers
}

/// Asserts that the first answer has one of these statuses; with no statuses, that there is no answer.
async fn first_is(server: &Server, name: &str, bytes: &[u8], statuses: &[u16]) {
    let answers = answers(server, bytes).await;
    let seen: Vec<_> = answers.iter().map(|answer| answer.status).collect();
    let first = seen.first();
    assert!(
        first.map_or(statuses.is_empty(), |first| statuses.contains(first)),
        "{name}: {seen:?}, and not one of {statuses:?}"
    );
    for answer in &answers {
        let status = answer.status;
        assert!(status < 500 || status == 501, "{name}: {seen:?}");
        assert!(!answer.body.contains(MARK), "{name} hides a request");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_mailbox_is_shown_to_nobody_by_another_name() {
    let server = start().await;
    let ours = authority(&server);
    for (host, status) in [
        ("LOCALHOST", 200),
        ("10.0.2.2", 200),
        ("evil.example", 421),
        ("evil.example:4308", 421),
        ("127.0.0.1.evil.example", 421),
        ("localhost.evil.example", 421),
        ("127.0.0.1@evil.example", 421),
        ("127.0.0.1:4308:4308", 421),
        ("127.0.0.1#evil", 421),
        ("127.0.0.1/evil", 421),
        ("127.0.0.1?evil", 421),
        ("[::1]evil", 421),
        ("[::ffff:127.0.0.1]", 421),
        ("2130706433", 421),
        ("127.1", 421),
        ("127.0.0.1.", 421),
        ("0.0.0.0", 421),
        ("0", 421),
        ("127.0.0.2", 421),
        ("xn--localhost-", 421),
        ("l\u{43e}calhost", 421),
        ("127.0.0.1:4308\0", 400),
    ] {
        let request = format!("GET /mailbox HTTP/1.1\r\nHost: {host}\r\n\r\n");
        first_is(&server, host, request.as_bytes(), &[status]).await;
    }
    for (name, target, lines, statuses) in [
        ("no Host", "/mailbox", String::new(), &[400][..]),
        (
            "two Hosts",
            "/mailbox",
            format!("Host: {ours}\r\nHost: evil.example\r\n"),
            &[400],
        ),
        (
            "two Hosts swapped",
            "/mailbox",
            format!("Host: evil.example\r\nHost: {ours}\r\n"),
            &[400],
        ),
        (
            "absolute form evil, Host ours",
            "http://evil.example/mailbox",
            format!("Host: {ours}\r\n"),
            &[421],
        ),
        (
            "absolute form ours, Host evil: the target decides",
            "http://127.0.0.1/mailbox",
            "Host: evil.example\r\n".to_owned(),
            &[200],
        ),
        (
            "absolute form with a user",
            "http://127.0.0.1@evil.example/mailbox",
            format!("Host: {ours}\r\n"),
            &[400, 421],
        ),
        (
            "absolute form of another scheme",
            "https://127.0.0.1/mailbox",
            format!("Host: {ours}\r\n"),
            &[421],
        ),
        (
            "X-Forwarded-Host ours, Host evil",
            "/mailbox",
            format!("X-Forwarded-Host: {ours}\r\nHost: evil.example\r\n"),
            &[421],
        ),
        (
            "Host folded",
            "/mailbox",
            "Host: evil.example\r\n 127.0.0.1\r\n".to_owned(),
            &[400],
        ),
        (
            "Host space colon",
            "/mailbox",
            format!("Host : {ours}\r\n"),
            &[400],
        ),
        (
            "API Host evil",
            "/Development/health",
            "Host: evil.example\r\n".to_owned(),
            &[421],
        ),
    ] {
        let request = format!("GET {target} HTTP/1.1\r\n{lines}\r\n");
        first_is(&server, name, request.as_bytes(), statuses).await;
    }
    server.stop().await;
}

#[expect(clippy::too_many_lines, reason = "a table")]
#[tokio::test(flavor = "multi_thread")]
async fn a_path_leads_where_it_says_or_nowhere() {
    let server = start().await;
    let ours = authority(&server);
    let long = format!("/{}", "a".repeat(8_000));
    for (method, target, statuses) in [
        ("GET", "/Development/../Production/health", &[404][..]),
        ("GET", "/Development/%2e%2e/Production/health", &[404]),
        ("GET", "/Development/%2E%2E%2FProduction/health", &[404]),
        ("GET", "/Development/..%2fProduction/health", &[404]),
        ("GET", "/Development\\..\\Production/health", &[400, 404]),
        ("GET", "/Development/./health", &[404]),
        ("GET", "/Development//health", &[404]),
        ("GET", "//Development/health", &[404]),
        ("GET", "///Development/health", &[404]),
        // As at API Gateway.
        ("GET", "/Development/health/", &[200]),
        ("GET", "/Development/health//", &[404]),
        ("GET", "/DEVELOPMENT/health", &[404]),
        ("GET", "/Development/Health", &[404]),
        ("GET", "/Development%2fhealth", &[404]),
        ("GET", "/Development/health%00", &[404]),
        ("GET", "/Development/health;x=1", &[404]),
        ("GET", "/Development/health?", &[200]),
        ("GET", "/Development/health?x=1", &[400]),
        ("GET", "/Development/Production/health", &[404]),
        ("GET", "/Development", &[404]),
        ("GET", "/Development/", &[404]),
        ("GET", "/Development?x", &[404]),
        ("GET", "/Development/.well-known/jwks.json/", &[404]),
        ("GET", "/Development/mailbox", &[404]),
        ("GET", "/mailbox/", &[404]),
        ("GET", "/Mailbox", &[404]),
        ("GET", "/docs/../mailbox", &[404]),
        ("GET", "/docs/..%2fmailbox", &[404]),
        ("GET", "/docs/../../../../etc/passwd", &[404]),
        ("GET", "/docs/..\\..\\etc\\passwd", &[400, 404]),
        ("GET", "*", &[404]),
        ("GET", "health", &[421]),
        ("GET", "http://127.0.0.1:4308/Development/health", &[200]),
        ("GET", "http://evil.example/Development/health", &[421]),
        ("GET", "https://127.0.0.1/Development/health", &[421]),
        ("GET", "/Development/movies/../health", &[404]),
        ("GET", "/Development/movies/add-movie%2f", &[404]),
        ("GET", "/Development/\u{c3}\u{a9}", &[400, 404]),
        ("GET", "/Development/%zz", &[404]),
        ("GET", "/Development/%", &[404]),
        ("GET", &long, &[404]),
        ("OPTIONS", "/Development/movies", &[200]),
        ("TRACE", "/Development/movies", &[405]),
        ("CONNECT", "/Development/movies", &[400, 405, 421]),
        ("CONNECT", "127.0.0.1:3000", &[400, 404, 405, 421]),
        ("get", "/Development/movies", &[405]),
        ("PROPFIND", "/Development/movies", &[405]),
        ("FOO", "/Development/movies", &[405]),
        (&"A".repeat(8_000), "/Development/movies", &[405]),
        ("PRI", "/Development/movies", &[405]),
    ] {
        let name = format!("{method:.20} {target:.80}");
        let request = format!("{method} {target} HTTP/1.1\r\nHost: {ours}\r\n\r\n");
        first_is(&server, &name, request.as_bytes(), statuses).await;
    }
    let request =
        |line: &str, more: &str| format!("{line}\r\nHost: {ours}\r\n{more}\r\n").into_bytes();
    for (name, bytes, statuses) in [
        (
            "Upgrade: websocket",
            request(
                "GET /Development/health HTTP/1.1",
                "Connection: upgrade\r\nUpgrade: websocket\r\n",
            ),
            &[200][..],
        ),
        (
            "Upgrade: h2c",
            request(
                "GET /Development/health HTTP/1.1",
                "Connection: upgrade, http2-settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n",
            ),
            &[200],
        ),
        (
            "HTTP/1.0 keepalive",
            request(
                "GET /Development/health HTTP/1.0",
                "Connection: keep-alive\r\n",
            ),
            &[200],
        ),
        (
            "HTTP/1.2",
            request("GET /Development/health HTTP/1.2", ""),
            &[400],
        ),
        (
            "h2c by prior knowledge",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0".to_vec(),
            // Closed without an answer, which would have to be in HTTP/2.
            &[],
        ),
        (
            "TLS hello",
            b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03".to_vec(),
            &[400],
        ),
        ("NULs", vec![0; 64], &[400]),
        ("random", b"\x8f\x1c\xfe\x02\r\n\r\n".to_vec(), &[400]),
        (
            "leading CRLF",
            [
                b"\r\n".to_vec(),
                request("GET /Development/health HTTP/1.1", ""),
            ]
            .concat(),
            &[200],
        ),
    ] {
        first_is(&server, name, &bytes, statuses).await;
    }
    // Without a body, so that the next answer is not taken for it.
    let head = format!("HEAD /Development/health HTTP/1.1\r\nHost: {ours}\r\n\r\n");
    let mut wire = Wire::open(&server).await;
    wire.send(head.as_bytes()).await.unwrap();
    assert_eq!(wire.head().await, 200);
    server.stop().await;
}

/// A sign-in that would be answered 400: its members are missing.
fn post(server: &Server, lines: &str, body: &str) -> Vec<u8> {
    format!(
        "POST /Development/auth/sign-in HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\n{lines}\r\n{body}",
        authority(server)
    )
    .into_bytes()
}

#[expect(clippy::too_many_lines, reason = "a table")]
#[tokio::test(flavor = "multi_thread")]
async fn no_framing_hides_a_request() {
    let server = start().await;
    let length = HIDDEN.len();
    let chunked = format!("{length:x}\r\n{HIDDEN}\r\n0\r\n\r\n");
    let ended = format!("0\r\n\r\n{HIDDEN}");
    let both = |te: &str| format!("{te}\r\nContent-Length: {length}\r\n");
    let rows: Vec<(&str, String, String, &[u16])> = vec![
        (
            "CL+TE, body chunked",
            format!(
                "Content-Length: {}\r\nTransfer-Encoding: chunked\r\n",
                chunked.len()
            ),
            chunked.clone(),
            &[400],
        ),
        (
            "TE first then CL, hidden request",
            format!(
                "Transfer-Encoding: chunked\r\nContent-Length: {}\r\n",
                ended.len()
            ),
            ended.clone(),
            &[400],
        ),
        (
            "TE xchunked + CL",
            both("Transfer-Encoding: xchunked"),
            HIDDEN.into(),
            &[400, 501],
        ),
        (
            "TE chunked, chunked",
            "Transfer-Encoding: chunked, chunked\r\n".into(),
            ended.clone(),
            &[400],
        ),
        (
            "TE [tab]chunked + CL",
            both("Transfer-Encoding:\tchunked"),
            ended.clone(),
            &[400],
        ),
        (
            "TE chunked NUL + CL",
            both("Transfer-Encoding: chunked\0"),
            HIDDEN.into(),
            &[400],
        ),
        (
            "TE \"chunked\" + CL",
            both("Transfer-Encoding: \"chunked\""),
            HIDDEN.into(),
            &[400, 501],
        ),
        (
            "TE chunked;q=1 + CL",
            both("Transfer-Encoding: chunked;q=1"),
            HIDDEN.into(),
            &[400, 501],
        ),
        (
            "TE gzip + CL",
            both("Transfer-Encoding: gzip"),
            HIDDEN.into(),
            &[400, 501],
        ),
        (
            "TE gzip, chunked",
            "Transfer-Encoding: gzip, chunked\r\n".into(),
            ended.clone(),
            &[501],
        ),
        (
            "TE gzip and chunked in two lines",
            "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n".into(),
            ended.clone(),
            &[501],
        ),
        (
            "TE empty + CL",
            both("Transfer-Encoding:"),
            HIDDEN.into(),
            &[400],
        ),
        (
            "two TE identity",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n".into(),
            ended.clone(),
            &[400, 501],
        ),
        (
            "TE space before colon",
            both("Transfer-Encoding : chunked"),
            ended.clone(),
            &[400],
        ),
        (
            "TE folded",
            both("Transfer-Encoding:\r\n chunked"),
            ended.clone(),
            &[400],
        ),
        (
            "TE underscore",
            both("Transfer_Encoding: chunked"),
            HIDDEN.into(),
            &[400],
        ),
        (
            "two CL different",
            format!("Content-Length: 0\r\nContent-Length: {length}\r\n"),
            HIDDEN.into(),
            &[400],
        ),
        (
            "CL list different",
            format!("Content-Length: 0, {length}\r\n"),
            HIDDEN.into(),
            &[400],
        ),
        (
            "CL list equal",
            format!("Content-Length: {length}, {length}\r\n"),
            HIDDEN.into(),
            &[400],
        ),
        (
            "CL +",
            format!("Content-Length: +{length}\r\n"),
            HIDDEN.into(),
            &[400],
        ),
        (
            "CL -",
            format!("Content-Length: -{length}\r\n"),
            HIDDEN.into(),
            &[400],
        ),
        (
            "CL hexadecimal",
            format!("Content-Length: 0x{length:x}\r\n"),
            HIDDEN.into(),
            &[400],
        ),
        (
            "CL .0",
            format!("Content-Length: {length}.0\r\n"),
            HIDDEN.into(),
            &[400],
        ),
        (
            "CL e0",
            format!("Content-Length: {length}e0\r\n"),
            HIDDEN.into(),
            &[400],
        ),
        (
            "CL leading zero",
            format!("Content-Length: 0{length}\r\n"),
            HIDDEN.into(),
            &[400],
        ),
        (
            "CL two spaces before",
            format!("Content-Length:  {length}\r\n"),
            HIDDEN.into(),
            &[400],
        ),
        (
            "CL space behind",
            format!("Content-Length: {length} \r\n"),
            HIDDEN.into(),
            &[400],
        ),
        (
            "CL semicolon",
            format!("Content-Length: {length};\r\n"),
            HIDDEN.into(),
            &[400],
        ),
        (
            "CL quoted",
            format!("Content-Length: \"{length}\"\r\n"),
            HIDDEN.into(),
            &[400],
        ),
        (
            "CL 2^64",
            "Content-Length: 18446744073709551616\r\n".into(),
            HIDDEN.into(),
            &[400],
        ),
        (
            "CL 2^64-1",
            "Content-Length: 18446744073709551615\r\n".into(),
            HIDDEN.into(),
            &[400, 413, 431],
        ),
        (
            "CL empty",
            "Content-Length:\r\n".into(),
            HIDDEN.into(),
            &[400],
        ),
        (
            "401 before the body",
            format!("Content-Length: {length}\r\n"),
            HIDDEN.into(),
            &[400],
        ),
        (
            "Expect 100",
            format!("Expect: 100-continue\r\nContent-Length: {length}\r\n"),
            HIDDEN.into(),
            &[400],
        ),
        (
            "Expect other",
            format!("Expect: 200-maybe\r\nContent-Length: {length}\r\n"),
            HIDDEN.into(),
            &[400, 417],
        ),
        (
            "chunk size negative",
            "Transfer-Encoding: chunked\r\n".into(),
            format!("-1\r\n{HIDDEN}"),
            &[400],
        ),
        (
            "chunk size 0x",
            "Transfer-Encoding: chunked\r\n".into(),
            format!("0x{length:x}\r\n{HIDDEN}"),
            &[400],
        ),
        (
            "chunk size huge",
            "Transfer-Encoding: chunked\r\n".into(),
            format!("fffffffffffffffff\r\n{HIDDEN}"),
            &[400],
        ),
        (
            "chunk size 2^64-1",
            "Transfer-Encoding: chunked\r\n".into(),
            format!("ffffffffffffffff\r\n{HIDDEN}"),
            &[400],
        ),
        (
            "chunk size +",
            "Transfer-Encoding: chunked\r\n".into(),
            format!("+{length:x}\r\n{HIDDEN}"),
            &[400],
        ),
        (
            "chunk size space",
            "Transfer-Encoding: chunked\r\n".into(),
            format!(" {length:x}\r\n{HIDDEN}"),
            &[400],
        ),
        (
            "chunk extension",
            "Transfer-Encoding: chunked\r\n".into(),
            format!("{length:x};a=b\r\n{HIDDEN}\r\n0\r\n\r\n"),
            &[400],
        ),
        (
            "chunk empty size",
            "Transfer-Encoding: chunked\r\n".into(),
            format!("\r\n{HIDDEN}"),
            &[400],
        ),
        (
            "chunk not hex",
            "Transfer-Encoding: chunked\r\n".into(),
            format!("g\r\n{HIDDEN}"),
            &[400],
        ),
        (
            "many trailers",
            "Transfer-Encoding: chunked\r\n".into(),
            format!("2\r\n{{}}\r\n0\r\n{}\r\n", "x: y\r\n".repeat(5_000)),
            &[400],
        ),
        (
            "one byte chunks 5000",
            "Transfer-Encoding: chunked\r\n".into(),
            format!("{}0\r\n\r\n", "1\r\n \r\n".repeat(5_000)),
            &[400],
        ),
        (
            "50 headers",
            format!("{}Content-Length: 2\r\n", "x: y\r\n".repeat(47)),
            "{}".into(),
            &[400],
        ),
        (
            "101 headers",
            format!("{}Content-Length: 2\r\n", "x: y\r\n".repeat(98)),
            "{}".into(),
            &[431],
        ),
        (
            "header of 8000 bytes",
            format!("x: {}\r\nContent-Length: 2\r\n", "y".repeat(8_000)),
            "{}".into(),
            &[400],
        ),
        (
            "header of 500000 bytes",
            format!("x: {}\r\nContent-Length: 2\r\n", "y".repeat(500_000)),
            "{}".into(),
            &[431],
        ),
        (
            "header no colon",
            "x y\r\nContent-Length: 2\r\n".into(),
            "{}".into(),
            &[400],
        ),
        (
            "header empty name",
            ": y\r\nContent-Length: 2\r\n".into(),
            "{}".into(),
            &[400],
        ),
        (
            "two Content-Encodings identity, br",
            "Content-Encoding: identity\r\nContent-Encoding: br\r\nContent-Length: 2\r\n".into(),
            "{}".into(),
            &[415],
        ),
        (
            "two Content-Types",
            "Content-Type: text/plain\r\nContent-Length: 2\r\n".into(),
            "{}".into(),
            &[415],
        ),
    ];
    for (name, lines, body, statuses) in rows {
        let request = post(&server, &lines, &body);
        first_is(&server, name, &request, statuses).await;
    }
    let ours = authority(&server);
    for (name, request, statuses) in [
        (
            "HTTP/1.0 + TE",
            format!(
                "POST /Development/auth/sign-in HTTP/1.0\r\nHost: {ours}\r\nTransfer-Encoding: chunked\r\n\r\n{ended}"
            ),
            &[400][..],
        ),
        (
            "GET with body hidden request",
            format!(
                "GET /Development/health HTTP/1.1\r\nHost: {ours}\r\nContent-Length: {length}\r\n\r\n{HIDDEN}"
            ),
            &[200],
        ),
        (
            "404 with unread body",
            format!(
                "POST /Development/nowhere HTTP/1.1\r\nHost: {ours}\r\nContent-Length: {length}\r\n\r\n{HIDDEN}"
            ),
            &[404],
        ),
        (
            "401 with unread body",
            format!(
                "POST /Development/movies/add-movie HTTP/1.1\r\nHost: {ours}\r\nContent-Length: {length}\r\n\r\n{HIDDEN}"
            ),
            &[401],
        ),
        (
            "no Content-Type",
            format!(
                "POST /Development/auth/sign-in HTTP/1.1\r\nHost: {ours}\r\nContent-Length: 2\r\n\r\n{{}}"
            ),
            &[415],
        ),
    ] {
        first_is(&server, name, request.as_bytes(), statuses).await;
    }
    let filler = format!("{}{HIDDEN}", " ".repeat(300_000 - length));
    let large = post(&server, "Content-Length: 300000\r\n", &filler);
    first_is(&server, "413 by CL then rest", &large, &[413]).await;

    let one = format!("GET /Development/health HTTP/1.1\r\nHost: {ours}\r\n\r\n");
    let pipelined = answers(&server, one.repeat(50).as_bytes()).await;
    assert_eq!(pipelined.len(), 51);
    assert!(pipelined.iter().all(|answer| answer.status == 200));
    server.stop().await;
}

#[tokio::test]
async fn a_transfer_coding_that_is_not_known_is_a_problem() {
    let server = start().await;
    let request = post(&server, "Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n");
    let mut wire = Wire::open(&server).await;
    wire.send(&request).await.unwrap();
    let answer = wire.answer().await.unwrap().unwrap();
    assert_eq!(answer.status, 501);
    assert_eq!(
        answer.header("content-type"),
        Some("application/problem+json")
    );
    assert!(
        answer
            .body
            .contains("/problems/transfer-coding-not-supported")
    );
    assert!(answer.is_last());
    server.stop().await;
}
