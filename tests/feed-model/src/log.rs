//! The log of keys: one head, and numbered rows under the head's epoch.

use std::collections::BTreeMap;

use crate::table::Record;

/// Tells one life of the log from the next. In the service it is random; here it is counted.
pub type Epoch = u8;

/// The number of a row: 1, 2, 3...
pub type Seq = u16;

/// The head of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Head {
    /// The epoch, under which the rows lie.
    pub epoch: Epoch,
    /// The number of the last row.
    pub last: Seq,
}

/// A place in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Everything up to this row lies before the place...
    pub seq: Seq,
    /// ...and so many records of the row after it.
    pub index: usize,
}

impl Position {
    /// The place behind a row.
    #[must_use]
    pub fn behind(seq: Seq) -> Self {
        Self { seq, index: 0 }
    }
}

/// The log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Log {
    /// The head, if there is one.
    pub head: Option<Head>,
    /// The rows.
    pub rows: BTreeMap<(Epoch, Seq), Vec<Record>>,
    epochs: Epoch,
}

impl Log {
    /// Reads the head consistently. Whoever comes first, reader or relay, creates it, with an epoch that was never there.
    pub fn read_head(&mut self) -> Head {
        *self.head.get_or_insert_with(|| {
            self.epochs += 1;
            Head {
                epoch: self.epochs,
                last: 0,
            }
        })
    }

    /// Deletes the head, so that the next one to come begins a new epoch: `feed reset`, and what the TTL does to the head of a
    /// private log that nobody wrote to for 37 days.
    pub fn reset(&mut self) {
        self.head = None;
    }

    /// Brings the log back as it was one row ago.
    pub fn restore(&mut self) {
        if let Some(head) = &mut self.head {
            self.rows.remove(&(head.epoch, head.last));
            head.last -= 1;
        }
    }

    /// The records that lie before a place, of the rows that are still there.
    pub fn before(&self, epoch: Epoch, place: Position) -> impl Iterator<Item = &Record> {
        let rows = self.rows.range((epoch, 0)..=(epoch, place.seq));
        let next = self.rows.get(&(epoch, place.seq + 1));
        let part = next.into_iter().flat_map(move |row| row.iter().take(place.index));
        rows.flat_map(|(_, row)| row).chain(part)
    }
}
