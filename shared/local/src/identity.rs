//! Accounts that the server keeps itself, and real tokens for them.
//!
//! To the app this is Amazon Cognito: the same rules for passwords and codes, the same claims and
//! challenges, RS256 signatures and a key set to verify them with, refresh tokens that rotate.
//! It differs only to be safer: setting a new password with a code ends all sessions, and an address that somebody
//! signed up with but never confirmed is free for any user who can confirm it.
//!
//! Only the mailbox of an address shows if the address has an account. A request that needs no sign-in does the same
//! work in either case: the same reads, the same hashes, the same writes to the disk. A test compares how long that
//! takes.

mod attempts;
mod challenges;
mod claims;
mod codes;
mod directory;
mod email;
mod hashing;
pub(crate) mod hosted;
mod keys;
mod letters;
mod limits;
mod next;
mod passkeys;
mod passwords;
mod profile;
mod random;
mod relying_party;
mod sessions;
mod sign_in;
mod sign_up;
mod signing;
#[cfg(test)]
mod tests;
mod totp;
mod waiting;

use std::{path::Path, sync::Arc, time::Duration};

use accounts::{
    identity::{
        ChallengeAnswer, ClientContext, CodeExchange, Confirmed, Email, Identity, IdentityError,
        Name, Passkey, PasskeyId, Profile, Sessions, SignInStep, SignUp, SignedInUser, Tokens,
        WebAuthnJson,
    },
    token::Issuer,
};
use async_trait::async_trait;
use kit::clock::Clock;
use redb::ReadTransaction;
use secrecy::SecretString;
use serde_json::Value;
use time::OffsetDateTime;

pub use self::relying_party::{NotARelyingParty, RelyingParty};
use self::{
    directory::{Accounts, Change, Failure},
    hosted::HostedSignIns,
    keys::Keys,
    limits::Limits,
    next::Challenges,
    passkeys::Ceremonies,
    sessions::SignedIn,
    signing::SigningKey,
};
use crate::{database::OpenError, mailbox::Mailbox};

pub use self::hosted::{NotARedirectUri, RedirectUri};

/// The lifetime of access and ID tokens.
const TOKENS_LAST: Duration = Duration::from_mins(15);

/// The accounts of one stage.
#[derive(Debug)]
pub struct EmbeddedIdentity {
    issuer: Issuer,
    accounts: Arc<Accounts>,
    keys: Arc<Keys>,
    mailbox: Mailbox,
    clock: Arc<dyn Clock>,
    limits: Limits,
    challenges: Challenges,
    hosted: HostedSignIns,
    ceremonies: Ceremonies,
}

impl EmbeddedIdentity {
    /// Opens the accounts in this file, or creates it. Makes a signing key if there is none, or if the current one is
    /// 30 days old. Blocks the thread.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open(
        path: &Path,
        issuer: Issuer,
        mailbox: Mailbox,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, OpenError> {
        let accounts = Accounts::open(path, clock.now())?;
        let keys = Keys::open(&accounts, clock.now(), SigningKey::generate)?;
        Self::start(accounts, keys, issuer, mailbox, clock)
    }

