//! The samples of the nouns.

use kit::{
    http::json::read_json,
    operations::AddRequest,
    resource::{Entity, Resource},
    store::{BoxError, Store as _, StoreError},
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

/// Adds the missing samples of all nouns in parallel, and returns their number.
pub(super) async fn sow(store: &EmbeddedStore, now: OffsetDateTime) -> Result<usize, BoxError> {
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
        match result? {
            Ok(()) => added += 1,
            Err(StoreError::AlreadyExists) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(added)
}

struct Sower<'a> {
    store: &'a EmbeddedStore,
    now: OffsetDateTime,
    additions: JoinSet<Result<(), StoreError>>,
    outcome: Result<(), BoxError>,
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

fn samples<R: Resource>(now: OffsetDateTime) -> Result<Vec<Entity<R>>, BoxError> {
    let list: Vec<&RawValue> = serde_json::from_str(R::SAMPLES)?;
    let entity = |(i, json): (usize, &RawValue)| {
        let request: AddRequest<R> = read_json(json.get().as_bytes())
            .map_err(|faults| format!("{}, number {}: {faults:?}", R::MANY, i + 1))?;
        let AddRequest { key, fields, .. } = request;
        Ok(Entity::new(key, fields, UserId::new("seed"), now))
    };
    list.into_iter().enumerate().map(entity).collect()
}

#[cfg(test)]
mod tests;
