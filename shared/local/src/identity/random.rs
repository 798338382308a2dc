//! Random values that nobody can guess.

use aws_lc_rs::{error::Unspecified, rand};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use secrecy::SecretString;

/// Six digits, each as likely as any other.
pub(super) fn digits() -> Result<String, Unspecified> {
    const CODES: u32 = 1_000_000;
    loop {
        let mut bytes = [0; 4];
        rand::fill(&mut bytes)?;
        let number = u32::from_ne_bytes(bytes);
        // The few numbers above this limit would make some codes likelier.
        if number < u32::MAX / CODES * CODES {
            return Ok(format!("{:06}", number % CODES));
        }
    }
}

/// 256 random bits.
pub(super) fn text() -> Result<SecretString, Unspecified> {
    let mut bytes = [0; 32];
    rand::fill(&mut bytes)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes).into())
}

/// 160 random bits, as many as RFC 4226 recommends for a shared secret.
pub(super) fn bytes() -> Result<[u8; 20], Unspecified> {
    let mut bytes = [0; 20];
    rand::fill(&mut bytes)?;
    Ok(bytes)
}

/// 128 random bits, as many as the PHC string format recommends for a salt.
pub(super) fn salt() -> Result<[u8; 16], Unspecified> {
    let mut bytes = [0; 16];
    rand::fill(&mut bytes)?;
    Ok(bytes)
}
