use super::Invalid;
use crate::text_value;

const MAX: usize = 64;

/// An id that a client chooses, such as a UUID: 1 to 64 of the letters `A` to `Z` and `a` to `z`, digits, `-` and `_`, which
/// stand in a path as they are. Upper and lower case differ.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slug(String);

impl Slug {
    /// Parses an id.
    ///
    /// # Errors
    /// [`Invalid::Malformed`].
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if (1..=MAX).contains(&text.len()) && text.bytes().all(allowed) {
            return Ok(Self(text.to_owned()));
        }
        Err(Invalid::Malformed(
            "1 to 64 letters of ASCII, digits, hyphens and underscores",
        ))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

text_value!(Slug);
