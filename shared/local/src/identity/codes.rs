//! Confirmation codes: six digits that prove that a user reads the mail of an address.

use std::time::Duration;

use accounts::identity::Result;
use aws_lc_rs::constant_time::verify_slices_are_equal;
use secrecy::{ExposeSecret as _, SecretString};
use time::OffsetDateTime;

use super::{
    directory::{CODES, Change, Code, Failure, Purpose, Tables as _},
    random,
};

/// The lifetime of a confirmation code.
pub(super) const CODES_LAST: Duration = Duration::from_hours(24);
/// The number of wrong guesses after which a code is invalid, however long they took.
const GUESSES: u32 = 10;

/// A new code that is not mailed yet.
pub(super) fn new(now: OffsetDateTime) -> Result<Code> {
    Ok(Code {
        digits: random::digits()?,
        good_until: now + CODES_LAST,
        mailed: false,
        wrong: 0,
    })
}

/// The name under which data is stored that belongs to nobody, so that the work takes as long. No address and no user
/// has this name.
pub(super) const NOBODY: &str = "";

/// True if the digits are those of the stored code. A wrong guess counts only once the change is committed, so it must
/// not cause a rollback.
pub(super) fn guess(
    change: &Change,
    purpose: Purpose,
    whose: &str,
    digits: &SecretString,
    now: OffsetDateTime,
) -> Result<bool, Failure> {
    // The same work if there is no code.
    let (mut code, whose) = match change.find(&CODES, purpose.of(whose))? {
        Some(code) => (code, whose),
        None => (new(now)?, NOBODY),
    };
    let right = is_right(&mut code, digits, now);
    change.put(&CODES, purpose.of(whose), &code)?;
    Ok(right)
}

/// True if the digits are those of a code that was mailed and is still valid; otherwise counts a wrong guess.
pub(super) fn is_right(kept: &mut Code, digits: &SecretString, now: OffsetDateTime) -> bool {
    let digits = digits.expose_secret().as_bytes();
    let same = verify_slices_are_equal(kept.digits.as_bytes(), digits).is_ok();
    let right = same && kept.mailed && kept.wrong < GUESSES && now < kept.good_until;
    if !right {
        kept.wrong = kept.wrong.saturating_add(1);
    }
    right
}
