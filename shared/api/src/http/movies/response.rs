//! What the movie operations answer.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{HeaderName, HeaderValue, StatusCode};
use serde::Serialize;

use super::etag;
use crate::{
    http::{line::WithoutWork, precondition::etag_text},
    movie::{ImageUrl, Info, Movie, Name, Rating, UserId},
    page::{Filter, Page, write_cursor},
    store::{
        Written,
        item::{write_date, write_moment},
    },
};

const IDEMPOTENT_REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// A movie, in its one shape: lists are always there, other members that are not known are left out.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct MovieResponse<'a> {
    title: &'a str,
    year: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    info: Option<&'a str>,
    directors: Vec<&'a str>,
    actors: Vec<&'a str>,
    genres: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rating: Option<Rating>,
    #[serde(skip_serializing_if = "Option::is_none")]
    release_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    running_time_seconds: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    image_url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rank: Option<u32>,
    etag: String,
    version: u64,
    created_at: String,
    updated_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    added_by: Option<&'a str>,
}

impl<'a> From<&'a Movie> for MovieResponse<'a> {
    fn from(movie: &'a Movie) -> Self {
        let details = &movie.details;
        let names = |names: &'a [Name]| names.iter().map(Name::as_str).collect();
        Self {
            title: movie.key.title.as_str(),
            year: movie.key.year.get(),
            info: details.info.as_ref().map(Info::as_str),
            directors: names(&details.directors),
            actors: names(&details.actors),
            genres: names(&details.genres),
            rating: details.rating,
            release_date: details.release_date.map(write_date),
            running_time_seconds: details.running_time_seconds,
            image_url: details.image_url.as_ref().map(ImageUrl::as_str),
            rank: details.rank,
            etag: etag_text(movie.revision),
            version: movie.revision.version,
            created_at: write_moment(movie.revision.created_at),
            updated_at: write_moment(movie.updated_at),
            added_by: movie.added_by.as_ref().map(UserId::as_str),
        }
    }
}

/// A page of movies.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MovieListResponse<'a> {
    items: Vec<MovieResponse<'a>>,
    count: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

impl<'a> MovieListResponse<'a> {
    pub(super) fn new(page: &'a Page, filter: &Filter) -> Self {
        Self {
            items: page.movies.iter().map(MovieResponse::from).collect(),
            count: page.movies.len(),
            next_cursor: page.next.as_ref().map(|last| write_cursor(filter, last)),
        }
    }
}

/// The answer to a write: the movie with its entity tag, or nothing after a deletion; and whether an
/// earlier request with the same `Idempotency-Key` did it.
pub(super) fn written(status: StatusCode, written: &Written<Movie>) -> Response {
    let movie = &written.value;
    let mut response = (status, Json(MovieResponse::from(movie))).into_response();
    response
        .headers_mut()
        .insert(http::header::ETAG, etag(movie.revision));
    mark_replay(response, written.replayed)
}

/// The answer to a deletion.
pub(super) fn deleted(written: &Written<()>) -> Response {
    mark_replay(StatusCode::NO_CONTENT.into_response(), written.replayed)
}

fn mark_replay(mut response: Response, replayed: bool) -> Response {
    if replayed {
        response
            .headers_mut()
            .insert(IDEMPOTENT_REPLAYED, HeaderValue::from_static("true"));
        response.extensions_mut().insert(WithoutWork);
    }
    response
}
