//! The whole service on this machine: both stages, the accounts' mailbox and the reference.

mod authority;
mod connections;
mod events;
mod files;
mod folder;
mod host;
mod hosted;
mod own_urls;
mod pages;
mod problem;
mod receive;
mod seed;
mod stage;

use std::{
    io,
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use accounts::identity::{Email, IdentityError};
use aws_smithy_http_client::Connector;
use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use axum::{Router, middleware};
use kit::{
    clock::{Clock, SystemClock},
    store::BoxError,
};
use service::aws::{self, Trust};
use tokio::{sync::watch, task::JoinHandle};

pub use self::host::{HostName, NotAHostName};
pub use self::stage::StageServices;
use self::{
    authority::Authority,
    connections::{Connections, HOME},
};
use crate::identity::RelyingParty;
pub use crate::identity::{NotARedirectUri, RedirectUri};
pub use kit::stage::Stage;

/// The time that open requests have to finish when the server stops.
const GRACE: Duration = Duration::from_secs(5);

/// The options of a server.
#[derive(Debug, Clone)]
pub struct Options {
    /// The address to listen on besides 127.0.0.1; 0.0.0.0 or `[::]` for every one that the machine has.
    pub listen: IpAddr,
    /// The port to listen on; 0: any that is free.
    pub port: u16,
    /// The names that the server answers to besides those of this machine.
    pub allowed_hosts: Vec<HostName>,
    /// True to speak HTTPS instead of HTTP, with a certificate made on the spot.
    pub tls: bool,
    /// The timeout for a TLS handshake, for the head of a request, counted from the moment at which the connection is
    /// free for it, and for its body.
    pub patience: Duration,
    /// The storage of all data.
    pub data: Data,
    /// True to add the samples of the nouns to Development.
    pub seed: bool,
    /// The addresses that join the group `editors` in both stages: they may change and delete what others added.
    pub editors: Vec<Email>,
    /// The addresses that get an account with a temporary password, in both stages.
    pub invited: Vec<Email>,
    /// The URIs that a hosted sign-in may redirect to, besides pages of this machine.
    pub redirect_uris: Vec<RedirectUri>,
    /// The relying party of passkeys, in both stages; `None`: localhost.
    pub relying_party: Option<RelyingParty>,
    /// True to print no mail on the console.
    pub quiet: bool,
    /// The time of day.
    pub clock: Arc<dyn Clock>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: HOME,
            port: 0,
            allowed_hosts: Vec::new(),
            tls: false,
            patience: Duration::from_secs(30),
            data: Data::Memory,
            seed: false,
            editors: Vec::new(),
            invited: Vec::new(),
            redirect_uris: Vec::new(),
            relying_party: None,
            quiet: false,
            clock: Arc::new(SystemClock),
        }
    }
}

/// The storage of all data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Data {
    /// In memory, until the server stops.
    Memory,
    /// In this folder.
    Folder(PathBuf),
}

