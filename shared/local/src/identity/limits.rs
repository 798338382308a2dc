//! What can be guessed at, or can be had too often; each is counted for itself.

use api::identity::IdentityError;
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
    /// Codes of an authenticator app, by user: a new session is no new chance.
    pub(super) totp: Attempts,
    /// Letters, by address and by the user who caused them.
    mails: Attempts,
}

impl Limits {
    /// Counts a letter that somebody causes, or says how long to wait. No success forgives it.
    pub(super) async fn mail(&self, whose: &str, now: OffsetDateTime) -> Result<(), IdentityError> {
        self.mails.at(whose, now).lock().await.begin(now)
    }

    /// Forgets an address that has no account any more, or a user who is gone.
    pub(super) fn forget(&self, whose: &str) {
        for attempts in self.all() {
            attempts.forget(whose);
        }
    }

    pub(super) fn all(&self) -> [&Attempts; 7] {
        [
            &self.sign_ins,
            &self.confirmations,
            &self.resets,
            &self.verifications,
            &self.passwords,
            &self.totp,
            &self.mails,
        ]
    }
}
