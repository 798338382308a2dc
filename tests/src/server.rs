//! A running local server: both stages in memory, over real HTTP.

use std::sync::Arc;

use accounts::{
    identity::Email,
    token::{EDITORS, Issuer},
};
use kit::{
    clock::{Clock, SystemClock},
    resource::Entity,
    store::Store as _,
    user::UserId,
};
use local::{
    identity::EmbeddedIdentity,
    server::{Options, Server},
};
use movies::{Movie, MovieKey, Title, Year};
use parking_lot::Mutex;
use serde_json::{Value, json};
use service::nouns::Stores;
use time::{Duration, OffsetDateTime};

pub use local::server::Stage;

use crate::{api::Api, issuer::now};

#[derive(Debug)]
struct StoppedClock(OffsetDateTime);

impl Clock for StoppedClock {
    fn now(&self) -> OffsetDateTime {
        self.0
    }
}

/// A clock that a test sets.
#[derive(Debug, Clone)]
pub struct SettableClock(Arc<Mutex<OffsetDateTime>>);

impl SettableClock {
    /// Sets it forward, or back.
    pub fn advance(&self, by: Duration) {
        *self.0.lock() += by;
    }
}

impl Clock for SettableClock {
    fn now(&self) -> OffsetDateTime {
        *self.0.lock()
    }
}

/// A local server of a test's own.
#[derive(Debug)]
pub struct TestServer(Server);

impl TestServer {
    /// Starts one on any free port.
    pub async fn start() -> Self {
        Self::start_with(Arc::new(SystemClock)).await
    }

    /// Starts one with a stopped clock, so that a slow machine makes no difference.
    pub async fn start_with_stopped_clock() -> Self {
        Self::start_with(Arc::new(StoppedClock(SystemClock.now()))).await
    }

    /// Starts one whose clock the test sets.
    pub async fn start_with_a_clock_to_set() -> (Self, SettableClock) {
        let clock = SettableClock(Arc::new(Mutex::new(SystemClock.now())));
        (Self::start_with(Arc::new(clock.clone())).await, clock)
    }

    async fn start_with(clock: Arc<dyn Clock>) -> Self {
        Self::start_as(Options {
            clock,
            ..Options::default()
        })
        .await
    }

    /// Starts one with these options, but quiet.
    pub async fn start_as(options: Options) -> Self {
        let options = Options {
            quiet: true,
            ..options
        };
        Self(Server::start(options).await.expect("a server"))
    }

    /// Stops it.
    pub async fn stop(self) {
        self.0.stop().await;
    }

    /// The base URL of a stage.
    #[must_use]
    pub fn base(&self, stage: Stage) -> String {
        self.0.stage_url(stage)
    }

    /// The Development stage, without an access token.
    #[must_use]
    pub fn api(&self) -> Api {
        self.api_of(Stage::Development)
    }

    /// A stage, without an access token.
    #[must_use]
    pub fn api_of(&self, stage: Stage) -> Api {
        Api::at(&self.base(stage))
    }

    /// The Development stage for a user, whose token names no group.
    #[must_use]
    pub fn user(&self, sub: &str) -> Api {
        self.user_of(Stage::Development, sub)
    }

    /// A stage for a user.
    #[must_use]
    pub fn user_of(&self, stage: Stage, sub: &str) -> Api {
        let token = self.sign(stage, &self.claims(stage, sub));
        self.api_of(stage).with_token(&token)
    }

    /// The Development stage for an editor.
    #[must_use]
    pub fn editor(&self) -> Api {
        let mut claims = self.claims(Stage::Development, "the-editor");
        claims["cognito:groups"] = json!(["reviewers", EDITORS]);
        self.api()
            .with_token(&self.sign(Stage::Development, &claims))
    }

    /// The claims of a good access token of a stage.
    #[must_use]
    pub fn claims(&self, stage: Stage, sub: &str) -> Value {
        let issuer = self.issuer(stage);
        let now = now();
        json!({
            "sub": sub,
            "iss": issuer.url,
            "client_id": issuer.client_id,
            "token_use": "access",
            "scope": "aws.cognito.signin.user.admin",
            "auth_time": now,
            "iat": now,
            "exp": now + 900,
            "username": sub,
        })
    }

    /// A token with any claims, signed by a stage.
    #[must_use]
    pub fn sign(&self, stage: Stage, claims: &Value) -> String {
        self.0.stage(stage).identity().sign(claims)
    }

    /// The accounts of a stage.
    #[must_use]
    pub fn identity(&self, stage: Stage) -> &EmbeddedIdentity {
        self.0.stage(stage).identity()
    }

    /// Adds movies of a user straight to the store: `Planted 0` and so on, of 1979.
    pub async fn plant(&self, user: &str, count: usize) {
        let store = self.0.stage(Stage::Development).store();
        for i in 0..count {
            let key = MovieKey {
                year: Year::parse(1979).expect("a year"),
                title: Title::parse(&format!("Planted {i}")).expect("a title"),
            };
            let now = SystemClock.now();
            let movie = Entity::new(key, Movie::default(), UserId::new(user), now);
            store.add(&movie, None).await.expect("a new movie");
        }
    }

    /// The issuer of a stage's tokens.
    #[must_use]
    pub fn issuer(&self, stage: Stage) -> &Issuer {
        self.0.stage(stage).identity().issuer()
    }

    /// The public keys of a stage.
    #[must_use]
    pub fn keys(&self, stage: Stage) -> Value {
        self.0.stage(stage).identity().jwks()
    }

    /// The stores of the Development stage.
    #[must_use]
    pub fn stores(&self) -> Stores {
        self.0.stage(Stage::Development).stores()
    }

    /// The code in the newest letter to an address.
    #[must_use]
    pub fn code_for(&self, email: &str) -> Option<String> {
        let email = Email::parse(email).expect("an address");
        let mailbox = self.0.stage(Stage::Development).mailbox();
        mailbox.code_for(&email)
    }

    /// The subjects of the letters to an address, the latest first.
    #[must_use]
    pub fn subjects_for(&self, email: &str) -> Vec<String> {
        let letters = self.0.stage(Stage::Development).mailbox().letters();
        let to = letters
            .into_iter()
            .filter(|letter| letter.to.as_str() == email);
        to.map(|letter| letter.subject).collect()
    }

    /// Puts an address into the group of editors.
    pub async fn appoint_editor(&self, email: &str) {
        let email = Email::parse(email).expect("an address");
        let identity = self.0.stage(Stage::Development).identity();
        identity
            .add_to_group(&email, EDITORS)
            .await
            .expect("an editor");
    }
}
