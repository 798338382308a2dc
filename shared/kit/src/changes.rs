//! The feed of changes: an app that was away asks which resources have changed, deletions included.
//!
//! A store keeps a log for each shared noun, and one for each user of a private noun. A log has the keys of resources that
//! were written, in an order; the feed reads a part of it and then the resources themselves, as they are now
//! (`docs/adr/0055-the-feed-of-changes.md`). A client that begins is given all resources first: the snapshot. It begins by
//! remembering the end of the log, so the changes from there on have all that the snapshot missed.

mod cursor;

use time::Duration;

pub use self::cursor::{Cursor, Phase, read_cursor, write_cursor};
use crate::{
    resource::{Entity, Resource},
    user::UserId,
};

/// The time for which a cursor is good.
pub const CURSOR_KEPT_FOR: Duration = Duration::days(30);

/// The time for which a store keeps the rows of a log: longer than a cursor is good, so that a good cursor finds its rows.
pub const LOG_KEPT_FOR: Duration = Duration::days(37);

/// The time after which a client that has everything asks again.
pub const POLL_AFTER: Duration = Duration::seconds(30);

/// The end of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The name of this log's life. A log that is begun anew, because changes were lost, has another one.
    pub epoch: String,
    /// The number of the last row; 0 if there is none.
    pub last: u64,
}

impl Head {
    /// The position behind the last row.
    #[must_use]
    pub const fn end(&self) -> Position {
        Position {
            row: self.last + 1,
            taken: 0,
        }
    }
}

/// A position in a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The number of the row to go on with, from 1.
    pub row: u64,
    /// The number of its keys that were given already.
    pub taken: u32,
}

/// The request for one page of changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangesRequest {
    /// The user whose resources changed, of a private resource; else `None`.
    pub owner: Option<UserId>,
    /// The epoch of the log that the position is in.
    pub epoch: String,
    /// The position to go on at.
    pub from: Position,
    /// The most resources of the page, 1 to [`MAX_LIMIT`](crate::page::MAX_LIMIT).
    pub limit: u8,
}

/// A page of changes.
#[derive(Debug, Clone, PartialEq)]
pub struct Changes<R: Resource> {
    /// The resources that changed, each once, as they are now.
    pub items: Vec<Changed<R>>,
    /// The position behind the page.
    pub next: Position,
    /// True if the log went on when it was read.
    pub more: bool,
}

/// A resource that changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Changed<R: Resource> {
    /// Its key.
    pub key: R::Key,
    /// The resource; `None` if it is deleted.
    pub entity: Option<Entity<R>>,
}
