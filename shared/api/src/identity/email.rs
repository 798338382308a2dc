//! E-mail addresses.

use std::fmt;

use crate::movie::Invalid;

const MAX_LENGTH: usize = 128;

/// An e-mail address in lower case: 3 to 128 visible ASCII characters (what a user name of Cognito
/// may have) with one `@` inside. Whether it can be reached, only the code that is sent to it shows.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Email(String);

impl Email {
    /// Parses an address.
    ///
    /// # Errors
    /// [`Invalid::TooLong`] or [`Invalid::Malformed`].
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        if text.chars().count() > MAX_LENGTH {
            return Err(Invalid::TooLong(MAX_LENGTH));
        }
        match text.split_once('@') {
            Some((local, domain))
                if !local.is_empty()
                    && !domain.is_empty()
                    && !domain.contains('@')
                    && text.bytes().all(|b| b.is_ascii_graphic()) =>
            {
                Ok(Self(text.to_ascii_lowercase()))
            }
            _ => Err(Invalid::Malformed("an e-mail address")),
        }
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
