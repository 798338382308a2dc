//! A network round trip between a client and a server that are on one machine.
//!
//! A [`Relay`] forwards bytes and delays those of the client by a round trip, so a handshake or a request takes as long
//! as it would at that distance. It does not decrypt TLS.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::mpsc,
    task::{JoinHandle, yield_now},
};

/// The largest piece that is passed on at once, in bytes.
const PIECE: usize = 64 * 1_024;

/// Bytes that a client sent, and when they arrive at the server.
type Sent = (Instant, Vec<u8>);

/// Listens in front of a server. It stops when it is dropped.
#[derive(Debug)]
pub struct Relay {
    address: SocketAddr,
    accepted: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Relay {
    /// Listens on a free port in front of `server`, which is `round_trip` away from those who connect here.
    pub async fn start(server: SocketAddr, round_trip: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let accepted = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&accepted);
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(relay(client, server, round_trip));
            }
        });
        Self {
            address,
            accepted,
            task,
        }
    }

    /// The address that it listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The number of connections that it has accepted so far.
    #[must_use]
    pub fn accepted(&self) -> usize {
        self.accepted.load(Ordering::Relaxed)
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn relay(client: TcpStream, server: SocketAddr, round_trip: Duration) {
    // The system completed the TCP handshake at once, so the first bytes are delayed by its round trip as well.
    let connected = Instant::now() + round_trip;
    let Ok(server) = TcpStream::connect(server).await else {
        return;
    };
    // Small pieces are sent at once. A failure to set this only makes the measured time longer.
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let (from_client, mut to_client) = client.into_split();
    let (mut from_server, to_server) = server.into_split();
    let (sender, sent) = mpsc::unbounded_channel();
    tokio::spawn(receive(from_client, connected, round_trip, sender));
    tokio::spawn(pass_on(sent, to_server));
    // Either side may close the connection at any time.
    let _ = tokio::io::copy(&mut from_server, &mut to_client).await;
}

async fn receive(
    mut client: OwnedReadHalf,
    connected: Instant,
    round_trip: Duration,
    sent: mpsc::UnboundedSender<Sent>,
) {
    loop {
        let mut piece = Vec::with_capacity(PIECE);
        match client.read_buf(&mut piece).await {
            Ok(read) if read > 0 => {}
            _ => return,
        }
        let arrives = Instant::now().max(connected) + round_trip;
        if sent.send((arrives, piece)).is_err() {
            return;
        }
    }
}

async fn pass_on(mut sent: mpsc::UnboundedReceiver<Sent>, mut server: OwnedWriteHalf) {
    while let Some((arrives, piece)) = sent.recv().await {
        pause_until(arrives).await;
        if server.write_all(&piece).await.is_err() {
            return;
        }
    }
}

/// Waits for a time, exact to some microseconds. Tokio's own timer ticks in milliseconds, so the last milliseconds are
/// spent in polling.
pub async fn pause(duration: Duration) {
    let due = Instant::now() + duration;
    if let Some(coarse) = duration.checked_sub(Duration::from_millis(4)) {
        tokio::time::sleep(coarse).await;
    }
    pause_until(due).await;
}

async fn pause_until(due: Instant) {
    while Instant::now() < due {
        yield_now().await;
    }
}
