//! Movies in Amazon DynamoDB.
//!
//! Two tables. *Movies*: partition key `year` (number), sort key `title` (string), one
//! [`MovieItem`] an item. *Idempotency*: partition key `id` (string), the
//! fingerprint and the result of a write, `expiresAt` for DynamoDB's time to live.
//!
//! Every operation is one call; an update with an idempotency key is two, because a transaction
//! does not return what it wrote. Conditions are checked by DynamoDB itself, and
//! `ReturnValuesOnConditionCheckFailure` brings the item that failed them, so no failure needs
//! another read.

mod expression;
mod failure;

use std::collections::HashMap;

use async_trait::async_trait;
use aws_sdk_dynamodb::{
    Client,
    operation::delete_item::DeleteItemError,
    operation::put_item::PutItemError,
    operation::update_item::UpdateItemError,
    types::{
        AttributeValue, Delete, Get, Put, ReturnValue,
        ReturnValuesOnConditionCheckFailure as OnFailure, TransactGetItem, TransactWriteItem,
        Update,
    },
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use self::{
    expression::Expression,
    failure::{Cancelled, failure},
};
use super::{
    Guard, MovieStore, StoreError, Written,
    item::{MovieItem, write_moment},
};
use crate::{
    idempotency::{Fingerprint, Once},
    movie::{Changes, Movie, MovieKey, Revision, Title, Year},
    page::{Page, PageRequest},
};

type Item = HashMap<String, AttributeValue>;

/// How often a write is tried that other writers got in the way of.
const TRIES: usize = 3;

/// The two tables.
#[derive(Debug, Clone)]
pub struct DynamoStore {
    client: Client,
    movies: String,
    idempotency: String,
}

impl DynamoStore {
    /// A store on the tables of these names.
    #[must_use]
    pub fn new(client: Client, movies: &str, idempotency: &str) -> Self {
        Self {
            client,
            movies: movies.into(),
            idempotency: idempotency.into(),
        }
    }

    /// Opens the connection, so that the first request does not wait for it. A failure is no matter:
    /// that request will then open it, or report why not.
    pub async fn prewarm(&self) {
        let key = expression::idempotency_key("prewarm");
        let _ = self
            .client
            .get_item()
            .table_name(&self.idempotency)
            .set_key(Some(key))
            .projection_expression("id")
            .send()
            .await;
    }

    /// Writes a movie whether or not it exists: what a bulk import needs, and nothing else.
    ///
    /// # Errors
    /// [`StoreError::Throttled`], [`StoreError::Unavailable`].
    pub async fn put(&self, movie: &Movie) -> Result<(), StoreError> {
        self.client
            .put_item()
            .table_name(&self.movies)
            .set_item(Some(write_item(&MovieItem::from(movie))?))
            .send()
            .await
            .map_err(failure)?;
        Ok(())
    }

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
            id: once.id.clone(),
            fingerprint: once.fingerprint.as_str().into(),
            expires_at: Once::expires_at(now),
            movie: movie.map(MovieItem::from),
        };
        // A record that DynamoDB has not yet cleared away is as good as none.
        let unless_kept = Expression::new("attribute_not_exists(id) OR expiresAt <= :now")
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

    async fn add_once(&self, movie: &Movie, once: &Once) -> Result<Written<Movie>, StoreError> {
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

    async fn update_once(
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

    async fn delete_once(
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
                expression::idempotency_key(&once.id),
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

#[async_trait]
impl MovieStore for DynamoStore {
    async fn get(&self, key: &MovieKey) -> Result<Option<Movie>, StoreError> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.movies)
            .set_key(Some(expression::movie_key(key)))
            .consistent_read(true)
            .send()
            .await
            .map_err(failure)?;
        answer.item.map(read_movie).transpose()
    }

    async fn list(&self, page: &PageRequest) -> Result<Page, StoreError> {
        let limit = i32::from(page.limit);
        let start = page.after.as_ref().map(expression::movie_key);
        let (items, last) = if let Some(filter) = expression::filter(&page.filter) {
            let answer = self
                .client
                .query()
                .table_name(&self.movies)
                .key_condition_expression(filter.text)
                .set_expression_attribute_names(filter.names)
                .set_expression_attribute_values(filter.values)
                .set_exclusive_start_key(start)
                .consistent_read(true)
                .limit(limit)
                .send()
                .await
                .map_err(failure)?;
            (answer.items, answer.last_evaluated_key)
        } else {
            let answer = self
                .client
                .scan()
                .table_name(&self.movies)
                .set_exclusive_start_key(start)
                .consistent_read(true)
                .limit(limit)
                .send()
                .await
                .map_err(failure)?;
            (answer.items, answer.last_evaluated_key)
        };
        Ok(Page {
            movies: items
                .unwrap_or_default()
                .into_iter()
                .map(read_movie)
                .collect::<Result<_, _>>()?,
            next: last
                .filter(|key| !key.is_empty())
                .map(read_key)
                .transpose()?,
        })
    }

    async fn add(&self, movie: &Movie, once: Option<&Once>) -> Result<Written<Movie>, StoreError> {
        if let Some(once) = once {
            return self.add_once(movie, once).await;
        }
        let answer = self
            .client
            .put_item()
            .table_name(&self.movies)
            .set_item(Some(write_item(&MovieItem::from(movie))?))
            .condition_expression(expression::ABSENT)
            .return_values_on_condition_check_failure(OnFailure::AllOld)
            .send()
            .await;
        match answer {
            Ok(_) => Ok(Written::now(movie.clone())),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(refused)) => {
                    match refused.item.clone().map(read_movie).transpose()? {
                        // The SDK tried twice because the first answer got lost: it is this very movie.
                        Some(found) if found == *movie => Ok(Written::now(found)),
                        _ => Err(StoreError::AlreadyExists),
                    }
                }
                _ => Err(failure(error)),
            },
        }
    }

    async fn update(
        &self,
        key: &MovieKey,
        changes: &Changes,
        guard: &Guard<'_>,
        now: OffsetDateTime,
        once: Option<&Once>,
    ) -> Result<Written<Movie>, StoreError> {
        if let Some(once) = once {
            return self.update_once(key, changes, guard, now, once).await;
        }
        let update = expression::update(changes, guard, now)?;
        let answer = self
            .client
            .update_item()
            .table_name(&self.movies)
            .set_key(Some(expression::movie_key(key)))
            .update_expression(update.action)
            .condition_expression(update.condition.text)
            .set_expression_attribute_names(update.condition.names)
            .set_expression_attribute_values(update.condition.values)
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(OnFailure::AllOld)
            .send()
            .await;
        match answer {
            Ok(answer) => read_movie(answer.attributes.unwrap_or_default()).map(Written::now),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(refused)) => {
                    Err(refusal(refused.item.clone(), guard))
                }
                _ => Err(failure(error)),
            },
        }
    }

    async fn delete(
        &self,
        key: &MovieKey,
        guard: &Guard<'_>,
        now: OffsetDateTime,
        once: Option<&Once>,
    ) -> Result<Written<()>, StoreError> {
        if let Some(once) = once {
            return self.delete_once(key, guard, now, once).await;
        }
        let condition = expression::guarded(guard);
        let answer = self
            .client
            .delete_item()
            .table_name(&self.movies)
            .set_key(Some(expression::movie_key(key)))
            .condition_expression(condition.text)
            .set_expression_attribute_names(condition.names)
            .set_expression_attribute_values(condition.values)
            .return_values_on_condition_check_failure(OnFailure::AllOld)
            .send()
            .await;
        match answer {
            Ok(_) => Ok(Written::now(())),
            Err(error) => match error.as_service_error() {
                Some(DeleteItemError::ConditionalCheckFailedException(refused)) => {
                    Err(refusal(refused.item.clone(), guard))
                }
                _ => Err(failure(error)),
            },
        }
    }
}

