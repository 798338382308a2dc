//! The items that the clients work on: what they are called, and the requests for them.

use serde_json::{Value, json};

use crate::{
    exchange::Request,
    history::{ItemWrite, Kind},
    plan::{Noun, Thing},
};

/// The name of an item in the history.
#[must_use]
pub fn name(thing: Thing, user: &str) -> String {
    match thing.noun {
        Noun::Movies => format!("movies/{}", thing.number),
        Noun::Watchlist => format!("watchlist/{user}/{}", thing.number),
    }
}

/// The title of a movie.
#[must_use]
pub fn title(number: u64) -> String {
    format!("Movie {number}")
}

/// The year of a movie.
#[must_use]
pub fn year(number: u64) -> u64 {
    2000 + number % 7
}

/// The id of an entry of a watchlist.
#[must_use]
pub fn entry(number: u64) -> String {
    format!("entry-{number}")
}

/// The request that reads an item.
pub(crate) fn read(thing: Thing) -> Request {
    match thing.noun {
        Noun::Movies => Request::new("GET", "/movies/findbytitleandyear")
            .query("title", &title(thing.number))
            .query("year", &year(thing.number)),
        Noun::Watchlist => Request::new("GET", "/me/watchlist/{entryId}").at(&entry(thing.number)),
    }
}

/// The request of a write of an item, without its idempotency key.
pub(crate) fn write(thing: Thing, write: &ItemWrite) -> Request {
    let value = write.value.to_string();
    let number = thing.number;
    let request = match thing.noun {
        Noun::Movies => {
            let mut body = json!({ "title": title(number), "year": year(number) });
            let path = match write.kind {
                Kind::Add | Kind::Put => "/movies/add-movie",
                Kind::Update => "/movies/update-movie",
                Kind::Delete => "/movies/delete-movie",
            };
            if write.kind != Kind::Delete {
                body["info"] = value.into();
            }
            Request::new("POST", path).json(body)
        }
        Noun::Watchlist => {
            let (method, body) = match write.kind {
                Kind::Add | Kind::Put => (
                    "PUT",
                    json!({ "title": title(number), "year": year(number), "note": value }),
                ),
                Kind::Update => ("PATCH", json!({ "note": value })),
                Kind::Delete => ("DELETE", Value::Null),
            };
            let request = Request::new(method, "/me/watchlist/{entryId}").at(&entry(number));
            match body {
                Value::Null => request,
                body => request.json(body),
            }
        }
    };
    match &write.if_match {
        Some(tag) => request.header("If-Match", tag),
        None => request,
    }
}
