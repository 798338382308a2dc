//! The relay: takes the records of the stream into the log.

use crate::{
    feed::{Bug, Feed},
    log::{Head, Log},
    table::{Record, Table},
};

/// A relay at work on a batch. It may be killed at any moment, and the same batch may be with two relays at once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Relay {
    /// The shard.
    pub shard: usize,
    /// The batch.
    pub records: Vec<Record>,
    /// How far it is.
    pub progress: Progress,
}

/// How far a relay is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Progress {
    /// It has read the head. The transaction comes next.
    HeadRead(Head),
    /// The head is written, and the row is not visible yet: two reads need not see a transaction as a whole.
    HeadWritten(Head),
    /// The row is visible. The batch is to be acknowledged.
    RowWritten,
    /// The batch is acknowledged.
    Ended,
}

impl Relay {
    /// Takes a batch from the front of a shard, and reads the head.
    pub fn start(feed: &Feed, table: &mut Table, log: &mut Log, shard: usize) -> Self {
        let waiting = &mut table.shards[shard];
        let records = waiting[..feed.batch.min(waiting.len())].to_vec();
        if feed.has(Bug::RelayAcknowledgesFirst) {
            waiting.drain(..records.len());
        }
        let progress = Progress::HeadRead(log.read_head());
        Self {
            shard,
            records,
            progress,
        }
    }

    /// Carries the transaction out: the head goes from n to n + 1, on condition that it is as it was read, and row n + 1 is put. If
    /// the condition fails, the relay reads the head again. At last it acknowledges the batch.
    pub fn proceed(&mut self, feed: &Feed, table: &mut Table, log: &mut Log) {
        self.progress = match self.progress {
            Progress::HeadRead(read) => {
                let head = Head {
                    last: read.last + 1,
                    ..read
                };
                let now = log.read_head();
                if now == read || feed.has(Bug::RelayWithoutHeadCondition) {
                    log.head = Some(head);
                    self.put_row(feed.torn, head, log)
                } else {
                    Progress::HeadRead(now)
                }
            }
            Progress::HeadWritten(head) => self.put_row(false, head, log),
            Progress::RowWritten => {
                let waiting = &mut table.shards[self.shard];
                // Another relay may have acknowledged it.
                if waiting.starts_with(&self.records) {
                    waiting.drain(..self.records.len());
                }
                Progress::Ended
            }
            Progress::Ended => Progress::Ended,
        }
    }

    fn put_row(&self, later: bool, head: Head, log: &mut Log) -> Progress {
        if later {
            return Progress::HeadWritten(head);
        }
        log.rows
            .insert((head.epoch, head.last), self.records.clone());
        Progress::RowWritten
    }
}
