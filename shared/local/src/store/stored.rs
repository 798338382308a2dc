//! The stored form of entities and their keys.

use kit::{
    resource::{Entity, Key, KeyPart, KeyText as _, Resource, Scalar},
    store::StoreError,
    value::Invalid,
};
use redb::TableDefinition;

use super::Result;

/// The table of the entities of `R`: stored items as JSON, by the [`bytes`] of their keys.
pub(super) fn entities<R: Resource>() -> TableDefinition<'static, &'static [u8], &'static [u8]> {
    TableDefinition::new(R::MANY)
}

/// A number comes before its bytes in the order of numbers; a text before the byte 0, which no text has.
pub(super) fn partition(partition: &impl KeyPart) -> Vec<u8> {
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

/// Reads a key that [`bytes`] wrote.
pub(super) fn read_key_bytes<K: Key>(key: &[u8]) -> Result<K> {
    // A number has four bytes; a text ends before the byte 0.
    let end = if key.starts_with(b"n") {
        Some(4)
    } else {
        key.iter().position(|byte| *byte == 0)
    };
    let parts = end.and_then(|end| key.split_at_checked(end + 1));
    let (partition, sort) = parts.unwrap_or((key, &[]));
    read_key(partition, sort)
}

/// Reads a key from the bytes of its parts.
pub(super) fn read_key<K: Key>(partition: &[u8], sort: &[u8]) -> Result<K> {
    let text = |bytes| str::from_utf8(bytes).map_err(|_| Invalid::Malformed("text in UTF-8"));
    let read = || {
        let partition = match partition {
            [b'n', number @ ..] => {
                let number = number.try_into();
                let number = number.map_err(|_| Invalid::Malformed("four bytes"))?;
                Scalar::Number(u32::from_be_bytes(number))
            }
            [b't', partition @ .., 0] => Scalar::Text(text(partition)?),
            _ => return Err(Invalid::Malformed("the bytes of a partition")),
        };
        let sort = Scalar::Text(text(sort)?);
        Ok(K::new(
            K::Partition::from_scalar(partition)?,
            K::Sort::from_scalar(sort)?,
        ))
    };
    let corrupt = |invalid: Invalid| StoreError::Corrupt {
        key: String::from_utf8_lossy(&[partition, sort].concat()).into_owned(),
        attribute: "the key".to_owned(),
        reason: invalid.to_string(),
    };
    Ok(read().map_err(corrupt)?)
}

/// Reads a stored entity.
pub(super) fn read_entity<R: Resource>(bytes: &[u8]) -> Result<Entity<R>, StoreError> {
    Entity::read(&mut serde_json::Deserializer::from_slice(bytes), || {
        format!("a stored {}", R::ONE)
    })
}
