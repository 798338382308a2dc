//! E-mail addresses.

use std::fmt;

use kit::value::{Invalid, at_most};
use serde::Serialize;

const MAX_LENGTH: usize = 128;

/// An e-mail address in lower case: 3 to 128 visible ASCII characters (the user names of Cognito have no others) with
/// one `@` inside. Only the code that is sent to it shows whether it can be reached.
///
/// [`ValidateEmail`](validator::ValidateEmail) does not fit: it refuses a quotation mark, which Cognito accepts, and
/// gives no reason.
#[derive(Clone, PartialEq, Eq, Hash, Serialize)]
pub struct Email(String);

impl Email {
    /// Parses an address. The error never quotes it.
    ///
    /// # Errors
    /// [`Invalid::TooLong`], [`Invalid::ControlCharacter`] or [`Invalid::Because`].
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        at_most(MAX_LENGTH, text)?;
        let reason = match text.split_once('@') {
            _ if text.starts_with(char::is_whitespace) => "must not begin with white space",
            _ if text.ends_with(char::is_whitespace) => "must not end with white space",
            _ if text.contains(char::is_whitespace) => "must not contain white space",
            _ if text.contains(char::is_control) => return Err(Invalid::ControlCharacter),
            None => "must be an e-mail address, with an @ in it",
            Some((_, domain)) if domain.contains('@') => "must have only one @",
            Some(("", _)) => "must have a name before the @",
            Some((_, "")) => "must have a domain after the @",
            // Neither Cognito nor the mail that it sends supports RFC 6531.
            Some((local, _)) if !local.is_ascii() => {
                "must have only ASCII characters before the @; others are not supported"
            }
            Some((_, domain)) if !domain.is_ascii() => {
                "must have only ASCII characters after the @; write other letters of a domain in their \
                 xn-- form, as in xn--bcher-kva.example"
            }
            Some(_) => return Ok(Self(text.to_ascii_lowercase())),
        };
        Err(Invalid::Because(reason))
    }

    /// The address. Never log it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email(hidden)")
    }
}

#[cfg(test)]
mod tests;
