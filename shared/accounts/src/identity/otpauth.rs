//! The content of a QR code for an authenticator app.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret as _, SecretString};

/// All but the unreserved characters of RFC 3986.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The URI that adds a secret to an authenticator app (Google Authenticator's "Key URI Format", which other apps
/// follow; the parameters left out have the values of RFC 6238: SHA-1, six digits, 30 seconds). The app shows the name of the
/// service above the code.
pub(crate) fn otpauth_uri(service: &str, secret: &SecretString, account: &str) -> String {
    let service = utf8_percent_encode(service, RESERVED);
    format!(
        "otpauth://totp/{service}:{}?secret={}&issuer={service}",
        utf8_percent_encode(account, RESERVED),
        secret.expose_secret()
    )
}

#[cfg(test)]
mod tests;
