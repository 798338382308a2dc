//! Load: the same request over several connections. Each connection sends the next request when it has the response.

use std::time::{Duration, Instant};

use anyhow::ensure;
use bytes::Bytes;
use http::{HeaderValue, Request, StatusCode, header};
use http_body_util::{BodyExt as _, Empty};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, runtime, task::JoinSet};
use url::{Position, Url};

use super::figures::{Times, add, times};

/// A request that can be repeated.
#[derive(Debug, Clone)]
pub(super) struct Target {
    pub(super) host: String,
    pub(super) path_and_query: String,
    pub(super) authorization: HeaderValue,
}

impl Target {
    /// A request for a URL, with an access token.
    pub(super) fn new(url: &Url, token: &str) -> anyhow::Result<Self> {
        let mut authorization = HeaderValue::try_from(format!("Bearer {token}"))?;
        authorization.set_sensitive(true);
        Ok(Self {
            host: url.authority().to_owned(),
            path_and_query: url[Position::BeforePath..].to_owned(),
            authorization,
        })
    }
}

/// An open connection to a server.
pub(super) type Connection = SendRequest<Empty<Bytes>>;

/// Sends requests over this number of connections for this duration. Returns the times from sending a request to the
/// end of its response, and the time of all.
///
/// It has threads of its own on half of the cores, and leaves the other half to the server. Call it where blocking is
/// allowed.
pub(super) fn run(
    target: &Target,
    connections: usize,
    duration: Duration,
) -> anyhow::Result<(Times, Duration)> {
    let cores = std::thread::available_parallelism()?.get();
    let threads = runtime::Builder::new_multi_thread()
        .worker_threads((cores / 2).max(1))
        .enable_all()
        .build()?;
    threads.block_on(async {
        // All connections are open before the first request.
        let mut open = Vec::new();
        for _ in 0..connections {
            open.push(connect(&target.host).await?);
        }
        let begun = Instant::now();
        let mut sending = JoinSet::new();
        for connection in open {
            sending.spawn(send(connection, target.clone(), begun + duration));
        }
        let mut latency = times()?;
        while let Some(one) = sending.join_next().await {
            latency.add(one??)?;
        }
        Ok((latency, begun.elapsed()))
    })
}

pub(super) async fn connect(host: &str) -> anyhow::Result<Connection> {
    let stream = TcpStream::connect(host).await?;
    stream.set_nodelay(true)?;
    let (sender, connection) = handshake(TokioIo::new(stream)).await?;
    // The request that waits for the connection gets the same error.
    tokio::spawn(async move { drop(connection.await) });
    Ok(sender)
}

/// Sends a request, and returns the body of its response when the connection is ready for the next.
pub(super) async fn get(connection: &mut Connection, target: &Target) -> anyhow::Result<Bytes> {
    let request = Request::get(&target.path_and_query)
        .header(header::HOST, &target.host)
        .header(header::AUTHORIZATION, &target.authorization)
        .body(Empty::new())?;
    let answer = connection.send_request(request).await?;
    let status = answer.status();
    let body = answer.into_body().collect().await?.to_bytes();
    ensure!(status == StatusCode::OK, "the server answered {status}");
    connection.ready().await?;
    Ok(body)
}

async fn send(mut connection: Connection, target: Target, until: Instant) -> anyhow::Result<Times> {
    let mut latency = times()?;
    while Instant::now() < until {
        let begun = Instant::now();
        get(&mut connection, &target).await?;
        add(&mut latency, begun.elapsed())?;
    }
    Ok(latency)
}
