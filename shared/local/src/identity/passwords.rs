//! Resets and changes passwords.

use accounts::identity::{
    ClientContext, Email, IdentityError, PASSWORD_POLICY, PasswordOperations, Result, SignedInUser,
};
use async_trait::async_trait;
use secrecy::SecretString;

use super::{
    EmbeddedIdentity, codes,
    directory::{Account, CODES, Purpose, SIGN_UPS, Tables as _},
    hashing, letters,
    sessions::Claimed,
    sign_up,
};

#[async_trait]
impl PasswordOperations for EmbeddedIdentity {
    async fn forgot_password(&self, email: &Email, _: &ClientContext) -> Result<()> {
        let now = self.clock.now();
        let may_mail = self.limits.may_mail(email.as_str(), now).await;
        let mut code = codes::new(now)?;
        let to = sign_up::kept_for(email, may_mail);
        // The work is the same in every case, so that its time tells nothing.
        let written = self.write(now, move |change| {
            let account = change.account(&to)?;
            let waiting = change.find(&SIGN_UPS, to.as_str())?;
            let waits = waiting.is_some_and(|waiting| waiting.newest(now).is_some());
            let says = match account {
                Some(Account {
                    provider: Some(_), ..
                }) => letters::HAS_NO_PASSWORD,
                Some(_) => letters::RESET,
                None if waits => letters::CONFIRM_FIRST,
                None => letters::NO_ACCOUNT_TO_RESET,
            };
            code.mailed = may_mail && says == letters::RESET;
            change.put(&CODES, Purpose::ResetPassword.of(&to), &code)?;
            Ok((account.map(|account| account.sub), says, code))
        });
        let (about, says, code) = written.await?;
        if may_mail {
            let digits = code.mailed.then_some(code.digits);
            letters::send(self, email.clone(), about, says, digits, now);
        }
        Ok(())
    }

    /// Resets the password, and ends all sessions, which Amazon Cognito does not do: whoever made the reset necessary may
    /// have one. Removes an authenticator app and passkeys that were set up before the address was the account's: they may
    /// belong to somebody else than the reader of the mail.
    async fn reset_password(
        &self,
        email: &Email,
        digits: &SecretString,
        new: &SecretString,
        _: &ClientContext,
    ) -> Result<()> {
        PASSWORD_POLICY.check(new)?;
        let attempts = &self.limits.resets;
        let (mut tally, now) = attempts.begin(email.as_str(), &*self.clock).await?;
        // The password is hashed before the code is checked, so that the time tells nothing of the code.
        let hash = hashing::hashed(new).await?;
        let (to, digits) = (email.clone(), digits.clone());
        let reset = self.write(now, move |change| {
            let (mut account, is_known) = change.account_or_decoy(to.as_str())?;
            let right = codes::guess(change, Purpose::ResetPassword, to.as_str(), &digits, now)?;
            if !(right && is_known) {
                return Ok(Err(IdentityError::WrongCode));
            }
            account.password_hash = hash;
            account.must_change = false;
            let address_since = account.address_since;
            account.totp.take_if(|totp| totp.since < address_since);
            account.pending_totp = None;
            change.retain_passkeys(&account.sub, |passkey| passkey.since >= address_since)?;
            change.put_account(to.as_str(), &account)?;
            change.remove(&CODES, Purpose::ResetPassword.of(to.as_str()))?;
            change.remove_sessions(&account.sub)?;
            Ok(Ok(account.sub))
        });
        let sub = reset.await??;
        self.end_waiting(&sub);
        tally.right();
        letters::tell(self, email.as_str(), sub, letters::PASSWORD_CHANGED, now)
    }

    /// Changes the password. Ends no session, like Amazon Cognito.
    async fn change_password(
        &self,
        user: &SignedInUser,
        current: &SecretString,
        new: &SecretString,
    ) -> Result<()> {
        PASSWORD_POLICY.check(new)?;
        let user = Claimed::by(user)?;
        let known = prove(self, &user, current).await?;
        let hash = hashing::hashed(new).await?;
        let now = self.clock.now();
        let changed = self.write(now, move |change| {
            let (email, mut account) = user.check_proved(change, &known, now)?;
            account.password_hash = hash;
            change.put_account(&email, &account)?;
            Ok((email, account.sub))
        });
        let (email, sub) = changed.await?;
        self.end_waiting(&sub);
        letters::tell(self, &email, sub, letters::PASSWORD_CHANGED, now)
    }
}

/// Checks the current password of a user, and returns its hash: the write compares it with the hash that is stored then.
pub(super) async fn prove(
    on: &EmbeddedIdentity,
    user: &Claimed,
    current: &SecretString,
) -> Result<String> {
    let (mut tally, now) = on.limits.passwords.begin(&user.sub, &*on.clock).await?;
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
