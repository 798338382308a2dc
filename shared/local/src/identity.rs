//! Accounts that the server keeps itself, and real tokens for them.
//!
//! To the app this is Amazon Cognito: the same rules for passwords and codes, the same claims, RS256
//! signatures and a key set to verify them with. One thing is kinder: an address that signs up again
//! before it was confirmed gets a new code, because there is no operation yet to ask for one. The
//! rest of the account stays as the first sign-up made it, as it does there.

mod accounts;
mod attempts;
mod claims;
mod password;
mod random;
mod signing;
#[cfg(test)]
mod tests;

use std::{
    path::Path,
    sync::{Arc, LazyLock},
    thread,
    time::Duration,
};

use api::{
    clock::Clock,
    identity::{
        ChallengeAnswer, ClientContext, Email, Identity, IdentityError, PASSWORD_POLICY, Profile,
        Sessions, SignInStep, SignUp, SignedInUser, Tokens,
    },
    movie::Name,
    token::Issuer,
};
use async_trait::async_trait;
use aws_lc_rs::{constant_time::verify_slices_are_equal, digest};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use time::OffsetDateTime;
use tokio::sync::Semaphore;
use uuid::Uuid;

use self::{
    accounts::{Account, Accounts, Code, RefreshToken},
    attempts::Attempts,
    signing::SigningKey,
};
use crate::{
    mailbox::{Letter, Mailbox},
    store::OpenError,
};

/// How long access and id tokens are in force.
const TOKENS_LAST: Duration = Duration::from_mins(15);
const REFRESH_TOKENS_LAST: Duration = Duration::from_hours(30 * 24);
const CODES_LAST: Duration = Duration::from_hours(24);

/// How many passwords are worked on at once, in all stages: each takes some 20 MiB meanwhile, and
/// more of them than there are cores end no sooner.
static HASHING: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(cores()));

/// The accounts of one stage.
#[derive(Debug)]
pub struct EmbeddedIdentity {
    issuer: Issuer,
    accounts: Arc<Accounts>,
    key: SigningKey,
    mailbox: Mailbox,
    clock: Arc<dyn Clock>,
    sign_ins: Attempts,
    confirmations: Attempts,
}

impl EmbeddedIdentity {
    /// Opens the accounts in this file, or creates it and a signing key in it. Takes a moment.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open(
        path: &Path,
        issuer: Issuer,
        mailbox: Mailbox,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, OpenError> {
        let accounts = Accounts::open(path)?;
        let key = match accounts.signing_key()? {
            Some(kept) => kept,
            None => accounts.keep_signing_key(made(SigningKey::generate())?)?,
        };
        Self::start(accounts, &key, issuer, mailbox, clock)
    }

    /// Keeps accounts in memory; they go when this value does. Takes a moment.
    ///
    /// # Errors
    /// [`OpenError::Failed`].
    pub fn in_memory(
        issuer: Issuer,
        mailbox: Mailbox,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, OpenError> {
        let key = made(SigningKey::of_process(&issuer.client_id))?;
        Self::start(Accounts::in_memory()?, &key, issuer, mailbox, clock)
    }

    fn start(
        accounts: Accounts,
        key: &[u8],
        issuer: Issuer,
        mailbox: Mailbox,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, OpenError> {
        let key = SigningKey::read(key)
            .map_err(|_| redb::Error::Corrupted("the signing key is not readable".to_owned()))?;
        Ok(Self {
            issuer,
            accounts: Arc::new(accounts),
            key,
            mailbox,
            clock,
            sign_ins: Attempts::default(),
            confirmations: Attempts::default(),
        })
    }

    /// The public keys, as a JWK set.
    #[must_use]
    pub fn jwks(&self) -> Value {
        self.key.jwks()
    }

    /// Whose tokens these are.
    #[must_use]
    pub fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// Puts an address into a group, whether or not it has an account yet. Its next access token
    /// says so.
    ///
    /// # Errors
    /// [`IdentityError::Unavailable`].
    pub async fn add_to_group(&self, email: &Email, group: &str) -> Result<(), IdentityError> {
        let (email, group) = (email.clone(), group.to_owned());
        self.with_accounts(move |accounts| accounts.add_to_group(&email, &group))
            .await
    }

    /// A JWT with any claims whatever, signed with the key of this issuer; empty if signing fails.
    /// It is for tests: what must be refused has to be well signed, or it is refused for that.
    #[must_use]
    pub fn sign(&self, claims: &Value) -> String {
        self.key.sign(claims).unwrap_or_default()
    }

    async fn with_accounts<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Accounts) -> Result<T, redb::Error> + Send + 'static,
    ) -> Result<T, IdentityError> {
        let accounts = Arc::clone(&self.accounts);
        blocking(move || work(&accounts))
            .await?
            .map_err(unavailable)
    }

