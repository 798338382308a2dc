//! The next step of a sign-in: a challenge, or tokens.

use std::{collections::BTreeMap, time::Duration};

use accounts::identity::{Challenge, ClientContext, Result, SignInStep};
use serde_json::json;
use time::OffsetDateTime;

use super::{
    EmbeddedIdentity,
    directory::{Account, Change, Failure},
    sessions::{self, SignedIn},
    waiting::Waiting,
};

/// The time that a challenge waits for its answer: as long as Amazon Cognito's.
pub(super) const CHALLENGES_LAST: Duration = Duration::from_mins(3);

/// The name of the challenge to send a code of an authenticator app, as Amazon Cognito's.
pub(super) const TOTP: &str = "SOFTWARE_TOKEN_MFA";
/// The name of the challenge to replace the password.
pub(super) const NEW_PASSWORD: &str = "NEW_PASSWORD_REQUIRED";

/// The challenges that wait for an answer, by session.
pub(super) type Challenges = Waiting<Open>;

/// A challenge that was not answered yet.
#[derive(Debug, Clone)]
pub(super) struct Open {
    pub(super) sub: String,
    pub(super) name: &'static str,
}

/// The next step of a sign-in.
pub(super) enum Next {
    /// The name of the challenge, and the address and account of the user.
    Challenge(&'static str, String, Account),
    Tokens(SignedIn),
}

/// Starts a session, unless something else has to be proved first: by a code of an authenticator app, unless `second_factor` was
/// proved, or by a new password.
pub(super) fn go_on(
    change: &Change,
    email: String,
    account: Account,
    second_factor: bool,
    client: &ClientContext,
    now: OffsetDateTime,
) -> Result<Next, Failure> {
    if account.totp.is_some() && !second_factor {
        Ok(Next::Challenge(TOTP, email, account))
    } else if account.must_change {
        Ok(Next::Challenge(NEW_PASSWORD, email, account))
    } else {
        sessions::start(change, email, account, client, now).map(Next::Tokens)
    }
}

/// Challenges a user as Amazon Cognito does, or issues tokens.
pub(super) fn step(on: &EmbeddedIdentity, next: Next, now: OffsetDateTime) -> Result<SignInStep> {
    let (name, email, account) = match next {
        Next::Challenge(name, email, account) => (name, email, account),
        Next::Tokens(signed_in) => return on.tokens(&signed_in, now).map(SignInStep::Done),
    };
    let mut parameters = BTreeMap::new();
    let mut add = |name: &str, value: String| parameters.insert(name.to_owned(), value);
    add("USER_ID_FOR_SRP", account.sub.clone());
    if name == TOTP {
        let device = account.totp.and_then(|totp| totp.name);
        device.map(|name| add("FRIENDLY_DEVICE_NAME", name));
    } else {
        let mut attributes = json!({ "email": email, "email_verified": "true" });
        if let Some(name) = account.name {
            attributes["name"] = name.into();
        }
        add("requiredAttributes", "[]".to_owned());
        add("userAttributes", attributes.to_string());
    }
    let sub = account.sub;
    let until = now + CHALLENGES_LAST;
    Ok(SignInStep::Challenge(Challenge {
        name: name.to_owned(),
        parameters,
        available: Vec::new(),
        session: on.challenges.keep(Open { sub, name }, until, now)?,
    }))
}
