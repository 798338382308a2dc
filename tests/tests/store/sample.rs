//! The nouns that the suite runs on, as far as it knows them, and requests to test with.

use std::sync::LazyLock;

use kit::{
    http::json::{Members, ReadMembers, read_json},
    idempotency::{Fingerprint, IdempotencyKey, Once},
    resource::{Changes as _, Entity, Key, KeyText as _, Resource},
    store::{By, Guard},
    user::UserId,
};
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime, macros::datetime};

/// A noun that the suite runs on, and values of it: the bodies of requests, without the key.
pub(crate) trait Sample: Resource {
    /// All members.
    fn full() -> Value;

    /// The required members alone.
    fn bare() -> Value {
        json!({})
    }

    /// The change of one member to a value that is made of a number from 1 to 28.
    fn change(number: u32) -> Value;

    /// Further values, such as the limits of a type. Each has to be found as it was added.
    fn others() -> Vec<Value> {
        Vec::new()
    }

    /// Further changes, which are made to the full one after the other.
    fn changes() -> Vec<Value> {
        Vec::new()
    }
}

/// The moment at which the entities of the tests are added.
pub(crate) const NOW: OffsetDateTime = datetime!(2016-08-15 12:00:00.123456 UTC);

/// A moment later than [`NOW`].
pub(crate) fn later(seconds: i64) -> OffsetDateTime {
    NOW + Duration::seconds(seconds)
}

pub(crate) static ADA: LazyLock<UserId> = LazyLock::new(|| UserId::new("ada"));

pub(crate) fn ada() -> UserId {
    ADA.clone()
}

pub(crate) fn bob() -> UserId {
    UserId::new("bob")
}

/// Writes to any entity in any revision, as Ada.
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

/// Writes to an entity of this user's in any revision.
pub(crate) fn owner(user: &UserId) -> Guard<'_> {
    Guard {
        by: By::Owner(user),
        revisions: None,
    }
}

/// The changes in the body of a request.
struct Body<R: Resource>(R::Changes);

impl<R: Resource> ReadMembers for Body<R> {
    fn read(members: &mut Members<'_>) -> Option<Self> {
        Some(Self(R::Changes::take(members)))
    }
}

/// The changes that a body makes.
pub(crate) fn changes<R: Resource>(body: &Value) -> R::Changes {
    let body: Body<R> = read_json(body.to_string().as_bytes()).unwrap();
    body.0
}

/// The fields that a body has.
pub(crate) fn fields<R: Resource>(body: &Value) -> R {
    changes::<R>(body).into_fields().unwrap()
}

/// The change that is made of a number.
pub(crate) fn change<R: Sample>(number: u32) -> R::Changes {
    changes::<R>(&R::change(number))
}

/// A key of a shared resource. The partition is a year, as a number or as a text.
pub(crate) fn key<R: Resource>(year: u32, sort: &str) -> R::Key {
    R::Key::from_texts(&year.to_string(), sort).unwrap()
}

/// An entity with this key that Ada adds.
pub(crate) fn with_key<R: Sample>(key: R::Key) -> Entity<R> {
    Entity::new(key, fields(&R::bare()), ada(), NOW)
}

/// An entity without optional members, added by this user.
pub(crate) fn entity_of<R: Sample>(user: &UserId, year: u32, sort: &str) -> Entity<R> {
    Entity {
        owner: Some(user.clone()),
        ..entity(year, sort)
    }
}

/// An entity without optional members, added by Ada.
pub(crate) fn entity<R: Sample>(year: u32, sort: &str) -> Entity<R> {
    with_key(key::<R>(year, sort))
}

/// An entity with all members, added by Ada.
pub(crate) fn full_entity<R: Sample>() -> Entity<R> {
    Entity {
        fields: fields(&R::full()),
        ..entity(2001, "full")
    }
}

/// Partitions, as far as the noun has them: years, and texts of which one begins with another.
pub(crate) fn partitions<R: Resource>() -> Vec<<R::Key as Key>::Partition> {
    let years = (1995..=2000).map(|year: u32| year.to_string());
    let texts = ["199", "Thai", "Thai food", "50/50", "é", "🎬"].map(str::to_owned);
    let keys = years
        .chain(texts)
        .map(|text| R::Key::from_texts(&text, "a"));
    keys.flatten().map(|key| key.partition().clone()).collect()
}

/// Sort texts, as far as the noun has them: some are difficult in URLs, and their order by bytes is not that of the alphabet.
pub(crate) fn texts<R: Resource>() -> Vec<&'static str> {
    let texts = [
        "%2F",
        "'\"`\\",
        "+1",
        "10",
        "50/50",
        "9",
        "A",
        "AB",
        "B",
        "Fast & Furious",
        "The",
        "The Matrix",
        "Then",
        "V/H/S/2",
        "Zorro",
        "a",
        "z",
        "É",
        "é",
        "千と千尋の神隠し",
        "🎬",
    ];
    let mut texts = texts.to_vec();
    texts.retain(|text| <R::Key as Key>::Sort::parse(text).is_ok());
    texts
}

/// An idempotent request of Ada's: its key, and the text that its fingerprint is made of.
pub(crate) fn once(key: &str, request: &str) -> Once {
    once_of(&ada(), key, request)
}

pub(crate) fn once_of(caller: &UserId, key: &str, request: &str) -> Once {
    let key = IdempotencyKey::parse(key.as_bytes()).unwrap();
    Once::new(caller, &key, Fingerprint::of("test", &request).unwrap())
}
