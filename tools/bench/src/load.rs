//! Load: the same request over several connections. Each connection sends the next request when it has the response.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use hdrhistogram::Histogram;
use http::{Request, StatusCode, header};
use http_body_util::{BodyExt as _, Empty};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, runtime::Runtime, task::JoinSet};

/// A request that can be repeated.
#[derive(Debug, Clone)]
pub(super) struct Target {
    pub(super) host: String,
    pub(super) path_and_query: String,
    pub(super) authorization: http::HeaderValue,
}

/// The result of a load.
#[derive(Debug)]
pub(super) struct Outcome {
    /// Microseconds from sending a request to the end of its response.
    pub(super) latency: Histogram<u64>,
    pub(super) took: Duration,
}

/// Puts load on a server from threads of its own, so that the measuring code does not share them.
#[derive(Debug)]
pub(super) struct Generator {
    threads: Option<Runtime>,
}

impl Generator {
    /// Uses half of the cores, and leaves the other half to the server.
    pub(super) fn new() -> anyhow::Result<Self> {
        let cores = std::thread::available_parallelism()?.get();
        let threads = tokio::runtime::Builder::new_multi_thread()
            .worker_threads((cores / 2).max(1))
            .thread_name("load")
            .enable_all()
            .build()?;
        Ok(Self {
            threads: Some(threads),
        })
    }

    /// Sends requests over this number of connections for this duration.
    pub(super) async fn run(
        &self,
        target: &Target,
        connections: usize,
        duration: Duration,
    ) -> anyhow::Result<Outcome> {
        let threads = self.threads.as_ref().context("the threads are gone")?;
        let target = target.clone();
        threads
            .spawn(async move {
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
                let mut latency = histogram()?;
                while let Some(one) = sending.join_next().await {
                    latency.add(one??)?;
                }
                Ok(Outcome {
                    latency,
                    took: begun.elapsed(),
                })
            })
            .await?
    }
}

impl Drop for Generator {
    fn drop(&mut self) {
        // A runtime must not wait for its threads inside another runtime.
        if let Some(threads) = self.threads.take() {
            threads.shutdown_background();
        }
    }
}

fn histogram() -> anyhow::Result<Histogram<u64>> {
    let a_minute = 60_000_000;
    Ok(Histogram::new_with_bounds(1, a_minute, 3)?)
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
) -> anyhow::Result<Histogram<u64>> {
    let mut latency = histogram()?;
    while Instant::now() < until {
        let request = Request::get(&target.path_and_query)
            .header(header::HOST, &target.host)
            .header(header::AUTHORIZATION, &target.authorization)
            .body(Empty::new())?;
        let begun = Instant::now();
        let answer = connection.send_request(request).await?;
        let status = answer.status();
        answer.into_body().collect().await?;
        latency.saturating_record(u64::try_from(begun.elapsed().as_micros())?);
        ensure!(status == StatusCode::OK, "the server answered {status}");
        connection.ready().await?;
    }
    Ok(latency)
}
