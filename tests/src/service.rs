//! The service, put together for one test: the real router over the real AWS clients, which talk to
//! a [`Stub`](crate::stub::Stub); or over parts that fail on purpose.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use accounts::{
    identity::{
        AuthConfiguration, Identity, PASSWORD_POLICY, cognito::AppClient, cognito::CognitoIdentity,
        cognito::TokenEndpoint,
    },
    token::{self, Verifier, jwks::KeySet, jwks::Timing},
};
use aws_sdk_dynamodb::config::Credentials;
use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use axum::Router;
use http::HeaderValue;
use kit::{
    clock::SystemClock,
    files::{Files, NoFiles},
    stage::Stage,
    store::{
        Records,
        dynamo::{DynamoStore, SharedTables},
    },
};
use local::{
    files::LocalFiles, identity::EmbeddedIdentity, mailbox::Mailbox, store::EmbeddedStore,
};
use service::{
    app::{App, Tables, served_by},
    aws::{Aws, Trust, connector},
    nouns::Stores,
};
use tokio::{net::TcpListener, task::JoinHandle};

use crate::{
    api::Api,
    broken::Broken,
    issuer::{CLIENT, CLIENT_SECRET, ISS, Issuer, KEY, claims},
};

/// The key set at a URL.
fn key_set(url: String, timing: Timing) -> KeySet {
    KeySet::new(url, connector(Trust::Amazon), timing)
}

/// The key set of an issuer, which the first request fetches.
fn fetched(issuer: &Issuer) -> KeySet {
    key_set(issuer.url(), Timing::default())
}

/// Where the tests' services say that files are.
pub const FILES: &str = "https://files.example.com/files";

fn files() -> Arc<dyn Files> {
    let files = LocalFiles::temporary(FILES.to_owned(), Arc::new(SystemClock));
    Arc::new(files.expect("a temporary folder"))
}

/// The parts of a service.
pub struct Service {
    stores: Stores,
    records: Arc<dyn Records>,
    identity: Arc<dyn Identity>,
    keys: KeySet,
    allowed_origins: Vec<HeaderValue>,
}

/// The user pool.
pub const POOL: &str = "eu-west-1_tests";

/// The user that [`Service::api`] is signed in as.
pub const USER: &str = "user-of-the-tests";

impl Service {
    /// A service on DynamoDB and Cognito at these URLs.
    #[must_use]
    pub fn on_aws(dynamo: &str, cognito: &str, issuer: &Issuer) -> Self {
        let dynamo = dynamo_store(dynamo);
        let tables = Tables {
            dynamo: &dynamo,
            names: &BTreeMap::new(),
        };
        let stores = Stores::of(&tables, files());
        let identity = hosted(user_pool(cognito, None), cognito);
        Self::new(
            stores,
            Arc::new(dynamo),
            Arc::new(identity),
            fetched(issuer),
        )
    }

    /// A service on the embedded store and identity.
    #[must_use]
    pub fn embedded(issuer: &Issuer) -> Self {
        Self::embedded_with(fetched(issuer))
    }

    /// The same with this key set.
    #[must_use]
    pub fn embedded_with(keys: KeySet) -> Self {
        let store = EmbeddedStore::in_memory().expect("a store in memory");
        let of_accounts = token::Issuer {
            url: ISS.to_owned(),
            client_id: CLIENT.to_owned(),
        };
        let clock = Arc::new(SystemClock);
        let identity = EmbeddedIdentity::in_memory(of_accounts, Mailbox::default(), clock);
        let identity = identity.expect("accounts in memory");
        Self::new(
            Stores::of(&store, files()),
            Arc::new(store),
            Arc::new(identity),
            keys,
        )
    }

    /// A service on a user pool that has no domain.
    #[must_use]
    pub fn without_hosted_sign_in(issuer: &Issuer) -> Self {
        let store = EmbeddedStore::in_memory().expect("a store in memory");
        let (identity, _) = user_pool("http://127.0.0.1:9", None);
        Self::new(
            Stores::of(&store, Arc::new(NoFiles)),
            Arc::new(store),
            Arc::new(identity),
            fetched(issuer),
        )
    }

    /// A service on a store and accounts that panic.
    #[must_use]
    pub fn broken(issuer: &Issuer) -> Self {
        Self::new(
            Stores::of(&Broken, Arc::new(Broken)),
            Arc::new(Broken),
            Arc::new(Broken),
            fetched(issuer),
        )
    }

