//! Verifies access tokens: from the text in a header to the caller.
//!
//! A token must be (Amazon Cognito Developer Guide, "Verifying JSON web tokens"; RFC 8725): signed with RS256, and with
//! no other algorithm, by a key of the issuer's key set; issued by the stage's own pool (`iss`) for the stage's app
//! client (`client_id`); an access token (`token_use`); valid now (`exp`, `nbf`), with a clock skew of at most a
//! minute; and issued with the scope of this API (`scope`). `jsonwebtoken` verifies the signature and the issuer; the rest is
//! checked here.

pub mod jwks;
mod jwt;

use jsonwebtoken::{
    Algorithm, Validation, decode,
    errors::{Error, ErrorKind},
};
use kit::{idempotency::TOKEN_ACCEPTED_FOR, user::UserId};
use time::{Duration, OffsetDateTime};

use self::{
    jwks::{KeyError, KeySet},
    jwt::{Claims, Object},
};

/// The longest token that is read, in bytes.
pub const MAX_TOKEN: usize = 16 * 1024;

/// The group whose members may change and delete shared resources of other users.
pub const EDITORS: &str = "editors";

/// The scope that every operation for signed-in callers requires. Cognito puts it into the tokens of users who signed
/// in through its API, and not into those of other OAuth grants.
pub const SCOPE: &str = "aws.cognito.signin.user.admin";

/// The largest difference between the issuer's clock and this one.
const LEEWAY: Duration = Duration::minutes(1);

/// The longest lifetime that Cognito allows for an access token. A token that expires later is not from Cognito.
const MAX_LIFE: Duration = Duration::days(1);

// The note that a user is leaving outlives every token.
const _: () = assert!(
    TOKEN_ACCEPTED_FOR.whole_seconds() == MAX_LIFE.whole_seconds() + 2 * LEEWAY.whole_seconds()
);

/// The issuer whose tokens are accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer {
    /// The `iss` claim: `https://cognito-idp.<region>.amazonaws.com/<pool>`.
    pub url: String,
    /// The `client_id` claim: the app client of the stage.
    pub client_id: String,
}

/// The user whom a verified token was issued to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// The user.
    pub user: UserId,
    /// The user's name in the user pool.
    pub username: String,
    /// The user's Cognito groups.
    pub groups: Vec<String>,
}

impl Holder {
    /// True if the caller may change and delete shared resources of other users.
    #[must_use]
    pub fn is_editor(&self) -> bool {
        self.groups.iter().any(|group| group == EDITORS)
    }
}

/// The reason why a token was refused. The message contains nothing from the token.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The text is no JWT, or lacks a member that every token of Cognito has.
    #[error("the token is malformed")]
    Malformed,
    /// The signature is not valid, not RS256, or not by a key of the issuer.
    #[error("the token's signature is not valid")]
    BadSignature,
    /// The token has expired or is not valid yet.
    #[error("the token is not in force; refresh it")]
    NotInForce,
    /// The token is of another pool, app client or kind.
    #[error("the token was issued for something else")]
    NotForUs,
    /// The token is valid, but it was not issued with the scope of this API.
    #[error("the token lacks the scope {SCOPE}")]
    InsufficientScope,
    /// The issuer's keys could not be fetched, so the token could not be verified.
    #[error("the key set is unavailable")]
    KeysUnavailable(#[source] KeyError),
}

/// Verifies access tokens.
#[derive(Debug)]
pub struct Verifier {
    keys: KeySet,
    client_id: String,
    validation: Validation,
}

impl Verifier {
    /// Creates a verifier of one issuer's tokens.
    #[must_use]
    pub fn new(issuer: Issuer, keys: KeySet) -> Self {
        let mut validation = Validation::new(Algorithm::RS256);
        validation.set_issuer(&[issuer.url]);
        validation.set_required_spec_claims(&["exp", "iss"]);
        // The library compares times with the system's clock. Here the clock is a parameter, and `check` compares them.
        validation.validate_exp = false;
        // Cognito's access tokens name the app client in `client_id`, and have no `aud`.
        validation.validate_aud = false;
        Self {
            keys,
            client_id: issuer.client_id,
            validation,
        }
    }

    /// Starts to fetch the issuer's keys, so that the first request does not wait for them. The future resolves when
    /// the fetch has ended.
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
    pub async fn verify(&self, token: &str, now: OffsetDateTime) -> Result<Holder, TokenError> {
        if token.len() > MAX_TOKEN {
            return Err(TokenError::Malformed);
        }
        let (header, _) = token.split_once('.').ok_or(TokenError::Malformed)?;
        // The key is looked up only if the header can be from the issuer, so that a malformed token causes no fetch.
        let header = jwt::read_header(header).ok_or(TokenError::Malformed)?;
        if header.alg != "RS256" {
            return Err(TokenError::BadSignature);
        }
        let key = self.keys.key(&header.kid).await;
        let key = key.map_err(TokenError::KeysUnavailable)?;
        let key = key.ok_or(TokenError::BadSignature)?;
        let token = decode::<Object<Claims>>(token, &key, &self.validation);
        let Object(claims) = token.map_err(|error| refusal(&error))?.claims;
        self.check(&claims, now)?;
        Ok(Holder {
            user: UserId::new(claims.sub),
            username: claims.username,
            groups: claims.groups,
        })
    }

    fn check(&self, claims: &Claims, now: OffsetDateTime) -> Result<(), TokenError> {
        if claims.client_id != self.client_id || claims.token_use != "access" {
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

fn refusal(error: &Error) -> TokenError {
    match error.kind() {
        ErrorKind::InvalidSignature | ErrorKind::InvalidAlgorithm => TokenError::BadSignature,
        ErrorKind::InvalidIssuer => TokenError::NotForUs,
        _ => TokenError::Malformed,
    }
}
