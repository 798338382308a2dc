//! Writes as transactions: each writes the item, writes the idempotency record if there is a key, and checks that the user who writes is
//! not leaving.

use std::time::Duration;

use aws_sdk_dynamodb::types::{
    AttributeValue, ConditionCheck, Delete, Get, Put,
    ReturnValuesOnConditionCheckFailure as OnFailure, TransactGetItem, TransactWriteItem, Update,
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{
    AttributeMap, DynamoStore, DynamoTable, expression,
    failure::{Cancelled, Part, read_failure},
    items::{known, moment},
    read_entity, refusal, tried_once, unavailable, write_item,
};
use crate::{
    idempotency::Once,
    resource::{Entity, Item, Resource},
    store::{Guard, Refusal, Result, Store as _, StoreError, Written},
    user::UserId,
};

/// The pause before each of the five tries of a transaction or a batch. A transaction fails if another one writes the same item, or if
/// another write by the same user checks that user's leaving note at the same time.
pub(super) const PAUSES: [Duration; 5] = [
    Duration::ZERO,
    Duration::from_millis(10),
    Duration::from_millis(30),
    Duration::from_millis(90),
    Duration::from_millis(270),
];

/// Waits without a timer if there is no pause: even an elapsed timer takes a millisecond, and most writes are tried once.
pub(super) async fn wait(pause: Duration) {
    if !pause.is_zero() {
        tokio::time::sleep(pause).await;
    }
}

/// Tries a write again as long as others get in its way.
async fn persist<T, F>(attempt: impl Fn() -> F) -> Result<T, Cancelled>
where
    F: Future<Output = Result<T, Cancelled>>,
{
    for pause in PAUSES {
        wait(pause).await;
        match attempt().await {
            Err(Cancelled::Contended) => {}
            result => return result,
        }
    }
    Err(Cancelled::Contended)
}

/// Writes an item and its idempotency record, unless the user who writes is leaving.
async fn transact(
    store: &DynamoStore,
    item: Option<TransactWriteItem>,
    record: Option<Put>,
    user: Option<&UserId>,
    now: OffsetDateTime,
) -> Result<(), Cancelled> {
    let is_kept = record.is_some();
    let mut parts = Vec::with_capacity(3);
    let mut items = Vec::with_capacity(3);
    if let Some(record) = record {
        parts.push(Part::Record);
        items.push(TransactWriteItem::builder().put(record).build());
    }
    if let Some(item) = item {
        parts.push(Part::Item);
        items.push(item);
    }
    if let Some(user) = user {
        let check = check_not_leaving(store, user, now)?;
        parts.push(Part::Writer);
        items.push(TransactWriteItem::builder().condition_check(check).build());
    }
    // The SDK sends a `ClientRequestToken`, the same when it tries again: DynamoDB then knows a
    // transaction that it carried out before, and says so. It forgets one that it refused, and may carry out a copy of it that arrives
    // late. The record keeps that from happening; without one there is no second try.
    let request = store
        .client
        .transact_write_items()
        .set_transact_items(Some(items))
        .customize();
    let request = if is_kept {
        request
    } else {
        request.config_override(tried_once())
    };
    request
        .send()
        .await
        .map(drop)
        .map_err(|error| Cancelled::of(error, &parts))
}

fn check_not_leaving(
    store: &DynamoStore,
    user: &UserId,
    now: OffsetDateTime,
) -> Result<ConditionCheck> {
    let leaving = Once::leaving(user);
    let unless_kept = expression::unless_kept(now);
    ConditionCheck::builder()
        .table_name(&store.tables.idempotency)
        .set_key(Some(expression::record_key(&leaving)))
        .condition_expression(unless_kept.text)
        .set_expression_attribute_values(unless_kept.values)
        .build()
        .map_err(unavailable)
}

fn put_record<R: Resource>(
    store: &DynamoStore,
    once: Option<&Once>,
    result: Option<&Entity<R>>,
    now: OffsetDateTime,
) -> Result<Option<Put>> {
    let Some(once) = once else { return Ok(None) };
    let record = Record::new(once, now);
    let result = result.map(Item);
    put(store, &Record { result, ..record }, now).map(Some)
}

fn put<T: Serialize>(store: &DynamoStore, record: &Record<T>, now: OffsetDateTime) -> Result<Put> {
    let unless_kept = expression::unless_kept(now);
    Put::builder()
        .table_name(&store.tables.idempotency)
        .set_item(Some(write_item(record)?))
        .condition_expression(unless_kept.text)
        .set_expression_attribute_values(unless_kept.values)
        .return_values_on_condition_check_failure(OnFailure::AllOld)
        .build()
        .map_err(unavailable)
}

pub(super) async fn refuse(
    store: &DynamoStore,
    once: &Once,
    refusal: Refusal,
    now: OffsetDateTime,
) -> Result<Refusal> {
    let refused = persist(|| async {
        let record = Record::<()> {
            refused: Some(refusal),
            ..Record::new(once, now)
        };
        let record = put(store, &record, now)?;
        transact(store, None, Some(record), Some(&once.caller), now).await
    });
    match refused.await {
        Ok(()) => Ok(refusal),
        Err(Cancelled::Recorded(record)) => {
            let record = read_record(record, Some(once))?;
            record.refused.ok_or(StoreError::InFlight)
        }
        Err(other) => Err(other.into()),
    }
}

pub(super) async fn add<R: Resource>(
    table: &DynamoTable<R>,
    entity: &Entity<R>,
    once: Option<&Once>,
) -> Result<Written<Entity<R>>> {
    let DynamoTable { store, name, .. } = table;
    let now = entity.updated_at;
    let user = once.map(|once| &once.caller).or(entity.owner.as_ref());
    let added = persist(|| async {
        let absent = expression::absent::<R>();
        let record = put_record(store, once, Some(entity), now)?;
        let put = Put::builder()
            .table_name(name)
            .set_item(Some(write_item(&Item(entity))?))
            .condition_expression(absent.text)
            .set_expression_attribute_names(absent.names)
            .build()
            .map_err(unavailable)?;
        let put = TransactWriteItem::builder().put(put).build();
        transact(store, Some(put), record, user, now).await
    });
    match added.await {
        Ok(()) => Ok(Written::now(entity.clone())),
        Err(Cancelled::Recorded(item)) => replayed(item, once),
        Err(Cancelled::Refused(_)) => Err(StoreError::AlreadyExists),
        Err(other) => Err(other.into()),
    }
}

pub(super) async fn update<R: Resource>(
    table: &DynamoTable<R>,
    key: &R::Key,
    changes: &R::Changes,
    guard: &Guard<'_>,
    now: OffsetDateTime,
    once: Option<&Once>,
) -> Result<Written<Entity<R>>> {
    let DynamoTable { store, name, .. } = table;
    let updated = persist(|| async {
        let before = read_before(table, key, guard, once, now).await?;
        let after = before.changed(changes, now);
        let still_so = Guard {
            by: guard.by,
            revisions: Some(&[before.revision]),
        };
        let update = expression::update::<R>(changes, &still_so, now)?;
        let update = Update::builder()
            .table_name(name)
            .set_key(Some(expression::item_key(key)))
            .update_expression(update.action)
            .condition_expression(update.condition.text)
            .set_expression_attribute_names(update.condition.names)
            .set_expression_attribute_values(update.condition.values)
            .build()
            .map_err(unavailable)?;
        let update = TransactWriteItem::builder().update(update).build();
        let record = put_record(store, once, Some(&after), now)?;
        let written = transact(store, Some(update), record, checked(guard, once), now).await;
        written.map(|()| after).map_err(Cancelled::after_read)
    });
    match updated.await {
        Ok(after) => Ok(Written::now(after)),
        Err(Cancelled::Recorded(item)) => replayed(item, once),
        Err(other) => Err(other.into()),
    }
}

pub(super) async fn delete<R: Resource>(
    table: &DynamoTable<R>,
    key: &R::Key,
    guard: &Guard<'_>,
    now: OffsetDateTime,
    once: Option<&Once>,
) -> Result<Written<()>> {
    let DynamoTable { store, name, .. } = table;
    let deleted = persist(|| async {
        let condition = expression::guarded::<R>(guard);
        let record = put_record::<R>(store, once, None, now)?;
        let delete = Delete::builder()
            .table_name(name)
            .set_key(Some(expression::item_key(key)))
            .condition_expression(condition.text)
            .set_expression_attribute_names(condition.names)
            .set_expression_attribute_values(condition.values)
            .return_values_on_condition_check_failure(OnFailure::AllOld)
            .build()
            .map_err(unavailable)?;
        let delete = TransactWriteItem::builder().delete(delete).build();
        transact(store, Some(delete), record, checked(guard, once), now).await
    });
    match deleted.await {
        Ok(()) => Ok(Written::now(())),
        Err(Cancelled::Recorded(item)) => {
            replay::<R>(item, once)?;
            Ok(Written::before(()))
        }
        Err(Cancelled::Refused(item)) => Err(refusal::<R>(item, guard)),
        Err(other) => Err(other.into()),
    }
}

/// The user of whom the transaction checks that they are not leaving. An owner who writes without a key needs no check: as long
/// as the resource is theirs, the deletion of the account is not complete, and will delete or disown it.
fn checked<'a>(guard: &Guard<'a>, once: Option<&Once>) -> Option<&'a UserId> {
    (once.is_some() || guard.owner().is_none()).then(|| guard.user())
}

