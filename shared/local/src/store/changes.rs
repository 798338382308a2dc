//! The logs of changes, which are written in the transaction of the change itself.

use kit::{
    changes::{Changed, Changes, ChangesRequest, Head, LOG_KEPT_FOR, Position},
    resource::{Access, Key as _, Resource},
    store::StoreError,
    user::UserId,
};
use redb::{ReadTransaction, ReadableTable, Table, TableDefinition, WriteTransaction};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    Result, existing,
    stored::{bytes, entities, read_entity, read_key_bytes},
};

/// A log, which has no name if it is of all resources and else the user's id, and the number of a row in it.
type RowKey<'a> = (&'a str, u64);
/// The log of a row, and the second since 1970 at which it was written.
type WrittenAt<'a> = (&'a str, i64);
/// The epoch of all logs of a noun, the number of the last row in any of them, and that of the last row that was deleted.
type HeadValue<'a> = (&'a str, u64, u64);

/// The heads of the logs, by the words for the nouns.
const HEADS: TableDefinition<'_, &str, HeadValue<'static>> = TableDefinition::new("changes_heads");

/// The most rows that a write deletes because of their age: more than one, so that they cannot pile up.
const PRUNED_AT_ONCE: usize = 4;

/// The most rows that a page looks at: a resource that was written often has many.
const LOOKED_AT: usize = 1_000;

fn rows_name<R: Resource>() -> String {
    format!("{}_changes", R::MANY)
}

/// The keys of the resources that were written.
fn rows(name: &str) -> TableDefinition<'_, RowKey<'static>, &'static [u8]> {
    TableDefinition::new(name)
}

fn ages_name<R: Resource>() -> String {
    format!("{}_changes_by_age", R::MANY)
}

/// The rows by their age.
fn ages(name: &str) -> TableDefinition<'_, u64, WrittenAt<'static>> {
    TableDefinition::new(name)
}

/// The logs of a noun inside a write transaction.
pub(super) struct Logs<'txn> {
    heads: Table<'txn, &'static str, HeadValue<'static>>,
    rows: Table<'txn, RowKey<'static>, &'static [u8]>,
    ages: Table<'txn, u64, WrittenAt<'static>>,
}

impl<'txn> Logs<'txn> {
    /// Opens the logs of a noun, and begins them if they are not there.
    pub(super) fn open<R: Resource>(transaction: &'txn WriteTransaction) -> Result<Self> {
        let mut logs = Self {
            heads: transaction.open_table(HEADS)?,
            rows: transaction.open_table(rows(&rows_name::<R>()))?,
            ages: transaction.open_table(ages(&ages_name::<R>()))?,
        };
        if logs.heads.get(R::MANY)?.is_none() {
            let epoch = Uuid::new_v4().to_string();
            logs.heads.insert(R::MANY, (epoch.as_str(), 0, 0))?;
        }
        Ok(logs)
    }

    /// Appends the key of a resource that was written.
    pub(super) fn append<R: Resource>(&mut self, key: &R::Key, now: OffsetDateTime) -> Result<()> {
        let (epoch, last, mut pruned) = match self.heads.get(R::MANY)? {
            Some(head) => {
                let (epoch, last, pruned) = head.value();
                (epoch.to_owned(), last + 1, pruned)
            }
            None => return Err(missing::<R>().into()),
        };
        let log = match R::ACCESS {
            Access::Shared => String::new(),
            Access::Private => key.texts().0,
        };
        // A clock that goes back must not make a row older than the one before it.
        let newest = self.ages.last()?.map(|(_, age)| age.value().1);
        let now = newest.unwrap_or_default().max(now.unix_timestamp());
        self.rows
            .insert((log.as_str(), last), bytes(key).as_slice())?;
        self.ages.insert(last, (log.as_str(), now))?;
        for _ in 0..PRUNED_AT_ONCE {
            let oldest = self.ages.first()?;
            let Some((number, log)) = oldest.and_then(|(number, age)| {
                let (log, at) = age.value();
                (at < now - LOG_KEPT_FOR.whole_seconds()).then(|| (number.value(), log.to_owned()))
            }) else {
                break;
            };
            self.rows.remove((log.as_str(), number))?;
            self.ages.remove(number)?;
            pruned = number;
        }
        self.heads.insert(R::MANY, (epoch.as_str(), last, pruned))?;
        Ok(())
    }
}

impl Logs<'_> {
    /// Deletes the log of a user who leaves: nobody will read it, and its name and its keys have the user's id.
    pub(super) fn delete(&mut self, user: &UserId) -> Result<()> {
        let log = user.as_str();
        let rows = self
            .rows
            .extract_from_if::<RowKey<'_>, _>((log, 0)..=(log, u64::MAX), |_, _| true)?;
        for row in rows {
            let (number, _) = row?;
            self.ages.remove(number.value().1)?;
        }
        Ok(())
    }
}

/// The end of the logs of a noun; `None` if they are not begun.
pub(super) fn head<R: Resource>(snapshot: &ReadTransaction) -> Result<Option<Head>> {
    let Some(heads) = existing(snapshot.open_table(HEADS))? else {
        return Ok(None);
    };
    let head = heads.get(R::MANY)?.map(|head| {
        let (epoch, last, _) = head.value();
        Head {
            epoch: epoch.to_owned(),
            last,
        }
    });
    Ok(head)
}

/// A page of changes, all of one moment.
pub(super) fn read<R: Resource>(
    snapshot: &ReadTransaction,
    request: &ChangesRequest,
) -> Result<Changes<R>> {
    let expired = || StoreError::CursorExpired;
    let heads = existing(snapshot.open_table(HEADS))?.ok_or_else(expired)?;
    let head = heads.get(R::MANY)?.ok_or_else(expired)?;
    let (epoch, last, pruned) = head.value();
    let from = request.from.row;
    // A file that was copied back from a backup may end before the position.
    if epoch != request.epoch || from <= pruned || from > last + 1 {
        return Err(expired().into());
    }
    let log = request.owner.as_ref().map_or("", UserId::as_str);
    let mut keys: Vec<Vec<u8>> = Vec::new();
    let mut next = last + 1;
    if let Some(rows) = existing(snapshot.open_table(rows(&rows_name::<R>())))? {
        let range = rows.range::<RowKey<'_>>((log, from)..=(log, last))?;
        for (looked_at, row) in range.enumerate() {
            let (number, key) = row?;
            let is_new = !keys.iter().any(|known| known == key.value());
            let is_full = is_new && keys.len() == usize::from(request.limit);
            if is_full || looked_at == LOOKED_AT {
                next = number.value().1;
                break;
            }
            if is_new {
                keys.push(key.value().to_owned());
            }
        }
    }
    let table = existing(snapshot.open_table(entities::<R>()))?;
    let mut items = Vec::with_capacity(keys.len());
    for key in keys {
        let found = match &table {
            Some(table) => table.get(key.as_slice())?,
            None => None,
        };
        let entity = found.map(|bytes| read_entity(bytes.value())).transpose()?;
        items.push(Changed {
            key: read_key_bytes::<R::Key>(&key)?,
            entity,
        });
    }
    Ok(Changes {
        items,
        next: Position {
            row: next,
            taken: 0,
        },
        more: next <= last,
    })
}

fn missing<R: Resource>() -> StoreError {
    StoreError::Corrupt {
        key: format!("the logs of {}", R::MANY),
        attribute: "head".to_owned(),
        reason: "missing".to_owned(),
    }
}
