//! A real HTTP server on loopback that answers as a test tells it to, and records the requests.

use std::{
    convert::Infallible,
    net::SocketAddr,
    sync::{Arc, Mutex, OnceLock},
    time::Duration,
};

use axum::serve::{Listener, ListenerExt as _};
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full, StreamBody, combinators::UnsyncBoxBody};
use hyper::{body::Frame, body::Incoming, server::conn::http1::Builder, service::service_fn};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::{
    net::{TcpListener, TcpSocket},
    task::{AbortHandle, JoinHandle},
};

use crate::{distance, tls::Authority};

/// A request that arrived.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The operation of an AWS request: the part of `X-Amz-Target` after the point.
    pub target: String,
    /// The method.
    pub method: Method,
    /// The path and the query.
    pub path: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as it came.
    pub bytes: Bytes,
    /// The number of the connection over which it came: 1 for the first.
    pub connection: usize,
    body: OnceLock<Value>,
}

impl Asked {
    /// The body, `null` if it is not JSON. It is parsed on the first call, because a benchmark makes none.
    #[must_use]
    pub fn body(&self) -> &Value {
        let parse = || serde_json::from_slice(&self.bytes).unwrap_or_default();
        self.body.get_or_init(parse)
    }
}

/// An answer to send.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: Vec<(&'static str, &'static str)>,
    /// The body.
    pub body: Bytes,
    /// The time that the answer takes.
    pub delay: Duration,
}

/// An answer to send in JSON.
#[derive(Debug, Clone)]
pub struct Canned {
    /// The status code.
    pub status: u16,
    /// The body.
    pub body: Value,
}

impl Canned {
    /// Status 200 and this body.
    #[must_use]
    pub fn ok(body: Value) -> Self {
        Self { status: 200, body }
    }
}

impl From<Canned> for Reply {
    fn from(canned: Canned) -> Self {
        Self {
            status: canned.status,
            headers: vec![("content-type", "application/x-amz-json-1.0")],
            body: canned.body.to_string().into(),
            delay: Duration::ZERO,
        }
    }
}

/// The server. It stops when it is dropped.
#[derive(Debug)]
pub struct Stub {
    url: String,
    address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    connections: Arc<Mutex<Vec<AbortHandle>>>,
    pace: Arc<Mutex<Option<Duration>>>,
    task: JoinHandle<()>,
}

impl Stub {
    /// Starts a server whose answers `answer` decides.
    pub async fn start<R: Into<Reply>>(
        answer: impl Fn(&Asked) -> R + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        Self::on(listener, answer)
    }

    /// Starts a server whose connections end with a reset.
    pub async fn start_with_resets<R: Into<Reply>>(
        answer: impl Fn(&Asked) -> R + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let listener = listener.tap_io(|stream| stream.set_zero_linger().expect("an option"));
        Self::serve("http", listener, answer)
    }

    /// Starts a server on a port that is bound already.
    pub fn on<R: Into<Reply>>(
        listener: TcpListener,
        answer: impl Fn(&Asked) -> R + Send + Sync + 'static,
    ) -> Self {
        Self::serve("http", listener, answer)
    }

    /// Starts a server that speaks TLS, with a certificate of this authority.
    pub async fn start_with_tls<R: Into<Reply>>(
        authority: &Authority,
        answer: impl Fn(&Asked) -> R + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        Self::serve("https", authority.listen(listener), answer)
    }

