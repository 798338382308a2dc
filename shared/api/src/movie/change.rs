use time::Date;

use super::{Details, ImageUrl, Info, Name, Rating};

/// What an update does to one value.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Change<T> {
    /// It stays as it is.
    #[default]
    Keep,
    /// It becomes this.
    Set(T),
    /// It is removed.
    Remove,
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

/// What an update does to a movie's [`Details`], member by member.
#[derive(Debug, Clone, PartialEq, Default)]
#[expect(
    missing_docs,
    reason = "each is the member of the same name in `Details`"
)]
pub struct Changes {
    pub info: Change<Info>,
    pub directors: Change<Vec<Name>>,
    pub actors: Change<Vec<Name>>,
    pub genres: Change<Vec<Name>>,
    pub rating: Change<Rating>,
    pub release_date: Change<Date>,
    pub running_time_seconds: Change<u32>,
    pub image_url: Change<ImageUrl>,
    pub rank: Change<u32>,
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
