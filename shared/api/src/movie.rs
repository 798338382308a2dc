//! A movie, and the rules that every stored movie keeps.
//!
//! Nothing here knows HTTP, JSON or DynamoDB. To put a resource of your own in the movie's place,
//! start in this file.

mod change;
mod image_url;
mod rating;
mod revision;
mod text;
mod value;

use time::{Date, OffsetDateTime};

pub use change::{Change, Changes};
pub use image_url::ImageUrl;
pub use rating::Rating;
pub use revision::Revision;
pub(crate) use value::at_most;
pub use value::{
    Info, Invalid, MAX_NAMES, MAX_RANK, MAX_RUNNING_TIME_SECONDS, Name, Title, TitlePrefix, Year,
    in_range,
};

/// The key that identifies a movie: no two movies share a year and a title.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MovieKey {
    /// The year of release.
    pub year: Year,
    /// The title, NFC-normalised.
    pub title: Title,
}

/// The facts about a movie besides its key. All of them are optional; an empty list means "not told".
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Details {
    /// Free text: the plot.
    pub info: Option<Info>,
    /// The directors, in billing order.
    pub directors: Vec<Name>,
    /// The actors, in billing order.
    pub actors: Vec<Name>,
    /// Its genres.
    pub genres: Vec<Name>,
    /// Its rating, 0 to 10.
    pub rating: Option<Rating>,
    /// The day of its first release.
    pub release_date: Option<Date>,
    /// Its length in seconds, 1 to [`MAX_RUNNING_TIME_SECONDS`].
    pub running_time_seconds: Option<u32>,
    /// The URL of a picture of it.
    pub image_url: Option<ImageUrl>,
    /// Its place in a ranking, 1 to [`MAX_RANK`].
    pub rank: Option<u32>,
}

/// A movie as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Movie {
    /// The key that identifies it.
    pub key: MovieKey,
    /// The facts about it besides its key.
    pub details: Details,
    /// Which state of the movie this is.
    pub revision: Revision,
    /// When it was last written.
    pub updated_at: OffsetDateTime,
    /// The user who added it; `None` once that user left and let go of it.
    pub added_by: Option<UserId>,
}

impl Movie {
    /// A movie that `added_by` adds at the moment `now`.
    #[must_use]
    pub fn new(key: MovieKey, details: Details, added_by: UserId, now: OffsetDateTime) -> Self {
        Self {
            key,
            details,
            revision: Revision::first(now),
            updated_at: now,
            added_by: Some(added_by),
        }
    }

    /// True if this user added it, and has not let go of it.
    #[must_use]
    pub fn is_of(&self, user: &UserId) -> bool {
        self.added_by.as_ref() == Some(user)
    }

    /// The movie after the one who added it let go of it at the moment `now`.
    #[must_use]
    pub fn disowned(&self, now: OffsetDateTime) -> Self {
        let mut movie = self.changed(&Changes::default(), now);
        movie.added_by = None;
        movie
    }

    /// The movie after `changes` were made to it at the moment `now`.
    #[must_use]
    pub fn changed(&self, changes: &Changes, now: OffsetDateTime) -> Self {
        let mut movie = self.clone();
        changes.apply(&mut movie.details);
        movie.revision = self.revision.next();
        movie.updated_at = now;
        movie
    }
}

/// A user, by the opaque `sub` claim of the identity provider.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct UserId(String);

impl UserId {
    /// Takes a `sub` claim as it stands.
    #[must_use]
    pub fn new(sub: impl Into<String>) -> Self {
        Self(sub.into())
    }

    /// The `sub` claim.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
