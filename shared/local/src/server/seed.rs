//! The samples of the nouns.

use kit::{
    http::{Fault, json::read_json},
    operations::AddRequest,
    resource::{Entity, Resource},
    store::{Store as _, StoreError},
    user::UserId,
};
use serde_json::value::RawValue;
use service::{
    Operation,
    nouns::{self, NounVisitor},
};
use time::OffsetDateTime;
use tokio::task::JoinSet;

use crate::store::EmbeddedStore;

/// An error of adding the samples.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// The samples are not a JSON array.
    #[error("the samples of {0} are not a JSON array")]
    NotAList(&'static str, #[source] serde_json::Error),
    /// A sample that an addition would refuse.
    #[error("the samples of {noun}, number {number}: {faults:?}")]
    Refused {
        /// The word for the noun.
        noun: &'static str,
        /// Its place among the samples, from 1.
        number: usize,
        /// The faults of the sample.
        faults: Vec<Fault>,
    },
    /// The store failed to add a sample.
    #[error("the store did not take a sample")]
    Store(#[source] StoreError),
    /// A task was cancelled or panicked.
    #[error("the server was stopped meanwhile")]
    CutShort(#[source] tokio::task::JoinError),
}

/// Adds the missing samples of all nouns in parallel, and returns their number.
pub(super) async fn sow(store: &EmbeddedStore, now: OffsetDateTime) -> Result<usize, SeedError> {
    let mut sower = Sower {
        store,
        now,
        additions: JoinSet::new(),
        outcome: Ok(()),
    };
    nouns::visit(&mut sower);
    sower.outcome?;
    let mut added = 0;
    while let Some(result) = sower.additions.join_next().await {
        match result.map_err(SeedError::CutShort)? {
            Ok(()) => added += 1,
            Err(StoreError::AlreadyExists) => {}
            Err(error) => return Err(SeedError::Store(error)),
        }
    }
    Ok(added)
}

struct Sower<'a> {
    store: &'a EmbeddedStore,
    now: OffsetDateTime,
    additions: JoinSet<Result<(), StoreError>>,
    outcome: Result<(), SeedError>,
}

impl NounVisitor for Sower<'_> {
    fn noun<R: Resource>(&mut self, _: &[Operation]) {
        match samples::<R>(self.now) {
            Ok(entities) => {
                for entity in entities {
                    let store = self.store.clone();
                    self.additions
                        .spawn(async move { store.add(&entity, None).await.map(drop) });
                }
            }
            Err(error) => self.outcome = Err(error),
        }
    }
}

fn samples<R: Resource>(now: OffsetDateTime) -> Result<Vec<Entity<R>>, SeedError> {
    let list: Vec<&RawValue> =
        serde_json::from_str(R::SAMPLES).map_err(|error| SeedError::NotAList(R::MANY, error))?;
    let entity = |(i, json): (usize, &RawValue)| {
        let request: AddRequest<R> =
            read_json(json.get().as_bytes()).map_err(|faults| SeedError::Refused {
                noun: R::MANY,
                number: i + 1,
                faults,
            })?;
        let AddRequest { key, fields, .. } = request;
        Ok(Entity::new(key, fields, UserId::new("seed"), now))
    };
    list.into_iter().enumerate().map(entity).collect()
}

#[cfg(test)]
mod tests;
