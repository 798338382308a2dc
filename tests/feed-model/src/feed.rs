//! What is modelled: how large it is, what may happen to it from outside and how often, and which bug is planted.

use clap::ValueEnum;

/// A mistake that an implementation could make.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Bug {
    /// The cursor is the time of the last change seen, in an index by `updatedAt`. A write takes its time before it is visible.
    CursorIsUpdatedAt,
    /// A write takes the number of its row from a counter before it is visible.
    CounterBeforeTheWrite,
    /// Writers put the rows themselves, and some of them know nothing of the log.
    WritersKeepTheLog,
    /// The relay acknowledges its batch before the transaction.
    RelayAcknowledgesFirst,
    /// The relay's transaction does not demand that the head is as it was read.
    RelayWithoutHeadCondition,
    /// The changed items are read with eventual consistency.
    StaleItems,
    /// The changed items are read before the head and the rows.
    ItemsBeforeHead,
    /// A key that a batch read left unprocessed is taken for a deletion.
    UnprocessedIsDeleted,
    /// A missing row is passed over.
    NoGapCheck,
    /// The head is read at the end of a snapshot.
    HeadAfterSnapshot,
    /// The pages of a snapshot are read with eventual consistency.
    StaleSnapshot,
    /// The epoch of a cursor is not compared with that of the head.
    EpochNotChecked,
    /// A cursor beyond the head is answered as one at the head.
    BeyondHeadAccepted,
    /// The client stores the cursor of a page, and is stopped before it stores the items.
    CursorBeforeItems,
    /// The client sweeps at each page of a snapshot.
    SweepBeforeWhole,
    /// The answer to a write always goes into the base.
    AnswerOverNewerItem,
    /// A page that was asked for before a write was answered goes over that answer.
    OlderPageOverAnswer,
    /// A snapshot sweeps an item that came with the answer to a write.
    AnswerIsSwept,
    /// Each try of a write has an `Idempotency-Key` of its own.
    RetryWithNewKey,
    /// A conflict (412, 404, 409) is taken for success.
    SwallowedConflict,
    /// A refused write stays at the front of the queue.
    RefusedBlocks,
    /// An add that was first tried longer ago than idempotency keys live is tried again.
    OldAddRepeated,
}

/// What may happen from outside. A size says how often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// Another writer writes: a person, an older version, an import straight into the table.
    Write,
    /// The user of a client writes.
    Edit,
    /// The user of a client writes what the server refuses.
    BadEdit,
    /// A relay is killed.
    Kill,
    /// A row expires.
    RowExpires,
    /// The cursor of a client gets older than 30 days.
    CursorExpires,
    /// The head of a private log expires.
    HeadExpires,
    /// The stream loses a record that no relay took for 24 hours.
    Trim,
    /// The table of the log is brought back as it was.
    Restore,
    /// A day passes, so that idempotency keys are forgotten.
    Day,
}

/// How often each [`Event`] may still happen.
pub type Budget = [u8; 10];

/// A size of the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// Two relays contend for the head, batches come twice, and a client follows the changes.
    Relays,
    /// A client takes its first snapshot while others write.
    Snapshot,
    /// Rows, cursors and heads expire, and rows become visible late.
    Expiry,
    /// The stream loses a record, and the log's table is restored. `feed reset` follows.
    Operators,
    /// A client writes an item that others write as well. Messages are lost or late, and a day passes.
    Push,
    /// A client queues two writes of an item that others write as well.
    Queue,
    /// A client queues two writes, one of which the server refuses.
    Refusal,
    /// A client writes, and its cursor gets old, so that it takes a new snapshot.
    PushInSnapshot,
    /// All of it at once: too large to be searched through.
    Large,
}

/// A feed with its clients: the model that is checked.
#[derive(Clone, Debug)]
pub struct Feed {
    /// What is wrong with it, if anything.
    pub bug: Option<Bug>,
    /// The number of keys.
    pub keys: usize,
    /// How many of them have items from the start.
    pub filled: usize,
    /// The number of shards of the stream.
    pub shards: usize,
    /// How many relays may be at work at once.
    pub relays: usize,
    /// True if two relays may have the same batch.
    pub doubled: bool,
    /// True if the row of a relay's transaction may become visible after its head.
    pub torn: bool,
    /// The most keys of a row.
    pub batch: usize,
    /// The most items of a page.
    pub page: usize,
    /// The number of clients.
    pub clients: usize,
    /// True if the clients have a whole snapshot from the start.
    pub synced: bool,
    /// The most messages about a write that are under way at once. With 2, a request may arrive after its repetition.
    pub copies: usize,
    /// How often what comes from outside may happen.
    pub budget: Budget,
}

