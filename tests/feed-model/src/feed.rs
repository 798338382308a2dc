//! What is modelled: how large, which faults may happen and how often, and which bug is planted.

use clap::ValueEnum;

/// A mistake that an implementation could make. The names say what the wrong one does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, ValueEnum)]
pub enum Bug {
    /// The cursor is the time of the last change seen, in an index by `updatedAt`; a write takes its time before it is visible.
    CursorIsUpdatedAt,
    /// A write takes the number of its row from a counter before it is visible.
    CounterBeforeTheWrite,
    /// Writers put their rows themselves, and one of them does not know of the log: an older version, or an import.
    WritersKeepTheLog,
    /// The relay acknowledges its batch before the transaction.
    RelayAcknowledgesFirst,
    /// The transaction of the relay does not demand that the head is as it was read.
    RelayWithoutHeadCondition,
    /// The changed items are read with eventual consistency.
    StaleItems,
    /// The changed items are read before the head and the rows that name them.
    ItemsBeforeHead,
    /// Keys that a batch read left unprocessed are taken for deletions.
    UnprocessedIsDeleted,
    /// A missing row is passed over.
    NoGapCheck,
    /// The head is read at the end of a snapshot.
    HeadAfterSnapshot,
    /// The pages of a snapshot are read with eventual consistency.
    StaleSnapshot,
    /// The epoch of a cursor is not compared with that of the head.
    EpochNotChecked,
    /// A cursor that lies beyond the head is answered as one that lies at the head.
    BeyondHeadAccepted,
    /// The client stores the cursor of a page, and is stopped before it stores the items.
    CursorBeforeItems,
    /// The client sweeps with each page of a snapshot.
    SweepBeforeWhole,
    /// An answer of a write goes into the base even if the feed has brought the item meanwhile.
    AnswerOverNewerItem,
    /// A page that was asked for before a write was answered goes over that answer.
    OlderPageOverAnswer,
    /// An item that came with the answer of a write is swept by the snapshot that was under way.
    AnswerIsSwept,
    /// Each try of a write has an `Idempotency-Key` of its own.
    RetryWithNewKey,
    /// A 412 is taken for success.
    SwallowedMismatch,
    /// A refused write stays at the front of the queue.
    RefusedBlocks,
    /// An add that was first tried longer ago than idempotency keys live is tried again.
    OldAddRepeated,
}

/// How often each thing may still happen that is not a step of the protocol.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Budget {
    /// Writes of others: people, older versions, imports straight into the table.
    pub writes: u8,
    /// Writes that clients queue.
    pub edits: u8,
    /// Those of them that the server refuses.
    pub refused: u8,
    /// Relays that are killed.
    pub kills: u8,
    /// Rows that expire.
    pub expiries: u8,
    /// Cursors that are older than 30 days.
    pub old_cursors: u8,
    /// Heads of private logs that expire.
    pub old_heads: u8,
    /// Records that the stream loses, because no relay took them for 24 hours.
    pub trims: u8,
    /// Times that the log's table is brought back as it was.
    pub restores: u8,
    /// Days, after which idempotency keys are forgotten.
    pub days: u8,
}

impl Budget {
    /// The numbers of it.
    pub fn numbers(&mut self) -> [&mut u8; 10] {
        [
            &mut self.writes,
            &mut self.edits,
            &mut self.refused,
            &mut self.kills,
            &mut self.expiries,
            &mut self.old_cursors,
            &mut self.old_heads,
            &mut self.trims,
            &mut self.restores,
            &mut self.days,
        ]
    }
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
    /// The most keys in a row.
    pub batch: usize,
    /// The most items in a page.
    pub page: usize,
    /// The number of clients.
    pub clients: usize,
    /// The most messages about a write that are under way at once. With 2, a request may arrive after its repetition.
    pub copies: usize,
    /// True if the clients have a whole snapshot from the start.
    pub synced: bool,
    /// What else may happen.
    pub budget: Budget,
}

/// Nothing happens to it; the sizes below say what is different.
const QUIET: Feed = Feed {
    bug: None,
    keys: 2,
    filled: 1,
    shards: 1,
    relays: 1,
    doubled: false,
    torn: false,
    batch: 2,
    page: 1,
    clients: 1,
    copies: 1,
    synced: true,
    budget: Budget {
        writes: 0,
        edits: 0,
        refused: 0,
        kills: 0,
        expiries: 0,
        old_cursors: 0,
        old_heads: 0,
        trims: 0,
        restores: 0,
        days: 0,
    },
};

