//! Sign-ups that wait for their codes.

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use time::{OffsetDateTime, serde::timestamp::milliseconds_i64 as millis};
use uuid::Uuid;

use super::{super::hashing, record::Code};

/// The most sign-ups that are kept for an address.
const MOST: usize = 3;

/// The sign-ups for one address. They are also kept for an address with an account, because the difference would show.
/// They are deleted with the account.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct SignUps {
    /// The id of the user that a confirmation creates.
    pub(crate) sub: String,
    #[serde(with = "millis")]
    pub(super) good_until: OffsetDateTime,
    newest_first: Vec<SignUp>,
}

/// A sign-up, which becomes an account with the code that was mailed for it. Each keeps its own password: anybody can
/// sign up with an address, and must not choose the password of its owner.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct SignUp {
    pub(crate) name: Option<String>,
    pub(crate) password_hash: String,
    pub(crate) code: Code,
}

impl SignUps {
    pub(crate) fn none(now: OffsetDateTime) -> Self {
        Self {
            sub: Uuid::new_v4().to_string(),
            good_until: now + Code::LASTS,
            newest_first: Vec::new(),
        }
    }

    /// Adds a sign-up. The earlier ones stay valid, except the oldest if there are too many.
    pub(crate) fn add(&mut self, sign_up: SignUp) {
        self.good_until = sign_up.code.good_until;
        self.newest_first.insert(0, sign_up);
        self.newest_first.truncate(MOST);
    }

    /// Replaces the newest sign-up, which a client sends again because the answer got lost.
    pub(crate) fn repeat(&mut self, sign_up: SignUp) {
        if !self.newest_first.is_empty() {
            self.newest_first.remove(0);
        }
        self.add(sign_up);
    }

    /// Gives the newest sign-up another code. True if there is a newest one.
    pub(crate) fn renew(&mut self, code: Code, now: OffsetDateTime) -> bool {
        self.good_until = code.good_until;
        let newest = self.newest_first.first_mut();
        let newest = newest.filter(|newest| now < newest.code.good_until);
        newest.map(|newest| newest.code = code).is_some()
    }

    pub(crate) fn newest(&self, now: OffsetDateTime) -> Option<&SignUp> {
        let newest = self.newest_first.first();
        newest.filter(|newest| now < newest.code.good_until)
    }

    /// Takes the sign-up that this code was mailed for; true if there was no other. After that no code is valid. The
    /// remaining records give the other users the same answers as before, and no longer hold the password that was
    /// taken.
    pub(crate) fn take(
        &mut self,
        digits: &SecretString,
        now: OffsetDateTime,
    ) -> Option<(SignUp, bool)> {
        let mut taken = None;
        let alone = self.newest_first.len() == 1;
        for sign_up in &mut self.newest_first {
            if sign_up.code.is_right(digits, now) && taken.is_none() {
                taken = Some(sign_up.clone());
                sign_up.name = None;
                hashing::decoy().clone_into(&mut sign_up.password_hash);
            }
        }
        if taken.is_some() {
            for sign_up in &mut self.newest_first {
                sign_up.code.mailed = false;
            }
        }
        taken.map(|sign_up| (sign_up, alone))
    }
}
