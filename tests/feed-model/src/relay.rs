//! The relay: takes the records of the stream into the log.

use crate::{
    feed::{Bug, Feed},
    log::{Head, Log},
    table::{Record, Table},
};

/// A relay at work on a batch. It may be stopped at any moment, and the same batch may be with two relays at once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Relay {
    /// The shard.
    pub shard: usize,
    /// The batch.
    pub records: Vec<Record>,
    /// How far it is.
    pub step: Step,
}

/// How far a relay is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// It has read the head; the transaction comes next.
    HeadRead(Head),
    /// The head is written, and the row is not visible yet: reads of two items need not see a transaction as a whole.
    HeadWritten(Head),
    /// The row is written; the batch is to be acknowledged.
    RowWritten,
}

impl Relay {
    /// Takes a batch from the front of a shard, and reads the head.
    pub fn start(feed: &Feed, table: &mut Table, log: &mut Log, shard: usize) -> Self {
        let waiting = &mut table.shards[shard];
        let length = feed.batch.min(waiting.len());
        let records = waiting[..length].to_vec();
        if feed.has(Bug::RelayAcknowledgesFirst) {
            waiting.drain(..length);
        }
        Self {
            shard,
            records,
            step: Step::HeadRead(log.read_head()),
        }
    }

    /// The transaction: the head goes from n to n + 1, on condition that it is as it was read, and row n + 1 is put. If the
    /// condition fails, the relay reads the head again.
    pub fn commit(&mut self, feed: &Feed, log: &mut Log) {
        let Step::HeadRead(read) = self.step else {
            return;
        };
        let now = log.read_head();
        if now != read && !feed.has(Bug::RelayWithoutHeadCondition) {
            self.step = Step::HeadRead(now);
            return;
        }
        let head = Head {
            last: read.last + 1,
            ..read
        };
        log.head = Some(head);
        self.step = Step::HeadWritten(head);
        if !feed.torn {
            self.put_row(log);
        }
    }

    /// The row of the transaction becomes visible.
    pub fn put_row(&mut self, log: &mut Log) {
        if let Step::HeadWritten(head) = self.step {
            let row = (head.epoch, head.last);
            log.rows.insert(row, self.records.clone());
            self.step = Step::RowWritten;
        }
    }

    /// Acknowledges the batch, unless another relay did.
    pub fn acknowledge(&self, table: &mut Table) {
        let waiting = &mut table.shards[self.shard];
        if waiting.starts_with(&self.records) {
            waiting.drain(..self.records.len());
        }
    }
}
