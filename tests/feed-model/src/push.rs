//! The push: the writes that a client queued, and how the server answers them.

use std::collections::BTreeMap;

use crate::{
    client::Client,
    feed::{Bug, Feed},
    table::{Cell, Key, Op, Stamp, Table, WriteId},
};

/// A write as it is sent.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Request {
    /// The write, which tells its content from any other.
    pub id: WriteId,
    /// The `Idempotency-Key`, together with the write. It is the same for every try.
    pub attempt: u8,
    /// The item.
    pub key: Key,
    /// What it does.
    pub op: Op,
    /// `If-Match`.
    pub if_match: Option<Stamp>,
    /// False if the server refuses it with another 4xx.
    pub valid: bool,
}

/// The answer to a write. 409 in flight, 429, 503 and no answer at all are one: the message is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reply {
    /// 2xx, replayed or not, with the `ETag`. Of a deletion it is the moment, which only properties read.
    Done(Stamp),
    /// 412, 404, or 409 because the item exists.
    Conflict,
    /// Any other 4xx.
    Refused,
}

/// What is under way between clients and server.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Message {
    /// To the server.
    Request(Request),
    /// To the client.
    Reply(WriteId, Reply),
}

impl Message {
    /// The write that it is about.
    #[must_use]
    pub fn id(&self) -> WriteId {
        match self {
            Self::Request(request) => request.id,
            Self::Reply(id, _) => *id,
        }
    }
}

/// What the server keeps of writes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Records {
    /// The answer to the first write under an `Idempotency-Key`: that it was done, or refused because of what is stored.
    pub replies: BTreeMap<(WriteId, u8), Reply>,
    /// How often each write was applied. Only properties read it.
    pub applied: BTreeMap<WriteId, u8>,
}

impl Request {
    /// What the server refuses the request with, if it does.
    #[must_use]
    pub fn failure(&self, cell: &Cell) -> Option<Reply> {
        let conflict = match self.op {
            Op::Add => cell.item.is_some(),
            Op::Update | Op::Delete => {
                cell.item.is_none() || self.if_match.is_some_and(|tag| cell.item != Some(tag))
            }
        };
        match (self.valid, conflict) {
            (false, _) => Some(Reply::Refused),
            (true, true) => Some(Reply::Conflict),
            (true, false) => None,
        }
    }
}

/// Where a queued write is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// It waits to be sent.
    Waiting,
    /// It is sent, and the client waits for the answer.
    Sent,
    /// It conflicts, and the client is about to read the item.
    Doubtful,
    /// It was refused and is still in the queue, which is a bug.
    Stuck,
}

/// A queued write. Its request is frozen once it was tried.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Write {
    /// The request.
    pub request: Request,
    /// Where it is.
    pub stage: Stage,
    /// True if it was sent before.
    pub tried: bool,
    /// True if it was first sent longer ago than idempotency keys live.
    pub old: bool,
    /// True if, since it was first sent, the feed brought its item or the client had no cursor.
    pub overtaken: bool,
}

impl Write {
    fn new(request: Request) -> Self {
        Self {
            request,
            stage: Stage::Waiting,
            tried: false,
            old: false,
            overtaken: false,
        }
    }
}

/// How a write left the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It was answered with 2xx.
    Done,
    /// It conflicts, but the item is as it was wanted.
    Found,
    /// The user was told that it was refused, or that it conflicts.
    Told,
}

/// The client's half of the push.
impl Client {
    /// The user writes. The write has the entity tag of the base, unless another of the item is before it in the queue.
    pub fn edit(&mut self, client: usize, key: Key, op: Op, valid: bool) {
        let id = (client, self.edits);
        let alone = self.first_of(key).is_none();
        let request = Request {
            id,
            attempt: 0,
            key,
            op,
            if_match: self.base[key].filter(|_| alone && op != Op::Add),
            valid,
        };
        self.edits += 1;
        self.queue.insert(id, Write::new(request));
    }

    /// True if the screen shows an item.
    #[must_use]
    pub fn shows(&self, key: Key) -> bool {
        let last = self.queue.values().rfind(|write| write.request.key == key);
        last.map_or(self.base[key].is_some(), |write| {
            write.request.op != Op::Delete
        })
    }

    /// The first write of an item in the queue.
    fn first_of(&self, key: Key) -> Option<WriteId> {
        let mut writes = self.queue.iter();
        writes.find_map(|(id, write)| (write.request.key == key).then_some(*id))
    }

