//! One stage: its data, its accounts, its API.

use std::{path::PathBuf, sync::Arc, time::Duration};

use accounts::{
    identity::{AuthConfiguration, PASSWORD_POLICY},
    token::{EDITORS, Issuer, Verifier, jwks::KeySet, jwks::Timing},
};
use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use axum::{
    Json, Router,
    extract::Request,
    http::uri::PathAndQuery,
    middleware,
    routing::{any_service, get},
};
use kit::{clock::Clock, stage::Stage};
use service::{
    app::{App, served_by},
    nouns::{REALM, Stores},
};
use tokio::sync::watch;
use tower::ServiceBuilder;

use super::{
    Data, Options, RedirectUri, StartError, events::Pokes, folder::make_private, hosted, own_urls,
};
use crate::{
    database::OpenError, files::LocalFiles, identity::EmbeddedIdentity, mailbox::Mailbox,
    store::EmbeddedStore,
};

/// The key set is on this machine: a fetch is cheap, and a new key must be known at once.
const TIMING: Timing = Timing {
    cool_down: Duration::from_secs(1),
    max_age: Duration::from_mins(10),
    max_age_of_given: Duration::from_mins(10),
    time_out: Duration::from_secs(3),
};

/// The most requests that a stage carries out at a time. Half of the connections that the server has at most, so that there are
/// connections on which the others learn that it is too busy.
const AT_ONCE: usize = 512;

/// The name of the folder of files, below the data of the stage and below its URL.
pub(super) const FILES: &str = "files";

/// The accounts, the store and the mailbox of a stage.
#[derive(Debug)]
pub struct StageServices {
    stage: Stage,
    identity: Arc<EmbeddedIdentity>,
    store: EmbeddedStore,
    files: Arc<LocalFiles>,
    mailbox: Mailbox,
    redirect_uris: Vec<RedirectUri>,
}

impl StageServices {
    /// The name of the stage, as in paths.
    pub(super) fn name(&self) -> &'static str {
        self.stage.name()
    }

    /// The accounts.
    #[must_use]
    pub fn identity(&self) -> &Arc<EmbeddedIdentity> {
        &self.identity
    }

    /// The store of everything but the accounts.
    #[must_use]
    pub fn store(&self) -> &EmbeddedStore {
        &self.store
    }

    /// The stores of the nouns.
    #[must_use]
    pub fn stores(&self) -> Stores {
        Stores::of(&self.store, self.files.clone())
    }

    /// The files of resources.
    pub(super) fn files(&self) -> &Arc<LocalFiles> {
        &self.files
    }

    /// The letters of the stage.
    #[must_use]
    pub fn mailbox(&self) -> &Mailbox {
        &self.mailbox
    }

    /// The stage's API, its key set, its hosted sign-in, and its pokes until `stop` changes.
    pub(super) fn router(
        &self,
        clock: Arc<dyn Clock>,
        connector: SharedHttpConnector,
        stop: watch::Receiver<()>,
    ) -> Router {
        let issuer = self.identity.issuer().clone();
        let stage_url = Arc::from(issuer.url.as_str());
        let jwks_url = format!("{}/.well-known/jwks.json", issuer.url);
        let keys = KeySet::new(jwks_url.clone(), connector, TIMING);
        let app = App {
            stage: self.stage,
            stores: self.stores(),
            records: Arc::new(self.store.clone()),
            identity: self.identity.clone(),
            auth_configuration: AuthConfiguration {
                region: "local".to_owned(),
                user_pool_id: format!("local_{}", self.stage.name()),
                client_id: issuer.client_id.clone(),
                issuer: issuer.url.clone(),
                jwks_uri: jwks_url,
                password_policy: PASSWORD_POLICY,
                hosted_sign_in: Some(hosted::configuration(&issuer.url, &self.redirect_uris)),
            },
            tokens: Arc::new(Verifier::new(issuer, keys)),
            clock,
            served_by: served_by(None, "local"),
            at_once: Some(AT_ONCE),
            allowed_origins: Vec::new(),
        };
        let identity = Arc::clone(&self.identity);
        let pokes = Pokes {
            store: self.store.clone(),
            callers: app.callers(),
            stop,
        };
        app.router()
            .layer(middleware::from_fn_with_state(
                stage_url,
                own_urls::by_the_name_of_the_caller,
            ))
            .route(
                "/.well-known/jwks.json",
                get(move || async move { Json(identity.jwks()) }),
            )
            .merge(hosted::router(&self.identity, &self.redirect_uris))
            .merge(pokes.router())
    }
}

