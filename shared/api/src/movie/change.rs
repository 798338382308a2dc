use serde::{Serialize, Serializer, ser::Error as _};
use time::{Date, format_description::well_known::Iso8601};

use super::{Details, ImageUrl, Info, Name, Rating};

/// The change that an update makes to one value.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(untagged)]
pub enum Change<T> {
    /// It stays as it is.
    #[default]
    #[serde(skip)]
    Keep,
    /// It becomes this.
    Set(T),
    /// It is removed.
    Remove,
}

impl<T> Change<T> {
    /// The value that is set, if one is.
    #[must_use]
    pub fn into_value(self) -> Option<T> {
        match self {
            Self::Set(value) => Some(value),
            Self::Keep | Self::Remove => None,
        }
    }

    fn is_keep(&self) -> bool {
        matches!(self, Self::Keep)
    }
}

impl<T: Clone> Change<T> {
    fn apply_to(&self, value: &mut Option<T>) {
        match self {
            Self::Keep => {}
            Self::Set(new) => *value = Some(new.clone()),
            Self::Remove => *value = None,
        }
    }
}

impl<T: Clone> Change<Vec<T>> {
    fn apply_to_list(&self, list: &mut Vec<T>) {
        match self {
            Self::Keep => {}
            Self::Set(new) => list.clone_from(new),
            Self::Remove => list.clear(),
        }
    }
}

/// The changes that an update makes to a movie's [`Details`], member by member.
///
/// The fingerprints of idempotent requests are made of its serialised form: a value that is kept is left out, and one that
/// is removed is null. So a member that is added later leaves the fingerprints of requests without it as they are.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[expect(
    missing_docs,
    reason = "each is the member of the same name in `Details`"
)]
pub struct Changes {
    #[serde(skip_serializing_if = "Change::is_keep")]
    pub info: Change<Info>,
    #[serde(skip_serializing_if = "Change::is_keep")]
    pub directors: Change<Vec<Name>>,
    #[serde(skip_serializing_if = "Change::is_keep")]
    pub actors: Change<Vec<Name>>,
    #[serde(skip_serializing_if = "Change::is_keep")]
    pub genres: Change<Vec<Name>>,
    #[serde(skip_serializing_if = "Change::is_keep")]
    pub rating: Change<Rating>,
    #[serde(
        skip_serializing_if = "Change::is_keep",
        serialize_with = "serialize_date"
    )]
    pub release_date: Change<Date>,
    #[serde(skip_serializing_if = "Change::is_keep")]
    pub running_time_seconds: Change<u32>,
    #[serde(skip_serializing_if = "Change::is_keep")]
    pub image_url: Change<ImageUrl>,
    #[serde(skip_serializing_if = "Change::is_keep")]
    pub rank: Change<u32>,
}

fn serialize_date<S: Serializer>(change: &Change<Date>, to: S) -> Result<S::Ok, S::Error> {
    match change {
        Change::Set(date) => date
            .format(&Iso8601::DATE)
            .map_err(S::Error::custom)?
            .serialize(to),
        Change::Keep | Change::Remove => to.serialize_none(),
    }
}

impl Changes {
    /// Makes the changes.
    pub fn apply(&self, details: &mut Details) {
        self.info.apply_to(&mut details.info);
        self.directors.apply_to_list(&mut details.directors);
        self.actors.apply_to_list(&mut details.actors);
        self.genres.apply_to_list(&mut details.genres);
        self.rating.apply_to(&mut details.rating);
        self.release_date.apply_to(&mut details.release_date);
        self.running_time_seconds
            .apply_to(&mut details.running_time_seconds);
        self.image_url.apply_to(&mut details.image_url);
        self.rank.apply_to(&mut details.rank);
    }
}
