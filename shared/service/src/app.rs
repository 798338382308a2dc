//! The state of a running service.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use accounts::{
    Accounts,
    identity::{
        AuthConfiguration, Identity,
        cognito::{AppClient, CognitoIdentity, TokenEndpoint},
    },
    token::{
        Issuer, Verifier,
        jwks::{KeySet, Timing},
    },
};
use axum::Router;
use kit::{
    clock::{Clock, SystemClock},
    files::{Files, NoFiles, s3::Bucket},
    http::{Places, Route, Settings},
    operations::Authenticate,
    resource::Resource,
    stage::Stage,
    store::{
        Records, Store, StoreSource,
        dynamo::{DynamoStore, DynamoTable},
    },
};
use tokio::{
    sync::oneshot,
    task::{JoinHandle, yield_now},
    time::timeout,
};

use crate::{
    aws::Aws,
    config::Config,
    health,
    nouns::{NAME, REALM, Stores},
};

/// One stage of the service: its data, its accounts, its key set.
#[derive(Clone)]
pub struct App {
    /// The stage.
    pub stage: Stage,
    /// The stores of the nouns.
    pub stores: Stores,
    /// The idempotency records, and the notes of users who leave.
    pub records: Arc<dyn Records>,
    /// The accounts.
    pub identity: Arc<dyn Identity>,
    /// The configuration that apps need to sign users in.
    pub auth_configuration: AuthConfiguration,
    /// The judge of access tokens.
    pub tokens: Arc<Verifier>,
    /// The time of day.
    pub clock: Arc<dyn Clock>,
    /// The `X-Served-By` header, see [`served_by`].
    pub served_by: String,
    /// The most requests that are carried out at a time, those of the health check apart; `None` for no limit. Lambda gives a function one at a
    /// time.
    pub at_once: Option<usize>,
    /// The web origins that may call; empty: all.
    pub allowed_origins: Vec<http::HeaderValue>,
}

impl App {
    /// The service on AWS, and its [`WarmUp`]. A build may have a name, see [`served_by`].
    pub async fn on_aws(config: Config, build: Option<&str>) -> (Self, WarmUp) {
        let trust = config.trust.clone();
        let aws = Aws::new(config.region.clone(), config.endpoint_url.as_deref(), trust);
        let keys = key_set(&aws, &config);
        let warm_up = WarmUp::begin(&keys, &aws);
        // The connections are requested before the SDK's clients are built, which takes this thread some time.
        yield_now().await;
        let issuer = Issuer {
            url: config.issuer_url(),
            client_id: config.user_pool_client_id.clone(),
        };
        let dynamo = DynamoStore::new(&aws.store_config(), config.tables.shared.clone());
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let tables = Tables {
            dynamo: &dynamo,
            names: &config.tables.nouns,
        };
        let app = Self {
            stage: config.stage,
            auth_configuration: config.auth_configuration(),
            stores: Stores::of(&tables, files(&aws, &config, &clock)),
            records: Arc::new(dynamo),
            tokens: Arc::new(Verifier::new(issuer, keys)),
            identity: Arc::new(cognito(aws, &config)),
            clock,
            served_by: served_by(build, &config.function_version),
            at_once: None,
            allowed_origins: config.allowed_origins,
        };
        (app, warm_up)
    }

    /// The judge of who sends a request.
    #[must_use]
    pub fn callers(&self) -> Arc<dyn Authenticate> {
        self.accounts()
    }

    fn accounts(&self) -> Arc<Accounts> {
        Arc::new(Accounts {
            belongings: self.stores.belongings(),
            identity: Arc::clone(&self.identity),
            auth_configuration: self.auth_configuration.clone(),
            tokens: Arc::clone(&self.tokens),
            records: Arc::clone(&self.records),
            service_name: NAME,
            clock: Arc::clone(&self.clock),
        })
    }

    /// The service of this stage. Paths are those of the route table, without the stage's name.
    pub fn router(self) -> Router {
        let accounts = self.accounts();
        let mut table = health::routes();
        let of_accounts = accounts::routes().into_iter();
        let places = self.at_once.map(Places::new);
        let limited = |route: Route| match &places {
            Some(places) => route.within(places),
            None => route,
        };
        table.extend(of_accounts.map(|route| limited(route.with_state(&accounts))));
        let callers: Arc<dyn Authenticate> = accounts;
        let of_nouns = self.stores.routes(&callers, &self.clock).into_iter();
        table.extend(of_nouns.map(limited));
        let settings = Settings {
            stage: self.stage,
            served_by: self.served_by,
            allowed_origins: self.allowed_origins,
            realm: REALM,
        };
        kit::http::router(settings, table)
    }
}

