//! Signs up users, confirms their addresses and invites them.

use accounts::identity::{
    ClientContext, Confirmed, Email, IdentityError, PASSWORD_POLICY, Result, SignUp,
    SignUpOperations,
};
use async_trait::async_trait;
use secrecy::{ExposeSecret as _, SecretString};
use uuid::Uuid;

use super::{
    EmbeddedIdentity,
    codes::{self, NOBODY},
    directory::{self, Account, CODES, Purpose, SIGN_UPS, SignUps, Tables as _},
    hashing, letters, random,
};

#[async_trait]
impl SignUpOperations for EmbeddedIdentity {
    /// Keeps each sign-up apart: it changes neither an earlier sign-up nor an account.
    async fn sign_up(&self, new: SignUp, _: &ClientContext) -> Result<()> {
        PASSWORD_POLICY.check(&new.password)?;
        let now = self.clock.now();
        let may_mail = self.limits.may_mail(new.email.as_str(), now).await;
        // The work is the same, here and below, whether or not there is an account or another sign-up.
        let newest = newest_hash(self, &new.email).await?;
        let is_repeated = hashing::fits(&new.password, &newest).await?;
        let password_hash = hashing::hashed(&new.password).await?;
        let mut sign_up = directory::SignUp {
            name: new.name.map(|name| name.as_str().to_owned()),
            password_hash,
            code: codes::new(now)?,
        };
        let email = kept_for(&new.email, may_mail);
        let written = self.write(now, move |change| {
            let account = change.account(&email)?;
            let mut all = change
                .find(&SIGN_UPS, email.as_str())?
                .unwrap_or_else(|| SignUps::none(now));
            sign_up.code.mailed = may_mail && account.is_none();
            let digits = sign_up.code.digits.clone();
            let is_newest = |kept: &directory::SignUp| kept.password_hash == newest;
            if is_repeated && all.newest(now).is_some_and(is_newest) {
                all.repeat(sign_up);
            } else {
                all.add(sign_up);
            }
            change.put(&SIGN_UPS, email.as_str(), &all)?;
            Ok(match account {
                Some(account) => (account.sub, letters::HAS_ACCOUNT, None),
                None => (all.sub, letters::CONFIRM, Some(digits)),
            })
        });
        let (about, says, digits) = written.await?;
        if may_mail {
            letters::send(self, new.email, Some(about), says, digits, now);
        }
        Ok(())
    }

    /// Creates an account with the password that came with the code. Without one, the account gets the password of the
    /// sign-up if there was only one for the address. Otherwise a code to set a password is mailed, because the sign-up may
    /// be a stranger's.
    async fn confirm_sign_up(
        &self,
        email: &Email,
        digits: &SecretString,
        password: Option<&SecretString>,
        _: &ClientContext,
    ) -> Result<Confirmed> {
        password.map_or(Ok(()), |password| PASSWORD_POLICY.check(password))?;
        let attempts = &self.limits.confirmations;
        let (mut tally, now) = attempts.begin(email.as_str(), &*self.clock).await?;
        // The work is the same in every case, and is done before the code is checked.
        let chosen = match password {
            Some(password) => password.clone(),
            None => random::text()?,
        };
        let newest = newest_hash(self, email).await?;
        let is_of_sign_up = hashing::fits(&chosen, &newest).await?;
        let hash = hashing::hashed(&chosen).await?;
        let has_password = password.is_some();
        let mut code = codes::new(now)?;
        let (to, digits) = (email.as_str().to_owned(), digits.clone());
        let confirmed = self.write(now, move |change| {
            let (_, is_known) = change.account_or_decoy(&to)?;
            let (mut all, kept_for) = match change.find(&SIGN_UPS, to.as_str())? {
                Some(all) => (all, to.as_str()),
                None => (SignUps::none(now), NOBODY),
            };
            // An account may have come to the address since, by an invitation or from another address.
            let taken = if is_known {
                None
            } else {
                all.take(&digits, now)
            };
            change.put(&SIGN_UPS, kept_for, &all)?;
            let Some((sign_up, alone)) = taken else {
                return Ok(None);
            };
            let hash = if alone && !has_password {
                sign_up.password_hash
            } else {
                hash
            };
            // The name is kept only together with its password: nothing of a stranger's sign-up is kept.
            let is_own = alone && (!has_password || is_of_sign_up);
            let account = Account::new(all.sub, sign_up.name.filter(|_| is_own), hash, now);
            change.put_account(&to, &account)?;
            if alone || has_password {
                return Ok(Some((account.sub, None)));
            }
            code.mailed = true;
            change.put(&CODES, Purpose::ResetPassword.of(&to), &code)?;
            Ok(Some((account.sub, Some(code.digits))))
        });
        let (sub, reset) = confirmed.await?.ok_or(IdentityError::WrongCode)?;
        tally.right();
        let Some(digits) = reset else {
            return Ok(Confirmed::SignIn);
        };
        let to = email.clone();
        letters::send(self, to, Some(sub), letters::RESET, Some(digits), now);
        Ok(Confirmed::ResetPassword)
    }

