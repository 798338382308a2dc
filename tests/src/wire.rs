//! The server that the scenarios of the clients run against: a local server, and a proxy in front of it that loses, delays
//! and changes answers as a scenario asks for.
//!
//! `apps/clients/scenarios.md` describes it. Both run on loopback. The tools under `/_wire` stand in for the user's mail,
//! phone and browser.

mod fault;
mod tools;

use std::{io, sync::Arc, time::Duration};

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use http::{HeaderMap, Method, Request, Response, StatusCode, header, request::Parts};
use http_body_util::{BodyExt as _, Full, StreamBody, combinators::BoxBody};
use hyper::{
    body::{Frame, Incoming},
    server::conn::http1::Builder,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use local::server::Stage;
use parking_lot::Mutex;
use reqwest::redirect::Policy;
use serde_json::{Value, json};
use tokio::{net::TcpListener, time::sleep};

use self::{
    fault::{Act, Faults},
    tools::Tools,
};
use crate::server::TestServer;

/// The path of the tools.
const TOOLS: &str = "/_wire/";

type Body = BoxBody<Bytes, io::Error>;

/// The proxy, with the server behind it.
#[derive(Debug)]
pub struct Wire {
    server: TestServer,
    /// The base URL of the server, without a stage.
    behind: String,
    client: reqwest::Client,
    tools: Tools,
    faults: Mutex<Faults>,
    journal: Mutex<Vec<Value>>,
}

impl Wire {
    /// Starts the local server.
    pub async fn start() -> Self {
        let server = TestServer::start().await;
        let stage = server.base(Stage::Development);
        let behind = stage.trim_end_matches("/Development").to_owned();
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(Policy::none());
        Self {
            server,
            behind,
            client: client.build().expect("an HTTP client"),
            tools: Tools::default(),
            faults: Mutex::default(),
            journal: Mutex::default(),
        }
    }

    /// Serves this port for ever.
    pub async fn serve(self, listener: TcpListener) {
        let wire = Arc::new(self);
        loop {
            let (stream, _) = listener.accept().await.expect("a connection");
            let wire = Arc::clone(&wire);
            let service = service_fn(move |request| Arc::clone(&wire).answer(request));
            let connection = Builder::new().serve_connection(TokioIo::new(stream), service);
            // A connection that a fault closes ends with an error.
            tokio::spawn(connection);
        }
    }

    /// Answers a request; an error closes the connection without an answer.
    async fn answer(self: Arc<Self>, request: Request<Incoming>) -> io::Result<Response<Body>> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
        if let Some(tool) = parts.uri.path().strip_prefix(TOOLS) {
            return Ok(self.tool(tool, &parts, &body).await);
        }
        // A browser asks before a request, so that is no request of the client.
        if parts.method == Method::OPTIONS {
            return self.forward(&parts, body).await.map(whole);
        }
        let name = name(&parts);
        self.journal().push(entry(&name, &parts, &body));
        let act = self.faults.lock().next(&name);
        match act {
            None => self.forward(&parts, body).await.map(whole),
            Some(Act::Drop) => Err(io::Error::other("dropped")),
            Some(Act::Lose) => {
                self.forward(&parts, body).await?;
                Err(io::Error::other("lost"))
            }
            Some(Act::Delay { ms }) => {
                sleep(Duration::from_millis(ms)).await;
                self.forward(&parts, body).await.map(whole)
            }
            Some(Act::Truncate) => self.forward(&parts, body).await.map(half),
            Some(Act::Merge { json }) => {
                let (mut head, body) = self.forward(&parts, body).await?.into_parts();
                let mut answer: Value = serde_json::from_slice(&body).unwrap_or_default();
                fault::merge(&mut answer, &json);
                head.headers.remove(header::CONTENT_LENGTH);
                Ok(whole(Response::from_parts(head, answer.to_string().into())))
            }
            Some(Act::Answer {
                status,
                headers,
                body,
            }) => {
                let mut response = Response::new(Bytes::from(body));
                *response.status_mut() = StatusCode::from_u16(status).expect("a status code");
                *response.headers_mut() = fault::headers(&headers);
                allow_any_origin(response.headers_mut(), &parts.headers);
                Ok(whole(response))
            }
        }
    }

    /// Sends a request to the server.
    async fn forward(&self, parts: &Parts, body: Bytes) -> io::Result<Response<Bytes>> {
        // `Host` stays: the server makes the URLs of files from it, so that uploads come through the proxy, too.
        let mut headers = parts.headers.clone();
        headers.remove(header::CONTENT_LENGTH);
        // The proxy reads the answer, so it must not be compressed.
        headers.remove(header::ACCEPT_ENCODING);
        let url = format!("{}{}", self.behind, parts.uri);
        let sent = self.client.request(parts.method.clone(), url);
        let answer = sent.headers(headers).body(body).send().await;
        let answer = answer.map_err(io::Error::other)?;
        let mut response = Response::new(Bytes::new());
        *response.status_mut() = answer.status();
        response.headers_mut().clone_from(answer.headers());
        response.headers_mut().remove(header::TRANSFER_ENCODING);
        *response.body_mut() = answer.bytes().await.map_err(io::Error::other)?;
        Ok(response)
    }

    fn journal(&self) -> parking_lot::MutexGuard<'_, Vec<Value>> {
        self.journal.lock()
    }

    /// Runs a tool; a fault of its request is 400 with the reason.
    async fn tool(&self, tool: &str, parts: &Parts, body: &[u8]) -> Response<Body> {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let answer = match tool {
            "reset" => {
                *self.faults.lock() = Faults::default();
                self.journal().clear();
                Ok(json!({}))
            }
            "faults" => {
                let mut faults = self.faults.lock();
                faults.add(body).map(|()| json!({}))
            }
            "requests" => Ok(Value::from(self.journal().clone())),
            tool => {
                let query = parts.uri.query().unwrap_or_default();
                self.tools.run(&self.server, tool, query, &body).await
            }
        };
        let (status, answer) = match answer {
            Ok(answer) => (StatusCode::OK, answer),
            Err(reason) => (StatusCode::BAD_REQUEST, json!({ "error": reason })),
        };
        let mut response = Response::new(Bytes::from(answer.to_string()));
        *response.status_mut() = status;
        let json = header::HeaderValue::from_static("application/json");
        response.headers_mut().insert(header::CONTENT_TYPE, json);
        allow_any_origin(response.headers_mut(), &parts.headers);
        whole(response)
    }
}

