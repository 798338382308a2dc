//! Authenticator apps.

use api::{
    identity::{IdentityError, SignedInUser},
    movie::Name,
};
use secrecy::{ExposeSecret as _, SecretString};
use time::OffsetDateTime;

use super::{EmbeddedIdentity, accounts::Authenticator, random, sessions::Claimed, unavailable};
use crate::authenticator;

pub(super) async fn set_up(
    on: &EmbeddedIdentity,
    user: &SignedInUser,
) -> Result<SecretString, IdentityError> {
    let (user, now) = (Claimed::by(user)?, on.clock.now());
    let secret = authenticator::secret(random::bytes().map_err(unavailable)?);
    let kept = secret.clone();
    on.write(now, move |change| {
        let (email, mut account) = user.check(change, now)?;
        account.pending_totp = Some(kept);
        Ok(change.put_account(&email, &account)?)
    })
    .await?;
    Ok(secret.into())
}

/// The code is good for one sign-in yet.
pub(super) async fn verify(
    on: &EmbeddedIdentity,
    user: &SignedInUser,
    code: &SecretString,
    device: Option<&Name>,
) -> Result<(), IdentityError> {
    let user = Claimed::by(user)?;
    let tally = on.limits.totp.at(&user.sub, on.clock.now());
    let mut tally = tally.lock().await;
    let now = on.clock.now();
    tally.begin(now)?;
    let code = code.clone();
    let name = device.map(|name| name.as_str().to_owned());
    on.write(now, move |change| {
        let (email, mut account) = user.check(change, now)?;
        let secret = account
            .pending_totp
            .take_if(|secret| time_step(secret, &code, now).is_some())
            .ok_or(IdentityError::WrongCode)?;
        account.totp = Some(Authenticator {
            secret,
            name,
            last_step: None,
        });
        Ok(change.put_account(&email, &account)?)
    })
    .await?;
    tally.right();
    Ok(())
}

pub(super) async fn turn_off(
    on: &EmbeddedIdentity,
    user: &SignedInUser,
) -> Result<(), IdentityError> {
    let (user, now) = (Claimed::by(user)?, on.clock.now());
    on.write(now, move |change| {
        let (email, mut account) = user.check(change, now)?;
        account.totp = None;
        account.pending_totp = None;
        Ok(change.put_account(&email, &account)?)
    })
    .await
}

/// The time step that a code is of, if that is now, or just before or after.
pub(super) fn time_step(secret: &str, code: &SecretString, now: OffsetDateTime) -> Option<u64> {
    let now = now.unix_timestamp().try_into().ok()?;
    authenticator::totp(secret)?.check(code.expose_secret(), now)
}
