//! Stores on Amazon DynamoDB.
//!
//! Each resource has a table: the partition key is the partition of its [`Key`](crate::resource::Key), the sort key its sort text, and an item is the
//! [`Item`](crate::resource::Item) of an entity. The index `ByOwner` of a shared resource has the keys by owner: its partition
//! key is the owner's attribute, its sort key the sort text. All resources share the tables of [`SharedTables`].
//!
//! An addition, an editor's write and every write with an idempotency key are transactions: they check that the user who
//! writes is not leaving, which is an item of the idempotency table too. Every operation is one call. Two are an update as a transaction,
//! because a transaction does not return what it wrote, a refused write with an idempotency key, whose refusal is recorded, and a page of a
//! search; three a page of the feed of changes. DynamoDB itself checks conditions, and `ReturnValuesOnConditionCheckFailure` brings the item that failed them, so no failure needs another read.
//!
//! No write touches the index or the logs of changes. A function follows the streams of the resources' tables and calls
//! [`Relay::relay`], so both have whatever was written, by this version of the service, by another, or by a tool.

mod attributes;
mod batch;
mod changes;
mod entry;
mod expression;
mod failure;
mod found;
mod index;
mod indexing;
mod items;
mod logs;
mod meter;
mod records;
mod transaction;

use std::{collections::HashMap, marker::PhantomData, sync::Arc};

use async_trait::async_trait;
use aws_sdk_dynamodb::{
    Client, Config,
    config::{retry::RetryConfig, timeout::TimeoutConfig},
    operation::{
        delete_item::{DeleteItemError, builders::DeleteItemFluentBuilder},
        update_item::{UpdateItemError, builders::UpdateItemFluentBuilder},
    },
    types::{
        AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure as OnFailure, Select,
    },
};
use futures_util::future;
use time::{Duration, OffsetDateTime};

use self::{
    expression::UpdateExpression,
    failure::{done_before, failure},
    found::Finder,
    items::{part, read_entity, read_key, write_item},
    meter::Meter,
};
use super::{Guard, Refusal, Result, Store, StoreError, Written};
use crate::{
    changes::{Changes, ChangesRequest, Head},
    deadline::BUDGET,
    idempotency::Once,
    page::{KeyPage, Page, PageRequest},
    resource::{Access, Entity, Key as _, Resource},
    search::{SearchPage, SearchRequest},
    telemetry::display_chain,
    user::UserId,
};

pub use self::logs::{ChangeLog, ChangeLogs};

/// An item, or the key of one, as the SDK has it.
pub type AttributeMap = HashMap<String, AttributeValue>;

/// The most keys of a batch, and of a row of a log.
const MAX_KEYS: usize = 100;

/// The index of a table that leads from users to what they own.
const BY_OWNER: &str = "ByOwner";

/// The names of the tables that all resources share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedTables {
    /// The idempotency records: partition key `caller` (string), sort key `key` (string), the fingerprint and the result of a
    /// write, and `expiresAt` for DynamoDB's time to live.
    pub idempotency: String,
    /// The [index](crate::search): partition key `list` (string), sort key `place` (string), and the key of the resource that
    /// stands there.
    pub search: String,
    /// The [logs of changes](crate::changes): partition key `log` (string), sort key `seq` (number), and `expiresAt`. The head of a log lies under its
    /// name and 0, its rows lie under the epoch of the head and their numbers.
    pub changes: String,
}

/// The client of DynamoDB, and the tables that all resources share.
#[derive(Debug, Clone)]
pub struct DynamoStore {
    client: Client,
    tables: SharedTables,
}

impl DynamoStore {
    /// A store with these tables.
    #[must_use]
    pub fn new(config: &Config, tables: SharedTables) -> Self {
        let config = config.to_builder();
        let config = config.interceptor(Meter);
        Self {
            client: Client::from_conf(config.build()),
            tables,
        }
    }

    /// The store of a resource, in the table of this name.
    #[must_use]
    pub fn table<R: Resource>(&self, name: &str) -> DynamoTable<R> {
        DynamoTable {
            store: self.clone(),
            name: name.into(),
            resource: PhantomData,
        }
    }
}

/// The table of a resource.
#[derive(Debug, Clone)]
pub struct DynamoTable<R> {
    store: DynamoStore,
    name: String,
    resource: PhantomData<fn() -> R>,
}

