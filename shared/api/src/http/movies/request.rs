//! What the movie operations are asked, and how it becomes what [`movie`](crate::movie) knows.

use serde::Serialize;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use validator::{Validate, ValidationError};

use super::super::{
    error::ApiError,
    fault::Fault,
    json::{Clear, Members, ReadMembers},
    query::{Parameters, ReadParameters},
    rules,
    year::YearNumber,
};
use crate::{
    movie::{
        Change, Changes, Details, ImageUrl, Info, Invalid, MAX_RANK, MAX_RUNNING_TIME_SECONDS,
        MovieKey, Name, Rating, Title, TitlePrefix, Year,
    },
    page::{Filter, PageRequest, read_cursor},
    store::item::read_date,
};

/// A year and a title: which movie is meant.
#[derive(Debug, Validate, Serialize)]
pub(super) struct KeyRequest {
    #[validate(required, custom(function = rules::title))]
    title: Option<String>,
    #[validate(required, custom(function = rules::year))]
    year: Option<i64>,
}

impl KeyRequest {
    fn read(members: &mut Members<'_>) -> Self {
        Self {
            title: members.take("title"),
            year: members.take("year").map(|YearNumber(year)| year),
        }
    }

    fn parse(&self) -> Result<MovieKey, Invalid> {
        Ok(MovieKey {
            year: Year::parse(self.year.unwrap_or_default())?,
            title: Title::parse(self.title.as_deref().unwrap_or_default())?,
        })
    }
}

/// What is told of a movie. `None`: nothing is said; `Some(None)`: null. Written as JSON, for the
/// fingerprint of an idempotent request, the two stay apart.
#[derive(Debug, Validate, Serialize)]
struct DetailsRequest {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(custom(function = rules::info))]
    info: Option<Option<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(custom(function = rules::names))]
    directors: Option<Option<Vec<String>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(custom(function = rules::names))]
    actors: Option<Option<Vec<String>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(custom(function = rules::names))]
    genres: Option<Option<Vec<String>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rating: Option<Option<Rating>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(custom(function = rules::date))]
    release_date: Option<Option<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(range(min = 1, max = i64::from(MAX_RUNNING_TIME_SECONDS)))]
    running_time_seconds: Option<Option<i64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(custom(function = rules::image_url))]
    image_url: Option<Option<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(range(min = 1, max = i64::from(MAX_RANK)))]
    rank: Option<Option<i64>>,
}

impl DetailsRequest {
    /// Makes of every member that `clear` names what null would make of it.
    fn clear(&mut self, mut clear: Clear, members: &mut Members<'_>) {
        clear.remove("info", &mut self.info, members);
        clear.remove("directors", &mut self.directors, members);
        clear.remove("actors", &mut self.actors, members);
        clear.remove("genres", &mut self.genres, members);
        clear.remove("rating", &mut self.rating, members);
        clear.remove("releaseDate", &mut self.release_date, members);
        clear.remove(
            "runningTimeSeconds",
            &mut self.running_time_seconds,
            members,
        );
        clear.remove("imageUrl", &mut self.image_url, members);
        clear.remove("rank", &mut self.rank, members);
        clear.refuse_the_rest(members);
    }

    /// Takes the members from where they are: on the request itself, or in an `info` that is an
    /// object, the form of AWS's public movie data.
    fn read(members: &mut Members<'_>) -> Self {
        let mut object = members.take_object("info", "info.");
        let request = Self {
            info: match &mut object {
                Some(_) => members.take_either("info", object.as_mut(), "plot"),
                None => members.take_nullable("info"),
            },
            directors: members.take_either("directors", object.as_mut(), "directors"),
            actors: members.take_either("actors", object.as_mut(), "actors"),
            genres: members.take_either("genres", object.as_mut(), "genres"),
            rating: members.take_either("rating", object.as_mut(), "rating"),
            release_date: take_release_date(members, object.as_mut()),
            running_time_seconds: members.take_either(
                "runningTimeSeconds",
                object.as_mut(),
                "running_time_secs",
            ),
            image_url: members.take_either("imageUrl", object.as_mut(), "image_url"),
            rank: members.take_either("rank", object.as_mut(), "rank"),
        };
        if let Some(object) = object {
            members.absorb(object);
        }
        request
    }

    fn into_changes(self) -> Result<Changes, Invalid> {
        let number =
            |number: i64| u32::try_from(number).map_err(|_| Invalid::OutOfRange(1, u32::MAX));
        Ok(Changes {
            info: change(self.info, |text| Info::parse(&text))?,
            directors: change(self.directors, |list| parse_names(&list))?,
            actors: change(self.actors, |list| parse_names(&list))?,
            genres: change(self.genres, |list| parse_names(&list))?,
            rating: change(self.rating, Ok)?,
            release_date: change(self.release_date, |text| read_date(&text))?,
            running_time_seconds: change(self.running_time_seconds, number)?,
            image_url: change(self.image_url, |text| ImageUrl::parse(&text))?,
            rank: change(self.rank, number)?,
        })
    }
}

/// In `info`, a release date may also be a moment such as `2013-09-02T00:00:00Z`; the day counts.
fn take_release_date<'a>(
    members: &mut Members<'a>,
    object: Option<&mut Members<'a>>,
) -> Option<Option<String>> {
    let text: Option<String> = members.take_either("releaseDate", object, "release_date")?;
    Some(text.map(|text| {
        let moment =
            members.was_renamed("releaseDate") && OffsetDateTime::parse(&text, &Rfc3339).is_ok();
        match text.split_at_checked(10) {
            Some((day, _)) if moment => day.to_owned(),
            _ => text,
        }
    }))
}

