//! The requests of the movie operations, read into what [`movie`](crate::movie) knows.

use serde::Serialize;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::super::{
    fault::Fault,
    json::{Clear, Members, ReadMembers, integer, list, rating, text, year},
    query::{self, Parameters, ReadParameters},
};
use crate::{
    movie::{
        Changes, Details, ImageUrl, Info, Invalid, MAX_RANK, MAX_RUNNING_TIME_SECONDS, MovieKey,
        Name, Title, TitlePrefix, Year, in_range,
    },
    page::{Filter, PageRequest, read_cursor},
    store::item::read_date,
};

/// Which movie is meant. The fingerprints of idempotent requests are made of its serialised form.
#[derive(Debug, Serialize)]
struct KeyRequest {
    title: Title,
    year: Year,
}

impl KeyRequest {
    fn read(members: &mut Members<'_>) -> Option<Self> {
        let title = members.take_required("title", text(Title::parse));
        let year = members.take_required("year", year);
        Some(Self {
            title: title?,
            year: year?,
        })
    }
}

impl From<KeyRequest> for MovieKey {
    fn from(KeyRequest { title, year }: KeyRequest) -> Self {
        Self { year, title }
    }
}

/// Takes the members from where they are: on the request itself, or in an `info` that is an
/// object, the form of AWS's public movie data.
fn take_changes(members: &mut Members<'_>) -> Changes {
    let mut object = members.take_object("info", "info.");
    let date_in_object = object
        .as_ref()
        .is_some_and(|object| object.has("release_date"));
    let changes = Changes {
        info: match &mut object {
            Some(_) => members.take_either("info", object.as_mut(), "plot", text(Info::parse)),
            None => members.take_change("info", text(Info::parse)),
        },
        directors: members.take_either(
            "directors",
            object.as_mut(),
            "directors",
            list(Name::parse),
        ),
        actors: members.take_either("actors", object.as_mut(), "actors", list(Name::parse)),
        genres: members.take_either("genres", object.as_mut(), "genres", list(Name::parse)),
        rating: members.take_either("rating", object.as_mut(), "rating", rating),
        release_date: members.take_either(
            "releaseDate",
            object.as_mut(),
            "release_date",
            text(|text| read_date(if date_in_object { day(text) } else { text })),
        ),
        running_time_seconds: members.take_either(
            "runningTimeSeconds",
            object.as_mut(),
            "running_time_secs",
            integer(|number| in_range(number, 1, MAX_RUNNING_TIME_SECONDS)),
        ),
        image_url: members.take_either(
            "imageUrl",
            object.as_mut(),
            "image_url",
            text(ImageUrl::parse),
        ),
        rank: members.take_either(
            "rank",
            object.as_mut(),
            "rank",
            integer(|number| in_range(number, 1, MAX_RANK)),
        ),
    };
    if let Some(object) = object {
        members.absorb(object);
    }
    changes
}

/// In `info`, a release date may also be a moment such as `2013-09-02T00:00:00Z`; the day counts.
fn day(text: &str) -> &str {
    match text.split_at_checked(10) {
        Some((day, _)) if OffsetDateTime::parse(text, &Rfc3339).is_ok() => day,
        _ => text,
    }
}

/// Makes of every member that `clear` names what null would make of it.
fn remove(changes: &mut Changes, mut clear: Clear, members: &mut Members<'_>) {
    clear.remove("info", &mut changes.info, members);
    clear.remove("directors", &mut changes.directors, members);
    clear.remove("actors", &mut changes.actors, members);
    clear.remove("genres", &mut changes.genres, members);
    clear.remove("rating", &mut changes.rating, members);
    clear.remove("releaseDate", &mut changes.release_date, members);
    clear.remove(
        "runningTimeSeconds",
        &mut changes.running_time_seconds,
        members,
    );
    clear.remove("imageUrl", &mut changes.image_url, members);
    clear.remove("rank", &mut changes.rank, members);
    clear.refuse_the_rest(members);
}

/// The body of `addMovie`.
#[derive(Debug, Serialize)]
pub struct AddMovieRequest {
    key: KeyRequest,
    details: Changes,
}

impl ReadMembers for AddMovieRequest {
    fn read(members: &mut Members<'_>) -> Option<Self> {
        let key = KeyRequest::read(members);
        let details = take_changes(members);
        Some(Self { key: key?, details })
    }
}

