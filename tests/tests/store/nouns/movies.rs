//! Movies, and what the tests of movies alone are written with.

use kit::{http::json::read_json, operations::AddRequest, resource::Entity, user::UserId};
use movies::{Movie, MovieKey, Rank};
use serde_json::{Value, json};
use tests::formats::newest;

use crate::{
    Store,
    sample::{self, NOW, Sample, ada},
};

/// The store of movies.
pub(crate) type MovieStore = Store<Movie>;

impl Sample for Movie {
    fn full() -> Value {
        let mut body = recorded();
        let members = body.as_object_mut().unwrap();
        members.retain(|name, _| !["year", "title"].contains(&name.as_str()));
        body
    }

    fn change(number: u32) -> Value {
        json!({ "rank": number })
    }

    fn others() -> Vec<Value> {
        let ratings = [0.0, 0.01, 5.0, 8.3, 9.99, 10.0].map(|rating| json!({ "rating": rating }));
        ratings.into_iter().chain([json!({ "info": "" })]).collect()
    }

    fn changes() -> Vec<Value> {
        vec![
            json!({ "info": "New" }),
            json!({ "info": null, "rating": null }),
            json!({
                "directors": ["Someone"],
                "actors": null,
                "genres": [],
                "releaseDate": null,
                "runningTimeSeconds": 1,
                "imageUrl": null,
                "rank": 1_000_000,
            }),
        ]
    }
}

/// The request of the recorded movie, which has every member of the contract.
fn recorded() -> Value {
    newest().read("movies.json")["full"]["body"].take()
}

/// The recorded movie.
pub(crate) fn full_movie() -> Entity<Movie> {
    let request: AddRequest<Movie> = read_json(recorded().to_string().as_bytes()).unwrap();
    Entity::new(request.key, request.fields, ada(), NOW)
}

pub(crate) fn movie_key(year: u32, title: &str) -> MovieKey {
    sample::key::<Movie>(year, title)
}

/// A movie without details, added by this user.
pub(crate) fn movie_of(user: &UserId, year: u32, title: &str) -> Entity<Movie> {
    sample::entity_of(user, year, title)
}

/// A movie without details, added by Ada.
pub(crate) fn movie(year: u32, title: &str) -> Entity<Movie> {
    sample::entity(year, title)
}

pub(crate) fn rank(number: u32) -> Rank {
    Rank::parse(number.into()).unwrap()
}
