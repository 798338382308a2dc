//! Reads and writes the tables of the database.

use std::{iter, marker::PhantomData, ops::Bound};

use kit::{
    page::{Filter, KeyPage},
    resource::{Access, Entity, Item, Key, KeyText as _, Resource},
    search::{Difference, Pointer, Position, SearchPage, SearchRequest, entries},
    store::StoreError,
    user::UserId,
};
use redb::{ReadTransaction, ReadableTable, Table, TableDefinition, WriteTransaction};
use serde::Serialize;
use serde_json::{Map, Value};
use time::OffsetDateTime;

use super::{
    Result, Touched,
    changes::Logs,
    existing,
    stored::{bytes, entities, partition, read_entity, read_key},
};

/// A user, and an idempotency key of that user.
pub(super) type RecordKey<'a> = (&'a str, &'a str);
/// The expiry of a record in seconds since 1970, and its key.
pub(super) type ExpiryKey<'a> = (i64, &'a str, &'a str);

/// Idempotency records: a record as JSON by key.
pub(super) const RECORDS: TableDefinition<'_, RecordKey<'static>, &[u8]> =
    TableDefinition::new("records");
/// The keys of idempotency records by the second at which they expire.
pub(super) const EXPIRY: TableDefinition<'_, ExpiryKey<'static>, ()> =
    TableDefinition::new("records_expiry");

/// The owner of an entity, and the parts of its key: redb sorts by the owner, then the sort text, then the partition.
type OwnerKey<'a> = (&'a str, &'a str, &'a [u8]);

/// The name of the table that has the keys of the entities of `R` by owner. A write changes it together with [`entities`]. A private
/// resource needs none.
fn owners_name<R: Resource>() -> String {
    format!("{}_by_owner", R::MANY)
}

fn owners(name: &str) -> TableDefinition<'_, OwnerKey<'static>, ()> {
    TableDefinition::new(name)
}

/// A list of the index, and a place in it.
pub(super) type PositionKey<'a> = (&'a str, &'a str);
/// The pointer that stands there: the parts of a key, and words.
pub(super) type PointerValue<'a> = (&'a str, &'a str, &'a str);

type IndexTable<'txn> = Table<'txn, PositionKey<'static>, PointerValue<'static>>;

/// The entry that is there if the index has all resources: no list has this name. A file of a version that knew no index has none.
const COMPLETE: PositionKey<'_> = ("", "");

/// The name of the table that has the index of the entities of `R`. A write changes it together with [`entities`].
pub(super) fn index_name<R: Resource>() -> String {
    format!("{}_index", R::MANY)
}

pub(super) fn index(
    name: &str,
) -> TableDefinition<'_, PositionKey<'static>, PointerValue<'static>> {
    TableDefinition::new(name)
}

/// The tables inside a write transaction.
pub(super) struct Tables<'txn> {
    transaction: &'txn WriteTransaction,
    pub(super) records: Table<'txn, RecordKey<'static>, &'static [u8]>,
    pub(super) expiry: Table<'txn, ExpiryKey<'static>, ()>,
    /// What this transaction writes.
    pub(super) touched: Vec<Touched>,
}

impl<'txn> Tables<'txn> {
    pub(super) fn open(transaction: &'txn WriteTransaction) -> Result<Self> {
        Ok(Self {
            transaction,
            records: transaction.open_table(RECORDS)?,
            expiry: transaction.open_table(EXPIRY)?,
            touched: Vec::new(),
        })
    }

    /// Opens the tables of a resource.
    pub(super) fn of<R: Resource>(&self) -> Result<ResourceTables<'txn, R>> {
        let transaction = self.transaction;
        let owners = (R::ACCESS == Access::Shared)
            .then(|| transaction.open_table(owners(&owners_name::<R>())));
        let index =
            (!R::INDEX.is_none()).then(|| transaction.open_table(index(&index_name::<R>())));
        let mut tables = ResourceTables {
            entities: transaction.open_table(entities::<R>())?,
            owners: owners.transpose()?,
            index: index.transpose()?,
            logs: Logs::open::<R>(transaction)?,
            resource: PhantomData,
        };
        tables.complete_index()?;
        Ok(tables)
    }
}

/// The tables of a resource inside a write transaction.
pub(super) struct ResourceTables<'txn, R> {
    entities: Table<'txn, &'static [u8], &'static [u8]>,
    owners: Option<Table<'txn, OwnerKey<'static>, ()>>,
    index: Option<IndexTable<'txn>>,
    logs: Logs<'txn>,
    resource: PhantomData<R>,
}