    /// Keeps accounts in memory; they are dropped with this value. Blocks the thread.
    ///
    /// # Errors
    /// [`OpenError::Failed`].
    pub fn in_memory(
        issuer: Issuer,
        mailbox: Mailbox,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, OpenError> {
        let accounts = Accounts::in_memory(clock.now())?;
        let first = || SigningKey::of_process(&issuer.client_id);
        let keys = Keys::open(&accounts, clock.now(), first)?;
        Self::start(accounts, keys, issuer, mailbox, clock)
    }

    /// Makes passkeys for this relying party, and not for `localhost`.
    #[must_use]
    pub fn with_relying_party(mut self, relying_party: RelyingParty) -> Self {
        self.ceremonies = Ceremonies::at(relying_party);
        self
    }

    fn start(
        accounts: Accounts,
        keys: Keys,
        issuer: Issuer,
        mailbox: Mailbox,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, OpenError> {
        directory::prepare();
        let relying_party = RelyingParty::localhost();
        let relying_party = relying_party
            .map_err(|error| OpenError::Failed(redb::Error::Io(std::io::Error::other(error))))?;
        Ok(Self {
            issuer,
            accounts: Arc::new(accounts),
            keys: Arc::new(keys),
            mailbox,
            clock,
            limits: Limits::default(),
            challenges: Challenges::default(),
            hosted: HostedSignIns::default(),
            ceremonies: Ceremonies::at(relying_party),
        })
    }

    /// The public keys, as a JWK set: the current one, and those whose tokens may still be valid.
    #[must_use]
    pub fn jwks(&self) -> Value {
        self.keys.jwks(self.clock.now())
    }

    /// Signs with a new key from now on. Tokens that were signed with an earlier key stay valid until they expire.
    ///
    /// # Errors
    /// [`IdentityError::Unavailable`].
    pub async fn rotate_keys(&self) -> Result<(), IdentityError> {
        let (keys, accounts) = (Arc::clone(&self.keys), Arc::clone(&self.accounts));
        let now = self.clock.now();
        blocking(move || keys.rotate(&accounts, now))
            .await?
            .map_err(unavailable)
    }

    /// The issuer of these tokens.
    #[must_use]
    pub fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// Puts an address into a group, whether or not it has an account yet. Its next access token has
    /// the group.
    ///
    /// # Errors
    /// [`IdentityError::Unavailable`].
    pub async fn add_to_group(&self, email: &Email, group: &str) -> Result<(), IdentityError> {
        let (email, group) = (email.clone(), group.to_owned());
        self.write(self.clock.now(), move |change| {
            Ok(change.add_to_group(email.as_str(), &group)?)
        })
        .await
    }

    /// Makes an account for an address and mails it a temporary password, which has to be replaced
    /// at the first sign-in. Does nothing if the address has an account.
    ///
    /// # Errors
    /// [`IdentityError::Unavailable`].
    pub async fn invite(&self, email: &Email, name: Option<&Name>) -> Result<(), IdentityError> {
        sign_up::invite(self, email, name).await
    }

    /// A JWT with these claims, signed with the current key of this issuer; empty if signing fails. It is for tests of
    /// claims that must be refused although the signature is valid.
    #[must_use]
    pub fn sign(&self, claims: &Value) -> String {
        self.signed(claims).unwrap_or_default()
    }

    fn signed(&self, claims: &Value) -> Result<String, IdentityError> {
        let key = self.keys.current();
        let key = key.ok_or_else(|| unavailable("there is no signing key"))?;
        key.sign(claims).map_err(unavailable)
    }

    fn tokens(&self, signed_in: &SignedIn, now: OffsetDateTime) -> Result<Tokens, IdentityError> {
        let (access, id) = claims::of(&self.issuer, signed_in, now);
        Ok(Tokens {
            access: self.signed(&access)?.into(),
            id: self.signed(&id)?.into(),
            refresh: signed_in.refresh.clone(),
            expires_in: TOKENS_LAST,
        })
    }

    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&ReadTransaction) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, IdentityError> {
        let accounts = Arc::clone(&self.accounts);
        Ok(blocking(move || accounts.read(work)).await??)
    }

    async fn write<T: Send + 'static>(
        &self,
        now: OffsetDateTime,
        work: impl FnOnce(&Change) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, IdentityError> {
        let accounts = Arc::clone(&self.accounts);
        Ok(blocking(move || accounts.write(now, work)).await??)
    }
}

#[async_trait]
impl Identity for EmbeddedIdentity {
    async fn sign_up(&self, sign_up: SignUp, _: &ClientContext) -> Result<(), IdentityError> {
        sign_up::sign_up(self, sign_up).await
    }

    async fn confirm_sign_up(
        &self,
        email: &Email,
        code: &SecretString,
        password: Option<&SecretString>,
        _: &ClientContext,
    ) -> Result<Confirmed, IdentityError> {
        sign_up::confirm_sign_up(self, email, code, password).await
    }

    async fn resend_code(&self, email: &Email, _: &ClientContext) -> Result<(), IdentityError> {
        sign_up::resend_code(self, email).await
    }

    async fn sign_in(
        &self,
        email: &Email,
        password: &SecretString,
        client: &ClientContext,
    ) -> Result<SignInStep, IdentityError> {
        sign_in::sign_in(self, email, password, client).await
    }

    async fn sign_in_with_passkey(
        &self,
        email: &Email,
        _: &ClientContext,
    ) -> Result<SignInStep, IdentityError> {
        passkeys::sign_in_with_passkey(self, email)
    }