impl Feed {
    /// A feed of a size, with a bug or without.
    #[must_use]
    pub fn new(size: Size, bug: Option<Bug>) -> Self {
        use Event::{
            BadEdit, CursorExpires, Day, Edit, HeadExpires, Kill, Restore, RowExpires, Trim, Write,
        };
        let mut feed = Self {
            bug,
            keys: 2,
            filled: 1,
            shards: 1,
            relays: 1,
            doubled: false,
            torn: false,
            batch: 2,
            page: 1,
            clients: 1,
            synced: true,
            copies: 1,
            budget: Budget::default(),
        };
        let events: &[(Event, u8)] = match size {
            Size::Relays => {
                (feed.shards, feed.relays, feed.doubled) = (2, 2, true);
                &[(Write, 2), (Kill, 1)]
            }
            Size::Snapshot => {
                (feed.filled, feed.synced) = (2, false);
                &[(Write, 2), (CursorExpires, 1)]
            }
            Size::Expiry => {
                (feed.filled, feed.batch, feed.torn) = (2, 1, true);
                &[
                    (Write, 2),
                    (RowExpires, 1),
                    (CursorExpires, 1),
                    (HeadExpires, 1),
                ]
            }
            Size::Operators => {
                feed.batch = 1;
                &[(Write, 2), (Trim, 1), (Restore, 1)]
            }
            Size::Push => {
                (feed.keys, feed.copies) = (1, 2);
                &[(Write, 2), (Edit, 1), (Day, 1)]
            }
            Size::Queue => {
                feed.keys = 1;
                &[(Write, 1), (Edit, 2)]
            }
            Size::Refusal => &[(Edit, 1), (BadEdit, 1)],
            Size::PushInSnapshot => &[(Write, 1), (Edit, 1), (CursorExpires, 1)],
            Size::Large => {
                (feed.keys, feed.filled, feed.page, feed.synced) = (4, 2, 2, false);
                (feed.shards, feed.relays, feed.doubled, feed.torn) = (3, 3, true, true);
                (feed.clients, feed.copies) = (3, 2);
                &[
                    (Write, 30),
                    (Edit, 20),
                    (BadEdit, 2),
                    (Kill, 10),
                    (RowExpires, 3),
                    (CursorExpires, 4),
                    (HeadExpires, 1),
                    (Trim, 1),
                    (Restore, 1),
                    (Day, 1),
                ]
            }
        };
        for (event, times) in events {
            feed.budget[*event as usize] = *times;
        }
        feed
    }

    /// The size whose search finds a bug, with the bug.
    #[must_use]
    pub fn that_shows(bug: Bug) -> Self {
        let size = match bug {
            Bug::CursorIsUpdatedAt
            | Bug::CounterBeforeTheWrite
            | Bug::WritersKeepTheLog
            | Bug::RelayAcknowledgesFirst
            | Bug::RelayWithoutHeadCondition
            | Bug::StaleItems
            | Bug::ItemsBeforeHead
            | Bug::UnprocessedIsDeleted
            | Bug::CursorBeforeItems => Size::Relays,
            Bug::HeadAfterSnapshot | Bug::StaleSnapshot => Size::Snapshot,
            Bug::NoGapCheck | Bug::SweepBeforeWhole => Size::Expiry,
            Bug::EpochNotChecked | Bug::BeyondHeadAccepted => Size::Operators,
            Bug::AnswerOverNewerItem
            | Bug::OlderPageOverAnswer
            | Bug::RetryWithNewKey
            | Bug::SwallowedConflict
            | Bug::OldAddRepeated => Size::Push,
            Bug::AnswerIsSwept => Size::PushInSnapshot,
            Bug::RefusedBlocks => Size::Refusal,
        };
        Self::new(size, Some(bug))
    }

    /// True if this bug is planted.
    #[must_use]
    pub fn has(&self, bug: Bug) -> bool {
        self.bug == Some(bug)
    }

    /// True if the rows are put by writers, with numbers that they took before their writes.
    #[must_use]
    pub fn numbers_first(&self) -> bool {
        self.has(Bug::CursorIsUpdatedAt) || self.has(Bug::CounterBeforeTheWrite)
    }
}
