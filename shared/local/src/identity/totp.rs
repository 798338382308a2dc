//! Sets up authenticator apps, and checks their codes.

use accounts::identity::{IdentityError, Name, Result, SignedInUser, TotpOperations};
use async_trait::async_trait;
use secrecy::{ExposeSecret as _, SecretString};
use time::OffsetDateTime;

use super::{
    EmbeddedIdentity, directory::Authenticator, letters, passwords, random, sessions::Claimed,
};
use crate::authenticator;

#[async_trait]
impl TotpOperations for EmbeddedIdentity {
    async fn set_up_totp(
        &self,
        user: &SignedInUser,
        current: &SecretString,
    ) -> Result<SecretString> {
        let user = Claimed::by(user)?;
        let known = passwords::prove(self, &user, current).await?;
        let now = self.clock.now();
        let secret = authenticator::secret(random::bytes()?);
        let kept = secret.clone();
        self.write(now, move |change| {
            let (email, mut account) = user.check_proved(change, &known, now)?;
            account.pending_totp = Some(kept);
            Ok(change.put_account(&email, &account)?)
        })
        .await?;
        Ok(secret.into())
    }

    /// The code stays valid for one sign-in.
    async fn verify_totp(
        &self,
        user: &SignedInUser,
        code: &SecretString,
        device: Option<&Name>,
    ) -> Result<()> {
        let user = Claimed::by(user)?;
        let (mut tally, now) = self.limits.totp.begin(&user.sub, &*self.clock).await?;
        let code = code.clone();
        let name = device.map(|name| name.as_str().to_owned());
        let turned_on = self.write(now, move |change| {
            let (email, mut account) = user.check(change, now)?;
            let secret = account
                .pending_totp
                .take_if(|secret| time_step(secret, &code, now).is_some())
                .ok_or(IdentityError::WrongCode)?;
            account.totp = Some(Authenticator {
                secret,
                name,
                since: now,
                last_step: None,
            });
            change.put_account(&email, &account)?;
            Ok((email, account.sub))
        });
        let (email, sub) = turned_on.await?;
        tally.right();
        letters::tell(self, &email, sub, letters::TOTP_TURNED_ON, now)
    }

    async fn turn_off_totp(&self, user: &SignedInUser, current: &SecretString) -> Result<()> {
        let user = Claimed::by(user)?;
        let known = passwords::prove(self, &user, current).await?;
        let now = self.clock.now();
        let turned_off = self.write(now, move |change| {
            let (email, mut account) = user.check_proved(change, &known, now)?;
            let was_on = account.totp.take().is_some();
            account.pending_totp = None;
            change.put_account(&email, &account)?;
            Ok(was_on.then_some((email, account.sub)))
        });
        match turned_off.await? {
            Some((email, sub)) => letters::tell(self, &email, sub, letters::TOTP_TURNED_OFF, now),
            None => Ok(()),
        }
    }
}

/// The time step of a code, if it is the current one or a neighbour of it.
pub(super) fn time_step(secret: &str, code: &SecretString, now: OffsetDateTime) -> Option<u64> {
    let now = now.unix_timestamp().try_into().ok()?;
    authenticator::totp(secret)?.check(code.expose_secret(), now)
}
