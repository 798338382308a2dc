//! The push: writes that a client queued, and how the server answers them.

use std::collections::BTreeMap;

use crate::{
    client::Client,
    feed::{Bug, Feed},
    table::{Cell, Key, Stamp, WriteId},
};

/// What a write does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Op {
    /// Adds an item; never overwrites.
    Add,
    /// Replaces an item.
    Update,
    /// Deletes an item.
    Delete,
}

/// A write as it is sent.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Request {
    /// The write, whose content it brings.
    pub id: WriteId,
    /// With the write, the `Idempotency-Key`. It is the same for every try.
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

/// An answer to a write. 409 in flight, 429, 503 and no answer at all are one: the message is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reply {
    /// 2xx, replayed or not; with the `ETag`, or the moment of the deletion.
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
    /// The first successful answer to each `Idempotency-Key`. A write that failed leaves no record.
    pub replies: BTreeMap<(WriteId, u8), Reply>,
    /// How often each write was applied. Only properties read it.
    pub applied: BTreeMap<WriteId, u8>,
}

impl Request {
    /// What is wrong with the request, if anything.
    #[must_use]
    pub fn failure(&self, cell: &Cell) -> Option<Reply> {
        let other = |tag| cell.item != Some(tag);
        let conflict = match self.op {
            Op::Add => cell.item.is_some(),
            Op::Update | Op::Delete => cell.item.is_none() || self.if_match.is_some_and(other),
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
    /// The server found the item in another state: the client will read it.
    Doubtful,
    /// It was refused and is still in the queue, which is a bug.
    Stuck,
}

/// A queued write. Once it was tried, the request is frozen.
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
    /// True if, since it was first sent, the feed brought the item or the client had no cursor.
    pub overtaken: bool,
}

/// How a write left the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It was answered with 2xx.
    Done,
    /// It conflicted, but the item is as it was wanted.
    Found,
    /// The user was told: it was refused, or it conflicts.
    Told,
}

/// The client's side.
impl Client {
    /// True if the screen, which is base and queue, shows an item.
    #[must_use]
    pub fn shows(&self, key: Key) -> bool {
        let of_key = |write: &&Write| write.request.key == key;
        let last = self.queue.iter().rfind(of_key);
        let base = self.base[key].is_some();
        last.map_or(base, |write| write.request.op != Op::Delete)
    }

    /// The user writes: the write is queued. It has the entity tag of the base, unless another of the item waits before it.
    pub fn edit(&mut self, client: usize, key: Key, op: Op, valid: bool) {
        let id = (client, self.edits);
        self.edits += 1;
        let first = self.queue.iter().all(|write| write.request.key != key);
        let request = Request {
            id,
            attempt: 0,
            key,
            op,
            if_match: self.base[key].filter(|_| first && op != Op::Add),
            valid,
        };
        self.queue.push(Write {
            request,
            stage: Stage::Waiting,
            tried: false,
            old: false,
            overtaken: false,
        });
    }

    /// The place of a write in the queue.
    #[must_use]
    pub fn place(&self, id: WriteId) -> Option<usize> {
        let mut queue = self.queue.iter();
        queue.position(|write| write.request.id == id)
    }

    /// True if a write may be sent: it waits, and no other of the item is before it.
    #[must_use]
    pub fn may_send(&self, place: usize) -> bool {
        let write = &self.queue[place];
        let mut before = self.queue[..place].iter();
        write.stage == Stage::Waiting
            && before.all(|other| {
                other.request.key != write.request.key && other.stage != Stage::Stuck
            })
    }

    /// Sends a write. An add that was first tried longer ago than idempotency keys live is not repeated: the client looks first.
    pub fn send(&mut self, feed: &Feed, place: usize) -> Option<Request> {
        let write = &mut self.queue[place];
        if write.old && write.request.op == Op::Add && !feed.has(Bug::OldAddRepeated) {
            write.stage = Stage::Doubtful;
            return None;
        }
        if write.tried && feed.has(Bug::RetryWithNewKey) {
            write.request.attempt += 1;
        }
        write.overtaken |= self.cursor.is_none();
        (write.stage, write.tried) = (Stage::Sent, true);
        Some(write.request.clone())
    }

    /// Takes the answer to a write.
    pub fn replied(&mut self, feed: &Feed, place: usize, reply: Reply) {
        match reply {
            Reply::Done(stamp) => self.done(feed, place, stamp),
            Reply::Conflict if feed.has(Bug::SwallowedMismatch) => {
                self.leave(place, Outcome::Done, None);
            }
            Reply::Conflict => self.queue[place].stage = Stage::Doubtful,
            Reply::Refused if feed.has(Bug::RefusedBlocks) => {
                self.queue[place].stage = Stage::Stuck;
            }
            Reply::Refused => self.refused(place),
        }
    }

    /// A 2xx goes into the base only if the client has had a cursor ever since the write was first sent, and the feed has not
    /// brought the item. Otherwise the base has the write already, or something newer, or the feed will bring it.
    fn done(&mut self, feed: &Feed, place: usize, stamp: Stamp) {
        let write = &self.queue[place];
        let (key, op, overtaken) = (write.request.key, write.request.op, write.overtaken);
        let item = (op != Op::Delete).then_some(stamp);
        if !overtaken || feed.has(Bug::AnswerOverNewerItem) {
            self.base[key] = item;
            self.shown[key] = self.shown[key].max(stamp);
            if self.pull.is_some() {
                self.answered.insert(key);
            }
            if let Some(seen) = &mut self.seen
                && !feed.has(Bug::AnswerIsSwept)
            {
                seen.insert(key);
            }
        }
        self.leave(place, Outcome::Done, item);
    }

    /// A refused write goes onto the list that the user sees. The next of the item takes over what it was built on; if that is
    /// nothing, because an add was refused, it is refused as well.
    fn refused(&mut self, place: usize) {
        let Request { key, if_match, .. } = self.queue[place].request;
        self.leave(place, Outcome::Told, if_match);
        if let Some(next) = self.next_of(key)
            && self.queue[next].request.op != Op::Add
            && if_match.is_none()
        {
            self.refused(next);
        }
    }

    /// The client read the item of a doubtful write: if it is as it was wanted, the write is done; otherwise the user sees the
    /// conflict, with what else was to be written to the item. What was read does not go into the base, for it may be older.
    pub fn compare(&mut self, place: usize, cell: &Cell) {
        let Request { id, key, op, .. } = self.queue[place].request;
        let wanted = match op {
            Op::Add | Op::Update => cell.content == Some(id),
            Op::Delete => cell.item.is_none(),
        };
        if wanted {
            self.leave(place, Outcome::Found, cell.item);
        } else {
            while let Some(next) = self.next_of(key) {
                self.leave(next, Outcome::Told, None);
            }
        }
    }

    /// Takes a write out of the queue. The next one of the item gets the entity tag.
    fn leave(&mut self, place: usize, outcome: Outcome, tag: Option<Stamp>) {
        let write = self.queue.remove(place);
        self.outcomes.push((write.request.id, outcome));
        if let Some(next) = self.next_of(write.request.key) {
            let request = &mut self.queue[next].request;
            request.if_match = tag.filter(|_| request.op != Op::Add);
        }
    }

    /// The first write of an item in the queue.
    fn next_of(&self, key: Key) -> Option<usize> {
        let mut queue = self.queue.iter();
        queue.position(|write| write.request.key == key)
    }
}
