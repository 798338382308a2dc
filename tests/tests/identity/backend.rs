//! The providers that the suite runs on.

use std::sync::{Arc, Mutex};

use accounts::token::Issuer;
use kit::clock::{Clock, SystemClock};
use local::{identity::EmbeddedIdentity, mailbox::Mailbox};
use time::{Duration, OffsetDateTime};

use crate::{
    Test,
    cognito::Pool,
    known,
    world::{Kind, World},
};

#[derive(Debug, Clone)]
pub(crate) enum Backend {
    Memory,
    File,
    Cognito { endpoint: String },
}

impl Backend {
    #[expect(
        clippy::disallowed_methods,
        reason = "whoever runs the tests names the endpoint"
    )]
    pub(crate) fn all() -> Vec<Self> {
        let mut all = vec![Self::Memory, Self::File];
        if let Ok(endpoint) = std::env::var("COGNITO_ENDPOINT") {
            all.push(Self::Cognito { endpoint });
        }
        all
    }

    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::File => "file",
            Self::Cognito { .. } => "cognito",
        }
    }

    /// The reason for ignoring a test on this provider, if there is one.
    pub(crate) fn known(&self, test: &str) -> Option<&'static str> {
        let known = match self {
            Self::Memory | Self::File => &[],
            Self::Cognito { .. } => known::of_emulator(),
        };
        let found = known.iter().find(|(name, _)| *name == test);
        found.map(|(_, reason)| *reason)
    }

    /// Runs a test on a provider without accounts.
    pub(crate) fn run(&self, test: Test) {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            match self {
                Self::Memory => {
                    let open = EmbeddedIdentity::in_memory;
                    test(embedded(|issuer, mail, clock| {
                        open(issuer, mail, clock).unwrap()
                    }))
                    .await;
                }
                Self::File => {
                    let folder = tempfile::tempdir().unwrap();
                    let path = folder.path().join("accounts.redb");
                    let open = EmbeddedIdentity::open;
                    test(embedded(|issuer, mail, clock| {
                        open(&path, issuer, mail, clock).unwrap()
                    }))
                    .await;
                }
                Self::Cognito { endpoint } => {
                    let pool = Pool::create(endpoint).await;
                    test(World::new(
                        Arc::new(pool.identity()),
                        Kind::Cognito(pool.clone()),
                    ))
                    .await;
                    pool.drop().await;
                }
            }
        });
    }
}

fn embedded(open: impl FnOnce(Issuer, Mailbox, Arc<dyn Clock>) -> EmbeddedIdentity) -> World {
    let issuer = Issuer {
        url: "http://127.0.0.1/tests".to_owned(),
        client_id: "client-of-the-tests".to_owned(),
    };
    let mailbox = Mailbox::default();
    let clock = Arc::new(TestClock::default());
    let identity = Arc::new(open(issuer, mailbox.clone(), clock.clone()));
    let kind = Kind::Embedded {
        identity: identity.clone(),
        mailbox,
        clock,
    };
    World::new(identity, kind)
}

/// The real time, and the time that a test added to it.
#[derive(Debug, Default)]
pub(crate) struct TestClock(Mutex<Duration>);

impl TestClock {
    pub(crate) fn advance(&self, by: Duration) {
        *self.0.lock().unwrap() += by;
    }
}

impl Clock for TestClock {
    fn now(&self) -> OffsetDateTime {
        SystemClock.now() + *self.0.lock().unwrap()
    }
}
