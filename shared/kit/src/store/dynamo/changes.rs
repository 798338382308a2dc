//! The logs of changes: appended to by the function that follows the tables' streams, and read by the feed.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem, Update};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    AttributeMap, DynamoStore, DynamoTable, contended,
    expression::{self, Expression, text},
    failure::{done_before, failure, is_cancelled},
    index::get_all,
    transaction::{PAUSES, wait},
    unavailable,
};
use crate::{
    changes::{Changed, Changes, ChangesRequest, Head, LOG_KEPT_FOR, Position},
    resource::{Access, Key as _, Resource},
    store::{Records as _, Result, StoreError},
    user::UserId,
};

pub(super) const LOG: &str = "log";
pub(super) const SEQ: &str = "seq";
const EPOCH: &str = "epoch";
const LAST: &str = "last";
const KEYS: &str = "keys";
pub(super) const EXPIRES_AT: &str = "expiresAt";

/// The number under which the head of a log lies.
pub(super) const HEAD: u64 = 0;

/// Stands between the name of a noun and a user, and between the parts of a key. No text of one line has it.
pub(super) const SEPARATOR: char = '\t';

/// The log of a noun, or of a user's resources.
struct Log {
    name: String,
    /// The head of a user's log has the user's id, so it expires when the log has no more rows.
    expires: bool,
}

impl Log {
    fn of<R: Resource>(owner: Option<&UserId>) -> Self {
        match owner {
            Some(owner) => Self {
                name: format!("{}{SEPARATOR}{}", R::MANY, owner.as_str()),
                expires: true,
            },
            None => Self {
                name: R::MANY.to_owned(),
                expires: false,
            },
        }
    }

    fn head_expiry(&self, now: OffsetDateTime) -> Option<AttributeValue> {
        self.expires.then(|| expiry(now))
    }
}

fn expiry(now: OffsetDateTime) -> AttributeValue {
    let expires_at = (now + LOG_KEPT_FOR).unix_timestamp();
    AttributeValue::N(expires_at.to_string())
}

