//! New passwords in the place of forgotten ones and of old ones.

use api::identity::{Email, IdentityError, SignedInUser};
use secrecy::SecretString;

use super::{
    EmbeddedIdentity,
    accounts::{Purpose, Tables as _, sign_ups},
    codes, hashing,
    letters::{self, Says},
    sessions::Claimed,
    sign_up,
};

pub(super) async fn forgot(on: &EmbeddedIdentity, email: &Email) -> Result<(), IdentityError> {
    let now = on.clock.now();
    on.limits.mail(email.as_str(), now).await?;
    let mut code = codes::new(now)?;
    let to = email.clone();
    // The same work in every case.
    let written = on.write(now, move |change| {
        let account = change.account(to.as_str())?;
        let waiting = sign_ups(change, to.as_str())?;
        let waits = waiting.is_some_and(|waiting| waiting.newest(now).is_some());
        let says = match account {
            Some(_) => Says::Reset,
            None if waits => Says::ConfirmFirst,
            None => Says::NoAccountToReset,
        };
        code.mailed = says.brings_code();
        change.put_code(Purpose::ResetPassword, to.as_str(), &code)?;
        Ok((account.map(|account| account.sub), says, code))
    });
    let (about, says, code) = written.await?;
    let digits = code.mailed.then_some(code.digits);
    letters::send(on, email.clone(), about, says, digits, now);
    Ok(())
}

/// Ends all sessions too, which Amazon Cognito does not do: whoever made the reset necessary may
/// have one.
pub(super) async fn reset(
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
    // Before anything is known of the code, so that time does not tell.
    let hash = hashing::hashed(new).await?;
    let (email, digits) = (email.clone(), digits.clone());
    let reset = on.write(now, move |change| {
        let account = change.account(email.as_str())?;
        let right = codes::guess(change, Purpose::ResetPassword, email.as_str(), &digits, now)?;
        let Some(mut account) = account.filter(|_| right) else {
            return Ok(Err(IdentityError::WrongCode));
        };
        account.password_hash = hash;
        account.must_change = false;
        change.put_account(email.as_str(), &account)?;
        change.remove_code(Purpose::ResetPassword, email.as_str())?;
        change.remove_sessions(&account.sub)?;
        Ok(Ok(account.sub))
    });
    let sub = reset.await??;
    on.challenges.end(&sub);
    tally.right();
    Ok(())
}

/// Ends no session, as Amazon Cognito does not.
pub(super) async fn change(
    on: &EmbeddedIdentity,
    user: &SignedInUser,
    current: &SecretString,
    new: &SecretString,
) -> Result<(), IdentityError> {
    sign_up::check(new)?;
    let user = Claimed::by(user)?;
    let sub = user.sub.clone();
    let tally = on.limits.passwords.at(&sub, on.clock.now());
    let mut tally = tally.lock().await;
    let now = on.clock.now();
    tally.begin(now)?;
    let known = on.read(move |tables| {
        let (_, account) = user.check(tables, now)?;
        Ok((user, account.password_hash))
    });
    let (user, known) = known.await?;
    if !hashing::fits(current, &known).await? {
        return Err(IdentityError::WrongCredentials);
    }
    let hash = hashing::hashed(new).await?;
    let changed = on.write(now, move |change| {
        let (email, mut account) = user.check(change, now)?;
        if account.password_hash != known {
            return Err(IdentityError::WrongCredentials.into());
        }
        account.password_hash = hash;
        Ok(change.put_account(&email, &account)?)
    });
    changed.await?;
    on.challenges.end(&sub);
    tally.right();
    Ok(())
}
