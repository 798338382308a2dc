//! E-mail addresses.

use std::fmt;

use kit::value::{Invalid, at_most};

const MAX_LENGTH: usize = 128;

/// An e-mail address in lower case: 3 to 128 visible ASCII characters (the user names of Cognito have no others) with
/// one `@` inside. Only the code that is sent to it shows whether it can be reached.
///
/// [`ValidateEmail`](validator::ValidateEmail) does not fit: it refuses a quotation mark, which Cognito accepts, and
/// gives no reason.
#[derive(Clone, PartialEq, Eq, Hash)]
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
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_the_reason_and_does_not_quote_the_address() {
        let longest = format!("ada@{}", "x".repeat(124));
        let too_long = format!("{longest}x");
        for (text, reason) in [
            ("ada@example.com", None),
            ("Ada+app@Example.COM", None),
            ("a@b", None),
            ("\"!#$%&'*/=?^_`{|}~-.@xn--bcher-kva.example", None),
            (&longest, None),
            (&too_long, Some("must be at most 128 characters long")),
            ("", Some("must be an e-mail address, with an @ in it")),
            ("ada", Some("must be an e-mail address, with an @ in it")),
            // The full-width commercial at is another character.
            (
                "ada\u{ff20}example.com",
                Some("must be an e-mail address, with an @ in it"),
            ),
            ("@", Some("must have a name before the @")),
            ("@example.com", Some("must have a name before the @")),
            ("ada@", Some("must have a domain after the @")),
            ("ada@@example.com", Some("must have only one @")),
            ("ada@home@example.com", Some("must have only one @")),
            (" ada@example.com", Some("must not begin with white space")),
            (
                "\u{a0}ada@example.com",
                Some("must not begin with white space"),
            ),
            ("ada@example.com ", Some("must not end with white space")),
            ("ada@example.com\n", Some("must not end with white space")),
            (
                "ada lovelace@example.com",
                Some("must not contain white space"),
            ),
            ("ada@example .com", Some("must not contain white space")),
            (
                "ada\0@example.com",
                Some("must not contain control characters"),
            ),
            (
                "ada@example.com\u{7f}",
                Some("must not contain control characters"),
            ),
            (
                "zo\u{eb}@example.com",
                Some("must have only ASCII characters before the @; others are not supported"),
            ),
            (
                "ada@b\u{fc}cher.example",
                Some(
                    "must have only ASCII characters after the @; write other letters of a domain in \
                     their xn-- form, as in xn--bcher-kva.example",
                ),
            ),
        ] {
            let found = Email::parse(text).map_err(|invalid| invalid.to_string());
            match reason {
                None => assert_eq!(found.unwrap().as_str(), text.to_ascii_lowercase()),
                Some(reason) => assert_eq!(found.unwrap_err(), reason, "{text:?}"),
            }
        }
    }
}
