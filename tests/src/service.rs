//! The service, put together for one test: the real router over the real AWS clients, which talk to
//! a [`Stub`](crate::stub::Stub); or over parts that fail on purpose.

use std::{sync::Arc, time::Duration};

use api::{
    app::{App, served_by},
    aws::{Aws, connector},
    clock::SystemClock,
    http::router,
    idempotency::Once,
    identity::{
        ChallengeAnswer, ClientContext, Email, Identity, IdentityError, Profile, Sessions,
        SignInStep, SignUp, SignedInUser, Tokens, cognito::CognitoIdentity,
    },
    movie::{Changes, Movie, MovieKey, Name},
    page::{Page, PageRequest},
    store::{Guard, MovieStore, StoreError, Written, dynamo::DynamoStore},
    token::{
        self, Verifier,
        jwks::{KeySet, Timing},
    },
};
use async_trait::async_trait;
use aws_sdk_dynamodb::config::{Credentials, retry::RetryConfig};
use http::HeaderValue;
use local::store::EmbeddedStore;
use secrecy::SecretString;
use time::OffsetDateTime;

use crate::{
    api::Api,
    issuer::{CLIENT, ISS, Issuer, KEY, claims},
};

/// What a service is put together from.
pub struct Service {
    movies: Arc<dyn MovieStore>,
    identity: Arc<dyn Identity>,
    keys_url: String,
    timing: Timing,
    allowed_origins: Vec<HeaderValue>,
}

/// The user pool.
pub const POOL: &str = "eu-west-1_tests";

/// The user that [`Service::api`] is signed in as.
pub const USER: &str = "user-of-the-tests";

impl Service {
    /// On DynamoDB and Cognito at these URLs.
    #[must_use]
    pub fn on_aws(dynamo: &str, cognito: &str, issuer: &Issuer) -> Self {
        Self::new(
            Arc::new(dynamo_store(dynamo)),
            Arc::new(cognito_identity(cognito)),
            issuer,
        )
    }

    /// On the embedded store, without accounts.
    #[must_use]
    pub fn embedded(issuer: &Issuer) -> Self {
        let store = EmbeddedStore::in_memory().expect("a store in memory");
        Self::new(Arc::new(store), Arc::new(Broken), issuer)
    }

    /// On parts that panic.
    #[must_use]
    pub fn broken(issuer: &Issuer) -> Self {
        Self::new(Arc::new(Broken), Arc::new(Broken), issuer)
    }

    fn new(movies: Arc<dyn MovieStore>, identity: Arc<dyn Identity>, issuer: &Issuer) -> Self {
        Self {
            movies,
            identity,
            keys_url: issuer.url(),
            timing: Timing::default(),
            allowed_origins: Vec::new(),
        }
    }

    /// With its key set at another URL.
    #[must_use]
    pub fn keys_at(mut self, url: String, timing: Timing) -> Self {
        self.keys_url = url;
        self.timing = timing;
        self
    }

    /// For pages of these origins only.
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
        let keys = KeySet::new(self.keys_url, connector(), self.timing);
        let issuer = token::Issuer {
            url: ISS.to_owned(),
            client_id: CLIENT.to_owned(),
        };
        let app = App {
            movies: self.movies,
            identity: self.identity,
            tokens: Verifier::new(issuer, keys),
            clock: Arc::new(SystemClock),
            served_by: served_by("tests"),
            allowed_origins: self.allowed_origins,
        };
        Api::of(router(Arc::new(app))).with_token(&KEY.token(&claims(USER)))
    }
}

fn retries() -> RetryConfig {
    // As many as in production, but without the waits between.
    RetryConfig::standard()
        .with_max_attempts(3)
        .with_initial_backoff(Duration::from_millis(1))
}

fn credentials() -> Credentials {
    Credentials::new("nobody", "nothing", None, None, "tests")
}

fn dynamo_store(url: &str) -> DynamoStore {
    let aws = Aws::new("eu-west-1".to_owned(), Some(url));
    let config = aws_sdk_dynamodb::config::Builder::from(&aws.sdk)
        .credentials_provider(credentials())
        .retry_config(retries())
        .build();
    let client = aws_sdk_dynamodb::Client::from_conf(config);
    DynamoStore::new(client, "movies", "idempotency")
}

/// The accounts of a user pool that Cognito keeps at this URL.
#[must_use]
pub fn cognito_identity(url: &str) -> CognitoIdentity {
    let aws = Aws::new("eu-west-1".to_owned(), Some(url));
    let config = aws_sdk_cognitoidentityprovider::config::Builder::from(&aws.sdk)
        .credentials_provider(credentials())
        .retry_config(retries())
        .build();
    let client = aws_sdk_cognitoidentityprovider::Client::from_conf(config);
    CognitoIdentity::new(client, POOL.to_owned(), CLIENT.to_owned())
}

