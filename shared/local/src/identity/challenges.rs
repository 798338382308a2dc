//! What has to be proved after the password.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use api::identity::{Challenge, ChallengeAnswer, ClientContext, IdentityError, SignInStep};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use time::OffsetDateTime;

use super::{
    EmbeddedIdentity,
    accounts::{Account, Tables as _},
    hashing, random,
    sign_in::{self, Proved},
    sign_up, totp, unavailable,
};

/// How long a challenge waits for its answer: as long as Amazon Cognito's.
const CHALLENGES_LAST: Duration = Duration::from_mins(3);
/// How many wait at most.
const MOST: usize = 4_096;

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

/// The challenges that wait for an answer, by session. A restart ends them.
#[derive(Debug, Default)]
pub(super) struct Challenges(Mutex<HashMap<String, Waiting>>);

#[derive(Debug, Clone)]
struct Waiting {
    sub: String,
    kind: Kind,
    until: OffsetDateTime,
}

impl Challenges {
    fn add(&self, waiting: Waiting, now: OffsetDateTime) -> Result<SecretString, IdentityError> {
        let session = random::text().map_err(unavailable)?;
        let mut all = self.lock();
        if all.len() >= MOST {
            all.retain(|_, waiting| now < waiting.until);
        }
        if all.len() >= MOST {
            let oldest = all.iter().min_by_key(|(_, waiting)| waiting.until);
            let oldest = oldest.map(|(session, _)| session.clone());
            oldest.map(|session| all.remove(&session));
        }
        all.insert(session.expose_secret().to_owned(), waiting);
        Ok(session)
    }

    fn get(&self, session: &SecretString, now: OffsetDateTime) -> Option<Waiting> {
        let found = self.lock().get(session.expose_secret()).cloned();
        found.filter(|waiting| now < waiting.until)
    }

    fn remove(&self, session: &SecretString) {
        self.lock().remove(session.expose_secret());
    }

    /// Ends those of a user.
    pub(super) fn end(&self, sub: &str) {
        self.lock().retain(|_, waiting| waiting.sub != sub);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Waiting>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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
    let waiting = Waiting {
        sub: account.sub.clone(),
        kind,
        until: now + CHALLENGES_LAST,
    };
    let session = on.challenges.add(waiting, now)?;
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

pub(super) async fn respond(
    on: &EmbeddedIdentity,
    answer: &ChallengeAnswer,
    client: &ClientContext,
) -> Result<SignInStep, IdentityError> {
    let kind = Kind::named(&answer.name).ok_or(IdentityError::NotAccepted)?;
    let waiting = on.challenges.get(&answer.session, on.clock.now());
    let waiting = waiting.ok_or(IdentityError::SessionEnded)?;
    let response = answer.responses.get(kind.response());
    let response = response
        .filter(|_| waiting.kind == kind)
        .ok_or(IdentityError::NotAccepted)?;
    let step = match kind {
        Kind::Totp => with_code(on, waiting.sub, response, client).await?,
        Kind::NewPassword => with_new_password(on, waiting.sub, response, client).await?,
    };
    on.challenges.remove(&answer.session);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_challenges_wait_than_there_is_room_for_and_the_oldest_make_it() {
        let challenges = Challenges::default();
        let add = |i: usize| {
            let now = OffsetDateTime::UNIX_EPOCH + Duration::from_millis(i.try_into().unwrap());
            let waiting = Waiting {
                sub: i.to_string(),
                kind: Kind::Totp,
                until: now + CHALLENGES_LAST,
            };
            challenges.add(waiting, now).unwrap()
        };
        let sessions: Vec<_> = (0..=MOST).map(add).collect();
        assert_eq!(challenges.lock().len(), MOST);
        let known = |i: usize| {
            challenges
                .get(&sessions[i], OffsetDateTime::UNIX_EPOCH)
                .is_some()
        };
        assert!(!known(0));
        assert!(known(1) && known(MOST));
        // Those that are over make room for all.
        add(1_000_000);
        assert_eq!(challenges.lock().len(), 1);
    }
}