    fn new(
        stores: Stores,
        records: Arc<dyn Records>,
        identity: Arc<dyn Identity>,
        keys: KeySet,
    ) -> Self {
        Self {
            stores,
            records,
            identity,
            keys,
            allowed_origins: Vec::new(),
        }
    }

    /// Sets the URL of the key set, and the timing of its fetches.
    #[must_use]
    pub fn keys_at(mut self, url: String, timing: Timing) -> Self {
        self.keys = key_set(url, timing);
        self
    }

    /// Allows pages of these origins only.
    #[must_use]
    pub fn for_origins(mut self, origins: &[&'static str]) -> Self {
        self.allowed_origins = origins
            .iter()
            .map(|origin| HeaderValue::from_static(origin))
            .collect();
        self
    }

    /// The service, with [`USER`] signed in.
    #[must_use]
    pub fn api(self) -> Api {
        Api::of(self.router()).with_token(&KEY.token(&claims(USER)))
    }

    /// The service on loopback, with [`USER`] signed in.
    pub async fn serve(self) -> Served {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let router = self.router();
        let task = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        let api = Api::at(&url).with_token(&KEY.token(&claims(USER)));
        Served { api, task }
    }

    /// The service itself. Paths are those of the route table, without the stage's name.
    pub fn router(self) -> Router {
        let issuer = token::Issuer {
            url: ISS.to_owned(),
            client_id: CLIENT.to_owned(),
        };
        let app = App {
            stage: Stage::Development,
            stores: self.stores,
            records: self.records,
            identity: self.identity,
            auth_configuration: auth_configuration(),
            tokens: Arc::new(Verifier::new(issuer, self.keys)),
            clock: Arc::new(SystemClock),
            served_by: served_by(None, "tests"),
            at_once: None,
            allowed_origins: self.allowed_origins,
        };
        app.router()
    }
}

/// A service that listens. It stops when this is dropped.
#[derive(Debug)]
pub struct Served {
    /// A client of it.
    pub api: Api,
    task: JoinHandle<()>,
}

impl Drop for Served {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn auth_configuration() -> AuthConfiguration {
    AuthConfiguration {
        region: "eu-west-1".to_owned(),
        user_pool_id: "eu-west-1_tests".to_owned(),
        client_id: CLIENT.to_owned(),
        issuer: ISS.to_owned(),
        jwks_uri: format!("{ISS}/.well-known/jwks.json"),
        password_policy: PASSWORD_POLICY,
        hosted_sign_in: None,
    }
}

fn credentials() -> Credentials {
    Credentials::new("nobody", "nothing", None, None, "tests")
}

/// The store on the DynamoDB at this URL, with the tables `idempotency`, `search` and `changes`.
#[must_use]
pub fn dynamo_store(url: &str) -> DynamoStore {
    let aws = Aws::new("eu-west-1".to_owned(), Some(url), Trust::System);
    let config = aws.store_config().to_builder();
    let config = config.credentials_provider(credentials()).build();
    let tables = SharedTables {
        idempotency: "idempotency".to_owned(),
        search: "search".to_owned(),
        changes: "changes".to_owned(),
    };
    DynamoStore::new(&config, tables)
}

/// The accounts of a user pool on the Cognito at this URL, which is also the pool's domain. They ask again after a shorter pause
/// than in production, for the tests that let every call fail.
#[must_use]
pub fn cognito_identity(url: &str) -> CognitoIdentity {
    hosted(user_pool(url, Some(Duration::from_millis(1))), url)
}

type UserPool = (CognitoIdentity, SharedHttpConnector);

fn hosted((identity, connector): UserPool, url: &str) -> CognitoIdentity {
    identity.with_hosted_sign_in(TokenEndpoint {
        url: format!("{url}/oauth2/token"),
        connector,
    })
}

fn user_pool(url: &str, pause: Option<Duration>) -> UserPool {
    let aws = Aws::new("eu-west-1".to_owned(), Some(url), Trust::System);
    let config = aws.identity_config();
    let mut retries = config.retry_config().cloned().expect("retries");
    if let Some(pause) = pause {
        retries = retries.with_initial_backoff(pause);
    }
    let config = config.to_builder().retry_config(retries);
    let config = config.credentials_provider(credentials()).build();
    let client = || aws_sdk_cognitoidentityprovider::Client::from_conf(config);
    let app_client = AppClient {
        id: CLIENT.to_owned(),
        secret: CLIENT_SECRET.into(),
    };
    let identity = CognitoIdentity::new(client, POOL.to_owned(), app_client);
    (identity, aws.connector)
}
