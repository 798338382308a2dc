//! Random values that nobody can guess.

use accounts::identity::Result;
use aws_lc_rs::rand;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use secrecy::SecretString;

use super::unavailable;

/// Random bytes.
pub(super) fn bytes<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).map_err(unavailable)?;
    Ok(bytes)
}

/// Six digits, each as likely as any other.
pub(super) fn digits() -> Result<String> {
    const CODES: u32 = 1_000_000;
    loop {
        let number = u32::from_ne_bytes(bytes()?);
        // The few numbers above this limit would make some codes likelier.
        if number < u32::MAX / CODES * CODES {
            return Ok(format!("{:06}", number % CODES));
        }
    }
}

/// 256 random bits.
pub(super) fn text() -> Result<SecretString> {
    Ok(URL_SAFE_NO_PAD.encode(bytes::<32>()?).into())
}
