//! A real HTTP server on loopback that answers as a test tells it to, and remembers what it was
//! asked.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    response::{IntoResponse as _, Response},
};
use http::{HeaderMap, StatusCode, header};
use serde_json::Value;
use tokio::{
    net::{TcpListener, TcpSocket},
    task::JoinHandle,
};

/// A request that arrived.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The operation of an AWS request: what stands behind the point in `X-Amz-Target`.
    pub target: String,
    /// The body, if it is JSON.
    pub body: Value,
}

/// What to answer.
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

/// The server. It stops when it is dropped.
#[derive(Debug)]
pub struct Stub {
    url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    task: JoinHandle<()>,
}

impl Stub {
    /// Starts a server whose answers `answer` decides.
    pub async fn start(answer: impl Fn(&Asked) -> Canned + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        Self::on(listener, answer)
    }

    /// Starts a server on a port that is bound already.
    pub fn on(
        listener: TcpListener,
        answer: impl Fn(&Asked) -> Canned + Send + Sync + 'static,
    ) -> Self {
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&asked);
        let answer = Arc::new(answer);
        let router = Router::new().fallback(move |headers: HeaderMap, body: Bytes| {
            let asked = Asked {
                target: target(&headers),
                body: serde_json::from_slice(&body).unwrap_or_default(),
            };
            seen.lock().unwrap().push(asked.clone());
            let canned = answer(&asked);
            std::future::ready(respond(&canned))
        });
        let task = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        Self { url, asked, task }
    }

    /// Its URL, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What it was asked so far.
    #[must_use]
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// The operations that it was asked so far.
    #[must_use]
    pub fn targets(&self) -> Vec<String> {
        self.asked().into_iter().map(|asked| asked.target).collect()
    }

    /// Forgets what it was asked.
    pub fn forget(&self) {
        self.asked.lock().unwrap().clear();
    }
}

impl Drop for Stub {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn target(headers: &HeaderMap) -> String {
    headers
        .get("x-amz-target")
        .and_then(|target| target.to_str().ok()?.split_once('.'))
        .map(|(_, operation)| operation.to_owned())
        .unwrap_or_default()
}

fn respond(canned: &Canned) -> Response {
    (
        StatusCode::from_u16(canned.status).expect("a status"),
        [(header::CONTENT_TYPE, "application/x-amz-json-1.0")],
        canned.body.to_string(),
    )
        .into_response()
}

/// An address at which nothing listens, kept from everybody else.
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
