use std::{borrow::Cow, fmt};

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// How many names a list of directors, actors or genres holds at most.
pub const MAX_NAMES: u64 = 100;
/// The longest running time in seconds.
pub const MAX_RUNNING_TIME_SECONDS: u32 = 1_000_000;
/// The largest rank.
pub const MAX_RANK: u32 = 1_000_000;

const MAX_LINE: usize = 255;
const MAX_INFO: usize = 4_000;
const MAX_URL: usize = 2_048;

/// Why a value was refused. Its text is meant for the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// Nothing but white space.
    #[error("must not be blank")]
    Blank,
    /// A control character, which no title or name contains.
    #[error("must not contain control characters")]
    ControlCharacter,
    /// More characters than allowed.
    #[error("must be at most {0} characters long")]
    TooLong(usize),
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
            Self::ControlCharacter | Self::Malformed(_) | Self::Because(_) => "invalid_value",
            Self::TooLong(_) => "too_long",
            Self::OutOfRange(..) => "out_of_range",
        }
    }
}

/// A title: 1 to 255 characters on one line, not blank, trimmed and NFC-normalised, so that the two
/// ways to write "é" are one title.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Title(String);

impl Title {
    /// Parses a title. Its length is counted as it came, in characters (Unicode scalar values).
    ///
    /// # Errors
    /// [`Invalid::Blank`], [`Invalid::ControlCharacter`] or [`Invalid::TooLong`].
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        line(text).map(Self)
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
    /// [`Invalid::Blank`] (empty), [`Invalid::ControlCharacter`] or [`Invalid::TooLong`].
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        if text.is_empty() {
            return Err(Invalid::Blank);
        }
        one_line(text)?;
        Ok(Self(nfc(text, MAX_LINE)?.into_owned()))
    }

    /// The prefix, NFC-normalised.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The name of a person or a genre: the rules of a [`Title`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name(String);

impl Name {
    /// Parses a name.
    ///
    /// # Errors
    /// As [`Title::parse`].
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        line(text).map(Self)
    }

    /// The name as it is stored.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Free text of up to 4,000 characters; of the control characters only line breaks and tabs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Info(String);

impl Info {
    /// Parses free text.
    ///
    /// # Errors
    /// [`Invalid::ControlCharacter`] or [`Invalid::TooLong`].
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        if text
            .chars()
            .any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
        {
            return Err(Invalid::ControlCharacter);
        }
        Ok(Self(nfc(text, MAX_INFO)?.into_owned()))
    }

    /// The text, NFC-normalised.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A year of release, 1888 (the oldest film that survives) to 2100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
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
        match u16::try_from(number) {
            Ok(year @ Self::MIN..=Self::MAX) => Ok(Self(year)),
            _ => Err(Invalid::OutOfRange(Self::MIN.into(), Self::MAX.into())),
        }
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

/// A rating from 0 to 10, kept to two decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rating {
    hundredths: u16,
}

impl Rating {
    /// Parses a rating and rounds it to two decimals.
    ///
    /// # Errors
    /// [`Invalid::OutOfRange`].
    pub fn parse(number: f64) -> Result<Self, Invalid> {
        if (0.0..=10.0).contains(&number) {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "0 to 1,000, as just checked"
            )]
            let hundredths = (number * 100.0).round() as u16;
            Ok(Self { hundredths })
        } else {
            Err(Invalid::OutOfRange(0, 10))
        }
    }

    /// The rating as a number.
    #[must_use]
    pub fn get(self) -> f64 {
        f64::from(self.hundredths) / 100.0
    }
}

/// An `http` or `https` URL of up to 2,048 visible ASCII characters (RFC 3986 knows no others).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageUrl(String);

impl ImageUrl {
    /// Parses a URL.
    ///
    /// # Errors
    /// [`Invalid::TooLong`] or [`Invalid::Malformed`].
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let rest = text
            .strip_prefix("https://")
            .or_else(|| text.strip_prefix("http://"));
        match rest {
            _ if text.len() > MAX_URL => Err(Invalid::TooLong(MAX_URL)),
            Some(rest) if !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_graphic()) => {
                Ok(Self(text.to_owned()))
            }
            _ => Err(Invalid::Malformed("an http or https URL without spaces")),
        }
    }

    /// The URL.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn line(text: &str) -> Result<String, Invalid> {
    one_line(text)?;
    let normal = nfc(text, MAX_LINE)?;
    let trimmed = normal.trim();
    if trimmed.is_empty() {
        return Err(Invalid::Blank);
    }
    Ok(if trimmed.len() == normal.len() {
        normal.into_owned()
    } else {
        trimmed.to_owned()
    })
}

fn one_line(text: &str) -> Result<(), Invalid> {
    if text.chars().any(char::is_control) {
        Err(Invalid::ControlCharacter)
    } else {
        Ok(())
    }
}

/// Both the text as it came and its normal form, which may be longer, must fit.
fn nfc(text: &str, max: usize) -> Result<Cow<'_, str>, Invalid> {
    let fits = |text: &str| text.len() <= max || text.chars().count() <= max;
    if !fits(text) {
        return Err(Invalid::TooLong(max));
    }
    // ASCII is a normal form of itself.
    if text.is_ascii() || is_nfc_quick(text.chars()) == IsNormalized::Yes {
        return Ok(text.into());
    }
    let normal: String = text.nfc().collect();
    if fits(&normal) {
        Ok(normal.into())
    } else {
        Err(Invalid::TooLong(max))
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
            (&too_long, Invalid::TooLong(255)),
        ] {
            assert_eq!(Title::parse(title), Err(why), "{title:?}");
        }
        assert!(Title::parse(&"x".repeat(255)).is_ok());
    }

    #[test]
    fn ratings_keep_two_decimals() {
        for (given, kept) in [
            (0.0, 0.0),
            (-0.0, 0.0),
            (8.3, 8.3),
            (9.999, 10.0),
            (1e-300, 0.0),
        ] {
            assert_eq!(
                Rating::parse(given).unwrap().get().to_bits(),
                f64::to_bits(kept),
                "{given}"
            );
        }
        for bad in [-0.01, 10.01, f64::NAN, f64::INFINITY] {
            assert_eq!(Rating::parse(bad), Err(Invalid::OutOfRange(0, 10)), "{bad}");
        }
    }

    #[test]
    fn image_urls_are_http() {
        assert!(ImageUrl::parse("https://example.com/a.jpg").is_ok());
        for bad in [
            "",
            "http://",
            "ftp://a/b",
            "https://a b",
            "javascript:alert(1)",
            "https://é",
        ] {
            assert!(ImageUrl::parse(bad).is_err(), "{bad:?}");
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
