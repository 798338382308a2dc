//! The stored form of a movie, the same in every store: a DynamoDB item, or JSON.
//!
//! Old and new versions of the service run side by side, so a released attribute is never renamed
//! or given another meaning; a new one is optional, and one that is not known is left alone
//! (`docs/adr/0015-formats-outlive-versions.md`).

use serde::{Deserialize, Serialize, de::Deserializer};
use time::{Date, OffsetDateTime, UtcOffset, format_description::StaticFormatDescription};

use super::StoreError;
use crate::movie::{
    Details, ImageUrl, Info, Invalid, Movie, MovieKey, Name, Rating, Revision, Title, UserId, Year,
};

/// A movie as it is stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(
    missing_docs,
    reason = "each is the member of the same name of `Movie`"
)]
pub struct MovieItem {
    pub year: u16,
    pub title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub info: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub directors: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub actors: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub genres: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rating: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release_date: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub running_time_seconds: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rank: Option<u32>,
    pub version: u64,
    pub created_at: String,
    pub updated_at: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub added_by: Option<String>,
}

const DATE: StaticFormatDescription =
    time::macros::format_description!(version = 2, "[year]-[month]-[day]");
const MOMENT: StaticFormatDescription = time::macros::format_description!(
    version = 2,
    "[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:6]Z"
);

/// Writes a date: `2013-09-02` (RFC 3339, full-date).
#[must_use]
pub fn write_date(date: Date) -> String {
    date.format(DATE).unwrap_or_default()
}

/// Reads a date that [`write_date`] wrote, of the years 0001 to 9999: `date` of Python and SQL know no
/// others.
///
/// # Errors
/// [`Invalid::Malformed`].
pub fn read_date(text: &str) -> Result<Date, Invalid> {
    let date = Date::parse(text, DATE).ok();
    // The parser also takes a sign before the year.
    date.filter(|date| date.year() >= 1 && write_date(*date) == text)
        .ok_or(Invalid::Malformed(
            "a date from 0001-01-01 to 9999-12-31, such as 2013-09-02",
        ))
}

/// Writes a moment in UTC to the microsecond: `2013-09-02T20:15:00.000000Z` (RFC 3339, date-time).
#[must_use]
pub fn write_moment(moment: OffsetDateTime) -> String {
    moment
        .to_offset(UtcOffset::UTC)
        .format(MOMENT)
        .unwrap_or_default()
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

impl MovieItem {
    /// Reads an item with any serde deserializer; `key` names it should it be corrupt.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] with the path of the attribute at fault.
    pub fn read<'de, D: Deserializer<'de>>(
        from: D,
        key: impl FnOnce() -> String,
    ) -> Result<Movie, StoreError> {
        let item: Self = serde_path_to_error::deserialize(from)
            .map_err(|error| corrupt(key(), &error.path().to_string(), error.inner()))?;
        item.try_into()
    }
}

fn corrupt(key: String, attribute: &str, reason: &dyn std::fmt::Display) -> StoreError {
    StoreError::Corrupt {
        key,
        attribute: attribute.to_owned(),
        reason: reason.to_string(),
    }
}

impl From<&Movie> for MovieItem {
    fn from(movie: &Movie) -> Self {
        let details = &movie.details;
        Self {
            year: movie.key.year.get(),
            title: movie.key.title.as_str().into(),
            info: details.info.as_ref().map(|info| info.as_str().into()),
            directors: write_names(&details.directors),
            actors: write_names(&details.actors),
            genres: write_names(&details.genres),
            rating: details.rating.map(Rating::get),
            release_date: details.release_date.map(write_date),
            running_time_seconds: details.running_time_seconds,
            image_url: details.image_url.as_ref().map(|url| url.as_str().into()),
            rank: details.rank,
            version: movie.revision.version,
            created_at: write_moment(movie.revision.created_at),
            updated_at: write_moment(movie.updated_at),
            added_by: movie.added_by.as_ref().map(|user| user.as_str().into()),
        }
    }
}

impl TryFrom<MovieItem> for Movie {
    type Error = StoreError;

    fn try_from(item: MovieItem) -> Result<Self, StoreError> {
        let at = |attribute: &'static str| {
            let key = (item.year, &item.title);
            move |invalid| corrupt(format!("{}/{}", key.0, key.1), attribute, &invalid)
        };
        let names = |list: &[String], attribute| {
            list.iter()
                .map(|name| Name::parse(name))
                .collect::<Result<Vec<_>, _>>()
                .map_err(at(attribute))
        };
        Ok(Self {
            key: MovieKey {
                year: Year::parse(item.year.into()).map_err(at("year"))?,
                title: Title::parse(&item.title).map_err(at("title"))?,
            },
            details: Details {
                info: parse(item.info.as_deref(), Info::parse).map_err(at("info"))?,
                directors: names(&item.directors, "directors")?,
                actors: names(&item.actors, "actors")?,
                genres: names(&item.genres, "genres")?,
                // The shortest text of a float that was written with two decimals has those two.
                rating: parse(item.rating, |number| Rating::parse(&number.to_string()))
                    .map_err(at("rating"))?,
                release_date: parse(item.release_date.as_deref(), read_date)
                    .map_err(at("releaseDate"))?,
                running_time_seconds: item.running_time_seconds,
                image_url: parse(item.image_url.as_deref(), ImageUrl::parse)
                    .map_err(at("imageUrl"))?,
                rank: item.rank,
            },
            revision: Revision {
                version: item.version,
                created_at: read_moment(&item.created_at).map_err(at("createdAt"))?,
            },
            updated_at: read_moment(&item.updated_at).map_err(at("updatedAt"))?,
            added_by: item.added_by.map(UserId::new),
        })
    }
}

fn write_names(names: &[Name]) -> Vec<String> {
    names.iter().map(|name| name.as_str().to_owned()).collect()
}

fn parse<T, U>(
    value: Option<T>,
    parse: impl FnOnce(T) -> Result<U, Invalid>,
) -> Result<Option<U>, Invalid> {
    value.map(parse).transpose()
}
