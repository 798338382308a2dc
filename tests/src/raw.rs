//! Requests that no HTTP client would send.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::{
    answer::Answer,
    contract::{Contract, Exchange},
};

/// A request that is sent unchanged: only `Host` and `Connection` are added, and no header is adapted to the body.
#[derive(Debug)]
pub struct RawRequest<'a> {
    /// The base URL of the stage.
    pub base: &'a str,
    /// The method.
    pub method: Method,
    /// The path behind the stage, and the query.
    pub path: &'a str,
    /// The headers.
    pub headers: Vec<(&'a str, &'a str)>,
    /// The bytes after the headers.
    pub body: &'a [u8],
    /// True to close the sending half of the connection after the body, whatever the headers promise.
    pub hang_up: bool,
}

impl RawRequest<'_> {
    /// Sends the request and checks the answer against the contract.
    pub async fn send(self) -> Answer {
        let (authority, stage) = self
            .base
            .strip_prefix("http://")
            .and_then(|rest| rest.split_once('/'))
            .expect("a base URL with a stage");
        let mut bytes = format!(
            "{} /{stage}{} HTTP/1.1\r\nhost: {authority}\r\nconnection: close\r\n",
            self.method, self.path
        )
        .into_bytes();
        for (name, value) in &self.headers {
            bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
        }
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(self.body);

        let stream = TcpStream::connect(authority).await.expect("a connection");
        let (mut reader, mut writer) = stream.into_split();
        let write = async {
            // A server that has already answered need not read to the end.
            let _ = writer.write_all(&bytes).await;
            if self.hang_up {
                let _ = writer.shutdown().await;
            }
        };
        let mut received = Vec::new();
        let ((), read) = tokio::join!(write, reader.read_to_end(&mut received));
        let answer = parse(&received)
            .unwrap_or_else(|| panic!("no answer ({read:?}): {}", received.escape_ascii()));

        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            let name = HeaderName::from_bytes(name.as_bytes()).expect("a header name");
            headers.append(name, HeaderValue::from_str(value).expect("a header value"));
        }
        Contract::get().enforce(&Exchange {
            method: &self.method,
            path: self.path.split('?').next().unwrap_or_default(),
            headers: &headers,
            answer: &answer,
        });
        answer
    }
}

fn parse(received: &[u8]) -> Option<Answer> {
    let end = received.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&received[..end]).ok()?;
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let mut headers = HeaderMap::new();
    for line in lines {
        let (name, value) = line.split_once(':')?;
        headers.append(
            HeaderName::from_bytes(name.as_bytes()).ok()?,
            HeaderValue::from_str(value.trim()).ok()?,
        );
    }
    Some(Answer {
        status,
        headers,
        body: Bytes::copy_from_slice(&received[end + 4..]),
    })
}
