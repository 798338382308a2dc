//! What must hold in every state.

use stateright::Property;

use crate::{
    client::Client,
    feed::Feed,
    log::Position,
    push::Outcome,
    reader::{Answer, Cursor, Phase, Pull},
    world::{Action, World},
};

/// When all is quiet, each base equals the table.
pub const CONVERGES: &str = "converges";
/// An item whose deletion a client was shown does not come back.
pub const STAYS_DELETED: &str = "stays deleted";
/// A change that a client was shown, by the feed or by the answer to its write, is not taken back.
pub const STAYS_SHOWN: &str = "stays shown";
/// Each row behind the cursor of a client is in its base.
pub const SKIPS_NO_ROW: &str = "skips no row";
/// No cursor that is given out lies beyond the head that was read.
pub const WITHIN_THE_LOG: &str = "within the log";
/// Each queued write is applied at most once.
pub const AT_MOST_ONCE: &str = "at most once";
/// No queued write gets lost: it is in the queue, or it was applied, or the item is as it was wanted, or the user was told.
pub const NONE_LOST: &str = "none lost";
/// For each item with queued writes there is a next step.
pub const NOTHING_BLOCKS: &str = "nothing blocks";
/// Of a check that searches through a whole size: all can happen that may happen, and it ends quietly.
pub const ENDS: &str = "ends";

/// All of them.
#[must_use]
pub fn all() -> Vec<Property<Feed>> {
    vec![
        Property::always(CONVERGES, |feed, world: &World| !world.is_quiet(feed) || world.all_equal()),
        Property::always(STAYS_DELETED, |_, world: &World| world.stays(true)),
        Property::always(STAYS_SHOWN, |_, world: &World| world.stays(false)),
        Property::always(SKIPS_NO_ROW, |_, world: &World| world.skips_no_row()),
        Property::always(WITHIN_THE_LOG, |_, world: &World| world.clients.iter().all(is_within_the_log)),
        Property::always(AT_MOST_ONCE, |_, world: &World| world.records.applied.values().all(|times| *times <= 1)),
        Property::always(NONE_LOST, |_, world: &World| world.loses_no_write()),
        Property::always(NOTHING_BLOCKS, |feed, world: &World| world.nothing_blocks(feed)),
        Property::sometimes(ENDS, |feed, world: &World| world.is_quiet(feed) && world.left == crate::feed::Budget::default()),
    ]
}

impl World {
    /// True if nothing is under way, the stream is read, and every client has polled to the end.
    #[must_use]
    pub fn is_quiet(&self, feed: &Feed) -> bool {
        let idle = |client: &Client| {
            client.pull.is_none() && client.queue.is_empty() && self.has_all(client)
        };
        !self.must_reset
            && self.table.shards.iter().all(Vec::is_empty)
            && (self.relays.is_empty() && self.net.is_empty() && self.pending.is_empty())
            && (!feed.reads_late() || self.replica == self.table.items())
            && self.clients.iter().all(idle)
    }

    /// True if a client has polled to the end.
    #[must_use]
    pub fn has_all(&self, client: &Client) -> bool {
        let end = self.log.head.map(|head| Cursor {
            epoch: head.epoch,
            phase: Phase::Changes(Position::behind(head.last)),
        });
        client.seen.is_none() && client.cursor == end && end.is_some()
    }

    fn all_equal(&self) -> bool {
        let items = self.table.items();
        self.clients.iter().all(|client| client.base == items)
    }

    /// True if no client goes back behind what it was shown: behind a deletion, or behind another change.
    fn stays(&self, behind_deletion: bool) -> bool {
        let mut clients = self.clients.iter();
        clients.all(|client| {
            let mut shown = client.base.iter().zip(&client.shown).enumerate();
            shown.all(|(key, (item, shown))| {
                let deleted = self.table.cells[key].deleted;
                let is_back = item.is_some_and(|tag| tag < deleted && deleted <= *shown);
                is_back != behind_deletion || self.table.knows(key, *item, *shown)
            })
        })
    }

    fn skips_no_row(&self) -> bool {
        let mut clients = self.clients.iter();
        clients.all(|client| match (client.cursor, &client.seen) {
            (Some(Cursor { epoch, phase: Phase::Changes(place) }), None) if self.is_sound(epoch) => {
                let mut records = self.log.before(epoch, place);
                records.all(|record| self.table.knows(record.key, client.base[record.key], record.stamp))
            }
            _ => true,
        })
    }

    fn loses_no_write(&self) -> bool {
        let mut clients = self.clients.iter();
        clients.all(|client| {
            let mut outcomes = client.outcomes.iter();
            outcomes.all(|(id, outcome)| *outcome != Outcome::Done || self.records.applied.contains_key(id))
                && client.queue.len() + client.outcomes.len() == usize::from(client.edits)
        })
    }

    fn nothing_blocks(&self, feed: &Feed) -> bool {
        if self.clients.iter().all(|client| client.queue.is_empty()) {
            return true;
        }
        let mut actions = Vec::new();
        self.actions(feed, &mut actions);
        let mut moving = Vec::new();
        for action in actions {
            match action {
                Action::Send(id) | Action::TimeOut(id) | Action::Compare(id) => moving.push(id),
                Action::Deliver(index) => moving.push(self.net[index].id()),
                _ => {}
            }
        }
        let mut clients = self.clients.iter();
        clients.all(|client| {
            let moves = |key| {
                let mut queue = client.queue.iter().filter(|write| write.request.key == key);
                queue.any(|write| moving.contains(&write.request.id))
            };
            client.queue.iter().all(|write| moves(write.request.key))
        })
    }
}

fn is_within_the_log(client: &Client) -> bool {
    match &client.pull {
        Some(Pull::Answered(Answer::Page { next, last: Some(last), .. })) => {
            let Phase::Changes(place) = next.phase else {
                return false;
            };
            place <= Position::behind(*last)
        }
        _ => true,
    }
}