impl<R: Resource> DynamoTable<R> {
    /// The name of the table.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    fn delete_item(&self, key: &R::Key, guard: &Guard<'_>) -> DeleteItemFluentBuilder {
        let condition = expression::guarded::<R>(guard);
        self.store
            .client
            .delete_item()
            .table_name(&self.name)
            .set_key(Some(expression::item_key(key)))
            .condition_expression(condition.text)
            .set_expression_attribute_names(condition.names)
            .set_expression_attribute_values(condition.values)
    }

    fn update_item(&self, key: &R::Key, update: UpdateExpression) -> UpdateItemFluentBuilder {
        self.store
            .client
            .update_item()
            .table_name(&self.name)
            .set_key(Some(expression::item_key(key)))
            .update_expression(update.action)
            .condition_expression(update.condition.text)
            .set_expression_attribute_names(update.condition.names)
            .set_expression_attribute_values(update.condition.values)
    }
}

/// Does what follows a write: the work of the function that follows the stream of a table.
#[async_trait]
pub trait Relay: Send + Sync {
    /// Brings the index up to date with the resources of these keys, which were written, and appends the keys to the logs of changes, at the moment
    /// `now`. A key that is no resource's is logged and left out: nothing can show it. It may be repeated: after a failure some of it may be done.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`], [`StoreError::Throttled`], [`StoreError::Unavailable`].
    async fn relay(&self, keys: &[AttributeMap], now: OffsetDateTime) -> Result<()>;
}

#[async_trait]
impl<R: Resource> Relay for DynamoTable<R> {
    async fn relay(&self, keys: &[AttributeMap], now: OffsetDateTime) -> Result<()> {
        let mut known: Vec<R::Key> = Vec::with_capacity(keys.len());
        for key in keys {
            match read_key(key) {
                Ok(key) => known.push(key),
                Err(error) => tracing::error!(
                    table = self.name,
                    error = display_chain(&error),
                    "an item was written whose key no resource can have; it is not relayed"
                ),
            }
        }
        for keys in known.chunks(MAX_KEYS) {
            let indexed = indexing::index(self, keys, false);
            let appended = changes::append(self, keys, now);
            future::try_join(indexed, appended).await?;
        }
        Ok(())
    }
}

impl<R: Resource> DynamoTable<R> {
    /// Writes the entries of resources in the index anew, whatever it has: after a change of the lists that the noun declares.
    ///
    /// # Errors
    /// As [`relay`](Relay::relay).
    pub async fn index(&self, keys: &[R::Key]) -> Result<()> {
        for keys in keys.chunks(MAX_KEYS) {
            indexing::index(self, keys, true).await?;
        }
        Ok(())
    }
}

#[async_trait]
impl<R: Resource> Store<R> for DynamoTable<R> {
    async fn get(&self, key: &R::Key) -> Result<Option<Entity<R>>> {
        let finder = Finder(Arc::default());
        let output = self
            .store
            .client
            .get_item()
            .table_name(&self.name)
            .set_key(Some(expression::item_key(key)))
            .consistent_read(true)
            .customize()
            .interceptor(finder.clone())
            .send()
            .await
            .map_err(failure)?;
        let found = finder.found(|| (output.item, None))?;
        Ok(found.items.into_iter().next())
    }

