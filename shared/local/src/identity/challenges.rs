//! The challenges that follow a password.

use std::{collections::BTreeMap, time::Duration};

use accounts::identity::{Challenge, ChallengeAnswer, ClientContext, IdentityError, SignInStep};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use time::OffsetDateTime;

use super::{
    EmbeddedIdentity,
    directory::{Account, Tables as _},
    hashing, passkeys, random,
    sign_in::{self, Proved},
    sign_up, totp, unavailable,
    waiting::Waiting,
};

/// The time that a challenge waits for its answer: as long as Amazon Cognito's.
pub(super) const CHALLENGES_LAST: Duration = Duration::from_mins(3);

/// A kind of challenge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Totp,
    NewPassword,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Totp => "SOFTWARE_TOKEN_MFA",
            Self::NewPassword => "NEW_PASSWORD_REQUIRED",
        }
    }

    fn response(self) -> &'static str {
        match self {
            Self::Totp => "SOFTWARE_TOKEN_MFA_CODE",
            Self::NewPassword => "NEW_PASSWORD",
        }
    }

    fn named(name: &str) -> Option<Self> {
        [Self::Totp, Self::NewPassword]
            .into_iter()
            .find(|kind| kind.name() == name)
    }
}

/// The challenges that wait for an answer, by session.
pub(super) type Challenges = Waiting<Open>;

/// A challenge that was not answered yet.
#[derive(Debug, Clone)]
pub(super) struct Open {
    sub: String,
    kind: Kind,
}

impl Challenges {
    /// Ends the challenges of a user.
    pub(super) fn end(&self, sub: &str) {
        self.retain(|open| open.sub != sub);
    }
}

/// Challenges a user, as Amazon Cognito does.
pub(super) fn challenge(
    on: &EmbeddedIdentity,
    kind: Kind,
    email: &str,
    account: &Account,
    now: OffsetDateTime,
) -> Result<Challenge, IdentityError> {
    let open = Open {
        sub: account.sub.clone(),
        kind,
    };
    let session = random::text().map_err(unavailable)?;
    let key = session.expose_secret().to_owned();
    on.challenges.add(key, open, now + CHALLENGES_LAST, now);
    let mut parameters = BTreeMap::new();
    let mut add = |name: &str, value: String| parameters.insert(name.to_owned(), value);
    add("USER_ID_FOR_SRP", account.sub.clone());
    match kind {
        Kind::Totp => {
            let device = account.totp.as_ref().and_then(|totp| totp.name.clone());
            device.map(|name| add("FRIENDLY_DEVICE_NAME", name));
        }
        Kind::NewPassword => {
            let mut attributes = json!({ "email": email, "email_verified": "true" });
            if let Some(name) = &account.name {
                attributes["name"] = name.as_str().into();
            }
            add("requiredAttributes", "[]".to_owned());
            add("userAttributes", attributes.to_string());
        }
    }
    Ok(Challenge {
        name: kind.name().to_owned(),
        parameters,
        available: Vec::new(),
        session,
    })
}

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
        sign_in::go_on(change, email, account, Proved::Totp, &client, now)
    });
    let next = next.await?;
    tally.right();
    sign_in::step(on, next, now)
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
        sign_in::go_on(change, email, account, Proved::NewPassword, &client, now)
    });
    sign_in::step(on, next.await?, now)
}
