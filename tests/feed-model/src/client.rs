//! The client's half of the feed. The client has a base, which the feed fills, and a queue of its own writes; the screen shows both.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    feed::{Bug, Feed},
    log::{Epoch, Place},
    push::{Outcome, Request, Write},
    reader::{Cursor, Page, Pull},
    table::{Key, Stamp, WriteId},
};

/// A client. All but `pull` and `answered` is stored; what one method changes is stored in one transaction.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Client {
    /// The entity tags of the items that it has, by key.
    pub base: Vec<Option<Stamp>>,
    /// The cursor; `None` before a snapshot.
    pub cursor: Option<Cursor>,
    /// The keys that the snapshot under way has shown; `None` if none is under way.
    pub seen: Option<BTreeSet<Key>>,
    /// The request for a page that is under way. It never waits for the queue.
    pub pull: Option<Pull>,
    /// The keys whose items came with answers to writes since the page was asked for.
    pub answered: BTreeSet<Key>,
    /// The queue, oldest first.
    pub queue: BTreeMap<WriteId, Write>,
    /// How many writes were ever queued.
    pub edits: u8,
    /// How writes left the queue. Only properties read it.
    pub outcomes: Vec<(Request, Outcome)>,
    /// The newest write of each key that the client was shown, by the feed or by the answer to its write. Only properties read it.
    pub shown: Vec<Stamp>,
}

impl Client {
    /// A client with this base.
    #[must_use]
    pub fn new(base: Vec<Option<Stamp>>, cursor: Option<Cursor>) -> Self {
        Self {
            shown: base.iter().map(|item| item.unwrap_or(0)).collect(),
            base,
            cursor,
            seen: None,
            pull: None,
            answered: BTreeSet::new(),
            queue: BTreeMap::new(),
            edits: 0,
            outcomes: Vec::new(),
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

    /// Takes the answer of the feed.
    pub fn receive(&mut self, feed: &Feed) {
        match self.pull.take() {
            Some(Pull::Expired) => {
                (self.cursor, self.seen) = (None, None);
                self.overtake(|_| true);
            }
            Some(Pull::Page(page)) => self.receive_page(feed, &page),
            _ => {}
        }
    }

    /// Takes a page, unless one of its items came with the answer to a write meanwhile: nobody can tell which is newer, so the client
    /// asks again. When `more` is first false a snapshot is whole, and what it did not show is swept.
    fn receive_page(&mut self, feed: &Feed, page: &Page) {
        let mut keys = page.items.iter().map(|(key, _)| key);
        if keys.any(|key| self.answered.contains(key)) && !feed.has(Bug::OlderPageOverAnswer) {
            return;
        }
        for (key, item) in &page.items {
            self.base[*key] = *item;
            self.overtake(|other| other == *key);
            self.see(*key);
        }
        self.cursor = Some(page.next);
        if let Some(seen) = &self.seen
            && (!page.more() || feed.has(Bug::SweepBeforeWhole))
        {
            let unseen = (0..feed.keys).filter(|key| !seen.contains(key));
            unseen.for_each(|key| self.base[key] = None);
        }
        self.seen = self.seen.take().filter(|_| page.more());
    }

    /// Notes that a snapshot need not show this key any more.
    pub fn see(&mut self, key: Key) {
        if let Some(seen) = &mut self.seen {
            seen.insert(key);
        }
    }

    /// Notes that the feed overtook the writes that were sent.
    fn overtake(&mut self, of: impl Fn(Key) -> bool) {
        for write in self.queue.values_mut() {
            write.overtaken |= write.tried && of(write.request.key);
        }
    }

    /// The place in the log up to which the client has everything; `None` while it has no whole snapshot.
    #[must_use]
    pub fn place(&self) -> Option<(Epoch, Place)> {
        match (self.cursor, &self.seen) {
            (Some(Cursor::Changes(epoch, place)), None) => Some((epoch, place)),
            _ => None,
        }
    }
}