    async fn tokens(&self, email: &Email, account: Account) -> Result<Tokens, IdentityError> {
        let now = self.clock.now();
        let refresh = random::text().map_err(unavailable)?;
        let kept = RefreshToken {
            email: email.as_str().to_owned(),
            signed_in_at: now,
            good_until: now + REFRESH_TOKENS_LAST,
        };
        let kept_under = digest::digest(&digest::SHA256, refresh.expose_secret().as_bytes());
        let of = email.clone();
        let groups = self
            .with_accounts(move |accounts| {
                accounts.keep_refresh_token(kept_under.as_ref(), &kept)?;
                accounts.groups(&of)
            })
            .await?;
        let (access, id) = claims::of(&self.issuer, email, account, groups, now, now + TOKENS_LAST);
        Ok(Tokens {
            access: self.key.sign(&access).map_err(unavailable)?.into(),
            id: self.key.sign(&id).map_err(unavailable)?.into(),
            refresh,
            expires_in: TOKENS_LAST,
        })
    }
}

#[async_trait]
impl Identity for EmbeddedIdentity {
    async fn sign_up(&self, sign_up: SignUp, _: &ClientContext) -> Result<(), IdentityError> {
        let broken = PASSWORD_POLICY.broken_rules(&sign_up.password);
        if !broken.is_empty() {
            return Err(IdentityError::WeakPassword(broken));
        }
        let at = self.clock.now();
        let code = Code {
            digits: random::digits().map_err(unavailable)?,
            good_until: at + CODES_LAST,
        };
        // The same work whether or not there is an account.
        let password = sign_up.password;
        let hash = hashing(move || password::hash(&password)).await?;
        let new = Account {
            sub: Uuid::new_v4().to_string(),
            name: sign_up.name.map(|name| name.as_str().to_owned()),
            password_hash: hash.map_err(unavailable)?,
            to_confirm: Some(code),
        };
        let to = sign_up.email.clone();
        let code = self
            .with_accounts(move |accounts| {
                accounts.change(&sign_up.email, |known| new_account(known, new))
            })
            .await?;
        let subject = match code {
            Some(_) => "Your confirmation code",
            None => "You already have an account",
        };
        self.mailbox.send(Letter {
            to,
            subject: subject.to_owned(),
            code,
            at,
        });
        Ok(())
    }

    async fn confirm_sign_up(
        &self,
        email: &Email,
        code: &SecretString,
        _: &ClientContext,
    ) -> Result<(), IdentityError> {
        let tally = self.confirmations.at(email, self.clock.now());
        let mut tally = tally.lock().await;
        let now = self.clock.now();
        tally.begin(now)?;
        let (of, code) = (email.clone(), code.clone());
        let confirmed = self
            .with_accounts(move |accounts| {
                accounts.change(&of, |known| confirmed(known, &code, now))
            })
            .await?;
        if !confirmed {
            return Err(IdentityError::WrongCode);
        }
        tally.right();
        Ok(())
    }

    async fn sign_in(
        &self,
        email: &Email,
        password: &SecretString,
        _: &ClientContext,
    ) -> Result<SignInStep, IdentityError> {
        let tally = self.sign_ins.at(email, self.clock.now());
        let mut tally = tally.lock().await;
        let now = self.clock.now();
        tally.begin(now)?;
        let of = email.clone();
        let account = self
            .with_accounts(move |accounts| accounts.account(&of))
            .await?;
        let password = password.clone();
        let account = hashing(move || match account {
            Some(account) => password::verify(&password, &account.password_hash).then_some(account),
            // The same work, so that time does not tell.
            None => password::hash(&password).ok().and(None),
        })
        .await?;
        let account = account.ok_or(IdentityError::WrongCredentials)?;
        tally.right();
        drop(tally);
        if account.to_confirm.is_some() {
            return Err(IdentityError::NotConfirmed);
        }
        self.tokens(email, account).await.map(SignInStep::Done)
    }

    async fn resend_code(&self, _: &Email, _: &ClientContext) -> Result<(), IdentityError> {
        Err(IdentityError::NotPossible)
    }

    async fn respond_to_challenge(
        &self,
        _: &ChallengeAnswer,
        _: &ClientContext,
    ) -> Result<SignInStep, IdentityError> {
        Err(IdentityError::NotPossible)
    }