    async fn list(&self, page: &PageRequest<R::Key>) -> Result<Page<R>> {
        let limit = i32::from(page.limit);
        let start = page.after.as_ref().map(expression::item_key);
        let finder = Finder(Arc::default());
        let (items, next) = if let Some(filter) = expression::filter(&page.filter) {
            let output = filter
                .query(&self.store.client, &self.name)
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
                .store
                .client
                .scan()
                .table_name(&self.name)
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
        finder.found(|| (items.unwrap_or_default(), next))
    }

    async fn search(&self, request: &SearchRequest) -> Result<SearchPage<R>> {
        // Known when the program is compiled, so that it has no code for searches that no noun has.
        if R::INDEX.is_none() {
            return Ok(SearchPage {
                items: Vec::new(),
                next: None,
            });
        }
        index::search(self, request).await
    }

    async fn add(&self, entity: &Entity<R>, once: Option<&Once>) -> Result<Written<Entity<R>>> {
        transaction::add(self, entity, once).await
    }

    async fn update(
        &self,
        key: &R::Key,
        changes: &R::Changes,
        guard: &Guard<'_>,
        now: OffsetDateTime,
        once: Option<&Once>,
    ) -> Result<Written<Entity<R>>> {
        if once.is_some() || guard.owner().is_none() {
            return transaction::update(self, key, changes, guard, now, once).await;
        }
        // This does not check whether the owner is leaving: as long as the resource is the owner's, the deletion of
        // the account is not complete, and will delete or disown the resource.
        let update = expression::update::<R>(changes, guard, now)?;
        let finder = Finder(Arc::default());
        let output = self
            .update_item(key, update)
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
                let written = found.items.into_iter().next();
                // An answer without attributes is reported like an item without attributes.
                let written = written.map_or_else(|| read_entity(AttributeMap::new()), Ok);
                written.map(Written::now)
            }
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(refused)) => {
                    Err(refusal::<R>(refused.item.clone(), guard))
                }
                _ => Err(failure(error)),
            },
        }
    }

    async fn delete(
        &self,
        key: &R::Key,
        guard: &Guard<'_>,
        now: OffsetDateTime,
        once: Option<&Once>,
    ) -> Result<Written<()>> {
        if once.is_some() || guard.owner().is_none() {
            return transaction::delete(self, key, guard, now, once).await;
        }
        // As in `update`, this does not check whether the owner is leaving.
        let answer = self
            .delete_item(key, guard)
            .return_values_on_condition_check_failure(OnFailure::AllOld)
            .customize()
            .config_override(tried_once())
            .send()
            .await;
        match answer {
            Ok(_) => Ok(Written::now(())),
            Err(error) => match error.as_service_error() {
                Some(DeleteItemError::ConditionalCheckFailedException(refused)) => {
                    Err(refusal::<R>(refused.item.clone(), guard))
                }
                _ => Err(failure(error)),
            },
        }
    }

    async fn refuse(&self, once: &Once, refusal: Refusal, now: OffsetDateTime) -> Result<Refusal> {
        transaction::refuse(&self.store, once, refusal, now).await
    }

    async fn owned_by(
        &self,
        user: &UserId,
        limit: u8,
        after: Option<&R::Key>,
    ) -> Result<KeyPage<R::Key>> {
        let client = &self.store.client;
        let (query, start) = match R::ACCESS {
            // An index is always read with eventual consistency.
            Access::Shared => (
                expression::in_partition(R::OWNER, part(user))
                    .query(client, &self.name)
                    .index_name(BY_OWNER)
                    .select(Select::AllProjectedAttributes),
                after.map(|key| expression::owner_key::<R>(user, key)),
            ),
            Access::Private => (
                expression::in_partition(R::Key::PARTITION, part(user))
                    .name("#sort", R::Key::SORT)
                    .query(client, &self.name)
                    .projection_expression("#partition, #sort")
                    .consistent_read(true),
                after.map(expression::item_key),
            ),
        };
        let answer = query
            .set_exclusive_start_key(start)
            .limit(i32::from(limit))
            .send()
            .await
            .map_err(failure)?;
        let items = answer.items.unwrap_or_default();
        let next = answer.last_evaluated_key.filter(|key| !key.is_empty());
        Ok(KeyPage {
            keys: items.iter().map(read_key).collect::<Result<_, _>>()?,
            next: next.as_ref().map(read_key).transpose()?,
        })
    }

    /// The SDK may try again: a second try finds the item without its owner, which is success.
    async fn disown(&self, key: &R::Key, user: &UserId, now: OffsetDateTime) -> Result<()> {
        let update = expression::disown::<R>(user, now)?;
        done_before(self.update_item(key, update).send().await)
    }

    /// The SDK may try again: a second try finds the item gone, which is success.
    async fn delete_owned(&self, key: &R::Key, user: &UserId) -> Result<()> {
        done_before(self.delete_item(key, &Guard::of_owner(user)).send().await)
    }

    /// An index is eventually consistent: "within a fraction of a second, under normal conditions", says AWS, and gives no bound.
    /// The partition of a private resource is read with strong consistency.
    fn lag(&self) -> Duration {
        match R::ACCESS {
            Access::Shared => Duration::seconds(5),
            Access::Private => Duration::ZERO,
        }
    }

    async fn head(&self, owner: Option<&UserId>, now: OffsetDateTime) -> Result<Head> {
        changes::head(self, owner, now).await
    }

    async fn changes(&self, request: &ChangesRequest) -> Result<Changes<R>> {
        changes::read(self, request).await
    }
}

/// Turns off the SDK's retries for a write: if only the answer is lost, the retry would find another revision,
/// or no resource, and report a failure although the write succeeded. The one try may take all the time of the request.
fn tried_once() -> aws_sdk_dynamodb::config::Builder {
    let limits = TimeoutConfig::builder().operation_attempt_timeout(BUDGET);
    aws_sdk_dynamodb::config::Builder::default()
        .retry_config(RetryConfig::disabled())
        .timeout_config(limits.build())
}

/// The error of a guarded write, from the item that failed its condition.
fn refusal<R: Resource>(item: Option<AttributeMap>, guard: &Guard<'_>) -> StoreError {
    match item.filter(|item| !item.is_empty()).map(read_entity::<R>) {
        None => StoreError::NotFound,
        Some(Err(error)) => error,
        Some(Ok(entity)) => guard.check(&entity).err().unwrap_or_else(contended),
    }
}

fn contended() -> StoreError {
    StoreError::Throttled("other writers kept getting in the way".into())
}

fn unavailable(error: impl Into<super::BoxError>) -> StoreError {
    StoreError::Unavailable(error.into())
}
