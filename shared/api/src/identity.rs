//! Accounts: the promise ([`Identity`]) and its fulfilment on Amazon Cognito ([`cognito`]).

pub mod cognito;

use std::time::Duration;

use async_trait::async_trait;
use secrecy::SecretString;

use crate::{
    movie::{Invalid, Name},
    store::BoxError,
};

/// Keeps accounts and issues tokens.
///
/// # What every identity provider promises
/// 1. Signing up tells nobody whether an address has an account: the answer is the same.
/// 2. An account can sign in only once its address was confirmed with the code that was sent to it.
/// 3. A wrong password and an unknown address fail alike.
/// 4. Passwords, codes and tokens are never logged and never part of an error.
#[async_trait]
pub trait Identity: Send + Sync {
    /// Creates an account and sends a confirmation code to its address.
    ///
    /// # Errors
    /// [`IdentityError::WeakPassword`], [`IdentityError::TooManyAttempts`],
    /// [`IdentityError::Unavailable`].
    async fn sign_up(&self, sign_up: SignUp) -> Result<(), IdentityError>;

    /// Confirms an account's address.
    ///
    /// # Errors
    /// [`IdentityError::WrongCode`] (also for an unknown address),
    /// [`IdentityError::TooManyAttempts`], [`IdentityError::Unavailable`].
    async fn confirm_sign_up(
        &self,
        email: &Email,
        code: &SecretString,
    ) -> Result<(), IdentityError>;

    /// Exchanges a password for tokens.
    ///
    /// # Errors
    /// [`IdentityError::WrongCredentials`], [`IdentityError::NotConfirmed`] (Cognito
    /// says so whatever the password), [`IdentityError::ChallengeRequired`], [`IdentityError::TooManyAttempts`],
    /// [`IdentityError::Unavailable`].
    async fn sign_in(
        &self,
        email: &Email,
        password: &SecretString,
    ) -> Result<Tokens, IdentityError>;
}

/// An e-mail address in lower case: 3 to 254 visible ASCII characters with one `@` inside. Whether
/// it can be reached, only the code that is sent to it shows.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Email(String);

impl Email {
    /// Parses an address.
    ///
    /// # Errors
    /// [`Invalid::TooLong`] or [`Invalid::Malformed`].
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        if text.chars().count() > 254 {
            return Err(Invalid::TooLong(254));
        }
        match text.split_once('@') {
            Some((local, domain))
                if !local.is_empty()
                    && !domain.is_empty()
                    && !domain.contains('@')
                    && text.bytes().all(|b| b.is_ascii_graphic()) =>
            {
                Ok(Self(text.to_ascii_lowercase()))
            }
            _ => Err(Invalid::Malformed("an e-mail address")),
        }
    }

    /// The address. Never log it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Email {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Email(hidden)")
    }
}

/// What a new account is made from.
#[derive(Debug, Clone)]
pub struct SignUp {
    /// The address, which becomes the user name.
    pub email: Email,
    /// The password.
    pub password: SecretString,
    /// What to call the person.
    pub name: Option<Name>,
}

/// What a sign-in gives.
#[derive(Debug, Clone)]
pub struct Tokens {
    /// For this API.
    pub access: SecretString,
    /// For the app: who signed in.
    pub id: SecretString,
    /// For new tokens.
    pub refresh: SecretString,
    /// How long the access token is in force.
    pub expires_in: Duration,
}

/// Why an identity provider did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// Address and password do not belong together.
    #[error("wrong e-mail address or password")]
    WrongCredentials,
    /// The address still has to be confirmed.
    #[error("the account is not confirmed")]
    NotConfirmed,
    /// The code is wrong or has expired.
    #[error("the code is wrong or has expired")]
    WrongCode,
    /// The password does not meet the policy.
    #[error("the password does not meet the policy")]
    WeakPassword,
    /// Another step is needed, which this version of the service does not offer.
    #[error("the account demands another step to sign in")]
    ChallengeRequired,
    /// Too many attempts; try again later.
    #[error("too many attempts")]
    TooManyAttempts {
        /// When a next attempt makes sense.
        retry_after: Duration,
    },
    /// The provider did not answer, or not as it should.
    #[error("the identity provider is unavailable")]
    Unavailable(#[source] BoxError),
}
