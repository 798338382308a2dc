//! A client with as many connections as it needs.

use std::{sync::Arc, time::Duration};

use anyhow::Context as _;
use bytes::Bytes;
use http::{Request, header};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use tests::answer::Answer;
use tokio::{net::TcpStream, time::timeout};

use super::mix::{Call, Mix};

/// The time after which a client gives up: that of API Gateway, and of most apps.
const PATIENCE: Duration = Duration::from_secs(30);

type Connection = SendRequest<Full<Bytes>>;

/// Sends requests of a mix. A clone uses the same connections.
#[derive(Debug, Clone)]
pub(super) struct Client {
    mix: Mix,
    idle: Arc<Mutex<Vec<Connection>>>,
}

impl Client {
    pub(super) fn new(mix: Mix) -> Self {
        Self {
            mix,
            idle: Arc::default(),
        }
    }

    /// Closes the connections that are idle.
    pub(super) fn close(&self) {
        self.idle.lock().clear();
    }

    /// Sends a request, over an idle connection or a new one. An error says why there is no answer.
    pub(super) async fn send(&self) -> (Call, Result<Answer, String>) {
        let call = self.mix.next();
        let answer = match timeout(PATIENCE, self.answer(&call)).await {
            Ok(answer) => answer.map_err(|error| format!("{error:#}")),
            Err(_) => Err(format!("none within {PATIENCE:?}")),
        };
        (call, answer)
    }

    async fn answer(&self, call: &Call) -> anyhow::Result<Answer> {
        let mut connection = self.connection().await?;
        let answer = connection.send_request(self.request(call)?).await;
        let (head, body) = answer.context("the request")?.into_parts();
        let body = body.collect().await.context("the body")?.to_bytes();
        if connection.ready().await.is_ok() {
            self.idle.lock().push(connection);
        }
        Ok(Answer {
            status: head.status.as_u16(),
            headers: head.headers,
            body,
        })
    }

    async fn connection(&self) -> anyhow::Result<Connection> {
        loop {
            let idle = self.idle.lock().pop();
            match idle {
                // The server closes what is idle for long.
                Some(idle) if idle.is_closed() => {}
                Some(idle) => return Ok(idle),
                None => break,
            }
        }
        let stream = TcpStream::connect(&self.mix.host).await;
        let stream = stream.context("the connection")?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        // The request that waits for the connection gets the same error.
        tokio::spawn(async move { drop(connection.await) });
        Ok(sender)
    }

    fn request(&self, call: &Call) -> anyhow::Result<Request<Full<Bytes>>> {
        let Mix { host, stage, .. } = &self.mix;
        let mut request = Request::builder()
            .method(&call.method)
            .uri(format!("{stage}{}?{}", call.path, call.query))
            .header(header::HOST, host)
            .header(header::AUTHORIZATION, &self.mix.authorization);
        if call.body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        Ok(request.body(Full::new(call.body.clone().unwrap_or_default()))?)
    }
}
