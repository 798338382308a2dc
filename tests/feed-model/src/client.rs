//! The client: a base that the feed fills, and a queue of its own writes. The screen shows both.

use std::collections::BTreeSet;

use crate::{
    feed::{Bug, Feed},
    push::{Outcome, Write},
    reader::{Answer, Cursor, Pull, more},
    table::{Key, Stamp, WriteId},
};

/// A client. All of it is stored, but `pull` and `answered`; what one method changes is stored in one transaction.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Client {
    /// The entity tags of the items that it has, by key.
    pub base: Vec<Option<Stamp>>,
    /// The cursor; `None` before a snapshot.
    pub cursor: Option<Cursor>,
    /// The keys that the snapshot under way has shown; `None` if there is none under way.
    pub seen: Option<BTreeSet<Key>>,
    /// The request for a page that is under way. It never waits for the queue.
    pub pull: Option<Pull>,
    /// The items that came with answers of writes since the page was asked for.
    pub answered: BTreeSet<Key>,
    /// The queue, oldest first.
    pub queue: Vec<Write>,
    /// The number of writes that were ever queued.
    pub edits: u8,
    /// How writes left the queue. Only properties read it.
    pub outcomes: Vec<(WriteId, Outcome)>,
    /// The newest write of each key that the client was shown, behind its cursor or with an answer. Only properties read it.
    pub shown: Vec<Stamp>,
}

impl Client {
    /// A client that knows nothing.
    #[must_use]
    pub fn new(keys: usize) -> Self {
        Self {
            base: vec![None; keys],
            cursor: None,
            seen: None,
            pull: None,
            answered: BTreeSet::new(),
            queue: Vec::new(),
            edits: 0,
            outcomes: Vec::new(),
            shown: vec![0; keys],
        }
    }

    /// Asks for a page. Without a cursor a snapshot begins.
    pub fn ask(&mut self) {
        if self.cursor.is_none() {
            self.seen = Some(BTreeSet::new());
        }
        self.answered.clear();
        self.pull = Some(Pull::Asked);
    }

    /// Takes an answer of the feed. It does nothing unless there is one.
    pub fn receive(&mut self, feed: &Feed) {
        match self.pull.take() {
            Some(Pull::Answered(Answer::Expired)) => {
                (self.cursor, self.seen) = (None, None);
                self.overtake(|_| true);
            }
            Some(Pull::Answered(Answer::Page { items, next, last })) => {
                self.receive_page(feed, &items, next, more(next, last));
            }
            other => self.pull = other,
        }
    }

    /// Takes a page, unless an answer of a write brought one of its items meanwhile. Which of the two is newer nobody can tell, so
    /// the client asks again.
    fn receive_page(
        &mut self,
        feed: &Feed,
        items: &[(Key, Option<Stamp>)],
        next: Cursor,
        more: bool,
    ) {
        let mut keys = items.iter().map(|(key, _)| key);
        if keys.any(|key| self.answered.contains(key)) && !feed.has(Bug::OlderPageOverAnswer) {
            return;
        }
        for (key, item) in items {
            self.base[*key] = *item;
            self.overtake(|other| other == *key);
            if let Some(seen) = &mut self.seen {
                seen.insert(*key);
            }
        }
        self.cursor = Some(next);
        if !more || feed.has(Bug::SweepBeforeWhole) {
            self.sweep();
        }
        if !more {
            self.seen = None;
        }
    }

    /// Removes what the snapshot under way did not show.
    fn sweep(&mut self) {
        if let Some(seen) = &self.seen {
            for (key, item) in self.base.iter_mut().enumerate() {
                *item = item.filter(|_| seen.contains(&key));
            }
        }
    }

    /// Notes that the feed overtook the writes that were sent.
    fn overtake(&mut self, of: impl Fn(Key) -> bool) {
        for write in &mut self.queue {
            write.overtaken |= write.tried && of(write.request.key);
        }
    }
}
