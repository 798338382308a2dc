//! Answers that do not depend on the body: none gets lost because the body was not read.

use local::server::Server;

use crate::wire::{Wire, authority, start};

/// More than the buffers of both sockets hold.
const LARGE: usize = 8 * 1024 * 1024;
/// More than the server reads to keep the connection open.
const HUGE: usize = 24 * 1024 * 1024;

struct Request<'a> {
    method: &'a str,
    path: &'a str,
    host: Option<&'a str>,
    headers: &'a str,
    length: usize,
}

impl Request<'_> {
    fn bytes(&self, server: &Server) -> Vec<u8> {
        let host = self.host.unwrap_or_else(|| authority(server));
        let mut bytes = format!(
            "{} {} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n\
             Authorization: Bearer dead\r\n{}Content-Length: {}\r\n\r\n",
            self.method, self.path, self.headers, self.length
        )
        .into_bytes();
        bytes.resize(bytes.len() + self.length, b' ');
        bytes
    }
}

/// Sends a request several times, over one connection as long as the server keeps it open. A client that sends
/// everything before it reads must not see an error instead of the answer.
async fn each_is(server: &Server, times: usize, request: &Request<'_>, status: u16) {
    let bytes = request.bytes(server);
    let mut wire = Wire::open(server).await;
    for time in 0..times {
        let sent = wire.send(&bytes).await;
        let answer = wire.answer().await;
        let answer = answer.unwrap_or_else(|error| panic!("{} no. {time}: {error}", request.path));
        let answer = answer.unwrap_or_else(|| panic!("{} no. {time}: closed", request.path));
        assert_eq!(answer.status, status, "{} no. {time}", request.path);
        sent.unwrap_or_else(|error| panic!("{} no. {time}: {error}", request.path));
        if answer.is_last() {
            wire = Wire::open(server).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_token_is_401_every_time_whatever_the_size_of_the_body() {
    let server = start().await;
    for (length, times) in [(30, 500), (100_000, 300), (LARGE, 12), (HUGE, 3)] {
        let request = Request {
            method: "POST",
            path: "/Development/movies/add-movie",
            host: None,
            headers: "",
            length,
        };
        each_is(&server, times, &request, 401).await;
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_answer_gets_lost_that_needs_no_body() {
    let server = start().await;
    let file = format!("/Development/files/{}?x", "A".repeat(43));
    for (method, path, host, headers, status) in [
        ("PUT", file.as_str(), None, "", 403),
        ("POST", "/Development/nowhere", None, "", 404),
        ("POST", "/nowhere", None, "", 404),
        ("POST", "/Development/health", None, "", 405),
        ("POST", "/mailbox", None, "", 405),
        ("POST", "/Development/auth/sign-in", None, "", 413),
        (
            "POST",
            "/Development/auth/sign-in",
            Some("evil.example"),
            "",
            421,
        ),
        (
            "POST",
            "/Development/auth/sign-in",
            None,
            "Host: 127.0.0.1\r\n",
            400,
        ),
        (
            "POST",
            "/Development/auth/sign-in",
            None,
            "Expect: 100-continue\r\n",
            413,
        ),
    ] {
        for (length, times) in [(300_000, 20), (LARGE, 4), (HUGE, 2)] {
            let request = Request {
                method,
                path,
                host,
                headers,
                length,
            };
            each_is(&server, times, &request, status).await;
        }
    }
    server.stop().await;
}
