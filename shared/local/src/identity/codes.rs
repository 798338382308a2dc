//! Six digits that show that somebody reads the mail of an address.

use std::time::Duration;

use api::identity::{Email, IdentityError};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use secrecy::{ExposeSecret as _, SecretString};
use time::OffsetDateTime;

use super::{
    EmbeddedIdentity,
    accounts::{Account, Code, Purpose, Tables as _},
    letters::{self, Says},
    random, unavailable,
};

/// How long a code is good.
pub(super) const CODES_LAST: Duration = Duration::from_hours(24);

/// A new code that is not mailed yet.
pub(super) fn new(now: OffsetDateTime) -> Result<Code, IdentityError> {
    Ok(Code {
        digits: random::digits().map_err(unavailable)?,
        good_until: now + CODES_LAST,
        mailed: false,
    })
}

/// Mails a code to an address, or what else there is to say; with the same work in every case.
pub(super) async fn mail(
    on: &EmbeddedIdentity,
    email: &Email,
    purpose: Purpose,
    says: fn(Option<&Account>) -> Says,
) -> Result<(), IdentityError> {
    let now = on.clock.now();
    on.limits.mail(email.as_str(), now).await?;
    let mut code = new(now)?;
    let to = email.clone();
    let written = on.write(now, move |change| {
        let account = change.account(to.as_str())?;
        let says = says(account.as_ref());
        code.mailed = says.brings_code();
        change.put_code(purpose, to.as_str(), &code)?;
        Ok((account.map(|account| account.sub), says, code))
    });
    let (about, says, code) = written.await?;
    let digits = code.mailed.then_some(code.digits);
    letters::send(on, email.clone(), about, says, digits, now);
    Ok(())
}

/// Whether these are the digits of a code that was mailed and is in force.
pub(super) fn is_right(kept: Option<&Code>, digits: &SecretString, now: OffsetDateTime) -> bool {
    kept.is_some_and(|kept| {
        let digits = digits.expose_secret().as_bytes();
        let same = verify_slices_are_equal(kept.digits.as_bytes(), digits).is_ok();
        same && kept.mailed && now < kept.good_until
    })
}