pub(super) fn number(number: u64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

pub(super) fn row_key(log: &str, seq: u64) -> AttributeMap {
    AttributeMap::from([(LOG.to_owned(), text(log)), (SEQ.to_owned(), number(seq))])
}

/// The head of a log, which is begun if it is not there.
pub(super) async fn head<R: Resource>(
    table: &DynamoTable<R>,
    owner: Option<&UserId>,
    now: OffsetDateTime,
) -> Result<Head> {
    let log = Log::of::<R>(owner);
    if let Some(head) = read_head(&table.store, &log).await? {
        return Ok(head);
    }
    let absent = expression::no_item(LOG);
    let begun = table
        .store
        .client
        .put_item()
        .table_name(&table.store.tables.changes)
        .set_item(Some(write_head(&log, &new_head(), now)))
        .condition_expression(absent.text)
        .set_expression_attribute_names(absent.names)
        .send()
        .await;
    // Another reader, or the first change, may have begun it.
    done_before(begun)?;
    let head = read_head(&table.store, &log).await?;
    head.ok_or_else(|| corrupt(&log.name, EPOCH))
}

fn new_head() -> Head {
    Head {
        epoch: Uuid::new_v4().to_string(),
        last: 0,
    }
}

async fn read_head(store: &DynamoStore, log: &Log) -> Result<Option<Head>> {
    let answer = store
        .client
        .get_item()
        .table_name(&store.tables.changes)
        .set_key(Some(row_key(&log.name, HEAD)))
        .consistent_read(true)
        .send()
        .await
        .map_err(failure)?;
    let item = answer.item.filter(|item| !item.is_empty());
    item.map(|item| head_of(&log.name, &item)).transpose()
}

/// The head of the log of this name, from its item.
pub(super) fn head_of(log: &str, item: &AttributeMap) -> Result<Head> {
    let epoch = item.get(EPOCH).and_then(|epoch| epoch.as_s().ok());
    Ok(Head {
        epoch: epoch.cloned().ok_or_else(|| corrupt(log, EPOCH))?,
        last: read_number(item, LAST).ok_or_else(|| corrupt(log, LAST))?,
    })
}

fn write_head(log: &Log, head: &Head, now: OffsetDateTime) -> AttributeMap {
    let mut item = row_key(&log.name, HEAD);
    item.insert(EPOCH.to_owned(), text(&head.epoch));
    item.insert(LAST.to_owned(), number(head.last));
    if let Some(expiry) = log.head_expiry(now) {
        item.insert(EXPIRES_AT.to_owned(), expiry);
    }
    item
}

fn read_number(item: &AttributeMap, name: &str) -> Option<u64> {
    item.get(name)?.as_n().ok()?.parse().ok()
}

fn corrupt(log: &str, attribute: &str) -> StoreError {
    let noun = log.split(SEPARATOR).next().unwrap_or_default();
    StoreError::Corrupt {
        key: format!("the log of {noun}"),
        attribute: attribute.to_owned(),
        reason: "missing".to_owned(),
    }
}

/// A page of changes: the head, the rows up to it, and a batch of the resources.
pub(super) async fn read<R: Resource>(
    table: &DynamoTable<R>,
    request: &ChangesRequest,
) -> Result<Changes<R>> {
    let log = Log::of::<R>(request.owner.as_ref());
    let head = read_head(&table.store, &log).await?;
    let head = head.filter(|head| head.epoch == request.epoch);
    let head = head.ok_or(StoreError::CursorExpired)?;
    // A log table that was restored from a backup may end before the position.
    if request.from > head.end() {
        return Err(StoreError::CursorExpired);
    }
    if request.from == head.end() {
        return Ok(Changes {
            items: Vec::new(),
            next: request.from,
            more: false,
        });
    }
    let rows = read_rows(&table.store, &head, request).await?;
    let (keys, next) = take_keys::<R>(&log, &rows, request)?;
    let found = get_all(table, &keys).await?;
    let changed = |key: R::Key| Changed {
        entity: found.get(&key).cloned(),
        key,
    };
    Ok(Changes {
        items: keys.into_iter().map(changed).collect(),
        more: next != head.end(),
        next,
    })
}

/// The rows from the position on, in their order and without a gap.
async fn read_rows(
    store: &DynamoStore,
    head: &Head,
    request: &ChangesRequest,
) -> Result<Vec<Vec<String>>> {
    let rows = Expression::new("#log = :epoch AND #seq BETWEEN :first AND :last")
        .name("#log", LOG)
        .name("#seq", SEQ)
        .value(":epoch", text(&head.epoch))
        .value(":first", number(request.from.row))
        .value(":last", number(head.last));
    let answer = rows
        .query(&store.client, &store.tables.changes)
        .consistent_read(true)
        // Each has a key at least.
        .limit(request.limit.into())
        .send()
        .await
        .map_err(failure)?;
    let mut rows = Vec::new();
    for (seq, item) in (request.from.row..).zip(answer.items.unwrap_or_default()) {
        // A row that is missing has expired.
        if read_number(&item, SEQ) != Some(seq) {
            return Err(StoreError::CursorExpired);
        }
        let keys = item.get(KEYS).and_then(|keys| keys.as_l().ok());
        let keys = keys.into_iter().flatten();
        rows.push(keys.filter_map(|key| key.as_s().ok().cloned()).collect());
    }
    // The rows up to the head were all there when the head was read.
    if rows.is_empty() {
        return Err(StoreError::CursorExpired);
    }
    Ok(rows)
}

/// The distinct keys of a page, and the position behind it.
fn take_keys<R: Resource>(
    log: &Log,
    rows: &[Vec<String>],
    request: &ChangesRequest,
) -> Result<(Vec<R::Key>, Position)> {
    let (mut keys, mut seen) = (Vec::new(), HashSet::new());
    let mut next = request.from;
    for row in rows {
        for key in row.iter().skip(next.taken as usize) {
            let key = read_key::<R>(log, key, request.owner.as_ref())?;
            if !seen.contains(&key) {
                if keys.len() == usize::from(request.limit) {
                    return Ok((keys, next));
                }
                seen.insert(key.clone());
                keys.push(key);
            }
            next.taken += 1;
        }
        next = Position {
            row: next.row + 1,
            taken: 0,
        };
    }
    Ok((keys, next))
}

/// A key as a row has it. The log of a private resource is its partition.
fn write_key<R: Resource>(key: &R::Key) -> String {
    let (partition, sort) = key.texts();
    match R::ACCESS {
        Access::Shared => format!("{partition}{SEPARATOR}{sort}"),
        Access::Private => sort,
    }
}

fn read_key<R: Resource>(log: &Log, key: &str, owner: Option<&UserId>) -> Result<R::Key> {
    let parts = match owner {
        Some(owner) => Some((owner.as_str(), key)),
        None => key.split_once(SEPARATOR),
    };
    let key = parts.and_then(|(partition, sort)| R::Key::from_texts(partition, sort).ok());
    key.ok_or_else(|| corrupt(&log.name, KEYS))
}

/// Appends the keys of resources that were written, a hundred at most, to their logs. After a failure some may be appended; to append a key
/// again does no harm.
pub(super) async fn append<R: Resource>(
    table: &DynamoTable<R>,
    keys: &[R::Key],
    now: OffsetDateTime,
) -> Result<()> {
    let mut logs: BTreeMap<Option<String>, BTreeSet<String>> = BTreeMap::new();
    for key in keys {
        let owner = (R::ACCESS == Access::Private).then(|| key.texts().0);
        logs.entry(owner).or_default().insert(write_key::<R>(key));
    }
    for (owner, keys) in logs {
        let owner = owner.as_deref().map(UserId::new);
        let log = Log::of::<R>(owner.as_ref());
        if let Some(owner) = &owner
            && table.store.is_leaving(owner, now).await?
        {
            // Nobody will read the log, whose name has the user's id.
            delete_head(&table.store, &log).await?;
            continue;
        }
        append_row(&table.store, &log, &keys, now).await?;
    }
    Ok(())
}

async fn delete_head(store: &DynamoStore, log: &Log) -> Result<()> {
    let delete = store.client.delete_item().table_name(&store.tables.changes);
    let deleted = delete.set_key(Some(row_key(&log.name, HEAD))).send().await;
    deleted.map(drop).map_err(failure)
}

/// Appends a row. The head moves in the same transaction, so no row is ever missing before it.
async fn append_row(
    store: &DynamoStore,
    log: &Log,
    keys: &BTreeSet<String>,
    now: OffsetDateTime,
) -> Result<()> {
    for pause in PAUSES {
        wait(pause).await;
        let head = read_head(store, log).await?;
        let (move_head, head) = match head {
            Some(head) => (advance(store, log, &head, now)?, head),
            None => begin(store, log, now)?,
        };
        let mut row = row_key(&head.epoch, head.last + 1);
        let keys = keys.iter().map(|key| text(key)).collect();
        row.insert(KEYS.to_owned(), AttributeValue::L(keys));
        row.insert(EXPIRES_AT.to_owned(), expiry(now));
        let row = Put::builder()
            .table_name(&store.tables.changes)
            .set_item(Some(row))
            .build()
            .map_err(unavailable)?;
        let appended = store
            .client
            .transact_write_items()
            .transact_items(move_head)
            .transact_items(TransactWriteItem::builder().put(row).build())
            .send()
            .await;
        match appended {
            Ok(_) => return Ok(()),
            // Another one has appended.
            Err(error) if is_cancelled(&error) => {}
            Err(error) => return Err(failure(error)),
        }
    }
    Err(contended())
}

/// Moves the head to the next row, unless it has moved since it was read.
fn advance(
    store: &DynamoStore,
    log: &Log,
    head: &Head,
    now: OffsetDateTime,
) -> Result<TransactWriteItem> {
    let mut action = "SET #last = :next".to_owned();
    let mut condition = Expression::new("#epoch = :epoch AND #last = :last")
        .name("#epoch", EPOCH)
        .name("#last", LAST)
        .value(":epoch", text(&head.epoch))
        .value(":last", number(head.last))
        .value(":next", number(head.last + 1));
    if let Some(expiry) = log.head_expiry(now) {
        action.push_str(", #expiresAt = :expiresAt");
        condition = condition
            .name("#expiresAt", EXPIRES_AT)
            .value(":expiresAt", expiry);
    }
    let update = Update::builder()
        .table_name(&store.tables.changes)
        .set_key(Some(row_key(&log.name, HEAD)))
        .update_expression(action)
        .condition_expression(condition.text)
        .set_expression_attribute_names(condition.names)
        .set_expression_attribute_values(condition.values)
        .build()
        .map_err(unavailable)?;
    Ok(TransactWriteItem::builder().update(update).build())
}

/// Begins a log with its first row, unless another one begins it. Gives the head that it goes on from.
fn begin(store: &DynamoStore, log: &Log, now: OffsetDateTime) -> Result<(TransactWriteItem, Head)> {
    let head = new_head();
    let first = Head {
        last: head.last + 1,
        ..head.clone()
    };
    let absent = expression::no_item(LOG);
    let put = Put::builder()
        .table_name(&store.tables.changes)
        .set_item(Some(write_head(log, &first, now)))
        .condition_expression(absent.text)
        .set_expression_attribute_names(absent.names)
        .build()
        .map_err(unavailable)?;
    Ok((TransactWriteItem::builder().put(put).build(), head))
}
