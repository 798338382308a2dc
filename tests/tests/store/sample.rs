//! Movies and requests to test with.

use std::sync::LazyLock;

use kit::{
    http::json::read_json,
    idempotency::{Fingerprint, IdempotencyKey, Once},
    operations::AddRequest,
    resource::Entity,
    store::{By, Guard},
    user::UserId,
};
use movies::{Movie, MovieKey, Rank, Title, Year};
use tests::formats::newest;
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

/// A movie with all details: the recorded one, which has every member of the contract.
pub(crate) fn full_movie() -> Entity<Movie> {
    let body = newest().read("movies.json")["full"]["body"].to_string();
    let request: AddRequest<Movie> = read_json(body.as_bytes()).unwrap();
    Entity::new(request.key, request.fields, ada(), NOW)
}

/// An idempotent request of Ada's: its key, and the text that its fingerprint is made of.
pub(crate) fn once(key: &str, request: &str) -> Once {
    once_of(&ada(), key, request)
}

pub(crate) fn once_of(caller: &UserId, key: &str, request: &str) -> Once {
    let key = IdempotencyKey::parse(key.as_bytes()).unwrap();
    Once::new(caller, &key, Fingerprint::of("test", &request).unwrap())
}
