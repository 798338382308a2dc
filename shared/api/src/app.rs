//! What a running service holds.

use std::sync::Arc;

use aws_config::SdkConfig;

use crate::{
    aws::Aws,
    clock::{Clock, SystemClock},
    config::Config,
    identity::{AuthConfiguration, Identity, cognito::CognitoIdentity},
    stage::Stage,
    store::{MovieStore, dynamo::DynamoStore},
    token::{
        Issuer, Verifier,
        jwks::{KeySet, Timing},
    },
};

/// One stage of the service: its data, its accounts, its key set.
pub struct App {
    /// Which one.
    pub stage: Stage,
    /// The movies.
    pub movies: Arc<dyn MovieStore>,
    /// The accounts.
    pub identity: Arc<dyn Identity>,
    /// What apps must know to sign users in.
    pub auth_configuration: AuthConfiguration,
    /// The judge of access tokens.
    pub tokens: Verifier,
    /// The time of day.
    pub clock: Arc<dyn Clock>,
    /// The `X-Served-By` header, see [`served_by`].
    pub served_by: String,
    /// Which web origins may call; empty: all.
    pub allowed_origins: Vec<http::HeaderValue>,
}

impl App {
    /// The service on AWS, and what opens its connections: to the key set, unless that was given, and to the store, at the
    /// same time. It mostly waits, so whoever waits for it has time for something else.
    ///
    /// A build may have a name, see [`served_by`].
    pub fn on_aws(
        config: Config,
        build: Option<&str>,
    ) -> (Arc<Self>, impl Future<Output = ()> + Send + 'static) {
        let trust = config.trust.clone();
        let aws = Aws::new(config.region.clone(), config.endpoint_url.as_deref(), trust);
        let issuer = Issuer {
            url: config.issuer_url(),
            client_id: config.user_pool_client_id.clone(),
        };
        let movies = dynamo(&aws, &config);
        let app = Arc::new(Self {
            stage: config.stage,
            auth_configuration: config.auth_configuration(),
            movies: Arc::new(movies.clone()),
            tokens: Verifier::new(issuer, key_set(&aws, &config)),
            identity: Arc::new(cognito(aws.sdk, &config)),
            clock: Arc::new(SystemClock),
            served_by: served_by(build, &config.function_version),
            allowed_origins: config.allowed_origins,
        });
        let opening = {
            let app = Arc::clone(&app);
            async move {
                let store = async {
                    // There is one thread: this lets the fetch of the keys, a task of its own, begin first.
                    tokio::task::yield_now().await;
                    movies.prewarm().await;
                };
                let (keys, ()) = tokio::join!(app.tokens.prewarm(), store);
                if let Err(error) = keys {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "key set not fetched at start; the first request tries again"
                    );
                }
            }
        };
        (app, opening)
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

fn dynamo(aws: &Aws, config: &Config) -> DynamoStore {
    DynamoStore::new(
        &aws_sdk_dynamodb::Config::new(&aws.sdk),
        &config.movies_table,
        &config.idempotency_table,
    )
}

fn cognito(sdk: SdkConfig, config: &Config) -> CognitoIdentity {
    CognitoIdentity::new(
        move || aws_sdk_cognitoidentityprovider::Client::new(&sdk),
        config.user_pool_id.clone(),
        config.user_pool_client_id.clone(),
    )
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