/// The tables of DynamoDB, by the words for the nouns.
pub struct Tables<'a> {
    /// The client.
    pub dynamo: &'a DynamoStore,
    /// The names of the tables.
    pub names: &'a BTreeMap<&'static str, String>,
}

impl Tables<'_> {
    /// The table of `R`.
    #[must_use]
    pub fn table<R: Resource>(&self) -> DynamoTable<R> {
        let name = self.names.get(R::MANY).map_or(R::MANY, String::as_str);
        self.dynamo.table(name)
    }
}

impl StoreSource for Tables<'_> {
    fn store<R: Resource>(&self) -> Arc<dyn Store<R>> {
        Arc::new(self.table::<R>())
    }
}

/// The longest time that a start waits for its connections, and the longest that the first event then waits for the answer over
/// the one to the store. The latter begins with the event, because Lambda may freeze the process before. Whoever waits for the
/// first event waits for both, and then for the time that a request has.
const PATIENCE: Duration = Duration::from_millis(500);

/// The connections of a service on AWS, which are opened during the function's init.
#[derive(Debug)]
pub struct WarmUp {
    connected: JoinHandle<()>,
    answered: JoinHandle<()>,
    is_late: bool,
}

impl WarmUp {
    fn begin(keys: &KeySet, aws: &Aws) -> Self {
        // The keys come first, because no request can do without them.
        let keys = keys.prewarm();
        let (writing, written) = oneshot::channel();
        let answered = tokio::spawn(aws.connect_to_store(writing));
        let connected = tokio::spawn(async {
            if let Err(error) = keys.await {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "key set not fetched at start; the first request tries again"
                );
            }
            // The sender is dropped, never used.
            let _ = written.await;
        });
        Self {
            connected,
            answered,
            is_late: false,
        }
    }

    /// Resolves when the keys are loaded and a connection to DynamoDB is open: all that takes CPU time is done. Resolves too when
    /// that failed, or took half a second.
    pub async fn connected(&mut self) {
        // A failure is in the log, and the first request tries again.
        let connected = timeout(PATIENCE, &mut self.connected).await;
        self.is_late = connected.is_err();
    }

    /// Resolves when DynamoDB has answered, so that the connection is free, or when it did not for half a second.
    pub async fn answered(self) {
        let abandoned = self.answered.abort_handle();
        let patience = if self.is_late {
            Duration::ZERO
        } else {
            PATIENCE
        };
        if timeout(patience, self.answered).await.is_err() {
            abandoned.abort();
            tracing::warn!(
                "the store did not answer at the start; it is asked over another connection"
            );
        }
    }
}

/// A key set that was given and is of no use is as good as none: it is fetched.
fn key_set(aws: &Aws, config: &Config) -> KeySet {
    let (url, timing) = (config.jwks_url(), Timing::default());
    let fetched = || KeySet::new(url.clone(), aws.connector.clone(), timing);
    let Some(given) = &config.jwks else {
        return fetched();
    };
    KeySet::given(given.as_bytes(), url.clone(), aws.connector.clone(), timing).unwrap_or_else(
        |error| {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the key set that was given is not used: deploy again with another, or with none"
            );
            fetched()
        },
    )
}

fn files(aws: &Aws, config: &Config, clock: &Arc<dyn Clock>) -> Arc<dyn Files> {
    match (&config.files, aws.sdk.credentials_provider()) {
        (Some(files), Some(credentials)) => Arc::new(Bucket {
            url: files.bucket_url.clone(),
            public_url: files.public_url.clone(),
            region: config.region.clone(),
            credentials,
            connector: aws.connector.clone(),
            clock: Arc::clone(clock),
        }),
        _ => Arc::new(NoFiles),
    }
}

fn cognito(aws: Aws, config: &Config) -> CognitoIdentity {
    let connector = aws.connector.clone();
    let identity = CognitoIdentity::new(
        move || aws_sdk_cognitoidentityprovider::Client::from_conf(aws.identity_config()),
        config.user_pool_id.clone(),
        AppClient {
            id: config.user_pool_client_id.clone(),
            secret: config.user_pool_client_secret.clone(),
        },
    );
    match config.token_endpoint() {
        Some(url) => identity.with_hosted_sign_in(TokenEndpoint { url, connector }),
        None => identity,
    }
}

/// The `X-Served-By` header: `<package version>/<function version>`, and if the build has a name,
/// `<package version>+<build>/<function version>`.
#[must_use]
pub fn served_by(build: Option<&str>, function_version: &str) -> String {
    let package = env!("CARGO_PKG_VERSION");
    match build {
        Some(build) => format!("{package}+{build}/{function_version}"),
        None => format!("{package}/{function_version}"),
    }
}