impl<R: Resource> ResourceTables<'_, R> {
    pub(super) fn get(&self, key: &R::Key) -> Result<Option<Entity<R>>> {
        let found = self.entities.get(bytes(key).as_slice())?;
        Ok(found.map(|bytes| read_entity(bytes.value())).transpose()?)
    }

    /// Replaces the entity with this key at the moment `now`; `None` for one that did not exist before, or is to be deleted.
    pub(super) fn replace(
        &mut self,
        key: &R::Key,
        before: Option<&Entity<R>>,
        after: Option<&Entity<R>>,
        now: OffsetDateTime,
    ) -> Result<()> {
        self.logs.append::<R>(key, now)?;
        let in_table = bytes(key);
        if let Some(entity) = after {
            let mut item = match serde_json::to_value(Item(entity)) {
                Ok(Value::Object(item)) => item,
                _ => Map::new(),
            };
            item.extend(self.unknown_members(&in_table)?);
            let json = to_json(&item)?;
            self.entities.insert(in_table.as_slice(), json.as_slice())?;
        } else {
            self.entities.remove(in_table.as_slice())?;
        }
        if let Some(index) = &mut self.index {
            move_in_index(index, before, after)?;
        }
        let [old, new] = [before, after].map(|entity| entity.and_then(|it| it.owner.as_ref()));
        if let Some(owners) = &mut self.owners
            && old != new
        {
            let partition = partition(key.partition());
            if let Some(old) = old {
                owners.remove(owner_key(old, key, &partition))?;
            }
            if let Some(new) = new {
                owners.insert(owner_key(new, key, &partition), ())?;
            }
        }
        Ok(())
    }

    /// Deletes the log of changes of a private resource's owner, who leaves.
    pub(super) fn delete_log(&mut self, user: &UserId) -> Result<()> {
        match R::ACCESS {
            Access::Private => self.logs.delete(user),
            Access::Shared => Ok(()),
        }
    }

    /// The members of a stored item that only another version of the service knows: an update keeps them, as DynamoDB keeps
    /// attributes.
    fn unknown_members(&self, key: &[u8]) -> Result<Map<String, Value>> {
        let Some(bytes) = self.entities.get(key)? else {
            return Ok(Map::new());
        };
        let mut item: Map<String, Value> = serde_json::from_slice(bytes.value())
            .map_err(|error| StoreError::Unavailable(error.into()))?;
        item.retain(|name, _| !Entity::<R>::has_attribute(name));
        Ok(item)
    }

    /// Puts all entities into the index if that was not done before.
    fn complete_index(&mut self) -> Result<()> {
        let Some(index) = &mut self.index else {
            return Ok(());
        };
        if index.get(COMPLETE)?.is_some() {
            return Ok(());
        }
        index.insert(COMPLETE, ("", "", ""))?;
        for entry in self.entities.iter()? {
            let (_, bytes) = entry?;
            // One that cannot be read stands in no list, and must not keep others from being written.
            if let Ok(entity) = read_entity::<R>(bytes.value()) {
                move_in_index(index, None, Some(&entity))?;
            }
        }
        Ok(())
    }
}

/// Writes the difference of an entity's entries in the index.
fn move_in_index<R: Resource>(
    index: &mut IndexTable<'_>,
    before: Option<&Entity<R>>,
    after: Option<&Entity<R>>,
) -> Result<()> {
    let Difference { gone, new } = Difference::between(entries(before), entries(after));
    for Position { list, place } in &gone {
        index.remove((list.as_str(), place.as_str()))?;
    }
    for (Position { list, place }, pointer) in &new {
        let pointer = (&*pointer.partition, &*pointer.sort, &*pointer.words);
        index.insert((list.as_str(), place.as_str()), pointer)?;
    }
    Ok(())
}

fn owner_key<'a, K: Key>(user: &'a UserId, key: &'a K, partition: &'a [u8]) -> OwnerKey<'a> {
    (user.as_str(), key.sort().as_str(), partition)
}