    fn serve<R: Into<Reply>>(
        scheme: &str,
        mut listener: impl Listener<Addr = SocketAddr>,
        answer: impl Fn(&Asked) -> R + Send + Sync + 'static,
    ) -> Self {
        let address = listener.local_addr().expect("an address");
        let asked = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&asked);
        let connections = Arc::<Mutex<Vec<AbortHandle>>>::default();
        let open = Arc::clone(&connections);
        let pace = Arc::<Mutex<Option<Duration>>>::default();
        let paced = Arc::clone(&pace);
        let answer = Arc::new(answer);
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await;
                let number = open.lock().unwrap().len() + 1;
                let (answer, seen) = (Arc::clone(&answer), Arc::clone(&seen));
                let paced = Arc::clone(&paced);
                let service = service_fn(move |request| {
                    let (answer, seen) = (Arc::clone(&answer), Arc::clone(&seen));
                    let pace = *paced.lock().unwrap();
                    async move {
                        let asked = read(request, number).await?;
                        let reply = with_all_reasons(&asked, answer(&asked).into());
                        seen.lock().unwrap().push(asked);
                        hyper::Result::Ok(respond(reply, pace).await)
                    }
                });
                let connection = Builder::new().serve_connection(TokioIo::new(stream), service);
                // A client that closes the connection early reports that itself.
                let connection = tokio::spawn(async { connection.await.ok() });
                open.lock().unwrap().push(connection.abort_handle());
            }
        });
        Self {
            url: format!("{scheme}://{address}"),
            address,
            asked,
            connections,
            pace,
            task,
        }
    }

    /// Its URL, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The address that it listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The number of connections that were opened to it so far.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.connections.lock().unwrap().len()
    }

    /// Sends the bodies of its answers byte by byte from now on, with this pause before each byte.
    pub fn drip(&self, pause: Duration) {
        *self.pace.lock().unwrap() = Some(pause);
    }

    /// Closes the connections to it.
    pub async fn close_connections(&self) {
        let connections = self.connections.lock().unwrap().clone();
        for connection in connections {
            connection.abort();
            while !connection.is_finished() {
                tokio::task::yield_now().await;
            }
        }
    }

    /// The requests that it received so far.
    #[must_use]
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// The operations of the requests that it received so far.
    #[must_use]
    pub fn targets(&self) -> Vec<String> {
        self.asked().into_iter().map(|asked| asked.target).collect()
    }

    /// Forgets the requests that it received.
    pub fn forget(&self) {
        self.asked.lock().unwrap().clear();
    }
}

impl Drop for Stub {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn read(request: Request<Incoming>, connection: usize) -> hyper::Result<Asked> {
    let (parts, body) = request.into_parts();
    let bytes = body.collect().await?.to_bytes();
    Ok(Asked {
        target: target(&parts.headers),
        method: parts.method,
        path: parts.uri.to_string(),
        headers: parts.headers,
        bytes,
        connection,
        body: OnceLock::new(),
    })
}

fn target(headers: &HeaderMap) -> String {
    headers
        .get("x-amz-target")
        .and_then(|target| target.to_str().ok()?.split_once('.'))
        .map(|(_, operation)| operation.to_owned())
        .unwrap_or_default()
}

/// DynamoDB gives a reason for each item of a transaction. A test gives those of the first items; the others were fine.
fn with_all_reasons(asked: &Asked, mut reply: Reply) -> Reply {
    const REASONS: &str = "CancellationReasons";

    if reply.status == 200 || asked.target != "TransactWriteItems" {
        return reply;
    }
    let items = asked.body()["TransactItems"].as_array().map_or(0, Vec::len);
    let mut body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    if let Some(reasons) = body.get_mut(REASONS).and_then(Value::as_array_mut) {
        while reasons.len() < items {
            reasons.push(json!({ "Code": "None" }));
        }
        reply.body = body.to_string().into();
    }
    reply
}

type Body = UnsyncBoxBody<Bytes, Infallible>;

async fn respond(reply: Reply, pace: Option<Duration>) -> Response<Body> {
    distance::pause(reply.delay).await;
    let mut response = Response::new(match pace {
        Some(pause) => dripping(reply.body, pause),
        None => Full::new(reply.body).boxed_unsync(),
    });
    *response.status_mut() = StatusCode::from_u16(reply.status).expect("a status");
    for (name, value) in reply.headers {
        let value = HeaderValue::from_static(value);
        response.headers_mut().append(name, value);
    }
    response
}

/// A body that comes byte by byte.
fn dripping(body: Bytes, pause: Duration) -> Body {
    let bytes = stream::iter(0..body.len()).then(move |at| {
        let byte = body.slice(at..=at);
        async move {
            tokio::time::sleep(pause).await;
            Ok(Frame::data(byte))
        }
    });
    StreamBody::new(bytes).boxed_unsync()
}

/// A reserved address at which nothing listens.
#[derive(Debug)]
pub struct Nowhere(TcpSocket);

impl Nowhere {
    /// Takes a port without listening there, so that connections to it are refused.
    #[must_use]
    pub fn new() -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket
            .bind(SocketAddr::from(([127, 0, 0, 1], 0)))
            .expect("a port");
        Self(socket)
    }

    /// Its URL, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.0.local_addr().expect("an address"))
    }

    /// Starts to listen.
    #[must_use]
    pub fn listen(self) -> TcpListener {
        self.0.listen(64).expect("a listener")
    }
}

impl Default for Nowhere {
    fn default() -> Self {
        Self::new()
    }
}