/// Reads a resource to write to, which has to meet the guard. With a key, the idempotency record is read in the same transaction,
/// and comes first.
async fn read_before<R: Resource>(
    table: &DynamoTable<R>,
    key: &R::Key,
    guard: &Guard<'_>,
    once: Option<&Once>,
    now: OffsetDateTime,
) -> Result<Entity<R>, Cancelled> {
    let found = match once {
        Some(once) => {
            let wanted = [
                get(
                    &table.store.tables.idempotency,
                    expression::record_key(once),
                )?,
                get(&table.name, expression::item_key(key))?,
            ];
            let request = table.store.client.transact_get_items();
            let request = request.set_transact_items(Some(wanted.into()));
            let answer = request.send().await.map_err(read_failure)?;
            let items = answer.responses.unwrap_or_default().into_iter();
            let mut items = items.map(|found| found.item.filter(|item| !item.is_empty()));
            let record = items.next().flatten();
            if let Some(record) = record.filter(|record| is_kept(record, now)) {
                return Err(Cancelled::Recorded(record));
            }
            items.next().flatten().map(read_entity).transpose()?
        }
        None => table.get(key).await?,
    };
    let before = found.ok_or(StoreError::NotFound)?;
    guard.check(&before)?;
    Ok(before)
}

fn get(table: &str, key: AttributeMap) -> Result<TransactGetItem> {
    let get = Get::builder().table_name(table).set_key(Some(key)).build();
    let get = get.map_err(unavailable)?;
    Ok(TransactGetItem::builder().get(get).build())
}

