//! The reader: answers `GET .../changes`. Each call of [`Pull::read`] is one read of the store; anything may happen between two.

use crate::{
    feed::{Bug, Feed},
    log::{Epoch, Head, Log, Place, Seq},
    table::{Key, Stamp},
};

/// What `since` and `nextSince` hold. The model has one form, scope and checksum, so they are left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cursor {
    /// A snapshot: the next key to read, and the head when the snapshot began. The changes begin behind that.
    Table(Key, Head),
    /// The changes of this epoch behind this place.
    Changes(Epoch, Place),
}

/// How far a request for a page is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Pull {
    /// The server has it.
    Asked,
    /// The head is read.
    HeadRead(Head),
    /// The rows are read: the distinct keys, each with the place behind it; and the place behind all.
    RowsRead(Head, Vec<(Key, Place)>, Place),
    /// 410 `cursor-expired` is on its way.
    Expired,
    /// 200 is on its way.
    Page(Page),
}

/// A page of the feed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Page {
    /// The items as they were when they were read, by their entity tags; `None` for `deleted: true`.
    pub items: Vec<(Key, Option<Stamp>)>,
    /// `nextSince`.
    pub next: Cursor,
    /// The last row of the log, as it was read; `None` in a snapshot.
    pub last: Option<Seq>,
}

impl Page {
    /// `more`: false at the place behind the last row.
    #[must_use]
    pub fn more(&self) -> bool {
        match (self.next, self.last) {
            (Cursor::Changes(_, place), Some(last)) => place < Place(last, 0),
            _ => true,
        }
    }
}

impl Pull {
    /// Does the next read. `items` are the items of the table, by key, as the store shows them to this read.
    #[must_use]
    pub fn read(
        self,
        feed: &Feed,
        log: &mut Log,
        items: &[Option<Stamp>],
        since: Option<Cursor>,
    ) -> Self {
        match (self, since) {
            (Self::Asked, None) if !feed.has(Bug::HeadAfterSnapshot) => {
                Self::HeadRead(log.read_head())
            }
            (Self::Asked, None) => page_of_table(feed, log, items, 0, Head { epoch: 0, last: 0 }),
            (Self::HeadRead(head), None) => page_of_table(feed, log, items, 0, head),
            (Self::Asked, Some(Cursor::Table(key, head))) => {
                page_of_table(feed, log, items, key, head)
            }
            (Self::Asked, Some(Cursor::Changes(epoch, place))) => {
                compare(feed, epoch, place, log.read_head())
            }
            (Self::HeadRead(head), Some(Cursor::Changes(_, place))) => {
                read_rows(feed, log, head, place)
            }
            (Self::RowsRead(head, keys, end), _) => page_of_changes(head, &keys, items, end),
            (other, _) => other,
        }
    }

    /// Reads the items, while the batch leaves the last key unprocessed: the page ends before it.
    #[must_use]
    pub fn read_in_part(self, feed: &Feed, items: &[Option<Stamp>], since: Option<Cursor>) -> Self {
        match (self, since) {
            (Self::RowsRead(head, keys, end), _) if feed.has(Bug::UnprocessedIsDeleted) => {
                let mut items = items.to_vec();
                keys.last()
                    .into_iter()
                    .for_each(|(key, _)| items[*key] = None);
                page_of_changes(head, &keys, &items, end)
            }
            (Self::RowsRead(head, mut keys, _), Some(Cursor::Changes(_, place))) => {
                keys.pop();
                let end = keys.last().map_or(place, |(_, behind)| *behind);
                page_of_changes(head, &keys, items, end)
            }
            (other, _) => other,
        }
    }
}

/// Reads one page of the table. The last one leads on to the changes since the head was read.
fn page_of_table(
    feed: &Feed,
    log: &mut Log,
    items: &[Option<Stamp>],
    from: Key,
    began: Head,
) -> Pull {
    let to = feed.keys.min(from + feed.page);
    let there = (from..to).filter(|key| items[*key].is_some());
    let items = there.map(|key| (key, items[key])).collect();
    let next = if to < feed.keys {
        Cursor::Table(to, began)
    } else {
        let late = feed.has(Bug::HeadAfterSnapshot);
        let head = if late { log.read_head() } else { began };
        Cursor::Changes(head.epoch, Place(head.last, 0))
    };
    Pull::Page(Page {
        items,
        next,
        last: None,
    })
}

/// Compares a cursor with the head.
fn compare(feed: &Feed, epoch: Epoch, place: Place, head: Head) -> Pull {
    let end = Place(head.last, 0);
    let other_epoch = epoch != head.epoch && !feed.has(Bug::EpochNotChecked);
    let beyond = place > end && !feed.has(Bug::BeyondHeadAccepted);
    if other_epoch || beyond {
        Pull::Expired
    } else if place < end {
        Pull::HeadRead(head)
    } else {
        page_of_changes(head, &[], &[], place)
    }
}

/// Reads the rows behind a place, in order and up to the head, until a page is full. A missing row has expired, and a client that
/// waited for it would wait for ever.
fn read_rows(feed: &Feed, log: &Log, head: Head, place: Place) -> Pull {
    let mut keys: Vec<(Key, Place)> = Vec::new();
    let mut end = place;
    while end.0 < head.last {
        let row = log.rows.get(&(head.epoch, end.0 + 1));
        if row.is_none() && !feed.has(Bug::NoGapCheck) && !feed.numbers_first() {
            return Pull::Expired;
        }
        let row = row.map_or(&[][..], Vec::as_slice);
        let behind = if end.1 + 1 < row.len() {
            Place(end.0, end.1 + 1)
        } else {
            Place(end.0 + 1, 0)
        };
        if let Some(record) = row.get(end.1) {
            let known = keys.iter().any(|(key, _)| *key == record.0);
            if known {
                keys.last_mut()
                    .into_iter()
                    .for_each(|(_, last)| *last = behind);
            } else if keys.len() < feed.page {
                keys.push((record.0, behind));
            } else {
                break;
            }
        }
        end = behind;
    }
    Pull::RowsRead(head, keys, end)
}

/// Reads the items of the keys. An absent item was deleted.
fn page_of_changes(head: Head, keys: &[(Key, Place)], items: &[Option<Stamp>], end: Place) -> Pull {
    Pull::Page(Page {
        items: keys.iter().map(|(key, _)| (*key, items[*key])).collect(),
        next: Cursor::Changes(head.epoch, end),
        last: Some(head.last),
    })
}