impl AddMovieRequest {
    /// The movie to add.
    #[must_use]
    pub fn into_movie(self) -> (MovieKey, Details) {
        let mut details = Details::default();
        self.details.apply(&mut details);
        (self.key.into(), details)
    }
}

/// The body of `updateMovie`.
#[derive(Debug, Serialize)]
pub(in crate::http) struct UpdateMovieRequest {
    key: KeyRequest,
    details: Changes,
}

impl ReadMembers for UpdateMovieRequest {
    fn read(members: &mut Members<'_>) -> Option<Self> {
        let key = KeyRequest::read(members);
        let clear = members.take_clear();
        let empty = members.is_empty() && clear.is_empty();
        let mut details = take_changes(members);
        remove(&mut details, clear, members);
        let key = key?;
        if empty {
            members.refuse(Fault::new(
                "body",
                "required",
                "must name at least one member to change besides title and year",
            ));
        }
        Some(Self { key, details })
    }
}

impl UpdateMovieRequest {
    /// Which movie to change, and how.
    pub(super) fn into_changes(self) -> (MovieKey, Changes) {
        (self.key.into(), self.details)
    }
}

/// The body of `findMovie` and `deleteMovie`, and the query of `findMovieCached`.
#[derive(Debug, Serialize)]
pub(in crate::http) struct MovieKeyRequest {
    key: KeyRequest,
}

impl ReadMembers for MovieKeyRequest {
    fn read(members: &mut Members<'_>) -> Option<Self> {
        let key = KeyRequest::read(members)?;
        Some(Self { key })
    }
}

impl ReadParameters for MovieKeyRequest {
    fn read(parameters: &mut Parameters) -> Option<Self> {
        let title = parameters.take_required("title", Title::parse);
        let year = parameters.take_required("year", query::year);
        let key = KeyRequest {
            title: title?,
            year: year?,
        };
        Some(Self { key })
    }
}

impl MovieKeyRequest {
    /// Which movie.
    pub(super) fn into_key(self) -> MovieKey {
        self.key.into()
    }
}

/// The query of `listMovies`.
impl ReadParameters for PageRequest {
    fn read(parameters: &mut Parameters) -> Option<Self> {
        let year_given = parameters.has("year");
        let year = parameters.take("year", query::year);
        let prefix = parameters.take("titlePrefix", TitlePrefix::parse);
        let limit = parameters.take_integer("limit", |limit| in_range(limit, 1, Self::MAX_LIMIT));
        if prefix.is_some() && !year_given {
            parameters.refuse(Fault::new(
                "titlePrefix",
                "not_allowed_together",
                "can only be given together with year",
            ));
        }
        let filter = match (year, prefix) {
            (None, _) => Filter::All,
            (Some(year), None) => Filter::Year(year),
            (Some(year), Some(prefix)) => Filter::TitlePrefix(year, prefix),
        };
        // A cursor belongs to its filter, which nobody knows if a parameter is at fault.
        let filter_known = parameters.are_good();
        let after = parameters.take("cursor", |cursor| {
            let after = filter_known.then(|| read_cursor(&filter, cursor));
            after.transpose().map_err(|_| {
                Invalid::Because("is not a cursor that this listing gave; start again without it")
            })
        });
        Some(Self {
            filter,
            limit: limit.unwrap_or(Self::DEFAULT_LIMIT),
            after: after.flatten(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{http::read_json, idempotency::Fingerprint};

    #[test]
    fn updates_that_differ_have_different_fingerprints() {
        let changes = [
            "\"rank\": null",
            "\"rank\": 1",
            "\"info\": null",
            "\"info\": \"\"",
            "\"info\": {}",
            "\"info\": {\"rank\": 2}",
            "\"actors\": null",
            "\"actors\": [\"A\"]",
            "\"rating\": null",
            "\"releaseDate\": null",
            "\"imageUrl\": null",
            "\"runningTimeSeconds\": null",
        ];
        let fingerprints: Vec<_> = changes
            .iter()
            .map(|change| {
                let body = format!("{{\"title\": \"T\", \"year\": 2016, {change}}}");
                let request: UpdateMovieRequest = read_json(body.as_bytes()).unwrap();
                Fingerprint::of("updateMovie", &request).unwrap()
            })
            .collect();
        for (i, one) in fingerprints.iter().enumerate() {
            for (j, other) in fingerprints.iter().enumerate() {
                assert_eq!(one == other, i == j, "{} and {}", changes[i], changes[j]);
            }
        }
    }
}
