//! A connection that sends raw bytes, and separates the answers.

use std::{io, net::IpAddr, time::Duration};

use local::server::{Options, Server};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
    time::timeout,
};

/// The timeout for an answer, long enough for a slow machine.
const LONG: Duration = Duration::from_mins(1);

/// A server in memory, on any free port.
pub(crate) async fn start() -> Server {
    start_with(Options::default()).await
}

/// A server with these options, which prints no mail.
pub(crate) async fn start_with(options: Options) -> Server {
    let options = Options {
        quiet: true,
        ..options
    };
    Server::start(options).await.expect("a server")
}

/// `127.0.0.1:<port>`
pub(crate) fn authority(server: &Server) -> &str {
    server.url().rsplit_once('/').unwrap().1
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The header lines, in lower case.
    head: String,
    pub(crate) body: String,
}

impl Answer {
    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(':'));
        lines
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value.trim())
    }

    /// True if the server closes the connection after this answer.
    pub(crate) fn is_last(&self) -> bool {
        self.header("connection") == Some("close")
    }
}

/// A connection.
#[derive(Debug)]
pub(crate) struct Wire {
    stream: TcpStream,
    received: Vec<u8>,
}

impl Wire {
    /// Connects to a server.
    pub(crate) async fn open(server: &Server) -> Self {
        Self::of(TcpStream::connect(authority(server)).await.unwrap())
    }

    /// Connects to an address from another address of this machine.
    pub(crate) async fn open_from(from: IpAddr, to: &str) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind((from, 0).into()).unwrap();
        Self::of(socket.connect(to.parse().unwrap()).await.unwrap())
    }

    fn of(stream: TcpStream) -> Self {
        stream.set_nodelay(true).unwrap();
        Self {
            stream,
            received: Vec::new(),
        }
    }

    /// Sends bytes, as a client that reads nothing before all is sent.
    pub(crate) async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        timeout(LONG, self.stream.write_all(bytes)).await.unwrap()
    }

    /// Closes the sending side.
    pub(crate) async fn hang_up(&mut self) -> io::Result<()> {
        self.stream.shutdown().await
    }

    /// All bytes until the server closes the connection.
    pub(crate) async fn bytes_to_the_end(&mut self) -> Vec<u8> {
        let mut bytes = std::mem::take(&mut self.received);
        let _ = timeout(LONG, self.stream.read_to_end(&mut bytes)).await;
        bytes
    }

    /// The status of an answer that has no body, whatever its headers say.
    pub(crate) async fn head(&mut self) -> u16 {
        let _ = self.hang_up().await;
        let bytes = self.bytes_to_the_end().await;
        assert!(bytes.ends_with(b"\r\n\r\n"), "{}", bytes.escape_ascii());
        let text = String::from_utf8_lossy(&bytes);
        text.get(9..12).unwrap().parse().unwrap()
    }

    /// The next answer that is not an interim one; `None` if the server closed the connection properly.
    pub(crate) async fn answer(&mut self) -> io::Result<Option<Answer>> {
        loop {
            if let Some((answer, length)) = first(&self.received) {
                self.received.drain(..length);
                if answer.status >= 200 {
                    return Ok(Some(answer));
                }
                continue;
            }
            let mut bytes = [0; 8_192];
            let read = timeout(LONG, self.stream.read(&mut bytes)).await;
            match read.expect("an answer, or the end")? {
                0 if self.received.is_empty() => return Ok(None),
                0 => {
                    let text = String::from_utf8_lossy(&self.received).into_owned();
                    return Err(io::Error::new(io::ErrorKind::UnexpectedEof, text));
                }
                length => self.received.extend_from_slice(&bytes[..length]),
            }
        }
    }
}

/// The first answer of what was received, and its length. The server frames every body by its length.
fn first(received: &[u8]) -> Option<(Answer, usize)> {
    let end = received.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let head = String::from_utf8_lossy(&received[..end]);
    let (line, head) = head.split_once("\r\n").unwrap();
    let status = line
        .strip_prefix("HTTP/1.")
        .and_then(|rest| rest.get(2..5)?.parse().ok())
        .unwrap_or_else(|| panic!("no status line: {line}"));
    let mut answer = Answer {
        status,
        head: head.to_lowercase(),
        body: String::new(),
    };
    assert_eq!(answer.header("transfer-encoding"), None);
    let length = match answer.header("content-length") {
        Some(length) => length.parse().unwrap(),
        None => 0,
    };
    let body = received.get(end..end + length)?;
    answer.body = String::from_utf8_lossy(body).into_owned();
    Some((answer, end + length))
}