/// The method and the path without the stage, such as `POST /auth/refresh`. A scenario cannot know the name of a file, so
/// it is `{name}`.
fn name(parts: &Parts) -> String {
    let path = parts.uri.path();
    let path = path.strip_prefix("/Development").unwrap_or(path);
    let path = if path.starts_with("/files/") {
        "/files/{name}"
    } else {
        path
    };
    format!("{} {path}", parts.method)
}

/// The line of the journal for a request.
fn entry(name: &str, parts: &Parts, body: &[u8]) -> Value {
    let header = |name: &str| {
        parts
            .headers
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    json!({
        "request": name,
        "query": parts.uri.query(),
        "key": header("idempotency-key"),
        "ifMatch": header("if-match"),
        "authorization": parts.headers.contains_key(header::AUTHORIZATION),
        "body": serde_json::from_slice::<Value>(body).ok(),
    })
}

/// Lets a page of any origin read what does not come from the service, which has its own headers for that.
fn allow_any_origin(answer: &mut HeaderMap, request: &HeaderMap) {
    if let Some(origin) = request.get(header::ORIGIN) {
        answer.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        let all = "X-Request-Id, Retry-After, ETag, X-Served-By, Idempotent-Replayed";
        let all = header::HeaderValue::from_static(all);
        answer.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, all);
    }
}

fn whole(response: Response<Bytes>) -> Response<Body> {
    response.map(|body| Full::new(body).map_err(|never| match never {}).boxed())
}

/// The response with the length of the whole body, but half of it.
fn half(response: Response<Bytes>) -> Response<Body> {
    let (mut head, body) = response.into_parts();
    head.headers
        .insert(header::CONTENT_LENGTH, body.len().into());
    let half = body.slice(..body.len() / 2);
    let begin = stream::once(async { Ok(Frame::data(half)) });
    let end = stream::once(async {
        // The connection sends the beginning only while it waits for more.
        sleep(Duration::from_millis(50)).await;
        Err(io::Error::other("cut off"))
    });
    let frames = StreamBody::new(begin.chain(end));
    Response::from_parts(head, BoxBody::new(frames))
}
