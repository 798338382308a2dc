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
    accounts::{Account, Purpose, Tables as _},
    codes, hashing,
    letters::{self, Says},
    random, unavailable,
};

/// Signing up again for an address that is not confirmed yet changes nothing but the code: could
/// it set the password, then a stranger could, just before the owner of the address confirms.
pub(super) async fn sign_up(on: &EmbeddedIdentity, sign_up: SignUp) -> Result<(), IdentityError> {
    check(&sign_up.password)?;
    let now = on.clock.now();
    on.limits.mail(sign_up.email.as_str(), now).await?;
    // The same work whether or not there is an account, here and below.
    let hash = hashing::hashed(&sign_up.password).await?;
    let new = account(sign_up.name.as_ref(), hash, now);
    let mut code = codes::new(now)?;
    let email = sign_up.email.clone();
    let written = on.write(now, move |change| {
        let known = change.account(email.as_str())?;
        code.mailed = known.as_ref().is_none_or(|known| !known.confirmed);
        let account = known.unwrap_or(new);
        change.put_account(email.as_str(), &account)?;
        change.put_code(Purpose::ConfirmSignUp, email.as_str(), &code)?;
        Ok((account, code))
    });
    let (account, code) = written.await?;
    let says = if code.mailed {
        Says::Confirm
    } else {
        Says::HasAccount
    };
    let digits = code.mailed.then_some(code.digits);
    letters::send(on, sign_up.email, Some(account.sub), says, digits, now);
    Ok(())
}

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
        let code = change.code(Purpose::ConfirmSignUp, email.as_str())?;
        let right = codes::is_right(code.as_ref(), &digits, now);
        let mut account = account
            .filter(|account| right && !account.confirmed)
            .ok_or(IdentityError::WrongCode)?;
        account.confirmed = true;
        change.put_account(email.as_str(), &account)?;
        change.remove_code(Purpose::ConfirmSignUp, email.as_str())?;
        Ok(())
    });
    confirmed.await?;
    tally.right();
    Ok(())
}

pub(super) async fn resend_code(on: &EmbeddedIdentity, email: &Email) -> Result<(), IdentityError> {
    codes::mail(on, email, Purpose::ConfirmSignUp, |account| match account {
        Some(account) if account.confirmed => Says::HasAccount,
        Some(_) => Says::Confirm,
        None => Says::NoAccountToConfirm,
    })
    .await
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
    let mut new = account(name, hash, now);
    new.confirmed = true;
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

fn account(name: Option<&Name>, password_hash: String, now: OffsetDateTime) -> Account {
    Account {
        sub: Uuid::new_v4().to_string(),
        name: name.map(|name| name.as_str().to_owned()),
        password_hash,
        confirmed: false,
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
