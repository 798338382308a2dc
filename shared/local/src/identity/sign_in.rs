//! Signs users in with a password: returns tokens, or a challenge.

use accounts::identity::{ClientContext, Email, IdentityError, SignInStep};
use secrecy::SecretString;

use super::{
    EmbeddedIdentity,
    directory::{Tables as _, sign_ups},
    hashing,
    next::{Proved, go_on, step},
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
