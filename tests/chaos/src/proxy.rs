//! The HTTP proxy between the functions and AWS's stand-in. It knows the operation of a request, and injects faults.

use std::{
    collections::HashMap,
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use http::{HeaderMap, Request, Response, StatusCode, header, request::Parts};
use http_body_util::{BodyExt as _, Full, StreamBody, combinators::UnsyncBoxBody};
use hyper::body::{Frame, Incoming};
use parking_lot::Mutex;
use serde_json::json;
use tokio::time::sleep;

use crate::{
    fault::{Asked, Error, Fault, Faults},
    plant::Planted,
    server::Server,
    wire::{Got, Sent, json_of},
};

/// Longer than the function waits for an answer.
const LATE: Duration = Duration::from_millis(3_300);
/// Longer than a function lives with one request.
const FOR_EVER: Duration = Duration::from_secs(20);
/// The pause between two pieces of an answer that drips, and the number of pieces.
const DRIP: (Duration, usize) = (Duration::from_millis(60), 12);

type Body = UnsyncBoxBody<Bytes, io::Error>;

/// The proxy. It stops when it is dropped.
#[derive(Debug)]
pub struct Proxy {
    server: Server,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    behind: String,
    http: reqwest::Client,
    faults: Arc<Faults>,
    planted: Planted,
    is_on: AtomicBool,
    tokens: Mutex<HashMap<String, Token>>,
}

/// A transaction by its `ClientRequestToken`, as DynamoDB remembers it for ten minutes. One that was refused it forgets.
#[derive(Debug, Clone)]
enum Token {
    AtWork,
    Done(Got),
}

impl Proxy {
    /// Starts it in front of the service at this URL. The faults are off.
    pub async fn start(behind: &str, faults: Arc<Faults>, planted: Planted) -> Self {
        let shared = Arc::new(Shared {
            behind: behind.to_owned(),
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
            faults,
            planted,
            is_on: AtomicBool::new(false),
            tokens: Mutex::default(),
        });
        let serving = Arc::clone(&shared);
        let server = Server::start(move |request| Arc::clone(&serving).answer(request)).await;
        Self { server, shared }
    }

    /// Its URL.
    #[must_use]
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// Turns the faults on or off.
    pub fn turn(&self, on: bool) {
        self.shared.is_on.store(on, Ordering::SeqCst);
    }
}

impl Shared {
    /// Answers a request; an error closes the connection without an answer.
    async fn answer(self: Arc<Self>, request: Request<Incoming>) -> io::Result<Response<Body>> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
        let sent = sent(parts, body);
        let asked = asked(&sent);
        let on = self.is_on.load(Ordering::SeqCst);
        let fault = asked
            .filter(|_| on)
            .and_then(|asked| self.faults.next(asked));
        // What goes on without the function goes on when the function closes the connection.
        let shared = Arc::clone(&self);
        let forward = |sent: Sent| async move {
            let forwarded = tokio::spawn(async move { shared.carry_out(sent).await });
            forwarded.await.map_err(io::Error::other)?
        };
        match fault {
            None => forward(sent).await.map(|got| whole(&got)),
            Some(Fault::LoseRequest) => Err(io::Error::other("lost")),
            Some(Fault::LoseAnswer) => {
                forward(sent).await?;
                Err(io::Error::other("lost"))
            }
            Some(Fault::Late) => {
                let late = tokio::spawn(async move {
                    sleep(LATE).await;
                    self.carry_out(sent).await
                });
                let got = late.await.map_err(io::Error::other)??;
                Ok(whole(&got))
            }
            Some(Fault::Twice) => {
                let first = forward(sent.clone()).await;
                let shared = Arc::clone(&self);
                let second = shared.carry_out(sent).await;
                second.or(first).map(|got| whole(&got))
            }
            Some(Fault::Cut) => forward(sent).await.map(|got| half(&got)),
            Some(Fault::Drip) => forward(sent).await.map(|got| drip(&got)),
            Some(Fault::BlackHole) => {
                sleep(FOR_EVER).await;
                Err(io::Error::other("nothing"))
            }
            Some(Fault::ErrorAfter) => {
                forward(sent).await?;
                Ok(error_of(Error::Internal, asked.unwrap_or(Asked::Read), 0))
            }
            Some(Fault::Answer(error)) => {
                // DynamoDB knows a transaction that it carried out, so it does not cancel it when it comes again.
                if error.reason().is_some() && self.knows(&sent) {
                    return forward(sent).await.map(|got| whole(&got));
                }
                let items = json_of(&sent.body)["TransactItems"]
                    .as_array()
                    .map_or(0, Vec::len);
                Ok(error_of(error, asked.unwrap_or(Asked::Read), items))
            }
        }
    }

    /// True if the transaction was carried out, or is about to be.
    fn knows(&self, sent: &Sent) -> bool {
        token(sent).is_some_and(|token| self.tokens.lock().contains_key(&token))
    }

    /// Carries a request out, a transaction once.
    async fn carry_out(&self, sent: Sent) -> io::Result<Got> {
        let Some(token) = token(&sent) else {
            return self
                .planted
                .carry_out(sent, |sent| self.forward(sent))
                .await;
        };
        let known = {
            let mut tokens = self.tokens.lock();
            let known = tokens.get(&token).cloned();
            if known.is_none() {
                tokens.insert(token.clone(), Token::AtWork);
            }
            known
        };
        match known {
            Some(Token::Done(got)) => return Ok(got),
            Some(Token::AtWork) => {
                let body = json!({
                    "__type": "com.amazonaws.dynamodb.v20120810#TransactionInProgressException",
                    "Message": "the transaction with this token is at work",
                });
                return Ok(Got {
                    status: StatusCode::BAD_REQUEST,
                    headers: json_headers(),
                    body: body.to_string().into(),
                });
            }
            None => {}
        }
        let got = self
            .planted
            .carry_out(sent, |sent| self.forward(sent))
            .await;
        let mut tokens = self.tokens.lock();
        match &got {
            Ok(got) if got.status.is_success() => {
                tokens.insert(token, Token::Done(got.clone()));
            }
            Ok(_) | Err(_) => {
                tokens.remove(&token);
            }
        }
        got
    }

    async fn forward(&self, sent: Sent) -> io::Result<Got> {
        let url = format!("{}{}", self.behind, sent.path);
        let request = self.http.request(sent.method, url).headers(sent.headers);
        let answer = request.body(sent.body).send().await;
        let answer = answer.map_err(io::Error::other)?;
        let status = answer.status();
        let mut headers = answer.headers().clone();
        for name in [
            header::CONTENT_LENGTH,
            header::TRANSFER_ENCODING,
            header::CONNECTION,
        ] {
            headers.remove(name);
        }
        // It is of the whole body.
        headers.remove("x-amz-crc32");
        let body = answer.bytes().await.map_err(io::Error::other)?;
        Ok(Got {
            status,
            headers,
            body,
        })
    }
}

