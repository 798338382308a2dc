//! Dates and moments as text (RFC 3339).

use serde::{Serialize as _, Serializer};
use time::{OffsetDateTime, UtcOffset, format_description::StaticFormatDescription};

use super::Invalid;
use crate::text_value;

const DATE: StaticFormatDescription =
    time::macros::format_description!(version = 2, "[year]-[month]-[day]");
const MOMENT: StaticFormatDescription = time::macros::format_description!(
    version = 2,
    "[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:6]Z"
);
const DATE_LENGTH: usize = 10;

/// A calendar date of the years 0001 to 9999: `2013-09-02` (RFC 3339, full-date). `date` of Python and SQL know no other years.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    text: [u8; DATE_LENGTH],
}

impl Date {
    /// Parses a date.
    ///
    /// # Errors
    /// [`Invalid::Malformed`].
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let date = time::Date::parse(text, DATE).ok();
        let text = <[u8; DATE_LENGTH]>::try_from(text.as_bytes()).ok();
        // The parser also takes a sign before the year.
        date.filter(|date| date.year() >= 1)
            .zip(text)
            .filter(|(_, text)| text[0].is_ascii_digit())
            .map(|(_, text)| Self { text })
            .ok_or(Invalid::Malformed(
                "a date from 0001-01-01 to 9999-12-31, such as 2013-09-02",
            ))
    }

    /// The date as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Only ASCII was parsed.
        str::from_utf8(&self.text).unwrap_or_default()
    }
}

text_value!(Date);

/// Writes a moment in UTC to the microsecond: `2013-09-02T20:15:00.000000Z` (RFC 3339, date-time).
#[must_use]
pub fn write_moment(moment: OffsetDateTime) -> String {
    moment
        .to_offset(UtcOffset::UTC)
        .format(MOMENT)
        .unwrap_or_default()
}

/// Serialises a moment, or an `Option` of one, as [`write_moment`] writes it.
///
/// # Errors
/// Those of the serialiser.
pub fn serialize_moment<S: Serializer>(
    moment: &(impl Into<Option<OffsetDateTime>> + Copy),
    to: S,
) -> Result<S::Ok, S::Error> {
    (*moment).into().map(write_moment).serialize(to)
}

/// Reads a moment that [`write_moment`] wrote.
///
/// # Errors
/// [`Invalid::Malformed`].
pub fn read_moment(text: &str) -> Result<OffsetDateTime, Invalid> {
    time::PrimitiveDateTime::parse(text, MOMENT)
        .map(time::PrimitiveDateTime::assume_utc)
        .map_err(|_| Invalid::Malformed("a moment such as 2013-09-02T20:15:00.000000Z"))
}