/// An item of the idempotency table.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    id: String,
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

/// Why a guarded write was refused, from the item that refused it.
fn refusal(item: Option<Item>, guard: &Guard<'_>) -> StoreError {
    match item.filter(|item| !item.is_empty()).map(read_movie) {
        None => StoreError::NotFound,
        Some(Err(error)) => error,
        Some(Ok(movie)) => guard.check(&movie).err().unwrap_or_else(contended),
    }
}

fn write_item<T: Serialize>(value: &T) -> Result<Item, StoreError> {
    serde_dynamo::to_item(value).map_err(unavailable)
}

fn read_movie(item: Item) -> Result<Movie, StoreError> {
    let key = (item.get("year").cloned(), item.get("title").cloned());
    let item = serde_dynamo::AttributeValue::M(serde_dynamo::Item::from(item).into_inner());
    MovieItem::read(
        serde_dynamo::Deserializer::from_attribute_value(item),
        || format!("{:?}/{:?}", key.0, key.1),
    )
}

fn read_key(item: Item) -> Result<MovieKey, StoreError> {
    #[derive(Deserialize)]
    struct Key {
        year: i64,
        title: String,
    }
    let key: Key = serde_dynamo::from_item(item).map_err(unavailable)?;
    Ok(MovieKey {
        year: Year::parse(key.year).map_err(unavailable)?,
        title: Title::parse(&key.title).map_err(unavailable)?,
    })
}

fn contended() -> StoreError {
    StoreError::Throttled("other writers kept getting in the way".into())
}

fn unavailable(error: impl Into<super::BoxError>) -> StoreError {
    StoreError::Unavailable(error.into())
}

/// The values by which a revision is recognised: `version` and `createdAt`.
fn revision_values(revision: &Revision) -> (AttributeValue, AttributeValue) {
    (
        AttributeValue::N(revision.version.to_string()),
        AttributeValue::S(write_moment(revision.created_at)),
    )
}
