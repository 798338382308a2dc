//! The samples of the nouns.

use futures_util::future::join_all;
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

/// Adds the missing samples of all nouns, and returns their number.
pub(super) async fn sow(store: &EmbeddedStore, now: OffsetDateTime) -> Result<usize, BoxError> {
    let mut sower = Sower {
        store,
        now,
        nouns: JoinSet::new(),
    };
    nouns::visit(&mut sower);
    let mut added = 0;
    while let Some(result) = sower.nouns.join_next().await {
        added += result??;
    }
    Ok(added)
}

struct Sower<'a> {
    store: &'a EmbeddedStore,
    now: OffsetDateTime,
    nouns: JoinSet<Result<usize, BoxError>>,
}

impl NounVisitor for Sower<'_> {
    fn noun<R: Resource>(&mut self, _: &[Operation]) {
        let (store, now) = (self.store.clone(), self.now);
        self.nouns.spawn(sow_noun::<R>(store, now));
    }
}

async fn sow_noun<R: Resource>(
    store: EmbeddedStore,
    now: OffsetDateTime,
) -> Result<usize, BoxError> {
    let samples: Vec<&RawValue> = serde_json::from_str(R::SAMPLES)?;
    let entity = |(i, json): (usize, &RawValue)| {
        let request: AddRequest<R> = read_json(json.get().as_bytes())
            .map_err(|faults| format!("{}, number {}: {faults:?}", R::MANY, i + 1))?;
        let AddRequest { key, fields, .. } = request;
        Ok(Entity::new(key, fields, UserId::new("seed"), now))
    };
    let entities = samples.into_iter().enumerate().map(entity);
    let entities = entities.collect::<Result<Vec<Entity<R>>, BoxError>>()?;
    let mut added = 0;
    // All at once, so that they share transactions.
    for result in join_all(entities.iter().map(|entity| store.add(entity, None))).await {
        match result {
            Ok(_) => added += 1,
            Err(StoreError::AlreadyExists) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(added)
}

#[cfg(test)]
mod tests;
