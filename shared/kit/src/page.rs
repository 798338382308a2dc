//! Pages of a listing, and the cursor that leads from one to the next.

use aws_lc_rs::digest;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::{
    resource::{Entity, Key, KeyPart as _, KeyText as _, Resource},
    user::UserId,
    value::LinePrefix,
};

/// The resources to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter<K: Key> {
    /// All of them.
    All,
    /// Those of one partition.
    Partition(K::Partition),
    /// Those of one partition whose sort texts begin so.
    Prefix(K::Partition, LinePrefix),
}

impl<K: Key> Filter<K> {
    /// True if the resource with this key is listed.
    #[must_use]
    pub fn matches(&self, key: &K) -> bool {
        match self {
            Self::All => true,
            Self::Partition(partition) => key.partition() == partition,
            Self::Prefix(partition, prefix) => {
                key.partition() == partition && key.sort().as_str().starts_with(prefix.as_str())
            }
        }
    }

    /// The text that tells the cursors of this listing from those of others.
    fn scope(&self) -> Vec<u8> {
        let (partition, prefix) = match self {
            Self::All => return b"all".to_vec(),
            Self::Partition(partition) => (partition, ""),
            Self::Prefix(partition, prefix) => (partition, prefix.as_str()),
        };
        format!("partition\0{}\0{prefix}", partition.scalar()).into_bytes()
    }
}

/// The request for one page of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest<K: Key> {
    /// The resources to list.
    pub filter: Filter<K>,
    /// The most resources of the page, 1 to [`MAX_LIMIT`].
    pub limit: u8,
    /// The last key of the page before; the page starts behind it, though its resource may be gone.
    pub after: Option<K>,
}

/// The largest page.
pub const MAX_LIMIT: u8 = 100;
/// The page size when none is asked for.
pub const DEFAULT_LIMIT: u8 = 50;

/// A page of resources.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<R: Resource> {
    /// The resources; within a partition in the order of the UTF-8 bytes of their sort texts.
    pub items: Vec<Entity<R>>,
    /// The key behind which the next page starts; `None` when there is none.
    pub next: Option<R::Key>,
}

/// A page of the keys of resources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyPage<K> {
    /// The keys, in the order of the UTF-8 bytes of their sort texts.
    pub keys: Vec<K>,
    /// The key behind which the next page starts; `None` when there is none.
    pub next: Option<K>,
}

/// The cursor is not one that this listing gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a cursor of this listing")]
pub struct NotACursor;

const CHECKSUM: usize = 8;

/// Writes the cursor behind a resource: base64url of its key and a checksum over the key and the filter. The checksum finds
/// tampering and a cursor used with other parameters; it guards no secret, because the filter decides what is read.
#[must_use]
pub fn write_cursor<R: Resource>(filter: &Filter<R::Key>, last: &R::Key) -> String {
    write::<R>(&filter.scope(), last)
}

/// Reads a cursor that [`write_cursor`] wrote for the same filter.
///
/// # Errors
/// [`NotACursor`] for every other text.
pub fn read_cursor<R: Resource>(filter: &Filter<R::Key>, text: &str) -> Result<R::Key, NotACursor> {
    // DynamoDB refuses to start outside of the listing.
    read::<R>(&filter.scope(), text)
        .and_then(|key| filter.matches(&key).then_some(key).ok_or(NotACursor))
}

/// Writes the cursor behind a resource in the list of those that a user owns.
#[must_use]
pub fn write_owner_cursor<R: Resource>(user: &UserId, last: &R::Key) -> String {
    write::<R>(&owner_scope(user), last)
}

/// Reads a cursor that [`write_owner_cursor`] wrote for the same user.
///
/// # Errors
/// [`NotACursor`] for every other text.
pub fn read_owner_cursor<R: Resource>(user: &UserId, text: &str) -> Result<R::Key, NotACursor> {
    read::<R>(&owner_scope(user), text)
}

fn owner_scope(user: &UserId) -> Vec<u8> {
    [b"owner\0", user.as_str().as_bytes()].concat()
}

fn write<R: Resource>(scope: &[u8], last: &R::Key) -> String {
    // No part of a key has the character between.
    let (partition, sort) = last.texts();
    seal::<R>(scope, &format!("{partition}\0{sort}"))
}

fn read<R: Resource>(scope: &[u8], text: &str) -> Result<R::Key, NotACursor> {
    let key = open::<R>(scope, text)?;
    let (partition, sort) = key.split_once('\0').ok_or(NotACursor)?;
    R::Key::from_texts(partition, sort).map_err(|_| NotACursor)
}

/// Writes the cursor of a text: base64url of it and a checksum. The scope tells its listing from others.
#[must_use]
pub(crate) fn seal<R: Resource>(scope: &[u8], text: &str) -> String {
    let sum = checksum(R::MANY, scope, text.as_bytes());
    URL_SAFE_NO_PAD.encode([text.as_bytes(), &sum].concat())
}

/// Reads the text of a cursor that [`seal`] wrote for the same scope.
pub(crate) fn open<R: Resource>(scope: &[u8], sealed: &str) -> Result<String, NotACursor> {
    let mut bytes = URL_SAFE_NO_PAD.decode(sealed).map_err(|_| NotACursor)?;
    let (text, sum) = bytes.split_last_chunk::<CHECKSUM>().ok_or(NotACursor)?;
    if checksum(R::MANY, scope, text) != *sum {
        return Err(NotACursor);
    }
    let length = text.len();
    bytes.truncate(length);
    String::from_utf8(bytes).map_err(|_| NotACursor)
}

fn checksum(resources: &str, scope: &[u8], key: &[u8]) -> [u8; CHECKSUM] {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in [resources.as_bytes(), &[0], scope, &[0], key] {
        context.update(part);
    }
    let mut sum = [0; CHECKSUM];
    sum.copy_from_slice(&context.finish().as_ref()[..CHECKSUM]);
    sum
}

#[cfg(test)]
mod tests;
