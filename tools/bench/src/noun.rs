//! The noun that the benchmarks read and write, and its requests.

use std::sync::Arc;

use anyhow::anyhow;
use kit::{
    http::json::read_json,
    operations::{AddRequest, UpdateRequest},
    resource::{Entity, Resource},
    store::Store,
    user::UserId,
};
pub(super) use movies::Movie as Fields;
use serde_json::{Value, json};
use service::nouns::Stores;
use time::OffsetDateTime;

/// The paths of its operations.
pub(super) const LIST: &str = "/movies";
pub(super) const FIND: &str = "/movies/findbytitleandyear";
pub(super) const ADD: &str = "/movies/add-movie";
pub(super) const UPDATE: &str = "/movies/update-movie";
pub(super) const DELETE: &str = "/movies/delete-movie";
pub(super) const CHANGES: &str = "/movies/changes";

/// The query that finds the resource.
pub(super) const QUERY: [(&str, &str); 2] = [("title", TITLE), ("year", "2013")];
/// The query that lists its partition.
pub(super) const PARTITION: [(&str, &str); 1] = [("year", "2013")];

/// The app that sends the requests.
pub(super) const USER_AGENT: &str = "Movies/3.1 (iPhone; iOS 26.1)";
/// The name of the function.
pub(super) const FUNCTION: &str = "movies-ProductionFunction-0123456789ab";

/// The user who adds the resources.
pub(super) const OWNER: &str = "bench";

const TITLE: &str = "Rush";

/// The body that finds and deletes the resource.
pub(super) fn key() -> Value {
    json!({ "title": TITLE, "year": 2013 })
}

/// The body that adds it.
pub(super) fn addition() -> Value {
    json!({
        "title": TITLE,
        "year": 2013,
        "info": "Two drivers, one title.",
        "directors": ["Ron Howard"],
        "actors": ["Daniel Brühl", "Chris Hemsworth", "Olivia Wilde"],
        "genres": ["Action", "Biography", "Drama", "Sport"],
        "rating": 8.3,
    })
}

/// The body that changes it.
pub(super) fn change() -> Value {
    json!({ "title": TITLE, "year": 2013, "rating": 8.1 })
}

/// The body that adds another one, by its number.
pub(super) fn addition_of(number: u64) -> Value {
    let mut body = addition();
    body["title"] = format!("{TITLE} {number}").into();
    body
}

/// The query that finds it.
pub(super) fn query_of(number: u64) -> String {
    format!("title={TITLE}%20{number}&year=2013")
}

/// The body that changes it, to a rating in tenths.
pub(super) fn change_of(number: u64, rating: u8) -> Value {
    json!({ "title": format!("{TITLE} {number}"), "year": 2013, "rating": f64::from(rating) / 10.0 })
}

/// The resource as DynamoDB has it, with all members and this owner; with a number, another one of its partition.
pub(super) fn item(owner: &str, number: Option<u8>) -> Value {
    let list = |names: &[&str]| json!({ "L": names.iter().map(|name| json!({ "S": name })).collect::<Vec<_>>() });
    json!({
        "year": { "N": "2013" },
        "title": { "S": number.map_or_else(|| TITLE.to_owned(), |number| format!("{TITLE} {number}")) },
        "info": { "S": "Two drivers, one title: a season in which each makes the other better, and neither says so." },
        "directors": list(&["Ron Howard"]),
        "actors": list(&["Daniel Brühl", "Chris Hemsworth", "Olivia Wilde"]),
        "genres": list(&["Action", "Biography", "Drama", "Sport"]),
        "rating": { "N": "8.3" },
        "releaseDate": { "S": "2013-09-02" },
        "runningTimeSeconds": { "N": "7380" },
        "imageUrl": { "S": "https://images.example.com/rush.jpg" },
        "rank": { "N": "2" },
        "version": { "N": "1" },
        "createdAt": { "S": "2026-03-14T09:26:53.000000Z" },
        "updatedAt": { "S": "2026-03-14T09:26:53.000000Z" },
        "addedBy": { "S": owner },
    })
}

/// The key of such an item.
pub(super) fn item_key(item: &Value) -> Value {
    json!({ "year": item["year"], "title": item["title"] })
}

/// A resource of the average size in AWS's public data. Keys spread over a century, in another order than their numbers.
pub(super) fn entity(number: u64, now: OffsetDateTime) -> anyhow::Result<Entity<Fields>> {
    let spread = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let person = |role: &str| format!("{role} {}", number % 10_007);
    let body = json!({
        "year": 1920 + spread % 100,
        "title": format!("Movie {spread:016x}"),
        "info": "What happens in it. ".repeat(7),
        "directors": [person("Director")],
        "actors": [person("First Actor"), person("Second"), person("Third")],
        "genres": ["Drama", "Thriller"],
        "rating": 7.5,
        "runningTimeSeconds": 7_000,
        "rank": number % 10_000 + 1,
    });
    let request: AddRequest<Fields> =
        read_json(body.to_string().as_bytes()).map_err(|faults| anyhow!("{faults:?}"))?;
    let AddRequest { key, fields, .. } = request;
    Ok(Entity::new(key, fields, UserId::new(OWNER), now))
}

/// The changes of [`change`].
pub(super) fn update() -> anyhow::Result<<Fields as Resource>::Changes> {
    let request: UpdateRequest<Fields> =
        read_json(change().to_string().as_bytes()).map_err(|faults| anyhow!("{faults:?}"))?;
    Ok(request.changes)
}

/// The store of the resources.
pub(super) fn store(stores: &Stores) -> Arc<dyn Store<Fields>> {
    Arc::clone(&stores.movies)
}
