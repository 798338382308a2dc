//! The issuer's public keys, fetched when needed and kept.
//!
//! A key that is known costs nothing but a look-up. An unknown `kid` may be a new key, so it makes
//! the set be fetched again, by one request at a time and once a cool-down: nobody can turn made-up
//! tokens into traffic to the issuer.

use std::{collections::HashMap, sync::Arc, time::Duration};

use arc_swap::ArcSwap;
use aws_smithy_runtime_api::client::{
    http::{HttpConnector as _, SharedHttpConnector},
    orchestrator::HttpRequest,
};
use http_body_util::{BodyExt as _, Limited};
use jsonwebtoken::{
    DecodingKey,
    jwk::{AlgorithmParameters, Jwk, JwkSet, KeyAlgorithm, PublicKeyUse},
};
use tokio::{sync::Mutex, time::Instant};

use crate::store::BoxError;

/// The largest key set that is read, in bytes.
const MAX_BODY: usize = 64 * 1024;
/// The shortest RSA modulus that is trusted, in base64url characters (2,048 bits).
const MIN_MODULUS: usize = 2048 / 6;

/// The time between a failed first fetch and the next one: as long as `Retry-After` says.
const FIRST_COOL_DOWN: Duration = Duration::from_secs(1);

/// When to fetch.
#[derive(Debug, Clone, Copy)]
pub struct Timing {
    /// The time after a fetch in which no unknown key causes another fetch.
    pub cool_down: Duration,
    /// The age at which the set is fetched again in the background, so that withdrawn keys go.
    pub max_age: Duration,
    /// The same for a set that was not fetched but given, and may be old already: [`KeySet::given`].
    pub max_age_of_given: Duration,
    /// The longest time that a fetch may take.
    pub time_out: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            cool_down: Duration::from_secs(30),
            max_age: Duration::from_hours(6),
            max_age_of_given: Duration::from_mins(5),
            time_out: Duration::from_secs(3),
        }
    }
}

/// Why the key set could not be fetched.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The issuer did not answer, or not in time.
    #[error("the key set could not be fetched")]
    Unreachable(#[source] BoxError),
    /// The issuer answered with something else than a key set.
    #[error("the key set could not be read: {0}")]
    Unreadable(String),
}

/// The keys of one issuer. Cheap to clone; all clones share the keys.
#[derive(Debug, Clone)]
pub struct KeySet(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    url: String,
    connector: SharedHttpConnector,
    timing: Timing,
    known: ArcSwap<Known>,
    /// When a fetch last ended; held while one is under way.
    last_fetch: Mutex<Option<Instant>>,
}

#[derive(Debug, Default)]
struct Known {
    keys: HashMap<String, Arc<DecodingKey>>,
    /// `None` until a first fetch succeeded.
    since: Option<Instant>,
    /// The largest age that the keys may reach.
    max_age: Duration,
}

impl Known {
    fn is_old(&self) -> bool {
        self.since
            .is_some_and(|since| since.elapsed() > self.max_age)
    }
}

impl KeySet {
    /// The keys at `url`, none of them fetched yet.
    #[must_use]
    pub fn new(url: String, connector: SharedHttpConnector, timing: Timing) -> Self {
        Self::with(Known::default(), url, connector, timing)
    }

    /// The keys at `url`, as they were some time ago: `key_set` is what was there. The set is fetched again in the
    /// background once it was in use for [`Timing::max_age_of_given`], and for a key that is not in it, like any.
    ///
    /// # Errors
    /// [`KeyError::Unreadable`].
    pub fn given(
        key_set: &[u8],
        url: String,
        connector: SharedHttpConnector,
        timing: Timing,
    ) -> Result<Self, KeyError> {
        let known = Known {
            keys: read(key_set)?,
            since: Some(Instant::now()),
            max_age: timing.max_age_of_given,
        };
        Ok(Self::with(known, url, connector, timing))
    }

    fn with(known: Known, url: String, connector: SharedHttpConnector, timing: Timing) -> Self {
        let known = ArcSwap::from_pointee(known);
        Self(Arc::new(Inner {
            url,
            connector,
            timing,
            known,
            last_fetch: Mutex::default(),
        }))
    }