/// A page of the keys of the entities that a user owns.
pub(super) fn owned_by<R: Resource>(
    snapshot: &ReadTransaction,
    user: &UserId,
    limit: usize,
    after: Option<&R::Key>,
) -> Result<KeyPage<R::Key>> {
    // One more than the page has, to see if others follow.
    let mut keys = Vec::with_capacity(limit + 1);
    if R::ACCESS == Access::Private {
        let of_user = partition(user);
        let after = after.map(bytes);
        let start = match &after {
            Some(after) => Bound::Excluded(after.as_slice()),
            None => Bound::Included(of_user.as_slice()),
        };
        if let Some(table) = existing(snapshot.open_table(entities::<R>()))? {
            let entries = table.range::<&[u8]>((start, Bound::Unbounded))?;
            for entry in entries.take(limit + 1) {
                let (key, _) = entry?;
                let Some(sort) = key.value().strip_prefix(of_user.as_slice()) else {
                    break;
                };
                keys.push(read_key::<R::Key>(&of_user, sort)?);
            }
        }
    } else if let Some(table) = existing(snapshot.open_table(owners(&owners_name::<R>())))? {
        let after_partition = after.map(|after| partition(after.partition()));
        let start = match (after, &after_partition) {
            (Some(after), Some(partition)) => Bound::Excluded(owner_key(user, after, partition)),
            _ => Bound::Included((user.as_str(), "", [].as_slice())),
        };
        let entries = table.range::<OwnerKey<'_>>((start, Bound::Unbounded))?;
        for entry in entries.take(limit + 1) {
            let (key, _) = entry?;
            let (of, sort, partition) = key.value();
            if of != user.as_str() {
                break;
            }
            keys.push(read_key::<R::Key>(partition, sort.as_bytes())?);
        }
    }
    let others_follow = keys.len() > limit;
    keys.truncate(limit);
    let next = keys.last().filter(|_| others_follow).cloned();
    Ok(KeyPage { keys, next })
}

/// A page of a search; `None` if the index is not complete.
pub(super) fn search<R: Resource>(
    snapshot: &ReadTransaction,
    request: &SearchRequest,
) -> Result<Option<SearchPage<R>>> {
    let Some(table) = existing(snapshot.open_table(index(&index_name::<R>())))? else {
        return Ok(None);
    };
    if table.get(COMPLETE)?.is_none() {
        return Ok(None);
    }
    let Some(entities) = existing(snapshot.open_table(entities::<R>()))? else {
        return Ok(None);
    };
    let (read, next) = read_list::<R>(&table, request)?;
    let (chosen, next) = request.choose(read, next);
    let mut items = Vec::with_capacity(chosen.len());
    for (place, pointer) in &chosen {
        let key = bytes(&StoreError::key_of::<R>(pointer)?);
        let Some(found) = entities.get(key.as_slice())? else {
            continue;
        };
        let entity = read_entity(found.value())?;
        if request.finds(&entity, place) {
            items.push(entity);
        }
    }
    Ok(Some(SearchPage { items, next }))
}

/// Entries with their places, and the place of the last if others follow.
type Entries = (Vec<(String, Pointer)>, Option<String>);

/// The entries that a page looks at.
fn read_list<R: Resource>(
    table: &impl ReadableTable<PositionKey<'static>, PointerValue<'static>>,
    request: &SearchRequest,
) -> Result<Entries> {
    let (list, first) = (request.list::<R>(), request.beginning());
    // Behind all places that begin so: no text has this noncharacter.
    let beyond = [first, "\u{10ffff}"].concat();
    let at = |place| (list.as_str(), place);
    let (mut start, mut end) = (Bound::Included(at(first)), Bound::Excluded(at(&beyond)));
    if let Some(after) = &request.after {
        if request.is_descending() {
            end = Bound::Excluded(at(after));
        } else {
            start = Bound::Excluded(at(after));
        }
    }
    let mut range = table.range::<PositionKey<'_>>((start, end))?;
    let mut entries = iter::from_fn(|| {
        if request.is_descending() {
            range.next_back()
        } else {
            range.next()
        }
    });
    let mut read: Vec<(String, Pointer)> = Vec::with_capacity(request.looked_at());
    for entry in entries.by_ref().take(request.looked_at()) {
        let (position, pointer) = entry?;
        let (partition, sort, words) = pointer.value();
        let pointer = Pointer {
            partition: partition.to_owned(),
            sort: sort.to_owned(),
            words: words.to_owned(),
        };
        read.push((position.value().1.to_owned(), pointer));
    }
    let next = match entries.next() {
        Some(_) => read.last().map(|(place, _)| place.clone()),
        None => None,
    };
    Ok((read, next))
}

/// The first bytes of the keys that a filter lists.
pub(super) fn beginning<K: Key>(filter: &Filter<K>) -> Vec<u8> {
    match filter {
        Filter::All => Vec::new(),
        Filter::Partition(of) => partition(of),
        Filter::Prefix(of, prefix) => [&partition(of), prefix.as_str().as_bytes()].concat(),
    }
}

pub(super) fn to_json(value: &impl Serialize) -> Result<Vec<u8>, StoreError> {
    serde_json::to_vec(value).map_err(|error| StoreError::Unavailable(error.into()))
}
