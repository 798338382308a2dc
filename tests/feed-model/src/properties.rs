//! What must hold in every state.

use stateright::Property;

use crate::{
    client::Client,
    feed::{Budget, Feed},
    log::{Head, Place},
    push::{Message, Outcome, Request, Write},
    reader::{Cursor, Pull},
    step::Step,
    table::{Op, Record},
    world::World,
};

/// When all is quiet, each base equals the table.
pub const CONVERGES: &str = "converges";
/// An item whose deletion a client was shown does not come back.
pub const STAYS_DELETED: &str = "stays deleted";
/// A change that a client was shown is not taken back.
pub const STAYS_SHOWN: &str = "stays shown";
/// Each row before the cursor of a client is in its base.
pub const SKIPS_NO_ROW: &str = "skips no row";
/// No answer has a cursor beyond the head that was read for it.
pub const WITHIN_THE_LOG: &str = "within the log";
/// Each queued write is applied at most once.
pub const AT_MOST_ONCE: &str = "at most once";
/// Each queued write is in the queue, or was applied, or the item that it was to delete is deleted, or the user was told.
pub const NONE_LOST: &str = "none lost";
/// An update or a deletion names the state of the item that its user saw.
pub const NEVER_BLIND: &str = "never blind";
/// For each item with queued writes there is a next step, whatever happened to writes of other items.
pub const NOTHING_BLOCKS: &str = "nothing blocks";
/// It can happen that all is quiet after everything from outside has happened. Without this, the others would say little.
pub const ENDS: &str = "ends";

/// All of them.
#[must_use]
pub fn all() -> Vec<Property<Feed>> {
    vec![
        Property::always(CONVERGES, |_, world: &World| {
            !world.is_quiet() || world.each(|client| client.base == world.table.items())
        }),
        Property::always(STAYS_DELETED, |_, world: &World| {
            world.each(|client| world.stays_deleted(client))
        }),
        Property::always(STAYS_SHOWN, |_, world: &World| {
            world.each(|client| world.stays_shown(client))
        }),
        Property::always(SKIPS_NO_ROW, |_, world: &World| {
            world.each(|client| world.skips_no_row(client))
        }),
        Property::always(WITHIN_THE_LOG, |_, world: &World| {
            world.each(is_within_the_log)
        }),
        Property::always(AT_MOST_ONCE, |_, world: &World| {
            world.records.applied.values().all(|times| *times <= 1)
        }),
        Property::always(NONE_LOST, |_, world: &World| {
            world.each(|client| world.loses_no_write(client))
        }),
        Property::always(NEVER_BLIND, |_, world: &World| {
            world.messages.iter().all(names_its_state)
        }),
        Property::always(NOTHING_BLOCKS, |feed, world: &World| {
            world.nothing_blocks(feed)
        }),
        Property::sometimes(ENDS, |_, world: &World| {
            world.is_quiet() && world.left == Budget::default()
        }),
    ]
}

impl World {
    /// True if nothing is under way, no relay and no client has anything to fetch, and the log is not known to be wrong.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        let idle = |client: &Client| {
            client.pull.is_none() && client.queue.is_empty() && self.has_all(client)
        };
        self.each(idle)
            && self.table.shards.iter().all(Vec::is_empty)
            && (self.relays.is_empty() && self.messages.is_empty() && self.pending.is_empty())
            && !self.must_reset
    }

    /// True if a client has polled to the end.
    #[must_use]
    pub fn has_all(&self, client: &Client) -> bool {
        let end = |Head { epoch, last }| (epoch, Place(last, 0));
        client
            .place()
            .is_some_and(|place| self.log.head.map(end) == Some(place))
    }

    fn each(&self, holds: impl Fn(&Client) -> bool) -> bool {
        self.clients.iter().all(holds)
    }

    fn stays_deleted(&self, client: &Client) -> bool {
        let mut keys = client.base.iter().zip(&client.shown).zip(&self.table.cells);
        keys.all(|((item, shown), cell)| {
            *shown < cell.deleted || item.is_none_or(|tag| tag > cell.deleted)
        })
    }

    fn stays_shown(&self, client: &Client) -> bool {
        let mut keys = client.base.iter().zip(&client.shown).enumerate();
        keys.all(|(key, (item, shown))| self.table.knows(*item, Record(key, *shown)))
    }

    fn skips_no_row(&self, client: &Client) -> bool {
        let place = self.sound_place(client).into_iter();
        let mut before = place.flat_map(|(epoch, place)| self.log.before(epoch, place));
        before.all(|record| self.table.knows(client.base[record.0], record))
    }

    fn loses_no_write(&self, client: &Client) -> bool {
        let has_left_well = |(request, outcome): &(Request, Outcome)| {
            let applied = self.records.applied.contains_key(&request.id);
            let deleted = self.table.cells[request.key].deleted;
            match outcome {
                Outcome::Done => applied,
                Outcome::Found => applied || request.if_match.is_some_and(|tag| tag < deleted),
                Outcome::Told => true,
            }
        };
        client.queue.len() + client.outcomes.len() == usize::from(client.edits)
            && client.outcomes.iter().all(has_left_well)
    }

    fn nothing_blocks(&self, feed: &Feed) -> bool {
        if self.each(|client| client.queue.is_empty()) {
            return true;
        }
        let mut steps = Vec::new();
        self.steps(feed, &mut steps);
        let moves = |id| {
            steps.iter().any(|step| match step {
                Step::Send(of) | Step::TimeOut(of) | Step::Compare(of) => *of == id,
                Step::Deliver(index) => self.messages[*index].id() == id,
                _ => false,
            })
        };
        self.each(|client| {
            let (moving, waiting): (Vec<_>, Vec<_>) = client
                .queue
                .values()
                .partition(|write| moves(write.request.id));
            let key = |write: &Write| write.request.key;
            waiting
                .iter()
                .all(|write| moving.iter().any(|moving| key(moving) == key(write)))
        })
    }
}

fn names_its_state(message: &Message) -> bool {
    match message {
        Message::Request(request) => request.op == Op::Add || request.if_match.is_some(),
        Message::Reply(..) => true,
    }
}

fn is_within_the_log(client: &Client) -> bool {
    let Some(Pull::Page(page)) = &client.pull else {
        return true;
    };
    match (page.next, page.last) {
        (Cursor::Changes(_, place), Some(last)) => place <= Place(last, 0),
        _ => true,
    }
}
