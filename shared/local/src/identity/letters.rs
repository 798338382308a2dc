//! The letters about accounts: a subject each, and no other text.

use accounts::identity::{Email, Result};
use kit::user::UserId;
use time::OffsetDateTime;

use super::EmbeddedIdentity;
use crate::mailbox::Letter;

pub(super) const CONFIRM: &str = "Your confirmation code";
pub(super) const HAS_ACCOUNT: &str = "You already have an account";
pub(super) const NO_ACCOUNT_TO_CONFIRM: &str =
    "Somebody asked for a confirmation code, but there is no account for this address";
pub(super) const RESET: &str = "Your code to set a new password";
pub(super) const HAS_NO_PASSWORD: &str =
    "Somebody asked to set a new password, but this account signs in with another provider";
pub(super) const NO_ACCOUNT_TO_RESET: &str =
    "Somebody asked to set a new password, but there is no account for this address";
pub(super) const CONFIRM_FIRST: &str =
    "Somebody asked to set a new password, but this address is not confirmed yet";
pub(super) const VERIFY_EMAIL: &str = "Your code to verify this address";
pub(super) const WANTED_ELSEWHERE: &str =
    "Somebody wanted this address for another account, but it has one already";
pub(super) const INVITED: &str = "Your temporary password";
pub(super) const ADDRESS_CHANGED: &str =
    "Your account has another address now. If that was not you, tell us at once";
pub(super) const PASSWORD_CHANGED: &str =
    "Your password was changed. If that was not you, reset it and sign out everywhere";
pub(super) const TOTP_TURNED_ON: &str =
    "Signing in takes a code of an authenticator app now. If that was not you, reset your password";
pub(super) const TOTP_TURNED_OFF: &str = "Signing in takes no code of an authenticator app any more. If that was not you, reset your password";
pub(super) const SIGN_IN_ELSEWHERE: &str = "Your code to sign in with the stand-in provider";
pub(super) const PASSKEY_ADDED: &str =
    "A passkey signs you in now. If that was not you, remove it and reset your password";
pub(super) const PASSKEY_REMOVED: &str =
    "A passkey of yours signs nobody in any more. If that was not you, sign out everywhere";

/// Sends a letter. `about` is the user of the account and `code` the code in the letter, if there are any.
pub(super) fn send(
    on: &EmbeddedIdentity,
    to: Email,
    about: Option<String>,
    subject: &str,
    code: Option<String>,
    at: OffsetDateTime,
) {
    on.mailbox.send(Letter {
        to,
        subject: subject.to_owned(),
        code,
        at,
        about: about.map(UserId::new),
    });
}

/// Sends a letter without a code to the stored address of a user.
pub(super) fn tell(
    on: &EmbeddedIdentity,
    email: &str,
    sub: String,
    subject: &str,
    at: OffsetDateTime,
) -> Result<()> {
    send(on, address(email)?, Some(sub), subject, None, at);
    Ok(())
}

/// Parses a stored address, which was valid when it was stored.
pub(super) fn address(kept: &str) -> Result<Email> {
    Email::parse(kept).map_err(super::unavailable)
}
