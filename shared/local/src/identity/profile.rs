//! Reads and changes a user's profile and address, and deletes the account.

use std::collections::BTreeMap;

use accounts::identity::{
    AccountOperations, Email, IdentityError, Name, Profile, Result, SignedInUser,
};
use async_trait::async_trait;
use secrecy::SecretString;

use super::{
    EmbeddedIdentity, codes,
    directory::{Account, CODES, Failure, Purpose, Tables},
    letters::{self, address},
    passwords,
    sessions::Claimed,
};

#[async_trait]
impl AccountOperations for EmbeddedIdentity {
    async fn profile(&self, user: &SignedInUser) -> Result<Profile> {
        let (user, now) = (Claimed::by(user)?, self.clock.now());
        let (email, account) = self.read(move |tables| user.check(tables, now)).await?;
        let mut attributes = BTreeMap::from([
            ("sub".to_owned(), account.sub),
            ("email".to_owned(), email.clone()),
            ("email_verified".to_owned(), true.to_string()),
        ]);
        if let Some(name) = &account.name {
            attributes.insert("name".to_owned(), name.clone());
        }
        let pending_email = account.pending_email.as_deref().map(address);
        Ok(Profile {
            email: Some(address(&email)?),
            email_verified: true,
            pending_email: pending_email.transpose()?,
            name: account.name,
            totp_enabled: account.totp.is_some(),
            providers: account.provider.into_iter().collect(),
            created_at: Some(account.created_at),
            attributes,
        })
    }

    async fn change_name(&self, user: &SignedInUser, name: Option<&Name>) -> Result<()> {
        let (user, now) = (Claimed::by(user)?, self.clock.now());
        let name = name.map(|name| name.as_str().to_owned());
        self.write(now, move |change| {
            let (email, mut account) = user.check(change, now)?;
            account.name = name;
            Ok(change.put_account(&email, &account)?)
        })
        .await
    }

    /// Mails a code to the new address. The work is the same whether or not the address belongs to another account.
    async fn change_email(
        &self,
        user: &SignedInUser,
        current: &SecretString,
        to: &Email,
    ) -> Result<()> {
        let user = Claimed::by(user)?;
        let known = passwords::prove(self, &user, current).await?;
        let now = self.clock.now();
        self.limits.mail_of_user(&user.sub, now).await?;
        let may_mail = self.limits.may_mail(to.as_str(), now).await;
        let mut code = codes::new(now)?;
        let wanted = to.clone();
        let written = self.write(now, move |change| {
            let (email, mut account) = user.check_proved(change, &known, now)?;
            code.mailed = may_mail && !is_taken(change, wanted.as_str(), &account)?;
            account.pending_email = Some(wanted.as_str().to_owned());
            change.put_account(&email, &account)?;
            change.put(&CODES, Purpose::VerifyEmail.of(&account.sub), &code)?;
            Ok((account.sub, code))
        });
        let (sub, code) = written.await?;
        if code.mailed {
            let code = Some(code.digits);
            letters::send(
                self,
                to.clone(),
                Some(sub),
                letters::VERIFY_EMAIL,
                code,
                now,
            );
        } else if may_mail {
            letters::send(self, to.clone(), None, letters::WANTED_ELSEWHERE, None, now);
        }
        Ok(())
    }

    /// Changes the address if the code is right. The groups move along, because they belong to the user.
    async fn verify_email(&self, user: &SignedInUser, digits: &SecretString) -> Result<()> {
        let user = Claimed::by(user)?;
        let attempts = &self.limits.verifications;
        let (mut tally, now) = attempts.begin(&user.sub, &*self.clock).await?;
        let digits = digits.clone();
        let moved = self.write(now, move |change| {
            let (before, mut account) = user.check(change, now)?;
            let right = codes::guess(change, Purpose::VerifyEmail, &account.sub, &digits, now)?;
            let Some(to) = account.pending_email.take_if(|_| right) else {
                return Ok(Err(IdentityError::WrongCode));
            };
            if is_taken(change, &to, &account)? {
                return Err(IdentityError::WrongCode.into());
            }
            account.address_since = now;
            change.remove_account(&before, &account.sub)?;
            change.put_account(&to, &account)?;
            for group in change.leave_groups(&before)? {
                change.add_to_group(&to, &group)?;
            }
            Ok(Ok((before != to).then_some((before, account.sub))))
        });
        let moved = moved.await??;
        tally.right();
        match moved {
            Some((before, sub)) => letters::tell(self, &before, sub, letters::ADDRESS_CHANGED, now),
            None => Ok(()),
        }
    }

    async fn delete_account(&self, user: &SignedInUser) -> Result<()> {
        let sub = user.id.as_str().to_owned();
        let email = self.write(self.clock.now(), move |change| {
            let found = change.account_of(&sub)?;
            if let Some((email, _)) = &found {
                change.remove_account(email, &sub)?;
                change.leave_groups(email)?;
            }
            change.retain_passkeys(&sub, |_| false)?;
            change.remove_sessions(&sub)?;
            change.remove_refresh_tokens(&sub)?;
            Ok(found.map(|(email, _)| email))
        });
        let email = email.await?;
        let email: Option<Email> = email.as_deref().map(address).transpose()?;
        self.mailbox.forget(&user.id, email.as_ref());
        self.end_waiting(user.id.as_str());
        Ok(())
    }
}

/// True if an address belongs to another account.
fn is_taken(tables: &impl Tables, email: &str, by: &Account) -> Result<bool, Failure> {
    let owner = tables.account(email)?;
    Ok(owner.is_some_and(|owner| owner.sub != by.sub))
}
