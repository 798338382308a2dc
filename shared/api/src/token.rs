//! Access tokens: from the text in a header to a caller that can be trusted.
//!
//! What a token must be (Amazon Cognito Developer Guide, "Verifying JSON web tokens"; RFC 8725):
//! signed with RS256, whatever its header says, by a key of the issuer's key set; issued by the
//! stage's own pool (`iss`) for our client (`client_id`); an access token (`token_use`); and in
//! force (`exp`, `nbf`) give or take a minute of clock skew.

pub mod jwks;

use jsonwebtoken::{Algorithm, Validation, errors::ErrorKind};
use serde::Deserialize;

use self::jwks::{KeyError, KeySet};
use crate::movie::UserId;

/// The longest token that is looked at, in bytes.
pub const MAX_TOKEN: usize = 16 * 1024;

/// The scope that an access token needs: it is in every token that was not got with other scopes on
/// purpose, and id tokens have none.
pub const SCOPE: &str = "aws.cognito.signin.user.admin";

/// The group whose members may change and delete what others added.
pub const EDITORS: &str = "editors";

/// Whose tokens are accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer {
    /// The `iss` claim: `https://cognito-idp.<region>.amazonaws.com/<pool>`.
    pub url: String,
    /// The `client_id` claim: the app client of the stage.
    pub client_id: String,
}

/// Who calls, as a verified token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The user.
    pub user: UserId,
    /// The user's Cognito groups.
    pub groups: Vec<String>,
}

impl Caller {
    /// Whether the caller may change and delete what others added.
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
    /// The issuer's keys could not be had, so nothing can be said of the token.
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

#[derive(Deserialize)]
struct Claims {
    sub: String,
    client_id: String,
    token_use: String,
    #[serde(default, rename = "cognito:groups")]
    groups: Vec<String>,
}

impl Verifier {
    /// A verifier of one issuer's tokens.
    #[must_use]
    pub fn new(issuer: Issuer, keys: KeySet) -> Self {
        let mut validation = Validation::new(Algorithm::RS256);
        validation.set_issuer(&[issuer.url]);
        validation.set_required_spec_claims(&["exp", "iss", "sub"]);
        validation.validate_nbf = true;
        validation.leeway = 60;
        // Cognito's access tokens have no audience; `client_id` stands for it and is checked below.
        validation.validate_aud = false;
        Self {
            keys,
            client_id: issuer.client_id,
            validation,
        }
    }

    /// Fetches the issuer's keys, so that the first request does not wait for them.
    ///
    /// # Errors
    /// [`KeyError`]; the first request will then try again.
    pub async fn prewarm(&self) -> Result<(), KeyError> {
        self.keys.prewarm().await
    }

    /// Verifies an access token.
    ///
    /// # Errors
    /// [`TokenError`].
    pub async fn verify(&self, token: &str) -> Result<Caller, TokenError> {
        if token.len() > MAX_TOKEN {
            return Err(TokenError::Malformed);
        }
        let header = jsonwebtoken::decode_header(token).map_err(|_| TokenError::Malformed)?;
        // The key is looked up only for what could be ours, so junk costs no fetch.
        if header.alg != Algorithm::RS256 {
            return Err(TokenError::BadSignature);
        }
        let kid = header.kid.as_deref().ok_or(TokenError::Malformed)?;
        let key = match self.keys.key(kid).await {
            Ok(Some(key)) => key,
            Ok(None) => return Err(TokenError::BadSignature),
            Err(error) => return Err(TokenError::KeysUnavailable(error)),
        };
        let claims = jsonwebtoken::decode::<Claims>(token, &key, &self.validation)
            .map_err(|error| match error.kind() {
                ErrorKind::ExpiredSignature | ErrorKind::ImmatureSignature => {
                    TokenError::NotInForce
                }
                ErrorKind::InvalidIssuer => TokenError::NotForUs,
                ErrorKind::InvalidSignature | ErrorKind::InvalidAlgorithm => {
                    TokenError::BadSignature
                }
                _ => TokenError::Malformed,
            })?
            .claims;
        if claims.client_id != self.client_id || claims.token_use != "access" {
            return Err(TokenError::NotForUs);
        }
        if claims.sub.is_empty() {
            return Err(TokenError::Malformed);
        }
        Ok(Caller {
            user: UserId::new(claims.sub),
            groups: claims.groups,
        })
    }
}