/// An error at the start of the server; most messages say what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Something else listens on the port.
    #[error("port {0} is in use; choose another with --port (--port 0 takes any that is free)")]
    PortInUse(u16),
    /// The port cannot be listened on.
    #[error("cannot listen on port {0}; choose another with --port")]
    Port(u16, #[source] io::Error),
    /// The machine does not have the address.
    #[error(
        "this machine does not have the address {0}; give --listen one that it has, or 0.0.0.0 for all"
    )]
    Address(IpAddr),
    /// The certificate authority of the folder cannot be read or made.
    #[error(
        "no certificate for TLS from {}; delete that folder to have another authority made, which has to be \
         installed on phones again",
        .0.display()
    )]
    Authority(PathBuf, #[source] BoxError),
    /// A certificate cannot be made.
    #[error("no certificate for TLS could be made")]
    Certificate(#[source] BoxError),
    /// The folder cannot be made.
    #[error("cannot create the data folder {}; choose another with --data", .0.display())]
    Folder(PathBuf, #[source] io::Error),
    /// Another process has the folder open.
    #[error(
        "the data in {} is in use by another process; stop that one, or choose another folder \
         with --data",
        .0.display()
    )]
    InUse(PathBuf),
    /// A database in the folder is damaged.
    #[error(
        "{} is damaged, and was left as it is: {reason}; put a copy of it in its place, or move it \
         away to start without it",
        file.display()
    )]
    Damaged {
        /// The damaged file.
        file: PathBuf,
        /// The damage that was found.
        reason: String,
    },
    /// A database in the folder cannot be opened.
    #[error(
        "cannot open the data in {}; choose another folder with --data, or delete that one to \
         start afresh",
        .0.display()
    )]
    Open(PathBuf, #[source] redb::Error),
    /// The samples could not be added.
    #[error("the samples could not be added")]
    Seed(#[source] BoxError),
    /// An editor or an invitation could not be made.
    #[error("{0} could not be made")]
    Accounts(&'static str, #[source] IdentityError),
    /// A task of the start was cancelled or panicked.
    #[error("the server was stopped while it started")]
    CutShort(#[source] tokio::task::JoinError),
}

/// A running server. It stops when this value is dropped, or with [`stop`](Self::stop), which waits for open requests.
#[derive(Debug)]
pub struct Server {
    url: String,
    elsewhere: Vec<String>,
    development: StageServices,
    production: StageServices,
    stop: watch::Sender<()>,
    serving: JoinHandle<()>,
}

impl Server {
    /// Starts a server.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let (listeners, port) = connections::listen(options.listen, options.port).await?;
        let scheme = if options.tls { "https" } else { "http" };
        let url = format!("{scheme}://{}", SocketAddr::new(HOME, port));
        let addresses = addresses_beyond_home(options.listen);
        let authority = authority(&options)?;
        let acceptor = authority.as_ref().map(|authority| {
            authority.acceptor(&addresses, &options.allowed_hosts, options.clock.now())
        });
        let tls = acceptor.transpose().map_err(StartError::Certificate)?;

        let (development, production) = tokio::try_join!(
            stage::open(Stage::Development, &url, &options),
            stage::open(Stage::Production, &url, &options),
        )?;
        if options.seed {
            let added = seed::sow(development.store(), options.clock.now())
                .await
                .map_err(StartError::Seed)?;
            tracing::info!("{added} samples added");
        }
        // Fetches this server's own key sets.
        let connector = match &authority {
            Some(authority) => aws::connector(Trust::File(authority.pem.as_str().into())),
            None => SharedHttpConnector::new(Connector::builder().build_http()),
        };
        let (stop, stopped) = watch::channel(());
        let api = |stage: &StageServices| {
            stage.router(options.clock.clone(), connector.clone(), stopped.clone())
        };
        let of_development = api(&development);
        let of_production = api(&production);
        let mailboxes = vec![
            (Stage::Development, development.mailbox().clone()),
            (Stage::Production, production.mailbox().clone()),
        ];
        let check_host = middleware::from_fn_with_state(
            host::Allowed::from(options.allowed_hosts.clone()),
            host::check,
        );
        let files = [&development, &production]
            .into_iter()
            .fold(Router::new(), |files, stage| {
                files.merge(files_of(stage, options.patience))
            });
        let router = Router::new()
            .merge(pages::router(
                mailboxes,
                options.clock.clone(),
                authority.map(|authority| authority.pem),
            ))
            .merge(stage::below_its_name(Stage::Development, of_development))
            .merge(stage::below_its_name(Stage::Production, of_production))
            .layer(check_host.clone())
            .layer(middleware::from_fn_with_state(
                options.patience,
                receive::whole,
            ))
            .merge(files.layer(check_host));

        let connections = Connections {
            router,
            tls,
            patience: options.patience,
        };
        let serving = tokio::spawn(connections.serve(listeners, stopped));
        let elsewhere = addresses
            .iter()
            .map(|address| format!("{scheme}://{}", SocketAddr::new(*address, port)))
            .collect();
        Ok(Self {
            url,
            elsewhere,
            development,
            production,
            stop,
            serving,
        })
    }

    /// `http://127.0.0.1:<port>`, or `https`, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The same URL at each address that other machines can reach, if the server listens on it.
    #[must_use]
    pub fn urls_elsewhere(&self) -> &[String] {
        &self.elsewhere
    }

    /// The base URL of a stage's API, without a slash at the end.
    #[must_use]
    pub fn stage_url(&self, stage: Stage) -> String {
        format!("{}/{}", self.url, stage.name())
    }

    /// The accounts, the store and the mailbox of a stage.
    #[must_use]
    pub fn stage(&self, stage: Stage) -> &StageServices {
        match stage {
            Stage::Development => &self.development,
            Stage::Production => &self.production,
        }
    }

    /// Accepts no more requests, waits up to 5 seconds for the open ones, and closes the data.
    pub async fn stop(mut self) {
        let _ = self.stop.send(());
        let ended = tokio::time::timeout(GRACE, &mut self.serving).await;
        if ended.is_err() {
            self.serving.abort();
        }
    }

    /// Serves until the process receives Ctrl-C or SIGTERM; then stops as `stop` does.
    ///
    /// # Errors
    /// The I/O error if the process cannot listen for these signals.
    pub async fn until_stopped(self) -> io::Result<()> {
        let told = told_to_end().await;
        self.stop().await;
        told
    }
}

fn files_of(stage: &StageServices, patience: Duration) -> Router {
    let path = format!("/{}/{}/{{name}}", stage.name(), stage::FILES);
    files::router(&path, Arc::clone(stage.files()), patience)
}

/// The authority that signs the certificate; `None` for plain HTTP.
fn authority(options: &Options) -> Result<Option<Authority>, StartError> {
    if !options.tls {
        return Ok(None);
    }
    let now = options.clock.now();
    let authority = match &options.data {
        Data::Memory => Authority::in_memory(now).map_err(StartError::Certificate)?,
        Data::Folder(folder) => {
            let folder = folder.join("tls");
            let authority = Authority::in_folder(&folder, now);
            authority.map_err(|error| StartError::Authority(folder, error))?
        }
    };
    Ok(Some(authority))
}

/// The addresses at which other machines can reach a server that listens on `listen`.
fn addresses_beyond_home(listen: IpAddr) -> Vec<IpAddr> {
    if !listen.is_unspecified() {
        return Vec::from_iter((listen != HOME).then_some(listen));
    }
    let interfaces = if_addrs::get_if_addrs().unwrap_or_else(|error| {
        tracing::warn!(%error, "the system does not tell the addresses of this machine");
        Vec::new()
    });
    let mut addresses: Vec<_> = interfaces
        .iter()
        .filter(|interface| !interface.is_loopback() && !interface.is_link_local())
        .map(if_addrs::Interface::ip)
        .filter(|address| address.is_ipv4() || listen.is_ipv6())
        .collect();
    addresses.sort_unstable();
    addresses
}

#[cfg(unix)]
async fn told_to_end() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted,
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn told_to_end() -> io::Result<()> {
    tokio::signal::ctrl_c().await
}