    async fn respond_to_challenge(
        &self,
        answer: &ChallengeAnswer,
        client: &ClientContext,
    ) -> Result<SignInStep, IdentityError> {
        challenges::respond_to_challenge(self, answer, client).await
    }

    async fn exchange_code(
        &self,
        exchange: &CodeExchange,
        client: &ClientContext,
    ) -> Result<Tokens, IdentityError> {
        hosted::exchange_code(self, exchange, client).await
    }

    async fn refresh(
        &self,
        refresh_token: &SecretString,
        _: &ClientContext,
    ) -> Result<Tokens, IdentityError> {
        sessions::refresh(self, refresh_token).await
    }

    async fn sign_out(&self, refresh_token: &SecretString) -> Result<(), IdentityError> {
        sessions::sign_out(self, refresh_token).await
    }

    async fn forgot_password(&self, email: &Email, _: &ClientContext) -> Result<(), IdentityError> {
        passwords::forgot_password(self, email).await
    }

    async fn reset_password(
        &self,
        email: &Email,
        code: &SecretString,
        new_password: &SecretString,
        _: &ClientContext,
    ) -> Result<(), IdentityError> {
        passwords::reset_password(self, email, code, new_password).await
    }

    async fn profile(&self, user: &SignedInUser) -> Result<Profile, IdentityError> {
        profile::profile(self, user).await
    }

    async fn change_name(
        &self,
        user: &SignedInUser,
        name: Option<&Name>,
    ) -> Result<(), IdentityError> {
        profile::change_name(self, user, name).await
    }

    async fn change_email(
        &self,
        user: &SignedInUser,
        current: &SecretString,
        to: &Email,
    ) -> Result<(), IdentityError> {
        email::change_email(self, user, current, to).await
    }

    async fn verify_email(
        &self,
        user: &SignedInUser,
        code: &SecretString,
    ) -> Result<(), IdentityError> {
        email::verify_email(self, user, code).await
    }

    async fn change_password(
        &self,
        user: &SignedInUser,
        current: &SecretString,
        new: &SecretString,
    ) -> Result<(), IdentityError> {
        passwords::change_password(self, user, current, new).await
    }

    async fn set_up_totp(
        &self,
        user: &SignedInUser,
        current: &SecretString,
    ) -> Result<SecretString, IdentityError> {
        totp::set_up_totp(self, user, current).await
    }

    async fn verify_totp(
        &self,
        user: &SignedInUser,
        code: &SecretString,
        device: Option<&Name>,
    ) -> Result<(), IdentityError> {
        totp::verify_totp(self, user, code, device).await
    }

    async fn turn_off_totp(
        &self,
        user: &SignedInUser,
        current: &SecretString,
    ) -> Result<(), IdentityError> {
        totp::turn_off_totp(self, user, current).await
    }

    async fn start_passkey_registration(
        &self,
        user: &SignedInUser,
        current: &SecretString,
    ) -> Result<WebAuthnJson, IdentityError> {
        passkeys::start_passkey_registration(self, user, current).await
    }

    async fn add_passkey(
        &self,
        user: &SignedInUser,
        credential: &WebAuthnJson,
    ) -> Result<(), IdentityError> {
        passkeys::add_passkey(self, user, credential).await
    }

    async fn passkeys(&self, user: &SignedInUser) -> Result<Vec<Passkey>, IdentityError> {
        passkeys::passkeys(self, user).await
    }

    async fn delete_passkey(
        &self,
        user: &SignedInUser,
        id: &PasskeyId,
    ) -> Result<(), IdentityError> {
        passkeys::delete_passkey(self, user, id).await
    }

    async fn sessions(&self, user: &SignedInUser) -> Result<Sessions, IdentityError> {
        sessions::sessions(self, user).await
    }

    async fn sign_out_everywhere(&self, user: &SignedInUser) -> Result<(), IdentityError> {
        sessions::sign_out_everywhere(self, user).await
    }

    async fn delete_account(&self, user: &SignedInUser) -> Result<(), IdentityError> {
        profile::delete_account(self, user).await
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, IdentityError> {
    tokio::task::spawn_blocking(work).await.map_err(unavailable)
}

fn unavailable(error: impl Into<kit::store::BoxError>) -> IdentityError {
    IdentityError::Unavailable(error.into())
}
