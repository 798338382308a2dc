use validator::{ValidateLength as _, ValidateRange};

/// Why a value was refused. Its text is meant for the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// Nothing in it can be seen.
    #[error("must not be blank; white space and invisible characters do not count")]
    Blank,
    /// A control character, which no title or name contains.
    #[error("must not contain control characters")]
    ControlCharacter,
    /// A line or paragraph separator in a text of one line.
    #[error("must be one line, without the line and paragraph separators U+2028 and U+2029")]
    LineSeparator,
    /// A character that changes the direction of what stands behind the text.
    #[error(
        "must not contain bidirectional embeddings, overrides or isolates (U+202A to U+202E, U+2066 to U+2069)"
    )]
    DirectionalFormatting,
    /// A code point that will never be a character.
    #[error("must not contain noncharacters such as U+FFFF")]
    Noncharacter,
    /// More characters than allowed.
    #[error("must be at most {0} characters long")]
    TooLong(usize),
    /// More characters than allowed in a text that is normalised.
    #[error("must be at most {0} characters long, counted after normalisation to NFC")]
    TextTooLong(usize),
    /// More characters than allowed in a URL.
    #[error("must be at most {0} characters long, counted when all but ASCII is encoded")]
    UrlTooLong(usize),
    /// A number outside its range.
    #[error("must be between {0} and {1}")]
    OutOfRange(u32, u32),
    /// Not of the form that it must have.
    #[error("must be {0}")]
    Malformed(&'static str),
    /// Against a rule that the text states in full.
    #[error("{0}")]
    Because(&'static str),
}

impl Invalid {
    /// The word that programs tell the reasons apart by.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Blank => "too_short",
            Self::ControlCharacter
            | Self::LineSeparator
            | Self::DirectionalFormatting
            | Self::Noncharacter
            | Self::Malformed(_)
            | Self::Because(_) => "invalid_value",
            Self::TooLong(_) | Self::TextTooLong(_) | Self::UrlTooLong(_) => "too_long",
            Self::OutOfRange(..) => "out_of_range",
        }
    }
}

/// Takes a number of `min` to `max`.
///
/// # Errors
/// [`Invalid::OutOfRange`].
pub fn in_range<T>(number: i64, min: T, max: T) -> Result<T, Invalid>
where
    T: TryFrom<i64> + ValidateRange<T> + Into<u32> + Copy,
{
    T::try_from(number)
        .ok()
        .filter(|number| number.validate_range(Some(min), Some(max), None, None))
        .ok_or(Invalid::OutOfRange(min.into(), max.into()))
}

/// Refuses a text of more than `max` characters.
///
/// # Errors
/// [`Invalid::TooLong`].
pub fn at_most(max: usize, text: &str) -> Result<(), Invalid> {
    let fits = text.validate_length(None, Some(max as u64), None);
    fits.then_some(()).ok_or(Invalid::TooLong(max))
}
