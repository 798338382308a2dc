use std::fmt;

use serde::Serialize;
use validator::{ValidateLength as _, ValidateRange};

use super::text;

/// The largest number of names in a list of directors, actors or genres.
pub const MAX_NAMES: u64 = 100;
/// The longest running time in seconds.
pub const MAX_RUNNING_TIME_SECONDS: u32 = 1_000_000;
/// The largest rank.
pub const MAX_RANK: u32 = 1_000_000;

const MAX_INFO: usize = 4_000;

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
pub(crate) fn at_most(max: usize, text: &str) -> Result<(), Invalid> {
    let fits = text.validate_length(None, Some(max as u64), None);
    fits.then_some(()).ok_or(Invalid::TooLong(max))
}

/// A title: 1 to 255 characters on one line, of which one can be seen, trimmed and NFC-normalised, so that
/// the two ways to write "é" are one title.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Title(String);

impl Title {
    /// Parses a title. Its length is counted as it is kept, in characters (Unicode scalar values).
    ///
    /// # Errors
    /// When it is blank, too long, or has a character that no line has.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        text::line(text).map(Self)
    }

    /// The title as it is stored.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The beginning of titles: as a [`Title`], but white space counts ("The " does not match "Then").
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TitlePrefix(String);

impl TitlePrefix {
    /// Parses a prefix.
    ///
    /// # Errors
    /// When it is empty, too long, or has a character that no line has.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        text::prefix(text).map(Self)
    }

    /// The prefix, NFC-normalised.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The name of a person or a genre: the rules of a [`Title`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Name(String);

impl Name {
    /// Parses a name.
    ///
    /// # Errors
    /// As [`Title::parse`].
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        text::line(text).map(Self)
    }

    /// The name as it is stored.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Free text of up to 4,000 characters, of any number of lines: of the control characters it may have line
/// breaks and tabs, and the line and paragraph separators.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Info(String);

impl Info {
    /// Parses free text.
    ///
    /// # Errors
    /// When it is too long, or has a character that no text has.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        text::lines(text, MAX_INFO).map(Self)
    }

    /// The text, NFC-normalised.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A year of release, 1888 (the oldest film that survives) to 2100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Year(u16);

impl Year {
    /// The earliest year.
    pub const MIN: u16 = 1888;
    /// The latest year.
    pub const MAX: u16 = 2100;

    /// Parses a year.
    ///
    /// # Errors
    /// [`Invalid::OutOfRange`].
    pub fn parse(number: i64) -> Result<Self, Invalid> {
        in_range(number, Self::MIN, Self::MAX).map(Self)
    }

    /// The number.
    #[must_use]
    pub fn get(self) -> u16 {
        self.0
    }
}

impl fmt::Display for Year {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn titles_are_data() {
        for title in [
            "Fast & Furious",
            "50/50",
            "V/H/S/2",
            "+1",
            "Amélie",
            "🎬",
            "8½",
            "%2F",
            "M",
        ] {
            assert_eq!(Title::parse(title).unwrap().as_str(), title);
        }
    }

    #[test]
    fn the_two_ways_to_write_an_accent_are_one_title() {
        assert_eq!(Title::parse("Ame\u{301}lie"), Title::parse("Am\u{e9}lie"));
    }

    #[test]
    fn bad_titles_are_refused() {
        let too_long = "x".repeat(256);
        for (title, why) in [
            ("", Invalid::Blank),
            (" \u{3000}", Invalid::Blank),
            ("a\0b", Invalid::ControlCharacter),
            ("a\nb", Invalid::ControlCharacter),
            ("\u{85}", Invalid::ControlCharacter),
            ("a\u{2029}b", Invalid::LineSeparator),
            ("\u{200b}", Invalid::Blank),
            ("\u{202e}", Invalid::DirectionalFormatting),
            ("a\u{1ffff}", Invalid::Noncharacter),
            (&too_long, Invalid::TextTooLong(255)),
        ] {
            assert_eq!(Title::parse(title), Err(why), "{title:?}");
        }
        assert!(Title::parse(&"x".repeat(255)).is_ok());
    }

    #[test]
    fn free_text_may_have_lines() {
        let text = "a\r\n\tb\u{2028}c\u{2029}\u{200f}\u{feff}";
        assert_eq!(Info::parse(text).unwrap().as_str(), text);
        for (text, why) in [
            ("a\u{b}b", Invalid::ControlCharacter),
            ("\u{2067}a", Invalid::DirectionalFormatting),
            ("\u{fffe}", Invalid::Noncharacter),
        ] {
            assert_eq!(Info::parse(text), Err(why), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn parsing_a_parsed_title_changes_nothing(text in any::<String>()) {
            if let Ok(title) = Title::parse(&text) {
                prop_assert_eq!(Title::parse(title.as_str()), Ok(title));
            }
        }
    }
}
