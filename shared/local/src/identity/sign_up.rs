//! From an address to an account.

use api::{
    identity::{Email, IdentityError, PASSWORD_POLICY, SignUp},
    movie::Name,
};
use secrecy::{ExposeSecret as _, SecretString};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    EmbeddedIdentity,
    accounts::{self, Account, SignUps, Tables as _, sign_ups},
    codes, hashing,
    letters::{self, Says},
    random, unavailable,
};

/// Keeps a sign-up of its own: none changes the one before, or the account.
pub(super) async fn sign_up(on: &EmbeddedIdentity, new: SignUp) -> Result<(), IdentityError> {
    check(&new.password)?;
    let now = on.clock.now();
    on.limits.mail(new.email.as_str(), now).await?;
    // The same work whether or not there is an account, here and below.
    let password_hash = hashing::hashed(&new.password).await?;
    let mut sign_up = accounts::SignUp {
        name: new.name.map(|name| name.as_str().to_owned()),
        password_hash,
        code: codes::new(now)?,
    };
    let email = new.email.clone();
    let written = on.write(now, move |change| {
        let account = change.account(email.as_str())?;
        let mut all = sign_ups(change, email.as_str())?.unwrap_or_else(|| SignUps::none(now));
        sign_up.code.mailed = account.is_none();
        let digits = sign_up.code.digits.clone();
        all.add(sign_up);
        change.put_sign_ups(email.as_str(), &all)?;
        Ok(match account {
            Some(account) => (account.sub, Says::HasAccount, None),
            None => (all.sub, Says::Confirm, Some(digits)),
        })
    });
    let (about, says, digits) = written.await?;
    letters::send(on, new.email, Some(about), says, digits, now);
    Ok(())
}

/// Makes the account of the sign-up that the code was mailed for.
pub(super) async fn confirm(
    on: &EmbeddedIdentity,
    email: &Email,
    digits: &SecretString,
) -> Result<(), IdentityError> {
    let tally = on.limits.confirmations.at(email.as_str(), on.clock.now());
    let mut tally = tally.lock().await;
    let now = on.clock.now();
    tally.begin(now)?;
    let (email, digits) = (email.clone(), digits.clone());
    let confirmed = on.write(now, move |change| {
        let account = change.account(email.as_str())?;
        let Some(mut all) = sign_ups(change, email.as_str())? else {
            return Ok(Err(IdentityError::WrongCode));
        };
        // An account may have come to the address since, by an invitation or from another address.
        let taken = account.is_none().then(|| all.take(&digits, now)).flatten();
        change.put_sign_ups(email.as_str(), &all)?;
        let Some(sign_up) = taken else {
            return Ok(Err(IdentityError::WrongCode));
        };
        let account = new_account(all.sub, sign_up.name, sign_up.password_hash, now);
        change.put_account(email.as_str(), &account)?;
        Ok(Ok(()))
    });
    confirmed.await??;
    tally.right();
    Ok(())
}

/// Mails another code for the newest sign-up. Nobody knows who asks: whoever is not sure to have
/// signed up last signs up again instead.
pub(super) async fn resend_code(on: &EmbeddedIdentity, email: &Email) -> Result<(), IdentityError> {
    let now = on.clock.now();
    on.limits.mail(email.as_str(), now).await?;
    let mut code = codes::new(now)?;
    let to = email.clone();
    // The same work in every case.
    let written = on.write(now, move |change| {
        let account = change.account(to.as_str())?;
        let mut all = sign_ups(change, to.as_str())?.unwrap_or_else(|| SignUps::none(now));
        code.mailed = account.is_none();
        let digits = code.digits.clone();
        let waits = all.renew(code, now);
        change.put_sign_ups(to.as_str(), &all)?;
        Ok(match account {
            Some(account) => (Some(account.sub), Says::HasAccount, None),
            None if waits => (Some(all.sub), Says::Confirm, Some(digits)),
            None => (None, Says::NoAccountToConfirm, None),
        })
    });
    let (about, says, digits) = written.await?;
    letters::send(on, email.clone(), about, says, digits, now);
    Ok(())
}

/// Makes an account with a password that is mailed, unless the address has an account.
pub(super) async fn invite(
    on: &EmbeddedIdentity,
    email: &Email,
    name: Option<&Name>,
) -> Result<(), IdentityError> {
    let now = on.clock.now();
    let password = random::text().map_err(unavailable)?;
    // Whatever is random about it, it has one of each kind.
    let password = SecretString::from(format!("{}-Aa1", password.expose_secret()));
    let hash = hashing::hashed(&password).await?;
    let name = name.map(|name| name.as_str().to_owned());
    let mut new = new_account(Uuid::new_v4().to_string(), name, hash, now);
    new.must_change = true;
    let to = email.clone();
    let sub = on.write(now, move |change| {
        if change.account(to.as_str())?.is_some() {
            return Ok(None);
        }
        change.put_account(to.as_str(), &new)?;
        Ok(Some(new.sub))
    });
    if let Some(sub) = sub.await? {
        let password = password.expose_secret().to_owned();
        letters::send(
            on,
            email.clone(),
            Some(sub),
            Says::Invited,
            Some(password),
            now,
        );
    }
    Ok(())
}

fn new_account(
    sub: String,
    name: Option<String>,
    password_hash: String,
    now: OffsetDateTime,
) -> Account {
    Account {
        sub,
        name,
        password_hash,
        must_change: false,
        created_at: Some(now),
        pending_email: None,
        totp: None,
        pending_totp: None,
    }
}

/// Whether a password is good enough.
pub(super) fn check(password: &SecretString) -> Result<(), IdentityError> {
    let broken = PASSWORD_POLICY.broken_rules(password);
    if broken.is_empty() {
        Ok(())
    } else {
        Err(IdentityError::WeakPassword(broken))
    }
}
