//! TLS 1.3 on loopback, as AWS uses it: a certificate authority of a test's own, and listeners with its certificate.
//! Clients trust it like any other authority, for example by `SSL_CERT_FILE`.

use std::{io, net::SocketAddr, sync::Arc};

use axum::serve::Listener;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::mpsc,
    task::JoinHandle,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig, crypto::aws_lc_rs::default_provider, pki_types::PrivateKeyDer, version::TLS13,
    },
    server::TlsStream,
};

/// A certificate authority, and the certificate of 127.0.0.1 that it signed.
pub struct Authority {
    pem: String,
    acceptor: TlsAcceptor,
}

impl Authority {
    /// Makes one with keys of its own.
    #[must_use]
    pub fn generate() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        // A name of its own: with the name of the certificates that it signs, these would look self-signed.
        let name = &mut params.distinguished_name;
        name.push(DnType::CommonName, "Authority of the tests");
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key"))
            .expect("an authority");

        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new(["127.0.0.1".to_owned()]).expect("an address");
        params.use_authority_key_identifier_extension = true;
        let certificate = params.signed_by(&key, &authority).expect("a certificate");

        let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
        let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_protocol_versions(&[&TLS13])
            .expect("TLS 1.3")
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .expect("a certificate and its key");
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Self {
            pem: authority.as_ref().pem(),
            acceptor: TlsAcceptor::from(Arc::new(config)),
        }
    }

    /// Its own certificate, for the clients that are to trust it.
    #[must_use]
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// Accepts TLS connections on a port that is bound already. A slow handshake does not hold up the others.
    #[must_use]
    pub fn listen(&self, listener: TcpListener) -> TlsListener {
        let address = listener.local_addr().expect("an address");
        let acceptor = self.acceptor.clone();
        let (sender, accepted) = mpsc::unbounded_channel();
        let task = tokio::spawn(async move {
            while let Ok((stream, peer)) = listener.accept().await {
                let (acceptor, sender) = (acceptor.clone(), sender.clone());
                tokio::spawn(async move {
                    let _ = stream.set_nodelay(true);
                    // A client that does not trust the certificate closes the connection and reports the reason.
                    if let Ok(stream) = acceptor.accept(stream).await {
                        let _ = sender.send((stream, peer));
                    }
                });
            }
        });
        TlsListener {
            address,
            accepted,
            task,
        }
    }
}

/// A listener that yields connections after their handshake. It stops when it is dropped.
#[derive(Debug)]
pub struct TlsListener {
    address: SocketAddr,
    accepted: mpsc::UnboundedReceiver<(TlsStream<TcpStream>, SocketAddr)>,
    task: JoinHandle<()>,
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.accepted.recv().await {
            Some(accepted) => accepted,
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}

impl Drop for TlsListener {
    fn drop(&mut self) {
        self.task.abort();
    }
}
