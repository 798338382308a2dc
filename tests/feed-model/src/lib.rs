//! The feed of changes and the push of queued writes, as a model that a checker searches for faults.
//!
//! The model is the precise statement of the protocol. Read it in this order:
//!
//! 1. [`table`]: the table and its stream. Writers write as ever; the stream has the key of each write, whoever wrote.
//! 2. [`relay`] takes the stream into the [`log`], a row for each batch.
//! 3. [`reader`] answers requests for pages: a snapshot of the table, then the changes since the snapshot began.
//! 4. [`client`] fills its base with the pages, and [`push`] sends the writes that it queued.
//! 5. [`world`] and [`step`]: what can happen next, in any order; [`feed`]: how large the model is and what happens from outside.
//! 6. [`properties`]: what must hold in every state.
//!
//! # What is checked
//! `stateright` searches through all states of eight small sizes ([`Size`](feed::Size)), breadth first. The large size is walked
//! through at random ([`walk`]), a thousand times, with the seeds from 0. Both look for the same properties, and a walk also has to
//! come to rest. The tests plant each [`Bug`] and fail if it is not found.
//!
//! `cargo run -p feed-model` prints this table: the property that the search finds violated first, with the fewest steps to there,
//! and how many of the 1,000 walks see the bug. `cargo run -p feed-model -- --bug NAME` prints those steps, and with `--seed N` a
//! walk. A walk that fails in the tests prints its seed.
//!
//! | bug | the search finds | walks |
//! | --- | --- | --- |
//! | [`Bug::CursorIsUpdatedAt`] | converges, 9 steps | 586 |
//! | [`Bug::CounterBeforeTheWrite`] | converges, 9 steps | 363 |
//! | [`Bug::WritersKeepTheLog`] | converges, 7 steps | 237 |
//! | [`Bug::RelayAcknowledgesFirst`] | converges, 4 steps | 19 |
//! | [`Bug::RelayWithoutHeadCondition`] | skips no row, 11 steps | 85 |
//! | [`Bug::StaleItems`] | skips no row, 8 steps | 135 |
//! | [`Bug::ItemsBeforeHead`] | skips no row, 8 steps | 7 |
//! | [`Bug::UnprocessedIsDeleted`] | skips no row, 8 steps | 304 |
//! | [`Bug::NoGapCheck`] | skips no row, 9 steps | 604 |
//! | [`Bug::HeadAfterSnapshot`] | skips no row, 13 steps | 207 |
//! | [`Bug::StaleSnapshot`] | skips no row, 13 steps | 137 |
//! | [`Bug::EpochNotChecked`] | converges, 6 steps | 63 |
//! | [`Bug::BeyondHeadAccepted`] | within the log, 11 steps | 76 |
//! | [`Bug::CursorBeforeItems`] | skips no row, 8 steps | 559 |
//! | [`Bug::SweepBeforeWhole`] | stays shown, 9 steps | 706 |
//! | [`Bug::AnswerOverNewerItem`] | skips no row, 12 steps | 163 |
//! | [`Bug::OlderPageOverAnswer`] | stays deleted, 21 steps | 10 |
//! | [`Bug::AnswerIsSwept`] | stays shown, 17 steps | 7 |
//! | [`Bug::RetryWithNewKey`] | at most once, 15 steps | 104 |
//! | [`Bug::SwallowedConflict`] | none lost, 7 steps | 700 |
//! | [`Bug::RefusedBlocks`] | nothing blocks, 7 steps | 699 |
//! | [`Bug::OldAddRepeated`] | at most once, 16 steps | 15 |
//!
//! # What the client has to do besides
//! The checker asked for three rules of the client that are easily overlooked. Without the first a base stays wrong for good; without
//! the others, a write that was answered disappears from the screen until the next poll, or the one after.
//!
//! - **The answer to a write does not always go into the base.** An answer that was late, or was lost and is replayed, tells how the
//!   item was, and the feed may have brought a newer state or the deletion meanwhile, which it does not bring again. The answer goes
//!   into the base only if the client has had a cursor ever since the write was first sent, and the feed has not brought the item
//!   since ([`Write::overtaken`](push::Write::overtaken)). The write leaves the queue in any case.
//! - **A page may be older than an answer.** If a write was answered after a page was asked for, and the page has its item, the client
//!   drops the page and asks again.
//! - **A snapshot does not sweep what an answer brought** while it was under way.
//!
//! # What is left out
//! - Periods. There is no clock: any row, cursor or head may expire at any time, and the properties hold all the same.
//! - Reads of a page of the table that see writes between two items. The small sizes have one item a page, which comes to the same.
//! - The restore of the items' own table. Clients have seen writes that are lost then, and nothing can keep them.
//! - What clients see between the restore of the log and `feed reset`. A client that polls before the log has grown again is told
//!   ([`Bug::BeyondHeadAccepted`]); the others miss changes until the reset.
//! - What users do when they are told of a conflict or a refusal.

pub mod client;
pub mod feed;
pub mod log;
pub mod properties;
pub mod push;
pub mod reader;
pub mod relay;
pub mod search;
pub mod step;
pub mod table;
pub mod walk;
pub mod world;

use stateright::{Model, Property};

#[cfg(doc)]
use crate::feed::Bug;
use crate::{feed::Feed, step::Step, world::World};

impl Model for Feed {
    type State = World;
    type Action = Step;

    fn init_states(&self) -> Vec<World> {
        vec![World::new(self)]
    }

    fn actions(&self, world: &World, steps: &mut Vec<Step>) {
        world.steps(self, steps);
    }

    fn next_state(&self, world: &World, step: Step) -> Option<World> {
        let mut world = world.clone();
        world.take(self, &step);
        Some(world)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        properties::all()
    }
}
