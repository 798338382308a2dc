//! Reads and writes the tables of the database.

use std::{marker::PhantomData, ops::Bound};

use kit::{
    page::{Filter, KeyPage, PageRequest},
    resource::{Access, Entity, Item, Key, KeyPart, KeyText as _, Resource, Scalar},
    store::StoreError,
    user::UserId,
    value::Invalid,
};
use redb::{
    ReadTransaction, ReadableTable as _, StorageError, Table, TableDefinition, TableError,
    WriteTransaction,
};
use serde::Serialize;
use serde_json::{Map, Value};

use super::{existing, unavailable};

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

/// The table of the entities of `R`: stored items as JSON, by the [`bytes`] of their keys.
pub(super) fn entities<R: Resource>() -> TableDefinition<'static, &'static [u8], &'static [u8]> {
    TableDefinition::new(R::MANY)
}

/// The name of the table that has the keys of the entities of `R` by owner. A write changes it together with [`entities`]. A private
/// resource needs none.
fn owners_name<R: Resource>() -> String {
    format!("{}_by_owner", R::MANY)
}

fn owners(name: &str) -> TableDefinition<'_, OwnerKey<'static>, ()> {
    TableDefinition::new(name)
}

/// The tables inside a write transaction.
pub(super) struct Tables<'txn> {
    transaction: &'txn WriteTransaction,
    pub(super) records: Table<'txn, RecordKey<'static>, &'static [u8]>,
    pub(super) expiry: Table<'txn, ExpiryKey<'static>, ()>,
    /// The error of a table that could not be written. The transaction must not be committed then.
    pub(super) failed: Option<StorageError>,
}

impl<'txn> Tables<'txn> {
    pub(super) fn open(transaction: &'txn WriteTransaction) -> Result<Self, TableError> {
        Ok(Self {
            transaction,
            records: transaction.open_table(RECORDS)?,
            expiry: transaction.open_table(EXPIRY)?,
            failed: None,
        })
    }

    /// Opens the tables of a resource.
    pub(super) fn of<R: Resource>(&mut self) -> Result<ResourceTables<'_, R>, StoreError> {
        let transaction = self.transaction;
        let owners = match R::ACCESS {
            Access::Shared => {
                let opened = transaction.open_table(owners(&owners_name::<R>()));
                Some(opened.map_err(unavailable)?)
            }
            Access::Private => None,
        };
        Ok(ResourceTables {
            entities: transaction
                .open_table(entities::<R>())
                .map_err(unavailable)?,
            owners,
            failed: &mut self.failed,
            resource: PhantomData,
        })
    }

    pub(super) fn must(&mut self, done: Result<(), StorageError>) -> Result<(), StoreError> {
        must(&mut self.failed, done)
    }
}

/// The tables of a resource inside a write transaction.
pub(super) struct ResourceTables<'a, R> {
    entities: Table<'a, &'static [u8], &'static [u8]>,
    owners: Option<Table<'a, OwnerKey<'static>, ()>>,
    failed: &'a mut Option<StorageError>,
    resource: PhantomData<R>,
}

impl<R: Resource> ResourceTables<'_, R> {
    pub(super) fn get(&self, key: &R::Key) -> Result<Option<Entity<R>>, StoreError> {
        let found = self
            .entities
            .get(bytes(key).as_slice())
            .map_err(unavailable)?;
        found.map(|bytes| read_entity(bytes.value())).transpose()
    }

    /// Writes an entity that was as in `before`, or did not exist.
    pub(super) fn put(
        &mut self,
        before: Option<&Entity<R>>,
        entity: &Entity<R>,
    ) -> Result<(), StoreError> {
        let key = bytes(&entity.key);
        let mut item = match serde_json::to_value(Item(entity)) {
            Ok(Value::Object(item)) => item,
            _ => Map::new(),
        };
        if before.is_some() {
            item.extend(self.unknown_members(&key)?);
        }
        let json = to_json(&item)?;
        let done = self.entities.insert(key.as_slice(), json.as_slice());
        must(self.failed, done.map(drop))?;
        let owner_before = before.and_then(|before| before.owner.as_ref());
        if owner_before == entity.owner.as_ref() {
            return Ok(());
        }
        self.unlist(&entity.key, owner_before)?;
        let (Some(owners), Some(owner)) = (&mut self.owners, &entity.owner) else {
            return Ok(());
        };
        let partition = partition(entity.key.partition());
        let done = owners.insert(owner_key(owner, &entity.key, &partition), ());
        must(self.failed, done.map(drop))
    }

    /// The members of a stored item that only another version of the service knows: an update keeps them, as DynamoDB keeps
    /// attributes.
    fn unknown_members(&self, key: &[u8]) -> Result<Map<String, Value>, StoreError> {
        let found = self.entities.get(key).map_err(unavailable)?;
        let Some(bytes) = found else {
            return Ok(Map::new());
        };
        let item: Map<String, Value> = serde_json::from_slice(bytes.value())
            .map_err(|error| StoreError::Unavailable(error.into()))?;
        let unknown = item
            .into_iter()
            .filter(|(name, _)| !Entity::<R>::has_attribute(name));
        Ok(unknown.collect())
    }

    pub(super) fn remove(&mut self, entity: &Entity<R>) -> Result<(), StoreError> {
        let key = bytes(&entity.key);
        let done = self.entities.remove(key.as_slice()).map(drop);
        must(self.failed, done)?;
        self.unlist(&entity.key, entity.owner.as_ref())
    }

    fn unlist(&mut self, key: &R::Key, owner: Option<&UserId>) -> Result<(), StoreError> {
        let (Some(owners), Some(owner)) = (&mut self.owners, owner) else {
            return Ok(());
        };
        let partition = partition(key.partition());
        let done = owners.remove(owner_key(owner, key, &partition)).map(drop);
        must(self.failed, done)
    }
}

