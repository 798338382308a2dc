//! What must hold in every state.

use stateright::Property;

use crate::{
    client::Client,
    feed::{Budget, Feed},
    log::{Head, Place},
    push::Outcome,
    reader::{Cursor, Pull},
    step::Step,
    table::Record,
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
/// Each queued write is in the queue, or was applied, or its item was found as it was wanted, or the user was told.
pub const NONE_LOST: &str = "none lost";
/// For each item with queued writes there is a next step, whatever happened to writes of other items.
pub const NOTHING_BLOCKS: &str = "nothing blocks";
/// It can happen that all is quiet after everything from outside has happened. Without this, the others would say little.
pub const ENDS: &str = "ends";

/// All of them.
#[must_use]
pub fn all() -> Vec<Property<Feed>> {
    let always: [(_, fn(&Feed, &World) -> bool); 8] = [
        (CONVERGES, |_, world| !world.is_quiet() || world.all_equal()),
        (STAYS_DELETED, |_, world| {
            world
                .clients
                .iter()
                .all(|client| world.stays_deleted(client))
        }),
        (STAYS_SHOWN, |_, world| {
            world.clients.iter().all(|client| world.stays_shown(client))
        }),
        (SKIPS_NO_ROW, |_, world| {
            world
                .clients
                .iter()
                .all(|client| world.skips_no_row(client))
        }),
        (WITHIN_THE_LOG, |_, world| {
            world.clients.iter().all(is_within_the_log)
        }),
        (AT_MOST_ONCE, |_, world| {
            world.records.applied.values().all(|times| *times <= 1)
        }),
        (NONE_LOST, |_, world| {
            world
                .clients
                .iter()
                .all(|client| world.loses_no_write(client))
        }),
        (NOTHING_BLOCKS, |feed, world| world.nothing_blocks(feed)),
    ];
    let always = always
        .into_iter()
        .map(|(name, holds)| Property::always(name, holds));
    let ends = Property::sometimes(ENDS, |_, world: &World| {
        world.is_quiet() && world.left == Budget::default()
    });
    always.chain([ends]).collect()
}

impl World {
    /// True if nothing is under way, no relay and no client has anything to fetch, and the log is not known to be wrong.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        let idle = |client: &Client| {
            client.pull.is_none() && client.queue.is_empty() && self.has_all(client)
        };
        self.clients.iter().all(idle)
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

    fn all_equal(&self) -> bool {
        let items = self.table.items();
        self.clients.iter().all(|client| client.base == items)
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
        let applied = |id| self.records.applied.contains_key(id);
        client.queue.len() + client.outcomes.len() == usize::from(client.edits)
            && client
                .outcomes
                .iter()
                .all(|(id, outcome)| *outcome != Outcome::Done || applied(id))
    }

    fn nothing_blocks(&self, feed: &Feed) -> bool {
        if self.clients.iter().all(|client| client.queue.is_empty()) {
            return true;
        }
        let mut steps = Vec::new();
        self.steps(feed, &mut steps);
        let moved = steps.iter().filter_map(|step| match step {
            Step::Send(id) | Step::TimeOut(id) | Step::Compare(id) => Some(*id),
            Step::Deliver(index) => Some(self.messages[*index].id()),
            _ => None,
        });
        let moved: Vec<_> = moved.collect();
        self.clients.iter().all(|client| {
            let moving = client
                .queue
                .iter()
                .filter(|write| moved.contains(&write.request.id));
            let keys: Vec<_> = moving.map(|write| write.request.key).collect();
            client
                .queue
                .iter()
                .all(|write| keys.contains(&write.request.key))
        })
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
