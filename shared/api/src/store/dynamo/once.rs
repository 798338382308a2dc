//! Writes with an idempotency key: a transaction of the record and the movie.

use aws_sdk_dynamodb::types::{
    AttributeValue, Delete, Get, Put, ReturnValuesOnConditionCheckFailure as OnFailure,
    TransactGetItem, TransactWriteItem, Update,
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{
    DynamoStore, Item, contended,
    expression::{self, Expression},
    failure::{Cancelled, failure},
    read_movie, refusal, unavailable, write_item,
};
use crate::{
    idempotency::{Fingerprint, Once},
    movie::{Changes, Movie, MovieKey},
    store::{Guard, StoreError, Written, item::MovieItem},
};

/// How often a write is tried that other writers got in the way of.
const TRIES: usize = 3;

impl DynamoStore {
    async fn transact(&self, record: Put, write: TransactWriteItem) -> Result<(), Cancelled> {
        self.client
            .transact_write_items()
            .transact_items(TransactWriteItem::builder().put(record).build())
            .transact_items(write)
            .send()
            .await
            .map(drop)
            .map_err(Cancelled::from)
    }

    fn record(
        &self,
        once: &Once,
        movie: Option<&Movie>,
        now: OffsetDateTime,
    ) -> Result<Put, StoreError> {
        let record = Record {
            caller: once.caller.as_str().into(),
            key: once.key.as_str().into(),
            fingerprint: once.fingerprint.as_str().into(),
            expires_at: Once::expires_at(now),
            movie: movie.map(MovieItem::from),
        };
        // A record that DynamoDB has not yet cleared away is as good as none.
        let unless_kept = Expression::new("attribute_not_exists(caller) OR expiresAt <= :now")
            .value(":now", AttributeValue::N(now.unix_timestamp().to_string()));
        Put::builder()
            .table_name(&self.idempotency)
            .set_item(Some(write_item(&record)?))
            .condition_expression(unless_kept.text)
            .set_expression_attribute_values(unless_kept.values)
            .return_values_on_condition_check_failure(OnFailure::AllOld)
            .build()
            .map_err(unavailable)
    }

    pub(super) async fn add_once(
        &self,
        movie: &Movie,
        once: &Once,
    ) -> Result<Written<Movie>, StoreError> {
        for _ in 0..TRIES {
            let record = self.record(once, Some(movie), movie.updated_at)?;
            let put = Put::builder()
                .table_name(&self.movies)
                .set_item(Some(write_item(&MovieItem::from(movie))?))
                .condition_expression(expression::ABSENT)
                .build()
                .map_err(unavailable)?;
            match self
                .transact(record, TransactWriteItem::builder().put(put).build())
                .await
            {
                Ok(()) => return Ok(Written::now(movie.clone())),
                Err(Cancelled::Recorded(item)) => return replay(item, once)?.into_movie(),
                Err(Cancelled::Refused(_)) => return Err(StoreError::AlreadyExists),
                Err(Cancelled::Contended) => {}
                Err(Cancelled::Failed(error)) => return Err(error),
            }
        }
        Err(contended())
    }

    pub(super) async fn update_once(
        &self,
        key: &MovieKey,
        changes: &Changes,
        guard: &Guard<'_>,
        now: OffsetDateTime,
        once: &Once,
    ) -> Result<Written<Movie>, StoreError> {
        for _ in 0..TRIES {
            let (record, movie) = self.get_both(key, once, now).await?;
            if let Some(record) = record {
                return replay(record, once)?.into_movie();
            }
            let before = movie.ok_or(StoreError::NotFound)?;
            guard.check(&before)?;
            let after = before.changed(changes, now);

            let just_read = [before.revision];
            let still_so = Guard {
                owner: guard.owner,
                revisions: Some(&just_read),
            };
            let update = expression::update(changes, &still_so, now)?;
            let update = Update::builder()
                .table_name(&self.movies)
                .set_key(Some(expression::movie_key(key)))
                .update_expression(update.action)
                .condition_expression(update.condition.text)
                .set_expression_attribute_names(update.condition.names)
                .set_expression_attribute_values(update.condition.values)
                .build()
                .map_err(unavailable)?;
            let record = self.record(once, Some(&after), now)?;
            match self
                .transact(record, TransactWriteItem::builder().update(update).build())
                .await
            {
                Ok(()) => return Ok(Written::now(after)),
                Err(Cancelled::Recorded(item)) => return replay(item, once)?.into_movie(),
                // Somebody wrote between the read and the write: look again.
                Err(Cancelled::Refused(_) | Cancelled::Contended) => {}
                Err(Cancelled::Failed(error)) => return Err(error),
            }
        }
        Err(contended())
    }

    pub(super) async fn delete_once(
        &self,
        key: &MovieKey,
        guard: &Guard<'_>,
        now: OffsetDateTime,
        once: &Once,
    ) -> Result<Written<()>, StoreError> {
        for _ in 0..TRIES {
            let condition = expression::guarded(guard);
            let delete = Delete::builder()
                .table_name(&self.movies)
                .set_key(Some(expression::movie_key(key)))
                .condition_expression(condition.text)
                .set_expression_attribute_names(condition.names)
                .set_expression_attribute_values(condition.values)
                .return_values_on_condition_check_failure(OnFailure::AllOld)
                .build()
                .map_err(unavailable)?;
            let record = self.record(once, None, now)?;
            match self
                .transact(record, TransactWriteItem::builder().delete(delete).build())
                .await
            {
                Ok(()) => return Ok(Written::now(())),
                Err(Cancelled::Recorded(item)) => {
                    replay(item, once)?;
                    return Ok(Written::before(()));
                }
                Err(Cancelled::Refused(item)) => return Err(refusal(item, guard)),
                Err(Cancelled::Contended) => {}
                Err(Cancelled::Failed(error)) => return Err(error),
            }
        }
        Err(contended())
    }

    /// Reads the idempotency record, if it is still kept, and the movie, in one transaction.
    async fn get_both(
        &self,
        key: &MovieKey,
        once: &Once,
        now: OffsetDateTime,
    ) -> Result<(Option<Item>, Option<Movie>), StoreError> {
        let get = |table: &str, key: Item| {
            Get::builder()
                .table_name(table)
                .set_key(Some(key))
                .build()
                .map(|get| TransactGetItem::builder().get(get).build())
                .map_err(unavailable)
        };
        let answer = self
            .client
            .transact_get_items()
            .transact_items(get(
                &self.idempotency,
                expression::record_key(once.caller.as_str(), once.key.as_str()),
            )?)
            .transact_items(get(&self.movies, expression::movie_key(key))?)
            .send()
            .await
            .map_err(failure)?;
        let mut items = answer
            .responses
            .unwrap_or_default()
            .into_iter()
            .map(|found| found.item);
        let record = items.next().flatten().filter(|item| !item.is_empty());
        let movie = items.next().flatten().filter(|item| !item.is_empty());
        Ok((
            record.filter(|item| is_kept(item, now)),
            movie.map(read_movie).transpose()?,
        ))
    }
}

/// An item of the idempotency table.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    caller: String,
    key: String,
    fingerprint: String,
    expires_at: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    movie: Option<MovieItem>,
}

impl Record {
    fn into_movie(self) -> Result<Written<Movie>, StoreError> {
        let movie = self.movie.ok_or_else(|| StoreError::Corrupt {
            key: "idempotency record".into(),
            attribute: "movie".into(),
            reason: "missing".into(),
        })?;
        movie.try_into().map(Written::before)
    }
}

fn replay(item: Item, once: &Once) -> Result<Record, StoreError> {
    let record: Record = serde_dynamo::from_item(item).map_err(unavailable)?;
    if Fingerprint::from_stored(record.fingerprint.clone()) == once.fingerprint {
        Ok(record)
    } else {
        Err(StoreError::KeyReused)
    }
}

fn is_kept(record: &Item, now: OffsetDateTime) -> bool {
    record
        .get("expiresAt")
        .and_then(|at| at.as_n().ok()?.parse::<i64>().ok())
        .is_some_and(|expires_at| expires_at > now.unix_timestamp())
}