impl Feed {
    /// Two relays contend for the head, one is killed, batches come twice, and a client follows the changes.
    #[must_use]
    pub fn relays() -> Self {
        Self {
            shards: 2,
            relays: 2,
            doubled: true,
            budget: Budget {
                writes: 2,
                kills: 1,
                ..QUIET.budget
            },
            ..QUIET
        }
    }

    /// A client takes its first snapshot while others write, and its cursor gets old.
    #[must_use]
    pub fn snapshot() -> Self {
        Self {
            filled: 2,
            synced: false,
            budget: Budget {
                writes: 2,
                old_cursors: 1,
                ..QUIET.budget
            },
            ..QUIET
        }
    }

    /// Rows, cursors and heads expire, and rows become visible late.
    #[must_use]
    pub fn expiry() -> Self {
        Self {
            torn: true,
            filled: 2,
            batch: 1,
            budget: Budget {
                writes: 2,
                expiries: 1,
                old_cursors: 1,
                old_heads: 1,
                ..QUIET.budget
            },
            ..QUIET
        }
    }

    /// The stream loses a record, and the log's table is restored; `feed reset` follows.
    #[must_use]
    pub fn operators() -> Self {
        Self {
            batch: 1,
            budget: Budget {
                writes: 2,
                trims: 1,
                restores: 1,
                ..QUIET.budget
            },
            ..QUIET
        }
    }

    /// A client writes an item that others write as well. Requests and answers are lost or late, and a day passes.
    #[must_use]
    pub fn push() -> Self {
        Self {
            keys: 1,
            copies: 2,
            budget: Budget {
                writes: 2,
                edits: 1,
                days: 1,
                ..QUIET.budget
            },
            ..QUIET
        }
    }

    /// A client queues two writes of an item that others write as well.
    #[must_use]
    pub fn queue() -> Self {
        Self {
            keys: 1,
            budget: Budget {
                writes: 1,
                edits: 2,
                ..QUIET.budget
            },
            ..QUIET
        }
    }

    /// A client queues two writes, one of which the server refuses.
    #[must_use]
    pub fn refusal() -> Self {
        Self {
            budget: Budget {
                edits: 2,
                refused: 1,
                ..QUIET.budget
            },
            ..QUIET
        }
    }

    /// A client pushes while it takes its first snapshot.
    #[must_use]
    pub fn push_in_snapshot() -> Self {
        Self {
            synced: false,
            budget: Budget {
                writes: 1,
                edits: 1,
                ..QUIET.budget
            },
            ..QUIET
        }
    }

    /// All of it at once, too large to be searched through.
    #[must_use]
    pub fn large() -> Self {
        Self {
            bug: None,
            keys: 4,
            filled: 2,
            shards: 3,
            relays: 3,
            doubled: true,
            torn: true,
            batch: 2,
            page: 2,
            clients: 3,
            copies: 2,
            synced: false,
            budget: Budget {
                writes: 30,
                edits: 20,
                refused: 2,
                kills: 10,
                expiries: 3,
                old_cursors: 4,
                old_heads: 1,
                trims: 1,
                restores: 1,
                days: 1,
            },
        }
    }

    /// The size that is searched through for a bug.
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
            | Bug::CursorBeforeItems => Self::relays(),
            Bug::HeadAfterSnapshot | Bug::StaleSnapshot => Self::snapshot(),
            Bug::NoGapCheck | Bug::SweepBeforeWhole => Self::expiry(),
            Bug::EpochNotChecked | Bug::BeyondHeadAccepted => Self::operators(),
            Bug::AnswerOverNewerItem
            | Bug::OlderPageOverAnswer
            | Bug::RetryWithNewKey
            | Bug::SwallowedMismatch
            | Bug::OldAddRepeated => Self::push(),
            Bug::AnswerIsSwept => Self::push_in_snapshot(),
            Bug::RefusedBlocks => Self::refusal(),
        };
        Self {
            bug: Some(bug),
            ..size
        }
    }

    /// The same with a bug.
    #[must_use]
    pub fn with(self, bug: Bug) -> Self {
        Self {
            bug: Some(bug),
            ..self
        }
    }

    /// True if this bug is planted.
    #[must_use]
    pub fn has(&self, bug: Bug) -> bool {
        self.bug == Some(bug)
    }

    /// True if rows are put by writers, with a number that they took before, and not by the relay.
    #[must_use]
    pub fn numbers_first(&self) -> bool {
        self.has(Bug::CursorIsUpdatedAt) || self.has(Bug::CounterBeforeTheWrite)
    }

    /// True if something is read with eventual consistency.
    #[must_use]
    pub fn reads_late(&self) -> bool {
        self.has(Bug::StaleItems) || self.has(Bug::StaleSnapshot)
    }
}
