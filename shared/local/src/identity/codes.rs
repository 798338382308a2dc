//! Confirmation codes: six digits that prove that a user reads the mail of an address.

use accounts::identity::Result;
use secrecy::SecretString;
use time::OffsetDateTime;

use super::{
    directory::{CODES, Change, Code, Failure, Purpose, Tables as _},
    random,
};

/// A new code that is not mailed yet.
pub(super) fn new(now: OffsetDateTime) -> Result<Code> {
    Ok(Code {
        digits: random::digits()?,
        good_until: now + Code::LASTS,
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
    let right = code.is_right(digits, now);
    change.put(&CODES, purpose.of(whose), &code)?;
    Ok(right)
}
