//! Signs users in with a password: returns tokens, or a challenge.

use accounts::identity::{ClientContext, Email, IdentityError, SignInStep};
use secrecy::SecretString;
use time::OffsetDateTime;

use super::{
    EmbeddedIdentity,
    challenges::{self, Kind},
    directory::{Account, Change, Failure, Tables as _, sign_ups},
    hashing,
    sessions::{self, SignedIn},
};

pub(super) async fn sign_in(
    on: &EmbeddedIdentity,
    email: &Email,
    password: &SecretString,
    client: &ClientContext,
) -> Result<SignInStep, IdentityError> {
    let tally = on.limits.sign_ins.at(email.as_str(), on.clock.now());
    let mut tally = tally.lock().await;
    let now = on.clock.now();
    tally.begin(now)?;
    let of = email.clone();
    let found = on.read(move |tables| {
        let (account, known) = tables.account_or_decoy(of.as_str())?;
        let waiting = sign_ups(tables, of.as_str())?;
        let newest = waiting.and_then(|waiting| Some(waiting.newest(now)?.password_hash.clone()));
        Ok((account, known, newest))
    });
    let (account, known, newest) = found.await?;
    // Two hashes are verified in every case, so that the time tells nothing. Of several sign-ups only the newest
    // counts: more hashes would cost too much.
    let newest = newest.unwrap_or_else(|| hashing::decoy().to_owned());
    let hashes = [account.password_hash.clone(), newest];
    let [fits, waits] = hashing::fits_either(password, hashes).await?;
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
    let next = on.write(now, move |change| {
        let still = change.account(&email)?;
        let account = still
            .filter(|still| still.password_hash == account.password_hash)
            .ok_or(IdentityError::WrongCredentials)?;
        go_on(change, email, account, Proved::Password, &client, now)
    });
    step(on, next.await?, now)
}

/// The factor that a user has proved last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Proved {
    Password,
    Totp,
    NewPassword,
    /// A passkey, whose authenticator verified the user: two factors.
    Passkey,
}

/// The next step of a sign-in.
pub(super) enum Next {
    Challenge(Kind, String, Account),
    Tokens(SignedIn),
}

/// Starts a session, unless something else has to be proved first.
pub(super) fn go_on(
    change: &Change,
    email: String,
    account: Account,
    proved: Proved,
    client: &ClientContext,
    now: OffsetDateTime,
) -> Result<Next, Failure> {
    let demanded = match proved {
        Proved::Password if account.totp.is_some() => Some(Kind::Totp),
        _ if account.must_change => Some(Kind::NewPassword),
        _ => None,
    };
    match demanded {
        Some(kind) => Ok(Next::Challenge(kind, email, account)),
        None => sessions::start(change, email, account, client, now).map(Next::Tokens),
    }
}

pub(super) fn step(
    on: &EmbeddedIdentity,
    next: Next,
    now: OffsetDateTime,
) -> Result<SignInStep, IdentityError> {
    match next {
        Next::Challenge(kind, email, account) => {
            let challenge = challenges::challenge(on, kind, &email, &account, now)?;
            Ok(SignInStep::Challenge(challenge))
        }
        Next::Tokens(signed_in) => on.tokens(&signed_in, now).map(SignInStep::Done),
    }
}
