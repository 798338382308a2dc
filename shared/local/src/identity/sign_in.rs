//! Signs users in with a password, and with the challenges that follow it: returns tokens, or a challenge.

use accounts::identity::{
    ChallengeAnswer, ClientContext, Email, IdentityError, PASSWORD_POLICY, Result,
    SignInOperations, SignInStep,
};
use async_trait::async_trait;
use secrecy::{ExposeSecret as _, SecretString};

use super::{
    EmbeddedIdentity,
    directory::{SIGN_UPS, Tables as _},
    hashing, next, passkeys, totp,
};

#[async_trait]
impl SignInOperations for EmbeddedIdentity {
    async fn sign_in(
        &self,
        email: &Email,
        password: &SecretString,
        client: &ClientContext,
    ) -> Result<SignInStep> {
        let attempts = &self.limits.sign_ins;
        let (mut tally, now) = attempts.begin(email.as_str(), &*self.clock).await?;
        let of = email.clone();
        let found = self.read(move |tables| {
            let (account, known) = tables.account_or_decoy(of.as_str())?;
            let waiting = tables.find(&SIGN_UPS, of.as_str())?;
            let newest =
                waiting.and_then(|waiting| Some(waiting.newest(now)?.password_hash.clone()));
            Ok((account, known, newest))
        });
        let (account, known, newest) = found.await?;
        // Two hashes are verified in every case, so that the time tells nothing. Of several sign-ups only the newest
        // counts: more hashes would cost too much.
        let newest = newest.unwrap_or_else(|| hashing::decoy().to_owned());
        let fits = hashing::fits(password, &account.password_hash).await?;
        let waits = hashing::fits(password, &newest).await?;
        if !(fits && known) {
            // A user who signed up gets this answer even if somebody else has the account, so it tells nothing. The attempt
            // still counts as wrong.
            return Err(if waits {
                IdentityError::NotConfirmed
            } else {
                IdentityError::WrongCredentials
            });
        }
        tally.right();
        drop(tally);
        let (email, client) = (email.as_str().to_owned(), client.clone());
        let next = self.write(now, move |change| {
            let still = change.account(&email)?;
            let account = still
                .filter(|still| still.password_hash == account.password_hash)
                .ok_or(IdentityError::WrongCredentials)?;
            next::go_on(change, email, account, false, &client, now)
        });
        next::step(self, next.await?, now)
    }

    async fn respond_to_challenge(
        &self,
        answer: &ChallengeAnswer,
        client: &ClientContext,
    ) -> Result<SignInStep> {
        let wanted = match answer.name.as_str() {
            passkeys::CHALLENGE => return passkeys::respond(self, answer, client).await,
            next::TOTP => "SOFTWARE_TOKEN_MFA_CODE",
            next::NEW_PASSWORD => "NEW_PASSWORD",
            _ => return Err(IdentityError::NotAccepted),
        };
        let session = answer.session.expose_secret();
        let open = self.challenges.get(session, self.clock.now());
        let open = open.ok_or(IdentityError::SessionEnded)?;
        let response = answer.responses.get(wanted);
        let response = response
            .filter(|_| open.name == answer.name)
            .ok_or(IdentityError::NotAccepted)?;
        let step = if open.name == next::TOTP {
            with_code(self, open.sub, response, client).await?
        } else {
            with_new_password(self, open.sub, response, client).await?
        };
        self.challenges.take(session, self.clock.now());
        Ok(step)
    }
}

async fn with_code(
    on: &EmbeddedIdentity,
    sub: String,
    code: &SecretString,
    client: &ClientContext,
) -> Result<SignInStep> {
    let (mut tally, now) = on.limits.totp.begin(&sub, &*on.clock).await?;
    let (code, client) = (code.clone(), client.clone());
    let next = on.write(now, move |change| {
        let found = change.account_of(&sub)?;
        let (email, mut account) = found.ok_or(IdentityError::SessionEnded)?;
        let totp = account.totp.as_mut().ok_or(IdentityError::SessionEnded)?;
        let step = totp::time_step(&totp.secret, &code, now)
            .filter(|step| totp.last_step.is_none_or(|last| *step > last))
            .ok_or(IdentityError::WrongCode)?;
        totp.last_step = Some(step);
        change.put_account(&email, &account)?;
        next::go_on(change, email, account, true, &client, now)
    });
    let next = next.await?;
    tally.right();
    next::step(on, next, now)
}

async fn with_new_password(
    on: &EmbeddedIdentity,
    sub: String,
    password: &SecretString,
    client: &ClientContext,
) -> Result<SignInStep> {
    PASSWORD_POLICY.check(password)?;
    let hash = hashing::hashed(password).await?;
    let (client, now) = (client.clone(), on.clock.now());
    let next = on.write(now, move |change| {
        let found = change.account_of(&sub)?;
        let (email, mut account) = found
            .filter(|(_, account)| account.must_change)
            .ok_or(IdentityError::SessionEnded)?;
        account.password_hash = hash;
        account.must_change = false;
        change.put_account(&email, &account)?;
        next::go_on(change, email, account, true, &client, now)
    });
    next::step(on, next.await?, now)
}
