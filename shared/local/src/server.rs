//! The whole service on this machine: both stages, the accounts' mailbox and the reference.

mod host;
mod pages;
mod problem;
mod seed;
mod stage;

use std::{io, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use api::{
    clock::{Clock, SystemClock},
    http::ClientAddress,
    identity::{Email, IdentityError},
};
use axum::{
    Router,
    extract::{ConnectInfo, Request},
    middleware::{self, Next},
    response::Response,
    serve::ListenerExt as _,
};
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

pub use self::seed::SeedError;
pub use self::stage::StageServices;
use crate::database::OpenError;
pub use api::stage::Stage;

/// How long requests that are under way may take when the server stops.
const GRACE: Duration = Duration::from_secs(5);

/// What to run.
#[derive(Debug, Clone)]
pub struct Options {
    /// The port to listen on; 0: any that is free.
    pub port: u16,
    /// Where movies and accounts are kept.
    pub data: Data,
    /// Whether to add the sample movies to Development.
    pub seed: bool,
    /// Who may change and delete what others added, in both stages.
    pub editors: Vec<Email>,
    /// Who gets an account with a temporary password, in both stages.
    pub invited: Vec<Email>,
    /// Whether to sign with new keys from now on, in both stages.
    pub rotate_keys: bool,
    /// Whether to keep quiet about mail on the console.
    pub quiet: bool,
    /// The time of day.
    pub clock: Arc<dyn Clock>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            port: 0,
            data: Data::Memory,
            seed: false,
            editors: Vec::new(),
            invited: Vec::new(),
            rotate_keys: false,
            quiet: false,
            clock: Arc::new(SystemClock),
        }
    }
}

/// Where movies and accounts are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Data {
    /// In memory, until the server stops.
    Memory,
    /// In this folder.
    Folder(PathBuf),
}

/// Why the server did not start, and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Something else listens on the port.
    #[error("port {0} is in use; choose another with --port (--port 0 takes any that is free)")]
    PortInUse(u16),
    /// The port cannot be listened on.
    #[error("cannot listen on port {0}; choose another with --port")]
    Port(u16, #[source] io::Error),
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
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A database in the folder cannot be opened.
    #[error(
        "cannot open the data in {}; choose another folder with --data, or delete that one to \
         start afresh",
        .0.display()
    )]
    Open(PathBuf, #[source] redb::Error),
    /// The sample movies could not be added.
    #[error("the sample movies could not be added")]
    Seed(#[source] SeedError),
    /// An editor could not be appointed.
    #[error("an editor could not be appointed")]
    Editors(#[source] IdentityError),
    /// Somebody could not be invited.
    #[error("an invitation could not be made")]
    Invitations(#[source] IdentityError),
    /// A new signing key could not be made.
    #[error("a new signing key could not be made")]
    Keys(#[source] IdentityError),
    /// The work was cut short.
    #[error("the server was stopped while it started")]
    CutShort(#[source] tokio::task::JoinError),
}

/// A running server. It stops when this value goes, or in good order with [`stop`](Self::stop).
#[derive(Debug)]
pub struct Server {
    url: String,
    development: StageServices,
    production: StageServices,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

impl Server {
    /// Starts a server on the loopback interface.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let listener = TcpListener::bind(("127.0.0.1", options.port))
            .await
            .map_err(|error| match error.kind() {
                io::ErrorKind::AddrInUse => StartError::PortInUse(options.port),
                _ => StartError::Port(options.port, error),
            })?;
        let port = listener
            .local_addr()
            .map_err(|error| StartError::Port(options.port, error))?
            .port();
        let url = format!("http://127.0.0.1:{port}");

        let (development, production) = tokio::try_join!(
            stage::open(Stage::Development, &url, &options),
            stage::open(Stage::Production, &url, &options),
        )?;
        if options.seed {
            let added = seed::sow(development.store(), options.clock.now())
                .await
                .map_err(StartError::Seed)?;
            tracing::info!("{added} sample movies added");
        }
        let apps = [
            development.app(options.clock.clone()),
            production.app(options.clock.clone()),
        ];
        let of_development = development.router(&apps[0]);
        let of_production = production.router(&apps[1]);
        let mailboxes = vec![
            (Stage::Development, development.mailbox().clone()),
            (Stage::Production, production.mailbox().clone()),
        ];
        let router = Router::new()
            .merge(pages::router(mailboxes, options.clock.clone()))
            .merge(stage::below_its_name(Stage::Development, of_development))
            .merge(stage::below_its_name(Stage::Production, of_production))
            .layer(middleware::from_fn(client))
            .layer(middleware::from_fn(host::check));

        let (stop, stopped) = oneshot::channel();
        let listener = listener.tap_io(|connection| {
            // An answer is sent at once; a connection where that fails is slower, no worse.
            let _ = connection.set_nodelay(true);
        });
        let serving = tokio::spawn(async move {
            // The error is that of a listener, which accepts again by itself.
            let router = router.into_make_service_with_connect_info::<SocketAddr>();
            let _ = axum::serve(listener, router)
                .with_graceful_shutdown(async { drop(stopped.await) })
                .await;
        });
        let [development_keys, production_keys] = apps.each_ref().map(|app| app.tokens.prewarm());
        let fetched = <[_; 2]>::from(tokio::join!(development_keys, production_keys));
        for error in fetched.into_iter().filter_map(Result::err) {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "key set not fetched at start; the first request tries again"
            );
        }
        Ok(Self {
            url,
            development,
            production,
            stop,
            serving,
        })
    }

    /// `http://127.0.0.1:<port>`, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The base URL of a stage's API, without a slash at the end.
    #[must_use]
    pub fn stage_url(&self, stage: Stage) -> String {
        format!("{}/{}", self.url, stage.name())
    }

    /// What a stage runs on.
    #[must_use]
    pub fn stage(&self, stage: Stage) -> &StageServices {
        match stage {
            Stage::Development => &self.development,
            Stage::Production => &self.production,
        }
    }

    /// Takes no more requests, ends those that are under way, and closes the data.
    pub async fn stop(mut self) {
        let _ = self.stop.send(());
        if tokio::time::timeout(GRACE, &mut self.serving)
            .await
            .is_err()
        {
            self.serving.abort();
        }
    }

    /// Serves until the process is told to end (Ctrl-C, SIGTERM); then stops in good order.
    ///
    /// # Errors
    /// When the system does not tell.
    pub async fn until_stopped(self) -> io::Result<()> {
        let told = told_to_end().await;
        self.stop().await;
        told
    }
}

/// Tells the service from where a request came.
async fn client(
    ConnectInfo(client): ConnectInfo<SocketAddr>,
    mut request: Request,
    next: Next,
) -> Response {
    request.extensions_mut().insert(ClientAddress(client.ip()));
    next.run(request).await
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

fn not_opened(folder: PathBuf) -> impl FnOnce(OpenError) -> StartError {
    move |error| match error {
        OpenError::InUse => StartError::InUse(folder),
        OpenError::Damaged { file, reason } => StartError::Damaged { file, reason },
        OpenError::Failed(error) => StartError::Open(folder, error),
    }
}
