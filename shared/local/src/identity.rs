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
mod claims;
mod codes;
mod directory;
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
    identity::{Email, IdentityError, Result, Tokens},
    token::Issuer,
};
use kit::clock::Clock;
use redb::ReadTransaction;
use serde_json::Value;
use time::OffsetDateTime;

pub use self::relying_party::{NotARelyingParty, RelyingParty};
use self::{
    directory::{Accounts, Change, Failure},
    hosted::{Granted, UnderWay},
    keys::Keys,
    limits::Limits,
    next::Challenges,
    passkeys::Ceremonies,
    relying_party::LOCALHOST,
    sessions::SignedIn,
    signing::SigningKey,
    waiting::Waiting,
};
use crate::{
    database::{Database, OpenError, SMALL_CACHE},
    mailbox::Mailbox,
};

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
    /// The hosted sign-ins on the page.
    hosted_requests: Waiting<UnderWay>,
    /// The hosted sign-ins whose tokens the app has to fetch.
    hosted_codes: Waiting<Granted>,
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
        let database = Database::in_file(path, SMALL_CACHE)?;
        Self::start(database, SigningKey::generate, issuer, mailbox, clock)
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
        let stage = issuer.client_id.clone();
        let first_key = || SigningKey::of_process(&stage);
        Self::start(Database::in_memory()?, first_key, issuer, mailbox, clock)
    }

    /// Makes passkeys for this relying party, and not for `localhost`.
    #[must_use]
    pub fn with_relying_party(mut self, relying_party: RelyingParty) -> Self {
        self.ceremonies = Ceremonies::of(relying_party);
        self
    }

    fn start(
        database: Database,
        first_key: impl FnOnce() -> Result<Vec<u8>, redb::Error>,
        issuer: Issuer,
        mailbox: Mailbox,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, OpenError> {
        let accounts = Accounts::open(database, clock.now())?;
        let keys = Keys::open(&accounts, clock.now(), first_key)?;
        directory::prepare();
        let relying_party = RelyingParty::new(LOCALHOST, &[]);
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
            hosted_requests: Waiting::default(),
            hosted_codes: Waiting::default(),
            ceremonies: Ceremonies::of(relying_party),
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
    pub async fn rotate_keys(&self) -> Result<()> {
        let (keys, accounts) = (Arc::clone(&self.keys), Arc::clone(&self.accounts));
        let now = self.clock.now();
        Ok(blocking(move || keys.rotate(&accounts, now)).await??)
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
    pub async fn add_to_group(&self, email: &Email, group: &str) -> Result<()> {
        let (email, group) = (email.clone(), group.to_owned());
        self.write(self.clock.now(), move |change| {
            Ok(change.add_to_group(email.as_str(), &group)?)
        })
        .await
    }

    /// A JWT with these claims, signed with the current key of this issuer; empty if signing fails. It is for tests of
    /// claims that must be refused although the signature is valid.
    #[must_use]
    pub fn sign(&self, claims: &Value) -> String {
        self.signed(claims).unwrap_or_default()
    }

    fn signed(&self, claims: &Value) -> Result<String> {
        let key = self.keys.current();
        let key = key.ok_or_else(|| unavailable("there is no signing key"))?;
        key.sign(claims).map_err(unavailable)
    }

    fn tokens(&self, signed_in: &SignedIn, now: OffsetDateTime) -> Result<Tokens> {
        let (access, id) = claims::of(&self.issuer, signed_in, now);
        Ok(Tokens {
            access: self.signed(&access)?.into(),
            id: self.signed(&id)?.into(),
            refresh: signed_in.refresh.clone(),
            expires_in: TOKENS_LAST,
        })
    }

    /// Ends the challenges of a user, and the registration of a passkey.
    fn end_waiting(&self, sub: &str) {
        self.challenges.retain(|open| open.sub != sub);
        self.ceremonies.registrations.take(sub, self.clock.now());
    }

    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&ReadTransaction) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T> {
        let accounts = Arc::clone(&self.accounts);
        Ok(blocking(move || accounts.database.read(work)).await??)
    }

    async fn write<T: Send + 'static>(
        &self,
        now: OffsetDateTime,
        work: impl FnOnce(&Change) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T> {
        let accounts = Arc::clone(&self.accounts);
        Ok(blocking(move || accounts.write(now, work)).await??)
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(unavailable)
}

fn unavailable(error: impl Into<kit::store::BoxError>) -> IdentityError {
    IdentityError::Unavailable(error.into())
}
