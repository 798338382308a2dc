//! An authenticator app (RFC 6238, with the parameters that all apps support: SHA-1, six digits, 30 seconds).

use time::OffsetDateTime;
use totp_rs::{Builder, Secret, Totp};

/// A code, as an app shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Six digits.
    pub code: String,
    /// The seconds for which the app still shows the code.
    pub seconds_left: u64,
}

/// The code of a secret at a time. The secret is in base32; spaces and small letters are accepted. `None` if it is not
/// a secret.
#[must_use]
pub fn show(secret: &str, at: OffsetDateTime) -> Option<Shown> {
    let totp = totp(secret)?;
    let at = at.unix_timestamp().try_into().ok()?;
    Some(Shown {
        code: totp.generate(at).to_string(),
        seconds_left: totp.next_step(at) - at,
    })
}

/// A secret in base32, of 160 random bits: as many as RFC 4226 recommends for a shared secret.
pub(crate) fn secret(random: [u8; 20]) -> String {
    Secret::from(random).to_base32()
}

/// Makes and checks the codes of a secret in base32.
pub(crate) fn totp(secret: &str) -> Option<Totp> {
    let secret: String = secret.split_whitespace().collect();
    let secret = Secret::try_from_base32(secret.to_ascii_uppercase()).ok()?;
    (!secret.as_bytes().is_empty()).then(|| Builder::new().with_secret(secret).build_noncompliant())
}

#[cfg(test)]
mod tests;