/// Opens the data of a stage and applies the options to it.
pub(super) async fn open(
    stage: Stage,
    url: &str,
    options: &Options,
) -> Result<StageServices, StartError> {
    let issuer = Issuer {
        url: format!("{url}/{}", stage.name()),
        client_id: format!("local-{}", stage.name()),
    };
    let mailbox = Mailbox::new((!options.quiet).then_some(stage.name()));
    let (mail, clock) = (mailbox.clone(), Arc::clone(&options.clock));
    let files_url = format!("{}/{FILES}", issuer.url);
    let data = options.data.clone();
    let open = move || match data {
        Data::Memory => {
            let failed = |error| not_opened("memory".into(), error);
            let files = LocalFiles::temporary(files_url, Arc::clone(&clock));
            let files =
                files.map_err(|error| StartError::Folder("of temporary files".into(), error))?;
            let store = EmbeddedStore::in_memory().map_err(failed)?;
            let identity = EmbeddedIdentity::in_memory(issuer, mail, clock).map_err(failed)?;
            Ok((store, identity, files))
        }
        Data::Folder(all) => {
            let folder = all.join(stage.name());
            make_private(&folder).map_err(|error| StartError::Folder(folder.clone(), error))?;
            let failed = |error| not_opened(all.clone(), error);
            let files = folder.join(FILES);
            let files = LocalFiles::in_folder(files.clone(), files_url, Arc::clone(&clock))
                .map_err(|error| StartError::Folder(files, error))?;
            let store = EmbeddedStore::open(&folder.join(format!("{REALM}.redb")));
            let store = store.map_err(failed)?;
            let accounts = folder.join("accounts.redb");
            let identity = EmbeddedIdentity::open(&accounts, issuer, mail, clock);
            Ok((store, identity.map_err(failed)?, files))
        }
    };
    let opened = tokio::task::spawn_blocking(open).await;
    let (store, identity, files) = opened.map_err(StartError::CutShort)??;
    let identity = match options.relying_party.clone() {
        Some(relying_party) => identity.with_relying_party(relying_party),
        None => identity,
    };
    for editor in &options.editors {
        identity
            .add_to_group(editor, EDITORS)
            .await
            .map_err(|error| StartError::Accounts("an editor", error))?;
    }
    for invited in &options.invited {
        identity
            .invite(invited)
            .await
            .map_err(|error| StartError::Accounts("an invitation", error))?;
    }
    let mut redirect_uris = RedirectUri::of_this_machine();
    redirect_uris.extend(options.redirect_uris.iter().cloned());
    Ok(StageServices {
        stage,
        identity: Arc::new(identity),
        store,
        files: Arc::new(files),
        mailbox,
        redirect_uris,
    })
}

fn not_opened(folder: PathBuf, error: OpenError) -> StartError {
    match error {
        OpenError::InUse => StartError::InUse(folder),
        OpenError::Damaged { file, reason } => StartError::Damaged { file, reason },
        OpenError::Failed(error) => StartError::Open(folder, error),
    }
}

/// A stage's API, with the stage's name as the first part of the path. (A nested router would treat
/// `/Development//health` as `/Development/health`.)
pub(super) fn below_its_name(stage: Stage, api: Router) -> Router {
    let prefix = format!("/{}", stage.name());
    let paths = ["", "/", "/{*path}"].map(|rest| format!("{prefix}{rest}"));
    let api = ServiceBuilder::new()
        .map_request(move |request| without(&prefix, request))
        .service(api);
    paths.iter().fold(Router::new(), |router, path| {
        router.route(path, any_service(api.clone()))
    })
}

fn without(prefix: &str, mut request: Request) -> Request {
    let uri = request.uri();
    let whole = uri.path_and_query().map_or("", PathAndQuery::as_str);
    let rest = whole.strip_prefix(prefix).unwrap_or(whole);
    let target = match rest {
        "" => "/".to_owned(),
        rest if rest.starts_with('?') => format!("/{rest}"),
        rest => rest.to_owned(),
    };
    if let Ok(target) = target.parse() {
        *request.uri_mut() = target;
    }
    request
}