    async fn refresh(&self, _: &SecretString, _: &ClientContext) -> Result<Tokens, IdentityError> {
        Err(IdentityError::NotPossible)
    }

    async fn sign_out(&self, _: &SecretString) -> Result<(), IdentityError> {
        Err(IdentityError::NotPossible)
    }

    async fn forgot_password(&self, _: &Email, _: &ClientContext) -> Result<(), IdentityError> {
        Err(IdentityError::NotPossible)
    }

    async fn reset_password(
        &self,
        _: &Email,
        _: &SecretString,
        _: &SecretString,
        _: &ClientContext,
    ) -> Result<(), IdentityError> {
        Err(IdentityError::NotPossible)
    }

    async fn profile(&self, _: &SignedInUser) -> Result<Profile, IdentityError> {
        Err(IdentityError::NotPossible)
    }

    async fn change_name(&self, _: &SignedInUser, _: Option<&Name>) -> Result<(), IdentityError> {
        Err(IdentityError::NotPossible)
    }

    async fn change_email(&self, _: &SignedInUser, _: &Email) -> Result<(), IdentityError> {
        Err(IdentityError::NotPossible)
    }

    async fn verify_email(&self, _: &SignedInUser, _: &SecretString) -> Result<(), IdentityError> {
        Err(IdentityError::NotPossible)
    }

    async fn change_password(
        &self,
        _: &SignedInUser,
        _: &SecretString,
        _: &SecretString,
    ) -> Result<(), IdentityError> {
        Err(IdentityError::NotPossible)
    }

    async fn set_up_totp(&self, _: &SignedInUser) -> Result<SecretString, IdentityError> {
        Err(IdentityError::NotPossible)
    }

    async fn verify_totp(
        &self,
        _: &SignedInUser,
        _: &SecretString,
        _: Option<&Name>,
    ) -> Result<(), IdentityError> {
        Err(IdentityError::NotPossible)
    }

    async fn turn_off_totp(&self, _: &SignedInUser) -> Result<(), IdentityError> {
        Err(IdentityError::NotPossible)
    }

    async fn sessions(&self, _: &SignedInUser) -> Result<Sessions, IdentityError> {
        Err(IdentityError::NotPossible)
    }

    async fn sign_out_everywhere(&self, _: &SignedInUser) -> Result<(), IdentityError> {
        Err(IdentityError::NotPossible)
    }

    async fn delete_account(&self, _: &SignedInUser) -> Result<(), IdentityError> {
        Err(IdentityError::NotPossible)
    }
}

/// What a sign-up writes, and the code to send.
///
/// Signing up again for an address that is not confirmed yet changes nothing but the code: could
/// it set the password, then a stranger could, just before the owner of the address confirms. The
/// code before is void, so that there is never more than one to guess.
fn new_account(known: Option<Account>, new: Account) -> (Option<Account>, Option<String>) {
    let code = new.to_confirm.as_ref().map(|code| code.digits.clone());
    match known {
        None => (Some(new), code),
        Some(known) if known.to_confirm.is_none() => (None, None),
        Some(known) => {
            let account = Account {
                to_confirm: new.to_confirm,
                ..known
            };
            (Some(account), code)
        }
    }
}

/// What a confirmation writes, and whether the code was right.
fn confirmed(
    known: Option<Account>,
    code: &SecretString,
    now: OffsetDateTime,
) -> (Option<Account>, bool) {
    let Some(mut account) = known else {
        return (None, false);
    };
    let right = account.to_confirm.as_ref().is_some_and(|sent| {
        let (sent_digits, digits) = (sent.digits.as_bytes(), code.expose_secret().as_bytes());
        now < sent.good_until && verify_slices_are_equal(sent_digits, digits).is_ok()
    });
    if right {
        account.to_confirm = None;
    }
    (right.then_some(account), right)
}

fn made<E>(key: Result<Vec<u8>, E>) -> Result<Vec<u8>, redb::Error> {
    key.map_err(|_| redb::Error::Io(std::io::Error::other("no signing key could be made")))
}

fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// Does the work on a password when it is its turn.
async fn hashing<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, IdentityError> {
    let turn = HASHING.acquire().await.map_err(unavailable)?;
    blocking(move || {
        // Held until the work is done, even if whoever asked for it has gone away.
        let _turn = turn;
        work()
    })
    .await
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, IdentityError> {
    tokio::task::spawn_blocking(work).await.map_err(unavailable)
}

fn unavailable(error: impl Into<api::store::BoxError>) -> IdentityError {
    IdentityError::Unavailable(error.into())
}
