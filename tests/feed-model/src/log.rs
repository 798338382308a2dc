//! The log of keys: a head, and numbered rows under the epoch of the head.

use std::collections::BTreeMap;

use crate::table::Record;

/// Tells one life of the log from the next. In the service it is random; here it is counted.
pub type Epoch = u8;

/// The number of a row: 1, 2, 3...
pub type Seq = u16;

/// The head of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Head {
    /// The epoch.
    pub epoch: Epoch,
    /// The number of the last row.
    pub last: Seq,
}

/// A place in the log: behind this row, and behind so many records of the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place(pub Seq, pub usize);

/// The log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Log {
    /// The head, if there is one.
    pub head: Option<Head>,
    /// The rows. A key may be in a row twice.
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

    /// Brings the log back as it was one row ago.
    pub fn restore(&mut self) {
        if let Some(head) = &mut self.head {
            self.rows.remove(&(head.epoch, head.last));
            head.last -= 1;
        }
    }

    /// The records before a place, of the rows that are still there.
    pub fn before(&self, epoch: Epoch, Place(seq, index): Place) -> impl Iterator<Item = Record> {
        let rows = self.rows.range((epoch, 0)..=(epoch, seq));
        let next = self.rows.get(&(epoch, seq + 1)).into_iter();
        let part = next.flat_map(move |row| row.iter().take(index));
        rows.flat_map(|(_, row)| row).chain(part).copied()
    }
}