fn must(
    failed: &mut Option<StorageError>,
    done: Result<(), StorageError>,
) -> Result<(), StoreError> {
    done.map_err(|error| {
        let told = StoreError::Unavailable(error.to_string().into());
        failed.get_or_insert(error);
        told
    })
}

/// A number comes before its bytes in the order of numbers; a text before the byte 0, which no text has.
fn partition(partition: &impl KeyPart) -> Vec<u8> {
    match partition.scalar() {
        Scalar::Number(number) => [b"n".as_slice(), &number.to_be_bytes()].concat(),
        Scalar::Text(text) => [b"t".as_slice(), text.as_bytes(), &[0]].concat(),
    }
}

/// A key as bytes, which redb orders by the partition, then by the bytes of the sort text.
pub(super) fn bytes<K: Key>(key: &K) -> Vec<u8> {
    let mut bytes = partition(key.partition());
    bytes.extend_from_slice(key.sort().as_str().as_bytes());
    bytes
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
) -> Result<KeyPage<R::Key>, StoreError> {
    let mut page = KeyPage {
        keys: Vec::with_capacity(limit),
        next: None,
    };
    let mut add = |key| {
        if page.keys.len() == limit {
            page.next = page.keys.last().cloned();
            return false;
        }
        page.keys.push(key);
        true
    };
    if R::ACCESS == Access::Private {
        let Some(table) = existing(snapshot.open_table(entities::<R>()))? else {
            return Ok(page);
        };
        let of_user = partition(user);
        let after = after.map(bytes);
        let start = match &after {
            Some(after) => Bound::Excluded(after.as_slice()),
            None => Bound::Included(of_user.as_slice()),
        };
        let entries = table.range::<&[u8]>((start, Bound::Unbounded));
        for entry in entries.map_err(unavailable)? {
            let (key, _) = entry.map_err(unavailable)?;
            let Some(sort) = key.value().strip_prefix(of_user.as_slice()) else {
                break;
            };
            if !add(read_key::<R::Key>(&of_user, sort)?) {
                break;
            }
        }
        return Ok(page);
    }
    let Some(table) = existing(snapshot.open_table(owners(&owners_name::<R>())))? else {
        return Ok(page);
    };
    let after_partition = after.map(|after| partition(after.partition()));
    let start = match (after, &after_partition) {
        (Some(after), Some(partition)) => Bound::Excluded(owner_key(user, after, partition)),
        _ => Bound::Included((user.as_str(), "", [].as_slice())),
    };
    let entries = table.range::<OwnerKey<'_>>((start, Bound::Unbounded));
    for entry in entries.map_err(unavailable)? {
        let (key, _) = entry.map_err(unavailable)?;
        let (of, sort, partition) = key.value();
        if of != user.as_str() || !add(read_key::<R::Key>(partition, sort.as_bytes())?) {
            break;
        }
    }
    Ok(page)
}

/// Reads a key from the bytes of its parts.
fn read_key<K: Key>(partition: &[u8], sort: &[u8]) -> Result<K, StoreError> {
    let corrupt = |attribute: &str, invalid: Invalid| StoreError::Corrupt {
        key: String::from_utf8_lossy(&[partition, sort].concat()).into_owned(),
        attribute: attribute.to_owned(),
        reason: invalid.to_string(),
    };
    let text = |bytes| str::from_utf8(bytes).map_err(|_| Invalid::Malformed("text in UTF-8"));
    let scalar = match partition {
        [b'n', number @ ..] => number
            .try_into()
            .map(|number| Scalar::Number(u32::from_be_bytes(number)))
            .map_err(|_| Invalid::Malformed("four bytes")),
        [b't', partition @ .., 0] => text(partition).map(Scalar::Text),
        _ => Err(Invalid::Malformed("the bytes of a partition")),
    };
    let partition = scalar.and_then(K::Partition::from_scalar);
    let sort = text(sort).and_then(|text| K::Sort::from_scalar(Scalar::Text(text)));
    Ok(K::new(
        partition.map_err(|invalid| corrupt(K::PARTITION, invalid))?,
        sort.map_err(|invalid| corrupt(K::SORT, invalid))?,
    ))
}

/// The first bytes of the keys that a filter lists.
fn first_bytes<K: Key>(filter: &Filter<K>) -> Vec<u8> {
    match filter {
        Filter::All => Vec::new(),
        Filter::Partition(of) => partition(of),
        Filter::Prefix(of, prefix) => {
            let mut bytes = partition(of);
            bytes.extend_from_slice(prefix.as_str().as_bytes());
            bytes
        }
    }
}

/// The start of the range that a page is read from. [`is_listed`] finds its end.
pub(super) fn start<K: Key>(page: &PageRequest<K>) -> Bound<Vec<u8>> {
    match &page.after {
        Some(after) => Bound::Excluded(bytes(after)),
        None => Bound::Included(first_bytes(&page.filter)),
    }
}

/// True if the filter lists the entity with this key.
pub(super) fn is_listed<K: Key>(filter: &Filter<K>, key: &[u8]) -> bool {
    key.starts_with(&first_bytes(filter))
}

/// Reads a stored entity.
pub(super) fn read_entity<R: Resource>(bytes: &[u8]) -> Result<Entity<R>, StoreError> {
    Entity::read(&mut serde_json::Deserializer::from_slice(bytes), || {
        format!("a stored {}", R::ONE)
    })
}

pub(super) fn to_json(value: &impl Serialize) -> Result<Vec<u8>, StoreError> {
    serde_json::to_vec(value).map_err(|error| StoreError::Unavailable(error.into()))
}