/// An item of the idempotency table; `T` is an entity.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record<T> {
    caller: String,
    key: String,
    fingerprint: String,
    expires_at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<T>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refused: Option<Refusal>,
}

impl<T> Record<T> {
    fn new(once: &Once, now: OffsetDateTime) -> Self {
        Self {
            caller: once.caller.as_str().into(),
            key: once.key.as_str().into(),
            fingerprint: once.fingerprint.as_str().into(),
            expires_at: once.expires_at(now),
            result: None,
            refused: None,
        }
    }
}

const RESULT: &str = "result";

/// The result of an earlier write, if that was the same request: its refusal is an error again.
fn replay<R: Resource>(mut item: AttributeMap, once: Option<&Once>) -> Result<Option<Entity<R>>> {
    // The result is read last: that of another request may be another resource.
    let result = item.remove(RESULT);
    if let Some(refusal) = read_record(item, once)?.refused {
        return Err(refusal.into());
    }
    let result = result.and_then(|result| match result {
        AttributeValue::M(item) => Some(item),
        _ => None,
    });
    result.map(read_entity).transpose()
}

/// A record without its result, if it is of the same request.
fn read_record(mut item: AttributeMap, once: Option<&Once>) -> Result<Record<()>> {
    item.remove(RESULT);
    let record: Record<()> = serde_dynamo::from_item(known(item)).map_err(unavailable)?;
    if once.is_none_or(|once| record.fingerprint != once.fingerprint.as_str()) {
        return Err(StoreError::KeyReused);
    }
    Ok(record)
}

/// The entity that an earlier write made.
fn replayed<R: Resource>(item: AttributeMap, once: Option<&Once>) -> Result<Written<Entity<R>>> {
    let result = replay(item, once)?;
    result
        .map(Written::before)
        .ok_or_else(|| StoreError::Corrupt {
            key: "idempotency record".into(),
            attribute: RESULT.into(),
            reason: "missing".into(),
        })
}

fn is_kept(record: &AttributeMap, now: OffsetDateTime) -> bool {
    // To the second, as the condition of the write compares it.
    moment(record, "expiresAt").is_some_and(|at| at.unix_timestamp() > now.unix_timestamp())
}
