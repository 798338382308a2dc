//! The steps, and which of them are possible.

use crate::{
    client::Client,
    feed::{Bug, Event, Feed},
    log::{Epoch, Seq},
    push::Stage,
    reader::Pull,
    relay::Progress,
    table::{Key, Op, WriteId},
    world::World,
};

/// A step. Numbers are those of clients, relays, shards or messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Another writer writes; false: one that knows nothing of the log, which matters only to a bug.
    Write(Key, Op, bool),
    /// Only of bugs: a writer takes the number of its row.
    Begin(Seq, Key, Op),
    /// Only of bugs: its write becomes visible.
    Finish(usize),
    /// Only of bugs: eventual consistency reaches a key.
    Replicate(Key),
    /// A relay takes a batch of a shard.
    RelayStart(usize),
    /// A relay does its next write, or acknowledges its batch.
    Relay(usize),
    /// A relay is killed, so that its batch is delivered again.
    RelayKilled(usize),
    /// A row expires.
    RowExpires(Epoch, Seq),
    /// The head of a private log expires.
    HeadExpires,
    /// The stream loses the oldest record of a shard.
    Trim(usize),
    /// The log's table is brought back as it was.
    Restore,
    /// `feed reset`.
    Reset,
    /// A client asks for a page.
    Ask(usize),
    /// The server does its next read for a client; true: the batch leaves a key unprocessed.
    Read(usize, bool),
    /// The cursor of a client is older than 30 days.
    CursorExpires(usize),
    /// A client receives the answer of the feed.
    Receive(usize),
    /// The answer of the feed is lost, or the client is stopped before it has stored it.
    LosePage(usize),
    /// The user of a client writes; false: what the server refuses.
    Edit(usize, Key, Op, bool),
    /// A client sends a write.
    Send(WriteId),
    /// A client waits no longer for an answer.
    TimeOut(WriteId),
    /// A client reads the item of a write that conflicts.
    Compare(WriteId),
    /// A message arrives.
    Deliver(usize),
    /// A message is lost.
    Lose(usize),
    /// A day passes.
    Day,
}

impl Step {
    /// What it is from outside; `None` of a step that the protocol takes itself, and of lost messages.
    #[must_use]
    pub fn event(&self) -> Option<Event> {
        match self {
            Self::Write(..) | Self::Begin(..) => Some(Event::Write),
            Self::Edit(.., true) => Some(Event::Edit),
            Self::Edit(.., false) => Some(Event::BadEdit),
            Self::RelayKilled(_) => Some(Event::Kill),
            Self::RowExpires(..) => Some(Event::RowExpires),
            Self::CursorExpires(_) => Some(Event::CursorExpires),
            Self::HeadExpires => Some(Event::HeadExpires),
            Self::Trim(_) => Some(Event::Trim),
            Self::Restore => Some(Event::Restore),
            Self::Day => Some(Event::Day),
            _ => None,
        }
    }
}

impl World {
    /// Adds the steps that are possible.
    pub fn steps(&self, feed: &Feed, steps: &mut Vec<Step>) {
        self.steps_of_writers(feed, steps);
        self.steps_of_relays(feed, steps);
        self.steps_of_time(steps);
        for (index, client) in self.clients.iter().enumerate() {
            steps_of_pull(index, client, steps);
            self.steps_of_push(feed, index, client, steps);
        }
        for index in 0..self.messages.len() {
            steps.extend([Step::Deliver(index), Step::Lose(index)]);
        }
        steps.retain(|step| {
            step.event()
                .is_none_or(|event| self.left[event as usize] > 0)
        });
    }

    fn steps_of_writers(&self, feed: &Feed, steps: &mut Vec<Step>) {
        for (key, cell) in self.table.cells.iter().enumerate() {
            for op in Op::possible(cell.item.is_some()) {
                if feed.numbers_first() {
                    steps.push(Step::Begin(self.number + 1, key, *op));
                } else {
                    steps.push(Step::Write(key, *op, true));
                }
                // A write that begins at the time of another.
                if feed.has(Bug::CursorIsUpdatedAt) && self.number > 0 {
                    steps.push(Step::Begin(self.number, key, *op));
                }
                if feed.has(Bug::WritersKeepTheLog) {
                    steps.push(Step::Write(key, *op, false));
                }
            }
            if self.replica[key] != cell.item
                && (feed.has(Bug::StaleItems) || feed.has(Bug::StaleSnapshot))
            {
                steps.push(Step::Replicate(key));
            }
        }
        steps.extend((0..self.pending.len()).map(Step::Finish));
    }

    fn steps_of_relays(&self, feed: &Feed, steps: &mut Vec<Step>) {
        for (shard, waiting) in self.table.shards.iter().enumerate() {
            let free = feed.doubled || self.relays.iter().all(|relay| relay.shard != shard);
            if !waiting.is_empty() && self.relays.len() < feed.relays && free {
                steps.push(Step::RelayStart(shard));
            }
        }
        for (index, relay) in self.relays.iter().enumerate() {
            steps.push(Step::Relay(index));
            if !matches!(relay.progress, Progress::HeadWritten(_)) {
                steps.push(Step::RelayKilled(index));
            }
        }
    }

    fn steps_of_time(&self, steps: &mut Vec<Step>) {
        if let Some(head) = self.log.head {
            let rows = self
                .log
                .rows
                .range((head.epoch, 0)..=(head.epoch, head.last));
            steps.extend(rows.map(|((epoch, seq), _)| Step::RowExpires(*epoch, *seq)));
            steps.push(Step::HeadExpires);
            if self.log.rows.contains_key(&(head.epoch, head.last)) {
                steps.push(Step::Restore);
            }
        }
        for (shard, waiting) in self.table.shards.iter().enumerate() {
            if !waiting.is_empty() {
                steps.push(Step::Trim(shard));
            }
        }
        if self.must_reset {
            steps.push(Step::Reset);
        }
        if self.messages.is_empty() {
            steps.push(Step::Day);
        }
    }

    fn steps_of_push(&self, feed: &Feed, index: usize, client: &Client, steps: &mut Vec<Step>) {
        for key in 0..feed.keys {
            for op in Op::possible(client.shows(key)) {
                steps.extend([true, false].map(|valid| Step::Edit(index, key, *op, valid)));
            }
        }
        for (id, write) in &client.queue {
            let under_way = self
                .messages
                .iter()
                .filter(|message| message.id() == *id)
                .count();
            match write.stage {
                Stage::Sent => steps.push(Step::TimeOut(*id)),
                Stage::Doubtful => steps.push(Step::Compare(*id)),
                _ if client.may_send(write) && under_way < feed.copies => {
                    steps.push(Step::Send(*id));
                }
                _ => {}
            }
        }
    }
}

fn steps_of_pull(index: usize, client: &Client, steps: &mut Vec<Step>) {
    match &client.pull {
        None => steps.push(Step::Ask(index)),
        Some(Pull::Expired | Pull::Page(_)) => {
            steps.extend([Step::Receive(index), Step::LosePage(index)]);
        }
        Some(Pull::Asked) if client.cursor.is_some() => {
            steps.extend([Step::Read(index, false), Step::CursorExpires(index)]);
        }
        Some(Pull::RowsRead(_, keys, _)) if !keys.is_empty() => {
            steps.extend([Step::Read(index, false), Step::Read(index, true)]);
        }
        Some(_) => steps.push(Step::Read(index, false)),
    }
}
