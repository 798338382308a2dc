//! Texts: the characters that they may have, and their lengths.
//!
//! `validator` counts the characters. The other checks are ours: it knows no normal forms and no directional formatting.

use std::borrow::Cow;

use icu_properties::{
    CodePointSetData,
    props::{DefaultIgnorableCodePoint, NoncharacterCodePoint},
};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};
use validator::ValidateLength as _;

use super::Invalid;
use crate::text_value;

/// The longest line. 255 characters have at most 1,020 bytes, and DynamoDB's sort key takes 1,024.
const MAX_LINE: usize = 255;

/// The number of bytes that are looked at for each character that is allowed: more than a character of NFC has however
/// it is written, which are 9.
const RAW_BYTES: usize = 16;

/// A text of 1 to 255 characters on one line, of which one can be seen, trimmed and NFC-normalised, so that the two ways to
/// write "é" are one text. Its length is counted as it is kept, in characters (Unicode scalar values).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Line(String);

impl Line {
    /// Parses a line.
    ///
    /// # Errors
    /// [`Invalid`] if it is blank, too long, or has a character that no line has.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let normal = untrimmed_line(text)?;
        let trimmed = normal.trim();
        if is_blank(trimmed) {
            return Err(Invalid::Blank);
        }
        bounded(trimmed, MAX_LINE)?;
        Ok(Self(if trimmed.len() == normal.len() {
            normal.into_owned()
        } else {
            trimmed.to_owned()
        }))
    }

    /// The text as it is stored.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

text_value!(Line);

/// A prefix to find lines by. It follows the rules of a [`Line`], but white space at its end is kept: "The " does not find
/// "Then".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinePrefix(String);

impl LinePrefix {
    /// Parses a prefix.
    ///
    /// # Errors
    /// [`Invalid`] if it is empty, too long, or has a character that no line has.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        if text.is_empty() {
            return Err(Invalid::Blank);
        }
        let normal = untrimmed_line(text)?;
        bounded(&normal, MAX_LINE)?;
        Ok(Self(normal.into_owned()))
    }

    /// The prefix, NFC-normalised.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Free text of up to `MAX` characters, of any number of lines: of the control characters it may have line breaks and tabs, and
/// the line and paragraph separators. It may be empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text<const MAX: usize>(String);

impl<const MAX: usize> Text<MAX> {
    /// Parses a text.
    ///
    /// # Errors
    /// [`Invalid`] if it is too long, or has a character that no text has.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        bounded_raw(text, MAX)?;
        characters(text, |c| !matches!(c, '\n' | '\r' | '\t') && c.is_control())?;
        let normal = nfc(text);
        bounded(&normal, MAX)?;
        Ok(Self(normal.into_owned()))
    }

    /// The text, NFC-normalised.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

text_value!(Text<MAX>, const MAX: usize);

/// A text on one line in NFC, of which white space is a part.
fn untrimmed_line(text: &str) -> Result<Cow<'_, str>, Invalid> {
    bounded_raw(text, MAX_LINE)?;
    characters(text, char::is_control)?;
    if text.contains(['\u{2028}', '\u{2029}']) {
        return Err(Invalid::LineSeparator);
    }
    Ok(nfc(text))
}

/// Refuses the characters that no text may have.
fn characters(text: &str, is_control: impl Fn(char) -> bool) -> Result<(), Invalid> {
    // Nothing below this is anything but a letter, a mark or a control character.
    const FIRST: char = '\u{200b}';

    for c in text.chars() {
        if is_control(c) {
            return Err(Invalid::ControlCharacter);
        }
        if c < FIRST {
            continue;
        }
        if is_directional(c) {
            return Err(Invalid::DirectionalFormatting);
        }
        if CodePointSetData::new::<NoncharacterCodePoint>().contains(c) {
            return Err(Invalid::Noncharacter);
        }
    }
    Ok(())
}

/// Embeddings, overrides and isolates (UAX #9, section 2), which go on to the end of the line if nobody
/// ends them, and so change how what stands behind the text is shown. Marks do not.
fn is_directional(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// True if there is nothing to see: white space, the characters that Unicode has programs show as nothing
/// (`Default_Ignorable_Code_Point`), and the pattern of no dots, which is a symbol and empty.
fn is_blank(text: &str) -> bool {
    let ignorable = CodePointSetData::new::<DefaultIgnorableCodePoint>();
    text.chars()
        .all(|c| c.is_whitespace() || c == '\u{2800}' || ignorable.contains(c))
}

fn bounded_raw(text: &str, max: usize) -> Result<(), Invalid> {
    if text.len() > RAW_BYTES * max {
        return Err(Invalid::TextTooLong(max));
    }
    Ok(())
}

fn bounded(normal: &str, max: usize) -> Result<(), Invalid> {
    let fits = normal.validate_length(None, Some(max as u64), None);
    fits.then_some(()).ok_or(Invalid::TextTooLong(max))
}

fn nfc(text: &str) -> Cow<'_, str> {
    // ASCII is a normal form of itself.
    if text.is_ascii() || is_nfc_quick(text.chars()) == IsNormalized::Yes {
        text.into()
    } else {
        text.nfc().collect::<String>().into()
    }
}

#[cfg(test)]
mod tests;
