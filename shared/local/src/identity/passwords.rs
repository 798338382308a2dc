//! Resets and changes passwords.

use accounts::identity::{Email, IdentityError, SignedInUser};
use secrecy::SecretString;

use super::{
    EmbeddedIdentity, codes,
    directory::{Account, Purpose, Tables as _, sign_ups},
    hashing,
    letters::{self, Says},
    sessions::Claimed,
    sign_up,
};

pub(super) async fn forgot_password(
    on: &EmbeddedIdentity,
    email: &Email,
) -> Result<(), IdentityError> {
    let now = on.clock.now();
    let may_mail = on.limits.may_mail(email.as_str(), now).await;
    let mut code = codes::new(now)?;
    let to = sign_up::kept_for(email, may_mail);
    // The work is the same in every case, so that its time tells nothing.
    let written = on.write(now, move |change| {
        let account = change.account(&to)?;
        let waiting = sign_ups(change, &to)?;
        let waits = waiting.is_some_and(|waiting| waiting.newest(now).is_some());
        let says = match account {
            Some(Account {
                provider: Some(_), ..
            }) => Says::HasNoPassword,
            Some(_) => Says::Reset,
            None if waits => Says::ConfirmFirst,
            None => Says::NoAccountToReset,
        };
        code.mailed = may_mail && says.brings_code();
        change.put_code(Purpose::ResetPassword, &to, &code)?;
        Ok((account.map(|account| account.sub), says, code))
    });
    let (about, says, code) = written.await?;
    if may_mail {
        let digits = code.mailed.then_some(code.digits);
        letters::send(on, email.clone(), about, says, digits, now);
    }
    Ok(())
}

/// Resets the password, and ends all sessions, which Amazon Cognito does not do: whoever made the reset necessary may
/// have one. Removes an authenticator app and passkeys that were set up before the address was the account's: they may
/// belong to somebody else than the reader of the mail.
pub(super) async fn reset_password(
    on: &EmbeddedIdentity,
    email: &Email,
    digits: &SecretString,
    new: &SecretString,
) -> Result<(), IdentityError> {
    sign_up::check(new)?;
    let tally = on.limits.resets.at(email.as_str(), on.clock.now());
    let mut tally = tally.lock().await;
    let now = on.clock.now();
    tally.begin(now)?;
    // The password is hashed before the code is checked, so that the time tells nothing of the code.
    let hash = hashing::hashed(new).await?;
    let (to, email, digits) = (email.clone(), email.clone(), digits.clone());
    let reset = on.write(now, move |change| {
        let (mut account, is_known) = change.account_or_decoy(email.as_str())?;
        let right = codes::guess(change, Purpose::ResetPassword, email.as_str(), &digits, now)?;
        if !(right && is_known) {
            return Ok(Err(IdentityError::WrongCode));
        }
        account.password_hash = hash;
        account.must_change = false;
        let address_since = account.address_since;
        account.totp.take_if(|totp| totp.since < address_since);
        account.pending_totp = None;
        change.retain_passkeys(&account.sub, |passkey| passkey.since >= address_since)?;
        change.put_account(email.as_str(), &account)?;
        change.remove_code(Purpose::ResetPassword, email.as_str())?;
        change.remove_sessions(&account.sub)?;
        Ok(Ok(account.sub))
    });
    let sub = reset.await??;
    on.challenges.end(&sub);
    on.ceremonies.end(&sub);
    tally.right();
    letters::send(on, to, Some(sub), Says::PasswordChanged, None, now);
    Ok(())
}

/// Checks the current password of a user, and returns its hash: the write compares it with the hash that is stored then.
pub(super) async fn prove(
    on: &EmbeddedIdentity,
    user: &Claimed,
    current: &SecretString,
) -> Result<String, IdentityError> {
    let tally = on.limits.passwords.at(&user.sub, on.clock.now());
    let mut tally = tally.lock().await;
    let now = on.clock.now();
    tally.begin(now)?;
    let user = user.clone();
    let known = on.read(move |tables| {
        let (_, account) = user.check(tables, now)?;
        if account.provider.is_some() {
            return Err(IdentityError::NotPossible.into());
        }
        Ok(account.password_hash)
    });
    let known = known.await?;
    if !hashing::fits(current, &known).await? {
        return Err(IdentityError::WrongCredentials);
    }
    tally.right();
    Ok(known)
}

/// Changes the password. Ends no session, like Amazon Cognito.
pub(super) async fn change_password(
    on: &EmbeddedIdentity,
    user: &SignedInUser,
    current: &SecretString,
    new: &SecretString,
) -> Result<(), IdentityError> {
    sign_up::check(new)?;
    let user = Claimed::by(user)?;
    let known = prove(on, &user, current).await?;
    let hash = hashing::hashed(new).await?;
    let now = on.clock.now();
    let changed = on.write(now, move |change| {
        let (email, mut account) = user.check_proved(change, &known, now)?;
        account.password_hash = hash;
        change.put_account(&email, &account)?;
        Ok((email, account.sub))
    });
    let (email, sub) = changed.await?;
    on.challenges.end(&sub);
    on.ceremonies.end(&sub);
    let email = letters::address(&email)?;
    letters::send(on, email, Some(sub), Says::PasswordChanged, None, now);
    Ok(())
}