fn error_of(error: Error, asked: Asked, items: usize) -> Response<Body> {
    let (status, name) = error.status_and_name(asked);
    let mut headers = json_headers();
    let body = match error {
        Error::Garbage => Bytes::from_static(b"\x00\xffnot JSON{"),
        Error::Page => {
            headers.insert(
                header::CONTENT_TYPE,
                header::HeaderValue::from_static("text/html"),
            );
            Bytes::from_static(b"<html><body>502 Bad Gateway</body></html>")
        }
        _ => {
            let mut body = json!({ "__type": format!("com.amazonaws#{name}"), "message": "injected", "Message": "injected" });
            if let Some(reason) = error.reason() {
                let reasons = (0..items.max(1))
                    .map(|item| json!({ "Code": if item == 0 { reason } else { "None" } }));
                body["CancellationReasons"] = reasons.collect();
            }
            body.to_string().into()
        }
    };
    whole(&Got {
        status: StatusCode::from_u16(status).unwrap(),
        headers,
        body,
    })
}

fn sent(parts: Parts, body: Bytes) -> Sent {
    let mut headers = parts.headers;
    for name in [
        header::HOST,
        header::CONTENT_LENGTH,
        header::CONNECTION,
        header::ACCEPT_ENCODING,
    ] {
        headers.remove(name);
    }
    let target = headers.get("x-amz-target").and_then(|target| {
        let (_, operation) = target.to_str().ok()?.split_once('.')?;
        Some(operation.to_owned())
    });
    Sent {
        method: parts.method,
        path: parts.uri.to_string(),
        target: target.unwrap_or_default(),
        headers,
        body,
    }
}

/// What a request is; `None` for one that is no operation, such as the `GET` that opens a connection.
fn asked(sent: &Sent) -> Option<Asked> {
    let target = sent.headers.get("x-amz-target")?.to_str().ok()?;
    if target.starts_with("AWSCognito") {
        return Some(Asked::Cognito);
    }
    Some(match sent.target.as_str() {
        "TransactWriteItems" => Asked::Transaction,
        "GetItem" | "Query" | "Scan" | "BatchGetItem" | "TransactGetItems" => Asked::Read,
        _ => Asked::Write,
    })
}

fn token(sent: &Sent) -> Option<String> {
    if sent.target != "TransactWriteItems" {
        return None;
    }
    let body = json_of(&sent.body);
    body["ClientRequestToken"].as_str().map(ToOwned::to_owned)
}

fn json_headers() -> HeaderMap {
    let value = header::HeaderValue::from_static("application/x-amz-json-1.0");
    HeaderMap::from_iter([(header::CONTENT_TYPE, value)])
}

fn respond(got: &Got, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = got.status;
    response.headers_mut().clone_from(&got.headers);
    response
}

fn whole(got: &Got) -> Response<Body> {
    let body = Full::new(got.body.clone()).map_err(|never| match never {});
    respond(got, body.boxed_unsync())
}

/// The first half of an answer, after which the connection closes.
fn half(got: &Got) -> Response<Body> {
    let begin = got.body.slice(..got.body.len() / 2);
    let begin = stream::once(async { Ok(Frame::data(begin)) });
    let end = stream::once(async {
        // The connection sends the beginning only while it waits for more.
        sleep(Duration::from_millis(20)).await;
        Err(io::Error::other("cut"))
    });
    of_known_length(got, StreamBody::new(begin.chain(end)).boxed_unsync())
}

fn drip(got: &Got) -> Response<Body> {
    let (pause, pieces) = DRIP;
    let size = got.body.len().div_ceil(pieces).max(1);
    let pieces: Vec<_> = got.body.chunks(size).map(Bytes::copy_from_slice).collect();
    let pieces = stream::iter(pieces).then(move |piece| async move {
        sleep(pause).await;
        Ok::<_, io::Error>(Frame::data(piece))
    });
    of_known_length(got, StreamBody::new(pieces).boxed_unsync())
}

fn of_known_length(got: &Got, body: Body) -> Response<Body> {
    let mut response = respond(got, body);
    let length = header::HeaderValue::from(got.body.len());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_LENGTH, length);
    response
}
