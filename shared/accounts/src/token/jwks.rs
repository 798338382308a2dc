//! The issuer's public keys, fetched when needed and kept.
//!
//! A known key takes only a look-up. An unknown `kid` may be a new key, so it causes a fetch of the set, by one request
//! at a time and at most once per cool-down. So made-up tokens cannot cause traffic to the issuer.

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

use kit::store::BoxError;

/// The largest key set that is read, in bytes.
const MAX_BODY: usize = 64 * 1024;
/// The shortest RSA modulus that is trusted, in base64url characters (2,048 bits).
const MIN_MODULUS: usize = 2048 / 6;

/// The time between a failed first fetch and the next one: as long as `Retry-After` says.
const FIRST_COOL_DOWN: Duration = Duration::from_secs(1);

/// The times that decide when the key set is fetched.
#[derive(Debug, Clone, Copy)]
pub struct Timing {
    /// The time after a fetch in which no unknown key causes another fetch.
    pub cool_down: Duration,
    /// The age at which the set is fetched again in the background, so that withdrawn keys are removed.
    pub max_age: Duration,
    /// The same for a set that was not fetched but passed to [`KeySet::given`], because it may be old already.
    pub max_age_of_given: Duration,
    /// The timeout of a fetch.
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

/// The reason why the key set could not be fetched.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The issuer did not answer, or not in time.
    #[error("the key set could not be fetched")]
    Unreachable(#[source] BoxError),
    /// The response of the issuer is not a key set.
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
    /// The time at which the last fetch ended. The lock is held during a fetch.
    last_fetch: Mutex<Option<Instant>>,
}

#[derive(Debug, Default)]
struct Known {
    keys: HashMap<String, Arc<DecodingKey>>,
    /// `None` until a first fetch succeeded.
    since: Option<Instant>,
    /// The age at which the keys are fetched again.
    max_age: Duration,
}

impl Known {
    fn is_old(&self) -> bool {
        let age = self.since.map(|since| since.elapsed());
        age.is_some_and(|age| age > self.max_age)
    }
}

impl KeySet {
    /// Creates the key set at `url`, without fetching it.
    #[must_use]
    pub fn new(url: String, connector: SharedHttpConnector, timing: Timing) -> Self {
        Self::with(Known::default(), url, connector, timing)
    }

    /// Creates the key set at `url` from `key_set`, an earlier copy of it. The set is fetched again in the background
    /// once the copy was in use for [`Timing::max_age_of_given`], and for a key that is not in it.
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

    /// Starts to fetch the keys, unless they are known. The future resolves when the fetch has ended.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn prewarm(&self) -> impl Future<Output = Result<(), KeyError>> + use<> {
        self.fetch_if(Need::First)
    }

    /// The key with this id; `None` when the issuer has no such key.
    ///
    /// # Errors
    /// [`KeyError`] when no key set is known and none can be fetched now.
    pub async fn key(&self, kid: &str) -> Result<Option<Arc<DecodingKey>>, KeyError> {
        let known = self.0.known.load();
        if let Some(key) = known.keys.get(kid) {
            if known.is_old() {
                // The fetch runs in the background.
                drop(self.fetch_if(Need::Newer));
            }
            return Ok(Some(Arc::clone(key)));
        }
        let fetched = self.fetch_if(Need::Key(kid.to_owned())).await;
        let known = self.0.known.load();
        match fetched {
            // With a key set at hand, a failed fetch is no error: the key is unknown.
            Err(error) if known.since.is_none() => Err(error),
            _ => Ok(known.keys.get(kid).cloned()),
        }
    }

    /// Starts a fetch, if it is needed. The future resolves when the fetch has ended. The fetch is a task of its own,
    /// so that it goes on when the client of the waiting request disconnects.
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
            let fetched = fetching.await;
            fetched.unwrap_or_else(|stopped| Err(KeyError::Unreachable(stopped.into())))
        }
    }
}

enum Need {
    /// A first key set.
    First,
    /// A newer set than the one at hand.
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

    /// Without a key set, no token can be verified, so the next fetch comes sooner.
    fn cool_down(&self) -> Duration {
        match self.known.load().since {
            Some(_) => self.timing.cool_down,
            None => self.timing.cool_down.min(FIRST_COOL_DOWN),
        }
    }

    /// Waits for the lock, and then fetches if the need remains and the cool-down is over.
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
        // The cool-down starts when the fetch ends, so that the requests that waited for a failed fetch do not each
        // fetch again. No request waits for the fetch at the start, so after its failure the first request fetches at
        // once.
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
        let unreachable = |error: BoxError| KeyError::Unreachable(error);
        let request = HttpRequest::get(self.url.as_str());
        let request = request.map_err(|error| unreachable(error.into()))?;
        let response = self.connector.call(request).await;
        let response = response.map_err(|error| unreachable(error.into()))?;
        let status = response.status();
        if !status.is_success() {
            return Err(KeyError::Unreadable(format!("status {}", status.as_u16())));
        }
        let body = Limited::new(response.into_body(), MAX_BODY);
        let body = body.collect().await.map_err(unreachable)?;
        read(&body.to_bytes())
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

/// Accepts only an RSA signing key with an id.
fn usable(jwk: &Jwk) -> Option<(String, Arc<DecodingKey>)> {
    let AlgorithmParameters::RSA(rsa) = &jwk.algorithm else {
        return None;
    };
    let common = &jwk.common;
    let signs = matches!(common.public_key_use, None | Some(PublicKeyUse::Signature));
    let rs256 = matches!(common.key_algorithm, None | Some(KeyAlgorithm::RS256));
    if !signs || !rs256 || rsa.n.len() < MIN_MODULUS {
        return None;
    }
    let kid = common.key_id.clone()?;
    let key = DecodingKey::from_jwk(jwk).ok()?;
    Some((kid, Arc::new(key)))
}
