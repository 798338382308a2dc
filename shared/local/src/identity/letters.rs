//! The letters about accounts.

use accounts::identity::{Email, IdentityError};
use kit::user::UserId;
use time::OffsetDateTime;

use super::EmbeddedIdentity;
use crate::mailbox::Letter;

/// The kind of a letter.
#[derive(Debug, Clone, Copy)]
pub(super) enum Says {
    Confirm,
    HasAccount,
    NoAccountToConfirm,
    Reset,
    HasNoPassword,
    NoAccountToReset,
    ConfirmFirst,
    VerifyEmail,
    WantedElsewhere,
    Invited,
    AddressChanged,
    PasswordChanged,
    TotpTurnedOn,
    TotpTurnedOff,
    SignInElsewhere,
    PasskeyAdded,
    PasskeyRemoved,
}

impl Says {
    /// True if the letter brings a code of six digits.
    pub(super) fn brings_code(self) -> bool {
        matches!(
            self,
            Self::Confirm | Self::Reset | Self::VerifyEmail | Self::SignInElsewhere
        )
    }

    fn subject(self) -> &'static str {
        match self {
            Self::Confirm => "Your confirmation code",
            Self::HasAccount => "You already have an account",
            Self::NoAccountToConfirm => {
                "Somebody asked for a confirmation code, but there is no account for this address"
            }
            Self::Reset => "Your code to set a new password",
            Self::HasNoPassword => {
                "Somebody asked to set a new password, but this account signs in with another provider"
            }
            Self::SignInElsewhere => "Your code to sign in with the stand-in provider",
            Self::NoAccountToReset => {
                "Somebody asked to set a new password, but there is no account for this address"
            }
            Self::ConfirmFirst => {
                "Somebody asked to set a new password, but this address is not confirmed yet"
            }
            Self::VerifyEmail => "Your code to verify this address",
            Self::WantedElsewhere => {
                "Somebody wanted this address for another account, but it has one already"
            }
            Self::Invited => "Your temporary password",
            Self::AddressChanged => {
                "Your account has another address now. If that was not you, tell us at once"
            }
            Self::PasswordChanged => {
                "Your password was changed. If that was not you, reset it and sign out everywhere"
            }
            Self::TotpTurnedOn => {
                "Signing in takes a code of an authenticator app now. If that was not you, reset your password"
            }
            Self::TotpTurnedOff => {
                "Signing in takes no code of an authenticator app any more. If that was not you, reset your password"
            }
            Self::PasskeyAdded => {
                "A passkey signs you in now. If that was not you, remove it and reset your password"
            }
            Self::PasskeyRemoved => {
                "A passkey of yours signs nobody in any more. If that was not you, sign out everywhere"
            }
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
        subject: says.subject().to_owned(),
        code,
        at,
        about: about.map(UserId::new),
    });
}

/// Parses a stored address, which was valid when it was stored.
pub(super) fn address(kept: &str) -> Result<Email, IdentityError> {
    Email::parse(kept).map_err(super::unavailable)
}
