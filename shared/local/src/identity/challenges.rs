//! The challenges that follow a password.

use accounts::identity::{ChallengeAnswer, ClientContext, IdentityError, SignInStep};
use secrecy::{ExposeSecret as _, SecretString};

use super::{
    EmbeddedIdentity,
    directory::Tables as _,
    hashing,
    next::{self, Kind, Proved},
    passkeys, sign_up, totp,
};

pub(super) async fn respond_to_challenge(
    on: &EmbeddedIdentity,
    answer: &ChallengeAnswer,
    client: &ClientContext,
) -> Result<SignInStep, IdentityError> {
    if answer.name == passkeys::CHALLENGE {
        return passkeys::respond(on, answer, client).await;
    }
    let kind = Kind::named(&answer.name).ok_or(IdentityError::NotAccepted)?;
    let session = answer.session.expose_secret();
    let open = on.challenges.get(session, on.clock.now());
    let open = open.ok_or(IdentityError::SessionEnded)?;
    let response = answer.responses.get(kind.response());
    let response = response
        .filter(|_| open.kind == kind)
        .ok_or(IdentityError::NotAccepted)?;
    let step = match kind {
        Kind::Totp => with_code(on, open.sub, response, client).await?,
        Kind::NewPassword => with_new_password(on, open.sub, response, client).await?,
    };
    on.challenges.take(session, on.clock.now());
    Ok(step)
}

async fn with_code(
    on: &EmbeddedIdentity,
    sub: String,
    code: &SecretString,
    client: &ClientContext,
) -> Result<SignInStep, IdentityError> {
    let tally = on.limits.totp.at(&sub, on.clock.now());
    let mut tally = tally.lock().await;
    let now = on.clock.now();
    tally.begin(now)?;
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
        next::go_on(change, email, account, Proved::Totp, &client, now)
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
) -> Result<SignInStep, IdentityError> {
    sign_up::check(password)?;
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
        next::go_on(change, email, account, Proved::NewPassword, &client, now)
    });
    next::step(on, next.await?, now)
}