/// What [`Service::broken`] panics with.
pub const BROKEN: &str = "broken on purpose";

struct Broken;

#[async_trait]
impl MovieStore for Broken {
    async fn get(&self, _: &MovieKey) -> Result<Option<Movie>, StoreError> {
        panic!("{BROKEN}")
    }

    async fn list(&self, _: &PageRequest) -> Result<Page, StoreError> {
        panic!("{BROKEN}")
    }

    async fn add(&self, _: &Movie, _: Option<&Once>) -> Result<Written<Movie>, StoreError> {
        panic!("{BROKEN}")
    }

    async fn update(
        &self,
        _: &MovieKey,
        _: &Changes,
        _: &Guard<'_>,
        _: OffsetDateTime,
        _: Option<&Once>,
    ) -> Result<Written<Movie>, StoreError> {
        panic!("{BROKEN}")
    }

    async fn delete(
        &self,
        _: &MovieKey,
        _: &Guard<'_>,
        _: OffsetDateTime,
        _: Option<&Once>,
    ) -> Result<Written<()>, StoreError> {
        panic!("{BROKEN}")
    }
}

#[async_trait]
impl Identity for Broken {
    async fn sign_up(&self, _: SignUp, _: &ClientContext) -> Result<(), IdentityError> {
        panic!("{BROKEN}")
    }

    async fn confirm_sign_up(
        &self,
        _: &Email,
        _: &SecretString,
        _: &ClientContext,
    ) -> Result<(), IdentityError> {
        panic!("{BROKEN}")
    }

    async fn sign_in(
        &self,
        _: &Email,
        _: &SecretString,
        _: &ClientContext,
    ) -> Result<SignInStep, IdentityError> {
        panic!("{BROKEN}")
    }

    async fn resend_code(&self, _: &Email, _: &ClientContext) -> Result<(), IdentityError> {
        panic!("{BROKEN}")
    }

    async fn respond_to_challenge(
        &self,
        _: &ChallengeAnswer,
        _: &ClientContext,
    ) -> Result<SignInStep, IdentityError> {
        panic!("{BROKEN}")
    }

    async fn refresh(&self, _: &SecretString, _: &ClientContext) -> Result<Tokens, IdentityError> {
        panic!("{BROKEN}")
    }

    async fn sign_out(&self, _: &SecretString) -> Result<(), IdentityError> {
        panic!("{BROKEN}")
    }

    async fn forgot_password(&self, _: &Email, _: &ClientContext) -> Result<(), IdentityError> {
        panic!("{BROKEN}")
    }

    async fn reset_password(
        &self,
        _: &Email,
        _: &SecretString,
        _: &SecretString,
        _: &ClientContext,
    ) -> Result<(), IdentityError> {
        panic!("{BROKEN}")
    }

    async fn profile(&self, _: &SignedInUser) -> Result<Profile, IdentityError> {
        panic!("{BROKEN}")
    }

    async fn change_name(&self, _: &SignedInUser, _: Option<&Name>) -> Result<(), IdentityError> {
        panic!("{BROKEN}")
    }

    async fn change_email(&self, _: &SignedInUser, _: &Email) -> Result<(), IdentityError> {
        panic!("{BROKEN}")
    }

    async fn verify_email(&self, _: &SignedInUser, _: &SecretString) -> Result<(), IdentityError> {
        panic!("{BROKEN}")
    }

    async fn change_password(
        &self,
        _: &SignedInUser,
        _: &SecretString,
        _: &SecretString,
    ) -> Result<(), IdentityError> {
        panic!("{BROKEN}")
    }

    async fn set_up_totp(&self, _: &SignedInUser) -> Result<SecretString, IdentityError> {
        panic!("{BROKEN}")
    }

    async fn verify_totp(
        &self,
        _: &SignedInUser,
        _: &SecretString,
        _: Option<&Name>,
    ) -> Result<(), IdentityError> {
        panic!("{BROKEN}")
    }

    async fn turn_off_totp(&self, _: &SignedInUser) -> Result<(), IdentityError> {
        panic!("{BROKEN}")
    }

    async fn sessions(&self, _: &SignedInUser) -> Result<Sessions, IdentityError> {
        panic!("{BROKEN}")
    }

    async fn sign_out_everywhere(&self, _: &SignedInUser) -> Result<(), IdentityError> {
        panic!("{BROKEN}")
    }

    async fn delete_account(&self, _: &SignedInUser) -> Result<(), IdentityError> {
        panic!("{BROKEN}")
    }
}
