//! The listeners, and the connections that they accept.
//!
//! `axum::serve` has no timeouts, serves HTTP/2 as well, and closes a connection while the client is still sending. The
//! client then receives a reset and discards the answer. So this module serves the connections: over HTTP/1.1 alone, as
//! behind API Gateway, and closes each only when the client has stopped sending (RFC 9112, section 9.6).

use std::{
    convert::Infallible,
    future::poll_fn,
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    pin::Pin,
    sync::Arc,
    time::Duration,
};

use axum::{Router, body::Body, response::Response};
use hyper::{Request, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use kit::http::ClientAddress;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    task::JoinSet,
    time::{sleep, timeout},
};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt as _;

use super::StartError;

/// The address that the server always listens on, so that its own URL, and with it the issuer of its tokens, does not
/// depend on the other addresses.
pub(super) const HOME: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// The most connections that are open at a time; more wait.
const MAX_CONNECTIONS: usize = 1_024;

/// The longest head of a request, in bytes: several times what API Gateway accepts ("Amazon API Gateway quotas", total
/// combined size of request line and header values), so that the API itself answers what is too long.
const MAX_HEAD: usize = 64 * 1024;

/// The pause after a connection could not be accepted, such as when no file descriptor is free.
const NO_ROOM: Duration = Duration::from_millis(100);

/// The most bytes, and the longest time, that are read from a client after the server has closed its sending side.
const LINGER_BYTES: u64 = 64 * 1024 * 1024;
const LINGER_TIME: Duration = Duration::from_secs(10);

/// The two ends of a connection.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ends {
    /// The client's address.
    pub(super) client: IpAddr,
    /// The address of this machine to which the client connected.
    pub(super) here: IpAddr,
    /// The protocol of the connection: `http` or `https`.
    pub(super) scheme: &'static str,
}

impl Ends {
    /// True if the client runs on this machine: it then connects to each of the machine's addresses from that same
    /// address.
    pub(super) fn are_one_machine(self) -> bool {
        self.client == self.here
    }
}

/// Listens on an address, and on [`HOME`]. Returns the port as well, which the system chooses if it is 0.
pub(super) async fn listen(
    address: IpAddr,
    port: u16,
) -> Result<(Vec<TcpListener>, u16), StartError> {
    const EVERY_V4: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
    const EVERY: IpAddr = IpAddr::V6(Ipv6Addr::UNSPECIFIED);

    let failed = |address: IpAddr, port: u16| {
        move |error: io::Error| match error.kind() {
            io::ErrorKind::AddrInUse => StartError::PortInUse(port),
            io::ErrorKind::AddrNotAvailable => StartError::Address(address),
            _ => StartError::Port(port, error),
        }
    };
    let bind = async |address, port| {
        let listener = TcpListener::bind((address, port)).await;
        listener.map_err(failed(address, port))
    };
    let first = match address {
        EVERY_V4 | EVERY => address,
        _ => HOME,
    };
    let listener = bind(first, port).await?;
    let port = listener.local_addr().map_err(failed(first, port))?.port();
    let mut listeners = vec![listener];
    match address {
        EVERY_V4 | HOME => {}
        // Most systems take IPv4 there too, and then the port is in use already: by this listener.
        EVERY => match bind(HOME, port).await {
            Err(StartError::PortInUse(_)) => {}
            listener => listeners.push(listener?),
        },
        _ => listeners.push(bind(address, port).await?),
    }
    Ok((listeners, port))
}

/// Serves connections with a router.
pub(super) struct Connections {
    pub(super) router: Router,
    pub(super) tls: Option<TlsAcceptor>,
    pub(super) patience: Duration,
}

impl Connections {
    /// Serves until `stop` changes or its sender is dropped; then finishes the open requests.
    pub(super) async fn serve(self, listeners: Vec<TcpListener>, stop: watch::Receiver<()>) {
        let connections = Arc::new(self);
        let room = Arc::new(Semaphore::new(MAX_CONNECTIONS));
        let mut accepting = JoinSet::new();
        for listener in listeners {
            let (room, stop) = (Arc::clone(&room), stop.clone());
            accepting.spawn(Arc::clone(&connections).accept(listener, room, stop));
        }
        while accepting.join_next().await.is_some() {}
    }

    async fn accept(
        self: Arc<Self>,
        listener: TcpListener,
        room: Arc<Semaphore>,
        mut stop: watch::Receiver<()>,
    ) {
        // Dropping this future drops all its connections.
        let mut open = JoinSet::new();
        loop {
            let accepted = tokio::select! {
                _ = stop.changed() => break,
                Some(_) = open.join_next() => continue,
                accepted = next(&listener, &room) => accepted,
            };
            match accepted {
                Ok((stream, client, place)) => {
                    let connections = Arc::clone(&self);
                    open.spawn(connections.hold(stream, client, place, stop.clone()));
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection was not accepted");
                    sleep(NO_ROOM).await;
                }
            }
        }
        drop(listener);
        while open.join_next().await.is_some() {}
    }

    async fn hold(
        self: Arc<Self>,
        stream: TcpStream,
        client: SocketAddr,
        _place: OwnedSemaphorePermit,
        stop: watch::Receiver<()>,
    ) {
        let Ok(here) = stream.local_addr() else {
            return;
        };
        // An answer is sent without delay; where this option fails, the connection is only slower.
        let _ = stream.set_nodelay(true);
        let ends = |scheme| Ends {
            client: client.ip().to_canonical(),
            here: here.ip().to_canonical(),
            scheme,
        };
        match &self.tls {
            None => self.speak(stream, ends("http"), stop).await,
            Some(tls) => {
                // A client that does not trust the certificate hangs up; only the client knows the reason.
                if let Ok(Ok(stream)) = timeout(self.patience, tls.accept(stream)).await {
                    self.speak(stream, ends("https"), stop).await;
                }
            }
        }
    }

    async fn speak(
        &self,
        stream: impl AsyncRead + AsyncWrite + Unpin,
        ends: Ends,
        mut stop: watch::Receiver<()>,
    ) {
        let service = service_fn(|request: Request<Incoming>| -> Answering {
            let mut request = request.map(Body::new);
            let extensions = request.extensions_mut();
            extensions.insert(ends);
            extensions.insert(ClientAddress(ends.client));
            Box::pin(self.router.clone().oneshot(request))
        });
        let mut connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.patience)
            .max_header_size(MAX_HEAD)
            // A client that has nothing more to send still waits for the answer.
            .half_close(true)
            .serve_connection(TokioIo::new(stream), service);
        let stopped = tokio::select! {
            _ = poll_fn(|context| connection.poll_without_shutdown(context)) => false,
            _ = stop.changed() => true,
        };
        if stopped {
            Pin::new(&mut connection).graceful_shutdown();
            let _ = poll_fn(|context| connection.poll_without_shutdown(context)).await;
        }
        linger(connection.into_parts().io.into_inner()).await;
    }
}

type Answering = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

async fn next(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
) -> io::Result<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let place = Arc::clone(room).acquire_owned().await;
    let place = place.map_err(io::Error::other)?;
    let (stream, client) = listener.accept().await?;
    Ok((stream, client, place))
}

/// Closes the sending side, and reads what the client still sends.
async fn linger(mut stream: impl AsyncRead + AsyncWrite + Unpin) {
    let goodbye = async {
        stream.shutdown().await?;
        let mut rest = stream.take(LINGER_BYTES);
        tokio::io::copy(&mut rest, &mut tokio::io::sink()).await
    };
    let _ = timeout(LINGER_TIME, goodbye).await;
}