fn parse_names(list: &[String]) -> Result<Vec<Name>, Invalid> {
    list.iter().map(|name| Name::parse(name)).collect()
}
fn change<T, U>(
    member: Option<Option<T>>,
    parse: impl FnOnce(T) -> Result<U, Invalid>,
) -> Result<Change<U>, Invalid> {
    Ok(match member {
        None => Change::Keep,
        Some(None) => Change::Remove,
        Some(Some(value)) => Change::Set(parse(value)?),
    })
}

/// The body of `addMovie`.
#[derive(Debug, Validate, Serialize)]
pub struct AddMovieRequest {
    #[validate(nested)]
    key: KeyRequest,
    #[validate(nested)]
    details: DetailsRequest,
}

impl ReadMembers for AddMovieRequest {
    fn read(members: &mut Members<'_>) -> Self {
        Self {
            key: KeyRequest::read(members),
            details: DetailsRequest::read(members),
        }
    }
}

impl AddMovieRequest {
    /// The movie to add.
    ///
    /// # Errors
    /// [`Invalid`], which validation has ruled out.
    pub fn into_movie(self) -> Result<(MovieKey, Details), Invalid> {
        let mut details = Details::default();
        self.details.into_changes()?.apply(&mut details);
        Ok((self.key.parse()?, details))
    }
}

/// The body of `updateMovie`.
#[derive(Debug, Validate, Serialize)]
#[validate(schema(function = changes_something))]
pub(in crate::http) struct UpdateMovieRequest {
    #[validate(nested)]
    key: KeyRequest,
    #[validate(nested)]
    details: DetailsRequest,
    #[serde(skip)]
    empty: bool,
}

fn changes_something(request: &UpdateMovieRequest) -> Result<(), ValidationError> {
    if request.empty {
        let message = "must name at least one member to change besides title and year";
        return Err(ValidationError::new("required").with_message(message.into()));
    }
    Ok(())
}

impl ReadMembers for UpdateMovieRequest {
    fn read(members: &mut Members<'_>) -> Self {
        let key = KeyRequest::read(members);
        let clear = members.take_clear();
        let empty = members.is_empty() && clear.is_empty();
        let mut details = DetailsRequest::read(members);
        details.clear(clear, members);
        Self {
            key,
            details,
            empty,
        }
    }
}

impl UpdateMovieRequest {
    /// Which movie to change, and how.
    pub(super) fn into_changes(self) -> Result<(MovieKey, Changes), Invalid> {
        Ok((self.key.parse()?, self.details.into_changes()?))
    }
}

/// The body of `findMovie` and `deleteMovie`, and the query of `findMovieCached`.
#[derive(Debug, Validate, Serialize)]
pub(in crate::http) struct MovieKeyRequest {
    #[validate(nested)]
    key: KeyRequest,
}

impl ReadMembers for MovieKeyRequest {
    fn read(members: &mut Members<'_>) -> Self {
        Self {
            key: KeyRequest::read(members),
        }
    }
}

impl ReadParameters for MovieKeyRequest {
    fn read(parameters: &mut Parameters) -> Self {
        Self {
            key: KeyRequest {
                title: parameters.take("title"),
                year: parameters.take_year("year"),
            },
        }
    }
}

impl MovieKeyRequest {
    /// Which movie.
    pub(super) fn into_key(self) -> Result<MovieKey, Invalid> {
        self.key.parse()
    }
}

/// The query of `listMovies`.
#[derive(Debug, Validate)]
#[validate(schema(function = prefix_needs_year))]
pub(in crate::http) struct ListMoviesRequest {
    #[validate(custom(function = rules::year))]
    year: Option<i64>,
    #[validate(custom(function = rules::title_prefix))]
    title_prefix: Option<String>,
    #[validate(range(min = 1, max = i64::from(PageRequest::MAX_LIMIT)))]
    limit: Option<i64>,
    #[validate(skip)]
    cursor: Option<String>,
    #[validate(skip)]
    year_given: bool,
}

fn prefix_needs_year(request: &ListMoviesRequest) -> Result<(), ValidationError> {
    if request.title_prefix.is_some() && !request.year_given {
        let mut error = ValidationError::new("not_allowed_together")
            .with_message("can only be given together with year".into());
        error.add_param("field".into(), &"title_prefix");
        return Err(error);
    }
    Ok(())
}

impl ReadParameters for ListMoviesRequest {
    fn read(parameters: &mut Parameters) -> Self {
        Self {
            year_given: parameters.has("year"),
            year: parameters.take_year("year"),
            title_prefix: parameters.take("titlePrefix"),
            limit: parameters.take_integer("limit"),
            cursor: parameters.take("cursor"),
        }
    }
}

impl ListMoviesRequest {
    /// Which page to list.
    pub(super) fn into_page(self) -> Result<PageRequest, ApiError> {
        let year = self.year.map(Year::parse).transpose()?;
        let prefix = self
            .title_prefix
            .as_deref()
            .map(TitlePrefix::parse)
            .transpose()?;
        let filter = match (year, prefix) {
            (None, _) => Filter::All,
            (Some(year), None) => Filter::Year(year),
            (Some(year), Some(prefix)) => Filter::TitlePrefix(year, prefix),
        };
        let limit = match self.limit {
            None => PageRequest::DEFAULT_LIMIT,
            Some(limit) => u8::try_from(limit)
                .map_err(|_| Invalid::OutOfRange(1, u32::from(PageRequest::MAX_LIMIT)))?,
        };
        let after = self
            .cursor
            .map(|cursor| read_cursor(&filter, &cursor))
            .transpose()
            .map_err(|_| {
                ApiError::fault(Fault::new(
                    "cursor",
                    "invalid_value",
                    "is not a cursor that this listing gave; start again without it",
                ))
            })?;
        Ok(PageRequest {
            filter,
            limit,
            after,
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