    /// Starts to fetch the keys, unless they are known, and gives what to wait for.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn prewarm(&self) -> impl Future<Output = Result<(), KeyError>> + use<> {
        let is_known = self.0.known.load().since.is_some();
        let fetching = (!is_known).then(|| self.fetch_if(Need::First));
        async move {
            match fetching {
                Some(fetching) => fetching.await,
                None => Ok(()),
            }
        }
    }

    /// The key with this id; `None` when the issuer has no such key.
    ///
    /// # Errors
    /// [`KeyError`] when no key set was ever fetched and none can be now.
    pub async fn key(&self, kid: &str) -> Result<Option<Arc<DecodingKey>>, KeyError> {
        let known = self.0.known.load();
        if let Some(key) = known.keys.get(kid) {
            if known.is_old() {
                // Goes on by itself: nobody waits for it.
                drop(self.fetch_if(Need::Newer));
            }
            return Ok(Some(Arc::clone(key)));
        }
        let fetched = self.fetch_if(Need::Key(kid.to_owned())).await;
        let known = self.0.known.load();
        match fetched {
            // With a key set at hand, a failed fetch says no more than "unknown".
            Err(error) if known.since.is_none() => Err(error),
            _ => Ok(known.keys.get(kid).cloned()),
        }
    }

    /// Starts a fetch, if it is needed, and gives what to wait for. The fetch does not depend on
    /// whoever waits: a client that hangs up must not cost the others the keys.
    fn fetch_if(&self, need: Need) -> impl Future<Output = Result<(), KeyError>> + use<> {
        let inner = Arc::clone(&self.0);
        let fetching = tokio::spawn(async move {
            let result = inner.fetch_if(&need).await;
            if let Err(error) = &result {
                let error: &dyn std::error::Error = error;
                tracing::warn!(error, "key set not fetched");
            }
            result
        });
        async move {
            fetching
                .await
                .unwrap_or_else(|stopped| Err(KeyError::Unreachable(stopped.into())))
        }
    }
}

/// The reason for a fetch.
enum Need {
    /// A first key set.
    First,
    /// A newer one than the one at hand.
    Newer,
    /// The key with this id.
    Key(String),
}

impl Inner {
    fn has(&self, need: &Need) -> bool {
        let known = self.known.load();
        match need {
            Need::First => known.since.is_some(),
            Need::Newer => known.since.is_some() && !known.is_old(),
            Need::Key(kid) => known.keys.contains_key(kid),
        }
    }

    /// While there is no key set at all, nothing works, so the next try comes sooner.
    fn cool_down(&self) -> Duration {
        match self.known.load().since {
            Some(_) => self.timing.cool_down,
            None => self.timing.cool_down.min(FIRST_COOL_DOWN),
        }
    }

    /// Fetches if that is still needed when the turn comes, and the cool-down is over.
    async fn fetch_if(&self, need: &Need) -> Result<(), KeyError> {
        let mut last_fetch = self.last_fetch.lock().await;
        if self.has(need) {
            return Ok(());
        }
        if last_fetch.is_some_and(|at| at.elapsed() < self.cool_down()) {
            return match self.known.load().since {
                Some(_) => Ok(()),
                None => Err(KeyError::Unreachable("a fetch failed a moment ago".into())),
            };
        }
        let fetched = tokio::time::timeout(self.timing.time_out, self.fetch()).await;
        let fetched = fetched.map_err(|elapsed| KeyError::Unreachable(elapsed.into()));
        let fetched = fetched.and_then(|fetched| fetched);
        // From its end, so that those who waited for a fetch that failed do not each try again. Nobody
        // waits for the one at the start: when it fails, the first request tries again at once.
        if fetched.is_ok() || !matches!(need, Need::First) {
            *last_fetch = Some(Instant::now());
        }
        let keys = fetched?;
        self.known.store(Arc::new(Known {
            keys,
            since: Some(Instant::now()),
            max_age: self.timing.max_age,
        }));
        Ok(())
    }

    async fn fetch(&self) -> Result<HashMap<String, Arc<DecodingKey>>, KeyError> {
        let request = HttpRequest::get(self.url.as_str())
            .map_err(|error| KeyError::Unreachable(error.into()))?;
        let response = self
            .connector
            .call(request)
            .await
            .map_err(|error| KeyError::Unreachable(error.into()))?;
        let status = response.status();
        if !status.is_success() {
            return Err(KeyError::Unreadable(format!("status {}", status.as_u16())));
        }
        let body = Limited::new(response.into_body(), MAX_BODY)
            .collect()
            .await
            .map_err(KeyError::Unreachable)?
            .to_bytes();
        read(&body)
    }
}

fn read(key_set: &[u8]) -> Result<HashMap<String, Arc<DecodingKey>>, KeyError> {
    let set: JwkSet = serde_json::from_slice(key_set)
        .map_err(|error| KeyError::Unreadable(format!("{:?} error", error.classify())))?;
    let keys: HashMap<_, _> = set.keys.iter().filter_map(usable).collect();
    if keys.is_empty() {
        return Err(KeyError::Unreadable("no RSA signing key in it".into()));
    }
    Ok(keys)
}

/// An RSA signing key with an id, and nothing else.
fn usable(jwk: &Jwk) -> Option<(String, Arc<DecodingKey>)> {
    let AlgorithmParameters::RSA(rsa) = &jwk.algorithm else {
        return None;
    };
    let signs = jwk
        .common
        .public_key_use
        .as_ref()
        .is_none_or(|u| *u == PublicKeyUse::Signature);
    let rs256 = jwk
        .common
        .key_algorithm
        .as_ref()
        .is_none_or(|a| *a == KeyAlgorithm::RS256);
    if !signs || !rs256 || rsa.n.len() < MIN_MODULUS {
        return None;
    }
    let kid = jwk.common.key_id.clone()?;
    let key = DecodingKey::from_jwk(jwk).ok()?;
    Some((kid, Arc::new(key)))
}
