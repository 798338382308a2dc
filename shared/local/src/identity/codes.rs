//! Six digits that show that somebody reads the mail of an address.

use std::time::Duration;

use api::identity::IdentityError;
use aws_lc_rs::constant_time::verify_slices_are_equal;
use secrecy::{ExposeSecret as _, SecretString};
use time::OffsetDateTime;

use super::{
    accounts::{Change, Code, Failure, Purpose, Tables as _},
    random, unavailable,
};

/// How long a code is good.
pub(super) const CODES_LAST: Duration = Duration::from_hours(24);
/// After how many wrong guesses a code is void, however long they took.
const GUESSES: u32 = 10;

/// A new code that is not mailed yet.
pub(super) fn new(now: OffsetDateTime) -> Result<Code, IdentityError> {
    Ok(Code {
        digits: random::digits().map_err(unavailable)?,
        good_until: now + CODES_LAST,
        mailed: false,
        wrong: 0,
    })
}

/// Under which name something is kept that is nobody's, so that keeping it takes as long: no address and no user is
/// called so.
pub(super) const NOBODY: &str = "";

/// Whether these are the digits of the code that is kept. The guess counts once the change is
/// committed, so a wrong one must not take it back.
pub(super) fn guess(
    change: &Change,
    purpose: Purpose,
    whose: &str,
    digits: &SecretString,
    now: OffsetDateTime,
) -> Result<bool, Failure> {
    // The same work where no code is kept.
    let (mut code, whose) = match change.code(purpose, whose)? {
        Some(code) => (code, whose),
        None => (new(now)?, NOBODY),
    };
    let right = is_right(&mut code, digits, now);
    change.put_code(purpose, whose, &code)?;
    Ok(right)
}

/// Whether these are the digits of a code that was mailed and is in force; if not, that counts.
pub(super) fn is_right(kept: &mut Code, digits: &SecretString, now: OffsetDateTime) -> bool {
    let digits = digits.expose_secret().as_bytes();
    let same = verify_slices_are_equal(kept.digits.as_bytes(), digits).is_ok();
    let right = same && kept.mailed && kept.wrong < GUESSES && now < kept.good_until;
    if !right {
        kept.wrong = kept.wrong.saturating_add(1);
    }
    right
}
