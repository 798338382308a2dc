//! The limits of guesses and letters, each counted separately.

use accounts::identity::Result;
use time::OffsetDateTime;

use super::attempts::Attempts;

/// The attempts of one stage.
#[derive(Debug, Default)]
pub(super) struct Limits {
    /// Passwords, by address.
    pub(super) sign_ins: Attempts,
    /// Codes that confirm an address, by address.
    pub(super) confirmations: Attempts,
    /// Codes that reset a password, by address.
    pub(super) resets: Attempts,
    /// Codes that change an address, by user.
    pub(super) verifications: Attempts,
    /// Current passwords, by user.
    pub(super) passwords: Attempts,
    /// Codes of an authenticator app, by user: a new session does not reset the count.
    pub(super) totp: Attempts,
    /// Codes that the stand-in provider mailed, by address.
    pub(super) stand_in: Attempts,
    /// Passkeys, by address.
    pub(super) passkeys: Attempts,
    /// Letters, by the user who asks for them.
    mails_of_user: Attempts,
    /// Letters that anybody may cause, by address.
    mails: Attempts,
}

impl Limits {
    /// Counts a letter that a signed-in user causes, or returns the time to wait as an error.
    pub(super) async fn mail_of_user(&self, user: &str, now: OffsetDateTime) -> Result<()> {
        self.mails_of_user.at(user, now).lock().await.begin(now)
    }

    /// Counts a letter to an address. True if it may be sent. The caller is not told: the answer would show that others
    /// asked before, such as the owner of an account.
    pub(super) async fn may_mail(&self, address: &str, now: OffsetDateTime) -> bool {
        self.mails.at(address, now).lock().await.begin(now).is_ok()
    }
}
