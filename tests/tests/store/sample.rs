//! Movies and requests to test with.

use std::sync::LazyLock;

use kit::value::Date;
use kit::{
    idempotency::{Fingerprint, IdempotencyKey, Once},
    resource::Entity,
    store::{By, Guard},
    user::UserId,
    value::WebUrl,
};
use movies::{Info, Movie, MovieKey, Name, Rank, Rating, Title, Year};
use time::{Duration, OffsetDateTime, macros::datetime};

/// The moment at which the movies of the tests are added.
pub(crate) const NOW: OffsetDateTime = datetime!(2016-08-15 12:00:00.123456 UTC);

/// A moment later than [`NOW`].
pub(crate) fn later(seconds: i64) -> OffsetDateTime {
    NOW + Duration::seconds(seconds)
}

pub(crate) fn key(year: i64, title: &str) -> MovieKey {
    MovieKey {
        year: Year::parse(year).unwrap(),
        title: Title::parse(title).unwrap(),
    }
}

pub(crate) fn rank(number: u32) -> Rank {
    Rank::parse(number.into()).unwrap()
}

pub(crate) static ADA: LazyLock<UserId> = LazyLock::new(|| UserId::new("ada"));

pub(crate) fn ada() -> UserId {
    ADA.clone()
}

/// Writes to any movie in any revision, as Ada.
pub(crate) fn any() -> Guard<'static> {
    any_of(&ADA)
}

/// The same, as this user.
pub(crate) fn any_of(user: &UserId) -> Guard<'_> {
    Guard {
        by: By::Editor(user),
        revisions: None,
    }
}

pub(crate) fn bob() -> UserId {
    UserId::new("bob")
}

/// A movie without details, added by this user.
pub(crate) fn movie_of(user: &UserId, year: i64, title: &str) -> Entity<Movie> {
    Entity::new(key(year, title), Movie::default(), user.clone(), NOW)
}

/// A movie without details, added by Ada.
pub(crate) fn movie(year: i64, title: &str) -> Entity<Movie> {
    movie_of(&ada(), year, title)
}

/// A movie with all details.
pub(crate) fn full_movie() -> Entity<Movie> {
    let names = |names: &[&str]| {
        names
            .iter()
            .map(|name| Name::parse(name).unwrap())
            .collect()
    };
    let details = Movie {
        info: Some(Info::parse("Line one,\nline two: \"quoted\" \\ 🎬").unwrap()),
        directors: names(&["Jean-Pierre Jeunet"]),
        actors: names(&["Audrey Tautou", "Mathieu Kassovitz"]),
        genres: names(&["Comedy", "Romance"]),
        rating: Some(Rating::parse("8.31").unwrap()),
        release_date: Some(Date::parse("2001-04-25").unwrap()),
        running_time_seconds: Some(rank(7_320)),
        image_url: Some(WebUrl::parse("https://example.com/a?b=c&d=%20").unwrap()),
        rank: Some(rank(1)),
    };
    Entity::new(
        key(2001, "Le Fabuleux Destin d'Amélie Poulain"),
        details,
        ada(),
        NOW,
    )
}

/// An idempotent request of Ada's: its key, and the text that its fingerprint is made of.
pub(crate) fn once(key: &str, request: &str) -> Once {
    once_of(&ada(), key, request)
}

pub(crate) fn once_of(caller: &UserId, key: &str, request: &str) -> Once {
    let key = IdempotencyKey::parse(key.as_bytes()).unwrap();
    Once::new(caller, &key, Fingerprint::of("test", &request).unwrap())
}
