//! Access tokens: from the text in a header to a caller that can be trusted.
//!
//! A token must be (Amazon Cognito Developer Guide, "Verifying JSON web tokens"; RFC 8725):
//! signed with RS256, whatever its header says, by a key of the issuer's key set; issued by the
//! stage's own pool (`iss`) for our client (`client_id`); an access token (`token_use`); in force
//! (`exp`, `nbf`) give or take a minute of clock skew; and made for what this API does (`scope`).

pub mod jwks;
mod jwt;

use jsonwebtoken::{Algorithm, crypto};
use time::{Duration, OffsetDateTime};

use self::{
    jwks::{KeyError, KeySet},
    jwt::{Claims, Header},
};
use crate::movie::UserId;

/// The longest token that is looked at, in bytes.
pub const MAX_TOKEN: usize = 16 * 1024;

/// The group whose members may change and delete what others added.
pub const EDITORS: &str = "editors";

/// The scope that every operation for signed-in callers demands. Cognito puts it into the tokens of
/// those who signed in through its API, and not into those of other OAuth grants.
pub const SCOPE: &str = "aws.cognito.signin.user.admin";

/// The largest difference between the issuer's clock and ours.
const LEEWAY: Duration = Duration::minutes(1);

/// The longest time that Cognito lets an access token live. One that ends later is none of its.
const MAX_LIFE: Duration = Duration::days(1);

/// The longest time after it was issued that an access token may be accepted: as long as it lives, with clocks apart at
/// both ends.
pub const ACCEPTED_FOR: Duration = MAX_LIFE.saturating_add(LEEWAY).saturating_add(LEEWAY);

/// The issuer whose tokens are accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer {
    /// The `iss` claim: `https://cognito-idp.<region>.amazonaws.com/<pool>`.
    pub url: String,
    /// The `client_id` claim: the app client of the stage.
    pub client_id: String,
}

/// The caller, as a verified token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The user.
    pub user: UserId,
    /// The name by which the user pool knows the user.
    pub username: String,
    /// The user's Cognito groups.
    pub groups: Vec<String>,
}

impl Caller {
    /// True if the caller may change and delete what others added.
    #[must_use]
    pub fn is_editor(&self) -> bool {
        self.groups.iter().any(|group| group == EDITORS)
    }
}

/// Why a token was not accepted. Its text says nothing of the token's content.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// Not a JWT that this service could have been sent.
    #[error("the token is malformed")]
    Malformed,
    /// Not signed as it must be, or by no key of the issuer.
    #[error("the token's signature is not valid")]
    BadSignature,
    /// No longer in force, or not yet.
    #[error("the token is not in force; refresh it")]
    NotInForce,
    /// A token of another pool, client or kind.
    #[error("the token was issued for something else")]
    NotForUs,
    /// A good token that was made for something else than this API does.
    #[error("the token lacks the scope {SCOPE}")]
    InsufficientScope,
    /// The issuer's keys could not be had, so nothing can be said of the token.
    #[error("the key set is unavailable")]
    KeysUnavailable(#[source] KeyError),
}

/// Verifies access tokens.
#[derive(Debug)]
pub struct Verifier {
    keys: KeySet,
    issuer: Issuer,
}

impl Verifier {
    /// A verifier of one issuer's tokens.
    #[must_use]
    pub fn new(issuer: Issuer, keys: KeySet) -> Self {
        Self { keys, issuer }
    }

    /// Starts to fetch the issuer's keys, so that the first request does not wait for them, and gives what to wait for.
    ///
    /// # Errors
    /// [`KeyError`]; the first request will then try again.
    pub fn prewarm(&self) -> impl Future<Output = Result<(), KeyError>> + use<> {
        self.keys.prewarm()
    }

    /// Verifies an access token, as of `now`.
    ///
    /// # Errors
    /// [`TokenError`].
    pub async fn verify(&self, token: &str, now: OffsetDateTime) -> Result<Caller, TokenError> {
        if token.len() > MAX_TOKEN {
            return Err(TokenError::Malformed);
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(TokenError::Malformed)?;
        let (header, claims) = signed.split_once('.').ok_or(TokenError::Malformed)?;
        // The key is looked up only for what could be ours, so junk costs no fetch.
        let header: Header = jwt::read(header).ok_or(TokenError::Malformed)?;
        if header.alg != "RS256" {
            return Err(TokenError::BadSignature);
        }
        let key = self.keys.key(&header.kid).await;
        let key = key.map_err(TokenError::KeysUnavailable)?;
        let key = key.ok_or(TokenError::BadSignature)?;
        let is_good = crypto::verify(signature, signed.as_bytes(), &key, Algorithm::RS256)
            .map_err(|_| TokenError::Malformed)?;
        if !is_good {
            return Err(TokenError::BadSignature);
        }
        // The claims are read only once the signature was verified.
        let claims: Claims = jwt::read(claims).ok_or(TokenError::Malformed)?;
        self.check(&claims, now)?;
        Ok(Caller {
            user: UserId::new(claims.sub),
            username: claims.username,
            groups: claims.groups,
        })
    }

    fn check(&self, claims: &Claims, now: OffsetDateTime) -> Result<(), TokenError> {
        let ours = claims.iss == self.issuer.url
            && claims.client_id == self.issuer.client_id
            && claims.token_use == "access";
        if !ours {
            return Err(TokenError::NotForUs);
        }
        let at = |moment: OffsetDateTime| moment.unix_timestamp();
        let in_force = claims.exp >= at(now - LEEWAY)
            && claims.exp <= at(now + MAX_LIFE + LEEWAY)
            && claims.nbf <= at(now + LEEWAY);
        if !in_force {
            return Err(TokenError::NotInForce);
        }
        if claims.sub.is_empty() || claims.username.is_empty() {
            return Err(TokenError::Malformed);
        }
        if !claims.scope.split(' ').any(|scope| scope == SCOPE) {
            return Err(TokenError::InsufficientScope);
        }
        Ok(())
    }
}
