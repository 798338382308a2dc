//! Load: the same request over several connections. Each connection sends the next request when it has the response.

use std::time::{Duration, Instant};

use anyhow::ensure;
use bytes::Bytes;
use http::{Request, StatusCode, header};
use http_body_util::{BodyExt as _, Empty};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, runtime, task::JoinSet};

use super::figures::{Times, add, times};

/// A request that can be repeated.
#[derive(Debug, Clone)]
pub(super) struct Target {
    pub(super) host: String,
    pub(super) path_and_query: String,
    pub(super) authorization: http::HeaderValue,
}

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

async fn connect(host: &str) -> anyhow::Result<SendRequest<Empty<Bytes>>> {
    let stream = TcpStream::connect(host).await?;
    stream.set_nodelay(true)?;
    let (sender, connection) = handshake(TokioIo::new(stream)).await?;
    // The request that waits for the connection gets the same error.
    tokio::spawn(async move { drop(connection.await) });
    Ok(sender)
}

async fn send(
    mut connection: SendRequest<Empty<Bytes>>,
    target: Target,
    until: Instant,
) -> anyhow::Result<Times> {
    let mut latency = times()?;
    while Instant::now() < until {
        let request = Request::get(&target.path_and_query)
            .header(header::HOST, &target.host)
            .header(header::AUTHORIZATION, &target.authorization)
            .body(Empty::new())?;
        let begun = Instant::now();
        let answer = connection.send_request(request).await?;
        let status = answer.status();
        answer.into_body().collect().await?;
        add(&mut latency, begun.elapsed())?;
        ensure!(status == StatusCode::OK, "the server answered {status}");
        connection.ready().await?;
    }
    Ok(latency)
}
