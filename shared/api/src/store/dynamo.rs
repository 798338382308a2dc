//! Movies in Amazon DynamoDB.
//!
//! Two tables. *Movies*: partition key `year` (number), sort key `title` (string), one
//! [`MovieItem`](super::item::MovieItem) an item; its index `ByAdder`, partition key `addedBy` (string), sort key `title`, has
//! the keys of the movies that were added by somebody. *Idempotency*: partition key `caller` (string),
//! sort key `key` (string), the fingerprint and the result of a write, `expiresAt` for DynamoDB's time
//! to live.
//!
//! An addition, an editor's write and every write with an idempotency key are transactions: they check
//! that the user who writes is not leaving, which is an item of the second table too. Every operation on
//! a movie is one call; an update as a transaction is two, because a transaction does not return what it
//! wrote. Conditions are checked by DynamoDB itself, and
//! `ReturnValuesOnConditionCheckFailure` brings the item that failed them, so no failure needs
//! another read.

mod attributes;
mod expression;
mod failure;
mod found;
mod items;
mod meter;
mod owner;
mod records;
mod transaction;

use std::collections::HashMap;

use async_trait::async_trait;
use aws_sdk_dynamodb::{
    Client, Config,
    config::retry::RetryConfig,
    operation::delete_item::DeleteItemError,
    operation::update_item::UpdateItemError,
    types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure as OnFailure},
};
use time::{Duration, OffsetDateTime};

use self::{
    failure::failure,
    found::{Finder, Found},
    items::{read_key, read_movie, write_item},
    meter::Meter,
};
use super::{Guard, KeyPage, MovieStore, StoreError, Written, item::write_moment};
use crate::{
    idempotency::{Once, Remembered},
    movie::{Changes, Movie, MovieKey, Revision, UserId},
    page::{Page, PageRequest},
};

type Item = HashMap<String, AttributeValue>;

/// The index of the movies table that leads from users to the movies that they added.
const BY_ADDER: &str = "ByAdder";

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
    pub fn new(config: &Config, movies: &str, idempotency: &str) -> Self {
        let config = config.to_builder();
        let config = config.interceptor(Meter);
        Self {
            client: Client::from_conf(config.build()),
            movies: movies.into(),
            idempotency: idempotency.into(),
        }
    }
}

#[async_trait]
impl MovieStore for DynamoStore {
    async fn get(&self, key: &MovieKey) -> Result<Option<Movie>, StoreError> {
        let finder = Finder::default();
        let output = self
            .client
            .get_item()
            .table_name(&self.movies)
            .set_key(Some(expression::movie_key(key)))
            .consistent_read(true)
            .customize()
            .interceptor(finder.clone())
            .send()
            .await
            .map_err(failure)?;
        let found = finder.found(|| (output.item, None))?;
        Ok(found.movies.into_iter().next())
    }

    async fn list(&self, page: &PageRequest) -> Result<Page, StoreError> {
        let limit = i32::from(page.limit);
        let start = page.after.as_ref().map(expression::movie_key);
        let finder = Finder::default();
        let (items, next) = if let Some(filter) = expression::filter(&page.filter) {
            let output = self
                .client
                .query()
                .table_name(&self.movies)
                .key_condition_expression(filter.text)
                .set_expression_attribute_names(filter.names)
                .set_expression_attribute_values(filter.values)
                .set_exclusive_start_key(start)
                .consistent_read(true)
                .limit(limit)
                .customize()
                .interceptor(finder.clone())
                .send()
                .await
                .map_err(failure)?;
            (output.items, output.last_evaluated_key)
        } else {
            let output = self
                .client
                .scan()
                .table_name(&self.movies)
                .set_exclusive_start_key(start)
                .consistent_read(true)
                .limit(limit)
                .customize()
                .interceptor(finder.clone())
                .send()
                .await
                .map_err(failure)?;
            (output.items, output.last_evaluated_key)
        };
        let Found { movies, next } = finder.found(|| (items.unwrap_or_default(), next))?;
        Ok(Page { movies, next })
    }

    async fn add(&self, movie: &Movie, once: Option<&Once>) -> Result<Written<Movie>, StoreError> {
        transaction::add(self, movie, once).await
    }

    async fn update(
        &self,
        key: &MovieKey,
        changes: &Changes,
        guard: &Guard<'_>,
        now: OffsetDateTime,
        once: Option<&Once>,
    ) -> Result<Written<Movie>, StoreError> {
        if once.is_some() || guard.owner().is_none() {
            return transaction::update(self, key, changes, guard, now, once).await;
        }
        // This does not check whether the owner is leaving: as long as the movie is the owner's, the deletion of
        // the account is not complete, and will delete or disown the movie.
        let update = expression::update(changes, guard, now)?;
        let finder = Finder::default();
        let output = self
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
            .customize()
            .interceptor(finder.clone())
            .config_override(tried_once())
            .send()
            .await;
        match output {
            Ok(output) => {
                let found = finder.found(|| (output.attributes, None))?;
                let written = found.movies.into_iter().next();
                // An answer without attributes is reported like an item without attributes.
                let written = written.map_or_else(|| read_movie(Item::new()), Ok);
                written.map(Written::now)
            }
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
        if once.is_some() || guard.owner().is_none() {
            return transaction::delete(self, key, guard, now, once).await;
        }
        // As in `update`, this does not check whether the owner is leaving.
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
            .customize()
            .config_override(tried_once())
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

    async fn added_by(
        &self,
        user: &UserId,
        limit: u8,
        after: Option<&MovieKey>,
    ) -> Result<KeyPage, StoreError> {
        owner::added_by(self, user, limit, after).await
    }

    async fn disown(
        &self,
        key: &MovieKey,
        user: &UserId,
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        owner::disown(self, key, user, now).await
    }

    async fn delete_of(&self, key: &MovieKey, user: &UserId) -> Result<(), StoreError> {
        owner::delete_of(self, key, user).await
    }

    /// AWS: "within a fraction of a second, under normal conditions", and no bound.
    fn lag(&self) -> Duration {
        Duration::seconds(5)
    }

    async fn begin_leaving(
        &self,
        user: &UserId,
        now: OffsetDateTime,
    ) -> Result<OffsetDateTime, StoreError> {
        records::begin_leaving(self, user, now).await
    }

    async fn is_leaving(&self, user: &UserId, now: OffsetDateTime) -> Result<bool, StoreError> {
        records::is_leaving(self, user, now).await
    }

    async fn remembered(&self, user: &UserId) -> Result<Vec<Remembered>, StoreError> {
        records::remembered(self, user).await
    }

    async fn forget(&self, user: &UserId) -> Result<(), StoreError> {
        records::forget(self, user).await
    }
}

/// Turns off the SDK's retries for a write: if only the answer is lost, the retry would find another revision,
/// or no movie, and report a failure although the write succeeded.
fn tried_once() -> aws_sdk_dynamodb::config::Builder {
    aws_sdk_dynamodb::config::Builder::default().retry_config(RetryConfig::disabled())
}

/// The error of a guarded write, from the item that failed its condition.
fn refusal(item: Option<Item>, guard: &Guard<'_>) -> StoreError {
    match item.filter(|item| !item.is_empty()).map(read_movie) {
        None => StoreError::NotFound,
        Some(Err(error)) => error,
        Some(Ok(movie)) => guard.check(&movie).err().unwrap_or_else(contended),
    }
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
