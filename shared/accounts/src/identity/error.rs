//! The errors of an identity provider.

use std::time::Duration;

use kit::store::BoxError;
use secrecy::SecretString;

use super::{PasswordPolicy, PasswordRule};

/// The reason why an operation of an identity provider failed.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// The address or the password is wrong.
    #[error("wrong e-mail address or password")]
    WrongCredentials,
    /// The address still has to be confirmed.
    #[error("the account is not confirmed")]
    NotConfirmed,
    /// The password has to be reset before the account can be signed in to.
    #[error("the password has to be reset")]
    ResetRequired,
    /// The code is wrong, used or has expired.
    #[error("the code is wrong or has expired")]
    WrongCode,
    /// The password does not meet the policy, for these reasons.
    #[error("the password does not meet the policy")]
    WeakPassword(Vec<PasswordRule>),
    /// The session has ended: its token was revoked or has expired, or the account is gone.
    #[error("the session has ended")]
    SessionEnded,
    /// The answer to a challenge is not of the form that the challenge demands, or a new passkey does not verify.
    #[error("the answer does not fit the challenge")]
    NotAccepted,
    /// There is no open registration of a passkey: it took too long, was finished, or was never started.
    #[error("no registration of a passkey waits")]
    RegistrationEnded,
    /// This account, or this user pool, does not support the operation.
    #[error("not possible for this account")]
    NotPossible,
    /// Too many attempts; try again later.
    #[error("too many attempts")]
    TooManyAttempts {
        /// The time until another attempt makes sense.
        retry_after: Duration,
    },
    /// No more mail can be sent for now.
    #[error("no more e-mail can be sent for now")]
    EmailQuota {
        /// The time until another attempt makes sense.
        retry_after: Duration,
    },
    /// The provider throttles the requests of all users together.
    #[error("the identity provider is throttling")]
    Throttled(#[source] BoxError),
    /// The provider did not respond, or its response was not usable.
    #[error("the identity provider is unavailable")]
    Unavailable(#[source] BoxError),
    /// The configuration of the provider is not the one that this service needs.
    #[error("the identity provider is not set up as it should be")]
    Misconfigured(#[source] BoxError),
}

impl PasswordPolicy {
    /// Refuses a password that breaks a rule.
    ///
    /// # Errors
    /// [`IdentityError::WeakPassword`] with every rule that it breaks.
    pub fn check(&self, password: &SecretString) -> Result<(), IdentityError> {
        match self.broken_rules(password) {
            broken if broken.is_empty() => Ok(()),
            broken => Err(IdentityError::WeakPassword(broken)),
        }
    }
}