    /// Mails another code for the newest sign-up. The caller may be anybody, which does no harm: if there were several
    /// sign-ups, the code alone sets no password.
    async fn resend_code(&self, email: &Email, _: &ClientContext) -> Result<()> {
        let now = self.clock.now();
        let may_mail = self.limits.may_mail(email.as_str(), now).await;
        let mut code = codes::new(now)?;
        let to = kept_for(email, may_mail);
        // The work is the same in every case.
        let written = self.write(now, move |change| {
            let account = change.account(&to)?;
            let mut all = change
                .find(&SIGN_UPS, to.as_str())?
                .unwrap_or_else(|| SignUps::none(now));
            code.mailed = may_mail && account.is_none();
            let digits = code.digits.clone();
            let waits = all.renew(code, now);
            change.put(&SIGN_UPS, to.as_str(), &all)?;
            Ok(match account {
                Some(account) => (Some(account.sub), letters::HAS_ACCOUNT, None),
                None if waits => (Some(all.sub), letters::CONFIRM, Some(digits)),
                None => (None, letters::NO_ACCOUNT_TO_CONFIRM, None),
            })
        });
        let (about, says, digits) = written.await?;
        if may_mail {
            letters::send(self, email.clone(), about, says, digits, now);
        }
        Ok(())
    }
}

impl EmbeddedIdentity {
    /// Makes an account for an address and mails it a temporary password, which has to be replaced
    /// at the first sign-in. Does nothing if the address has an account.
    ///
    /// # Errors
    /// [`IdentityError::Unavailable`].
    pub async fn invite(&self, email: &Email) -> Result<()> {
        let now = self.clock.now();
        let password = random::text()?;
        // However random, the password has a character of each kind.
        let password = format!("{}-Aa1", password.expose_secret());
        let hash = hashing::hashed(&password.clone().into()).await?;
        let mut new = Account::new(Uuid::new_v4().to_string(), None, hash, now);
        new.must_change = true;
        let to = email.clone();
        let sub = self.write(now, move |change| {
            if change.account(to.as_str())?.is_some() {
                return Ok(None);
            }
            change.put_account(to.as_str(), &new)?;
            Ok(Some(new.sub))
        });
        if let Some(sub) = sub.await? {
            let (to, password) = (email.clone(), Some(password));
            letters::send(self, to, Some(sub), letters::INVITED, password, now);
        }
        Ok(())
    }
}

/// The name under which the data of an anonymous request is stored: that of nobody if no mail may be sent, so that the
/// request takes as long and voids no code that was mailed.
pub(super) fn kept_for(email: &Email, may_mail: bool) -> String {
    if may_mail { email.as_str() } else { NOBODY }.to_owned()
}

/// The hash of the password of the newest sign-up, or that of a random password if there is none.
async fn newest_hash(on: &EmbeddedIdentity, email: &Email) -> Result<String> {
    let (email, now) = (email.clone(), on.clock.now());
    let newest = on.read(move |tables| {
        let waiting = tables.find(&SIGN_UPS, email.as_str())?;
        Ok(waiting.and_then(|waiting| Some(waiting.newest(now)?.password_hash.clone())))
    });
    Ok(newest.await?.unwrap_or_else(|| hashing::decoy().to_owned()))
}
