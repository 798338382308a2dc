//! The sample movies.

use kit::{
    http::{Fault, json::read_json},
    operations::AddRequest,
    resource::Entity,
    store::{Store as _, StoreError},
    user::UserId,
};
use movies::Movie;
use serde_json::value::RawValue;
use time::OffsetDateTime;
use tokio::task::JoinSet;

use crate::store::EmbeddedStore;

/// Movies in the form of AWS's public movie data, each of which `addMovie` accepts.
const SEED: &str = include_str!("../../seed/movies.json");

/// An error of adding the sample movies.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// The file is not a JSON array.
    #[error("seed/movies.json is not a JSON array")]
    NotAList(#[source] serde_json::Error),
    /// A movie that `addMovie` would refuse.
    #[error("seed/movies.json, movie {number}: {faults:?}")]
    NotAMovie {
        /// Its place in the file, from 1.
        number: usize,
        /// The faults of the movie.
        faults: Vec<Fault>,
    },
    /// The store failed to add a movie.
    #[error("the store did not take a movie")]
    Store(#[source] StoreError),
    /// A task was cancelled or panicked.
    #[error("the server was stopped meanwhile")]
    CutShort(#[source] tokio::task::JoinError),
}

/// Adds the missing sample movies in parallel, and returns their number.
pub(super) async fn sow(store: &EmbeddedStore, now: OffsetDateTime) -> Result<usize, SeedError> {
    let mut additions = JoinSet::new();
    for movie in movies(now)? {
        let store = store.clone();
        additions.spawn(async move { store.add(&movie, None).await });
    }
    let mut added = 0;
    while let Some(result) = additions.join_next().await {
        match result.map_err(SeedError::CutShort)? {
            Ok(_) => added += 1,
            Err(StoreError::AlreadyExists) => {}
            Err(error) => return Err(SeedError::Store(error)),
        }
    }
    Ok(added)
}

fn movies(now: OffsetDateTime) -> Result<Vec<Entity<Movie>>, SeedError> {
    let list: Vec<&RawValue> = serde_json::from_str(SEED).map_err(SeedError::NotAList)?;
    list.iter()
        .enumerate()
        .map(|(i, json)| {
            let number = i + 1;
            let request: AddRequest<Movie> = read_json(json.get().as_bytes())
                .map_err(|faults| SeedError::NotAMovie { number, faults })?;
            let AddRequest { key, fields, .. } = request;
            Ok(Entity::new(key, fields, UserId::new("seed"), now))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sample_movie_is_one_that_the_api_accepts() {
        let movies = movies(OffsetDateTime::UNIX_EPOCH).unwrap();
        let keys: std::collections::HashSet<_> = movies.iter().map(|movie| &movie.key).collect();
        assert_eq!(keys.len(), movies.len());
        assert!(movies.len() >= 40);
    }

    #[tokio::test]
    async fn sowing_twice_adds_nothing() {
        let store = EmbeddedStore::in_memory().unwrap();
        let now = OffsetDateTime::UNIX_EPOCH;
        assert!(sow(&store, now).await.unwrap() > 0);
        assert_eq!(sow(&store, now).await.unwrap(), 0);
    }
}
