//! The answers to requests that reach no stage.
#![expect(clippy::unwrap_used, reason = "a test")]

use local::server::{Options, Server};
use reqwest::{Client, Response};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

async fn start() -> Server {
    let options = Options {
        quiet: true,
        ..Options::default()
    };
    Server::start(options).await.unwrap()
}

async fn assert_problem(answer: Response, status: u16, slug: &str) {
    assert_eq!(answer.status(), status);
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
    let id = answer.headers()["x-request-id"].clone();
    let problem: Value = answer.json().await.unwrap();
    assert_eq!(problem["type"], format!("/problems/{slug}"));
    assert_eq!(problem["status"], status);
    assert_eq!(problem["instance"], id.to_str().unwrap());
}

#[tokio::test]
async fn a_path_that_does_not_exist_is_a_problem_with_an_id_wherever_it_is() {
    let server = start().await;
    for path in [
        "/Development",
        "/Development/",
        "/Production/",
        "/Development/nothing",
        "/Development//health",
        "/development/health",
        "/nothing",
    ] {
        let answer = reqwest::get(format!("{}{path}", server.url())).await;
        let answer = answer.unwrap();
        // Below its name, the stage itself answers.
        let of_stage = path.starts_with("/Development") || path.starts_with("/Production");
        assert_eq!(answer.headers().contains_key("x-served-by"), of_stage);
        assert_problem(answer, 404, "not-found").await;
    }
    let health = reqwest::get(format!("{}/Development/health", server.url())).await;
    assert_eq!(health.unwrap().status(), 200);
    server.stop().await;
}

#[tokio::test]
async fn only_requests_for_this_machine_are_answered() {
    let server = start().await;
    for path in ["/", "/mailbox", "/Development/health", "/docs/", "/nothing"] {
        let request = Client::new().get(format!("{}{path}", server.url()));
        let answer = request.header("host", "evil.example:3000").send().await;
        assert_problem(answer.unwrap(), 421, "misdirected-request").await;
    }
    for host in ["localhost", "LOCALHOST:1", "[::1]:3000", "127.0.0.1"] {
        let request = Client::new().get(format!("{}/mailbox", server.url()));
        let answer = request.header("host", host).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{host}");
    }
    server.stop().await;
}

#[tokio::test]
async fn the_host_is_named_once() {
    let server = start().await;
    let address = server.url().trim_start_matches("http://");
    for hosts in ["", "Host: localhost\r\nHost: localhost\r\n"] {
        let mut connection = TcpStream::connect(address).await.unwrap();
        let request = format!("GET /mailbox HTTP/1.1\r\n{hosts}Connection: close\r\n\r\n");
        connection.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
        assert!(answer.contains("application/problem+json"), "{answer}");
    }
    server.stop().await;
}
