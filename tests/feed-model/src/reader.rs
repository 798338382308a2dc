//! The reader: answers `GET .../changes`. Each method is one read of the store, so that anything may happen between two.

use crate::{
    feed::{Bug, Feed},
    log::{Epoch, Head, Log, Position, Seq},
    table::{Key, Stamp},
};

/// What `since` and `nextSince` hold. Form, scope and checksum are left out: the model has one of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Cursor {
    /// The epoch of the log.
    pub epoch: Epoch,
    /// Where in the feed it is.
    pub phase: Phase,
}

/// The two parts of the feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    /// A snapshot.
    Table {
        /// The next key to read.
        next: Key,
        /// The last row when the snapshot began: the changes begin behind it.
        last: Seq,
    },
    /// The changes behind a place of the log.
    Changes(Position),
}

/// How far a request is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Pull {
    /// The server has it.
    Asked,
    /// The head is read.
    HeadRead(Head),
    /// The rows are read: the distinct keys, each with the place behind it, and the place behind all of them.
    RowsRead {
        /// The head, as it was read.
        head: Head,
        /// The keys.
        keys: Vec<(Key, Position)>,
        /// The place behind them.
        end: Position,
    },
    /// The answer is on its way.
    Answered(Answer),
}

/// An answer of the feed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Answer {
    /// 410 `cursor-expired`.
    Expired,
    /// 200.
    Page {
        /// The items as they are now, by their entity tags; `None` for `deleted: true`.
        items: Vec<(Key, Option<Stamp>)>,
        /// `nextSince`.
        next: Cursor,
        /// The last row, as it was read: `more` is false at the place behind it. `None` while the table is read.
        last: Option<Seq>,
    },
}

impl Answer {
    /// An answer whose `more` is false.
    fn nothing_new(cursor: Cursor, head: Head) -> Self {
        Self::Page {
            items: Vec::new(),
            next: cursor,
            last: Some(head.last),
        }
    }
}

/// `more` of an answer.
#[must_use]
pub fn more(next: Cursor, last: Option<Seq>) -> bool {
    match (next.phase, last) {
        (Phase::Changes(place), Some(last)) => place < Position::behind(last),
        _ => true,
    }
}

impl Pull {
    /// The next read. `items` are the items of the table by key, as the store shows them to this read.
    #[must_use]
    pub fn read(
        self,
        feed: &Feed,
        log: &mut Log,
        items: &[Option<Stamp>],
        since: Option<Cursor>,
    ) -> Self {
        match (self, since.map(|cursor| (cursor, cursor.phase))) {
            (Self::Asked, None) if feed.has(Bug::HeadAfterSnapshot) => {
                let head = Head { epoch: 0, last: 0 };
                Self::Answered(page_of_table(feed, log, items, head, 0))
            }
            (Self::Asked, None) => Self::HeadRead(log.read_head()),
            (Self::HeadRead(head), None) => {
                Self::Answered(page_of_table(feed, log, items, head, 0))
            }
            (Self::Asked, Some((Cursor { epoch, .. }, Phase::Table { next, last }))) => {
                Self::Answered(page_of_table(feed, log, items, Head { epoch, last }, next))
            }
            (Self::Asked, Some((cursor, Phase::Changes(place)))) => {
                compare(feed, cursor, place, log.read_head())
            }
            (Self::HeadRead(head), Some((_, Phase::Changes(place)))) => {
                read_rows(feed, log, head, place)
            }
            (Self::RowsRead { head, keys, end }, Some(_)) => {
                Self::Answered(page_of_changes(head, &keys, items, end))
            }
            (other, _) => other,
        }
    }

    /// The read of the items, when the batch left the last key unprocessed: the page ends before it.
    #[must_use]
    pub fn read_in_part(self, feed: &Feed, items: &[Option<Stamp>], place: Position) -> Self {
        match self {
            Self::RowsRead { head, keys, end } if feed.has(Bug::UnprocessedIsDeleted) => {
                let mut items = items.to_vec();
                if let Some((key, _)) = keys.last() {
                    items[*key] = None;
                }
                Self::Answered(page_of_changes(head, &keys, &items, end))
            }
            Self::RowsRead { head, mut keys, .. } => {
                keys.pop();
                let end = keys.last().map_or(place, |(_, behind)| *behind);
                Self::Answered(page_of_changes(head, &keys, items, end))
            }
            other => other,
        }
    }
}

/// Reads one page of the table. The last page leads on to the changes since the head was read.
fn page_of_table(
    feed: &Feed,
    log: &mut Log,
    items: &[Option<Stamp>],
    began: Head,
    from: Key,
) -> Answer {
    let to = feed.keys.min(from + feed.page);
    let there = (from..to).filter(|key| items[*key].is_some());
    let (epoch, phase) = if to < feed.keys {
        let last = began.last;
        (began.epoch, Phase::Table { next: to, last })
    } else {
        let late = feed.has(Bug::HeadAfterSnapshot);
        let head = if late { log.read_head() } else { began };
        (head.epoch, Phase::Changes(Position::behind(head.last)))
    };
    Answer::Page {
        items: there.map(|key| (key, items[key])).collect(),
        next: Cursor { epoch, phase },
        last: None,
    }
}

/// Compares a cursor with the head.
fn compare(feed: &Feed, cursor: Cursor, place: Position, head: Head) -> Pull {
    let end = Position::behind(head.last);
    let other_epoch = cursor.epoch != head.epoch && !feed.has(Bug::EpochNotChecked);
    let beyond = place > end && !feed.has(Bug::BeyondHeadAccepted);
    if other_epoch || beyond {
        Pull::Answered(Answer::Expired)
    } else if place >= end {
        let epoch = head.epoch;
        Pull::Answered(Answer::nothing_new(Cursor { epoch, ..cursor }, head))
    } else {
        Pull::HeadRead(head)
    }
}

/// Reads the rows behind a place, up to the head and in order, until a page is full. A missing row expired.
fn read_rows(feed: &Feed, log: &Log, head: Head, place: Position) -> Pull {
    let mut keys: Vec<(Key, Position)> = Vec::new();
    let mut end = place;
    while end.seq < head.last {
        let seq = end.seq + 1;
        let row = log.rows.get(&(head.epoch, seq));
        if row.is_none() && !feed.has(Bug::NoGapCheck) && !feed.numbers_first() {
            return Pull::Answered(Answer::Expired);
        }
        let Some((row, record)) = row.and_then(|row| Some((row, row.get(end.index)?))) else {
            end = Position::behind(seq);
            continue;
        };
        let index = end.index + 1;
        let next = if index == row.len() {
            Position::behind(seq)
        } else {
            Position { index, ..end }
        };
        if keys.iter().all(|(key, _)| *key != record.key) {
            if keys.len() == feed.page {
                break;
            }
            keys.push((record.key, next));
        } else if let Some((_, behind)) = keys.last_mut() {
            *behind = next;
        }
        end = next;
    }
    Pull::RowsRead { head, keys, end }
}

/// Reads the items of the keys. An absent item was deleted.
fn page_of_changes(
    head: Head,
    keys: &[(Key, Position)],
    items: &[Option<Stamp>],
    end: Position,
) -> Answer {
    let phase = Phase::Changes(end);
    Answer::Page {
        items: keys.iter().map(|(key, _)| (*key, items[*key])).collect(),
        next: Cursor {
            epoch: head.epoch,
            phase,
        },
        last: Some(head.last),
    }
}
