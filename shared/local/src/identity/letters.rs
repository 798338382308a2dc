//! The letters about accounts.

use accounts::identity::{Email, Result};
use kit::user::UserId;
use time::OffsetDateTime;

use super::EmbeddedIdentity;
use crate::mailbox::Letter;

/// The kind of a letter.
#[derive(Debug, Clone, Copy)]
pub(super) struct Says {
    subject: &'static str,
    /// True if the letter brings a code of six digits.
    pub(super) brings_code: bool,
}

impl Says {
    pub(super) const CONFIRM: Self = Self::code("Your confirmation code");
    pub(super) const HAS_ACCOUNT: Self = Self::note("You already have an account");
    pub(super) const NO_ACCOUNT_TO_CONFIRM: Self = Self::note(
        "Somebody asked for a confirmation code, but there is no account for this address",
    );
    pub(super) const RESET: Self = Self::code("Your code to set a new password");
    pub(super) const HAS_NO_PASSWORD: Self = Self::note(
        "Somebody asked to set a new password, but this account signs in with another provider",
    );
    pub(super) const NO_ACCOUNT_TO_RESET: Self = Self::note(
        "Somebody asked to set a new password, but there is no account for this address",
    );
    pub(super) const CONFIRM_FIRST: Self =
        Self::note("Somebody asked to set a new password, but this address is not confirmed yet");
    pub(super) const VERIFY_EMAIL: Self = Self::code("Your code to verify this address");
    pub(super) const WANTED_ELSEWHERE: Self =
        Self::note("Somebody wanted this address for another account, but it has one already");
    pub(super) const INVITED: Self = Self::note("Your temporary password");
    pub(super) const ADDRESS_CHANGED: Self =
        Self::note("Your account has another address now. If that was not you, tell us at once");
    pub(super) const PASSWORD_CHANGED: Self = Self::note(
        "Your password was changed. If that was not you, reset it and sign out everywhere",
    );
    pub(super) const TOTP_TURNED_ON: Self = Self::note(
        "Signing in takes a code of an authenticator app now. If that was not you, reset your password",
    );
    pub(super) const TOTP_TURNED_OFF: Self = Self::note(
        "Signing in takes no code of an authenticator app any more. If that was not you, reset your password",
    );
    pub(super) const SIGN_IN_ELSEWHERE: Self =
        Self::code("Your code to sign in with the stand-in provider");
    pub(super) const PASSKEY_ADDED: Self = Self::note(
        "A passkey signs you in now. If that was not you, remove it and reset your password",
    );
    pub(super) const PASSKEY_REMOVED: Self = Self::note(
        "A passkey of yours signs nobody in any more. If that was not you, sign out everywhere",
    );

    const fn code(subject: &'static str) -> Self {
        Self {
            subject,
            brings_code: true,
        }
    }

    const fn note(subject: &'static str) -> Self {
        Self {
            subject,
            brings_code: false,
        }
    }
}

/// Sends a letter. `about` is the user of the account and `code` the code in the letter, if there are any.
pub(super) fn send(
    on: &EmbeddedIdentity,
    to: Email,
    about: Option<String>,
    says: Says,
    code: Option<String>,
    at: OffsetDateTime,
) {
    on.mailbox.send(Letter {
        to,
        subject: says.subject.to_owned(),
        code,
        at,
        about: about.map(UserId::new),
    });
}

/// Parses a stored address, which was valid when it was stored.
pub(super) fn address(kept: &str) -> Result<Email> {
    Email::parse(kept).map_err(super::unavailable)
}