    /// True if a write may be sent: it waits, and no other of its item is before it.
    #[must_use]
    pub fn may_send(&self, write: &Write) -> bool {
        let Request { id, key, .. } = write.request;
        let mut before = self.queue.range(..id);
        write.stage == Stage::Waiting
            && self.first_of(key) == Some(id)
            && before.all(|(_, other)| other.stage != Stage::Stuck)
    }

    /// Sends a write. An add that was first tried longer ago than idempotency keys live is not repeated: the client reads the item.
    pub fn send(&mut self, feed: &Feed, id: WriteId) -> Option<Request> {
        let write = self.queue.get_mut(&id)?;
        if write.old && write.request.op == Op::Add && !feed.has(Bug::OldAddRepeated) {
            write.stage = Stage::Doubtful;
            return None;
        }
        write.request.attempt += u8::from(write.tried && feed.has(Bug::RetryWithNewKey));
        write.overtaken |= self.cursor.is_none();
        (write.stage, write.tried) = (Stage::Sent, true);
        Some(write.request.clone())
    }

    /// Goes on to another stage with a write.
    pub fn stage(&mut self, id: WriteId, stage: Stage) {
        if let Some(write) = self.queue.get_mut(&id) {
            write.stage = stage;
        }
    }

    /// Takes the answer to a write.
    pub fn replied(&mut self, feed: &Feed, id: WriteId, reply: Reply) {
        match reply {
            Reply::Done(stamp) => self.done(feed, id, stamp),
            Reply::Conflict if feed.has(Bug::SwallowedConflict) => {
                self.leave(id, Outcome::Done, None);
            }
            Reply::Conflict => self.stage(id, Stage::Doubtful),
            Reply::Refused if feed.has(Bug::RefusedBlocks) => self.stage(id, Stage::Stuck),
            Reply::Refused => self.refused(id),
        }
    }

    /// A 2xx goes into the base only if the client has had a cursor ever since the write was first sent, and the feed has not
    /// brought the item since. Otherwise the base has the write already, or something newer, or the feed will bring it. An item
    /// that goes into the base is not swept by a snapshot that was under way before.
    fn done(&mut self, feed: &Feed, id: WriteId, stamp: Stamp) {
        let Write {
            request, overtaken, ..
        } = &self.queue[&id];
        let (key, item) = (request.key, (request.op != Op::Delete).then_some(stamp));
        if !overtaken || feed.has(Bug::AnswerOverNewerItem) {
            self.base[key] = item;
            self.shown[key] = self.shown[key].max(stamp);
            self.answered.insert(key);
            if !feed.has(Bug::AnswerIsSwept) {
                self.see(key);
            }
        }
        self.leave(id, Outcome::Done, item);
    }

    /// A refused write goes onto a list that the user sees. The next one of the item takes over its entity tag. If there is none,
    /// because an add was refused, there is nothing to update or delete: it is refused as well.
    fn refused(&mut self, id: WriteId) {
        let Request { key, if_match, .. } = self.queue[&id].request;
        self.leave(id, Outcome::Told, if_match);
        let next = self.first_of(key).filter(|_| if_match.is_none());
        if let Some(next) = next.filter(|next| self.queue[next].request.op != Op::Add) {
            self.refused(next);
        }
    }

    /// The client has read the item of a write that conflicts. If it is as it was wanted, the write is done; otherwise the user is
    /// told, and decides about the later writes of the item as well. What was read does not go into the base: it may be older.
    pub fn compare(&mut self, id: WriteId, table: &Table) {
        let Request { key, op, .. } = self.queue[&id].request;
        let cell = &table.cells[key];
        let wanted = match op {
            Op::Add | Op::Update => cell.content == Some(id),
            Op::Delete => cell.item.is_none(),
        };
        if wanted {
            return self.leave(id, Outcome::Found, cell.item);
        }
        while let Some(next) = self.first_of(key) {
            self.leave(next, Outcome::Told, None);
        }
    }

    /// Takes a write out of the queue. The next one of its item gets the entity tag.
    fn leave(&mut self, id: WriteId, outcome: Outcome, tag: Option<Stamp>) {
        let Some(Write { request, .. }) = self.queue.remove(&id) else {
            return;
        };
        let next = self.first_of(request.key);
        self.outcomes.push((request, outcome));
        let next = next.and_then(|next| self.queue.get_mut(&next));
        if let Some(Write { request, .. }) = next {
            request.if_match = tag.filter(|_| request.op != Op::Add);
        }
    }
}
