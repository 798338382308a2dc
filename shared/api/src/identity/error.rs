//! Why an identity provider did not do what it was asked.

use std::time::Duration;

use super::PasswordRule;
use crate::store::BoxError;

/// Why an identity provider did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// Address and password do not belong together.
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
    /// The session is over: its token was revoked or has expired, or the account is gone.
    #[error("the session has ended")]
    SessionEnded,
    /// The answer to a challenge is not of the form that the challenge demands, or a new passkey does not verify.
    #[error("the answer does not fit the challenge")]
    NotAccepted,
    /// No registration of a passkey waits: it took too long, was finished, or was never begun.
    #[error("no registration of a passkey waits")]
    RegistrationEnded,
    /// This account, or this user pool, cannot do that.
    #[error("not possible for this account")]
    NotPossible,
    /// Too many attempts; try again later.
    #[error("too many attempts")]
    TooManyAttempts {
        /// When a next attempt makes sense.
        retry_after: Duration,
    },
    /// No more mail can be sent for now.
    #[error("no more e-mail can be sent for now")]
    EmailQuota {
        /// When a next attempt makes sense.
        retry_after: Duration,
    },
    /// The provider is asked too much, by all users together.
    #[error("the identity provider is throttling")]
    Throttled(#[source] BoxError),
    /// The provider did not answer, or not as it should.
    #[error("the identity provider is unavailable")]
    Unavailable(#[source] BoxError),
    /// The provider is not set up as this service needs it.
    #[error("the identity provider is not set up as it should be")]
    Misconfigured(#[source] BoxError),
}
