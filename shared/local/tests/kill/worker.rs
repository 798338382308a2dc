//! A worker: it alone writes its resources, one write after the other, so it knows what has to be there.

use std::collections::VecDeque;

use fastrand::Rng;
use reqwest::{Method, header};
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedSender;

use crate::{
    Total,
    caller::{Answer, Caller, answer},
};

/// The resources of each kind that a worker has.
const SLOTS: usize = 3;

/// The answers that a worker keeps, to ask for them again.
const KEPT: usize = 12;

/// The kind of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A movie, which everybody sees.
    Movie,
    /// An entry of the watchlist, which its user alone sees.
    Entry,
}

impl Kind {
    /// The path of the listing.
    pub(crate) const fn path(self) -> &'static str {
        match self {
            Self::Movie => "/movies",
            Self::Entry => "/me/watchlist",
        }
    }

    /// The member that names a resource.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Movie => "title",
            Self::Entry => "entryId",
        }
    }

    /// The member of a feed's item that is the resource.
    pub(crate) const fn member(self) -> &'static str {
        match self {
            Self::Movie => "movie",
            Self::Entry => "watchlistEntry",
        }
    }

    /// The member that the writes set.
    const fn text(self) -> &'static str {
        match self {
            Self::Movie => "info",
            Self::Entry => "note",
        }
    }

    fn find(self, name: &str) -> String {
        match self {
            Self::Movie => format!("/movies/findbytitleandyear?year=2016&title={name}"),
            Self::Entry => format!("/me/watchlist/{name}"),
        }
    }
}

/// What a write does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    /// Adds a movie; puts an entry.
    Add,
    Update,
    Delete,
}

/// A write, as it is sent and sent again.
#[derive(Debug, Clone)]
struct Write {
    slot: usize,
    act: Act,
    method: Method,
    path: String,
    body: Value,
    key: Option<String>,
    if_match: Option<String>,
    /// The text that it sets.
    text: String,
    /// The status that it has to get.
    expected: u16,
}

impl Write {
    async fn send(&self, caller: &Caller) -> reqwest::Result<Answer> {
        let mut request = caller.request(self.method.clone(), &self.path);
        if !self.body.is_null() {
            request = request.json(&self.body);
        }
        if let Some(key) = &self.key {
            request = request.header("idempotency-key", key);
        }
        if let Some(etag) = &self.if_match {
            request = request.header(header::IF_MATCH, etag);
        }
        answer(request).await
    }

    fn is_refused(&self) -> bool {
        self.expected >= 400
    }
}

/// A resource, and what is known of it.
#[derive(Debug)]
struct Slot {
    kind: Kind,
    name: String,
    /// `None` if it is not there.
    now: Option<Value>,
    /// An entity tag that it had before.
    stale: Option<String>,
}

#[derive(Debug)]
pub(crate) struct Worker {
    /// The number of the user.
    pub(crate) user: usize,
    name: String,
    slots: Vec<Slot>,
    /// The last writes with a key that were acknowledged, and their answers.
    answered: VecDeque<(Write, Answer)>,
    /// The write that got no answer.
    open: Option<Write>,
    random: Rng,
    /// The number of writes so far.
    writes: u64,
    acknowledged: usize,
    refused: usize,
}

impl Worker {
    pub(crate) fn new(user: usize, number: usize, random: Rng) -> Self {
        let name = format!("u{user}w{number}");
        let kinds = [Kind::Movie, Kind::Entry];
        let slots = (0..SLOTS).flat_map(|n| kinds.map(|kind| (kind, n)));
        let slots = slots.map(|(kind, n)| Slot {
            kind,
            name: format!("{name}s{n}"),
            now: None,
            stale: None,
        });
        Self {
            user,
            slots: slots.collect(),
            name,
            answered: VecDeque::new(),
            open: None,
            random,
            writes: 0,
            acknowledged: 0,
            refused: 0,
        }
    }

    /// The resources of a kind that have to be there, by name.
    pub(crate) fn known(&self, kind: Kind) -> impl Iterator<Item = (String, Value)> + '_ {
        let of_kind = self.slots.iter().filter(move |slot| slot.kind == kind);
        of_kind.filter_map(|slot| Some((slot.name.clone(), slot.now.clone()?)))
    }

    /// Reads and writes until the server is gone, and tells of each write that was acknowledged.
    pub(crate) async fn work(&mut self, caller: &Caller, acknowledged: &UnboundedSender<()>) {
        loop {
            let read = match self.random.u8(..8) {
                0 => Some(format!("{}?limit=20", Kind::Movie.path())),
                1 => Some(format!("{}?limit=20", Kind::Entry.path())),
                _ => None,
            };
            if let Some(path) = read {
                match caller.get(&path).await {
                    Ok(page) => drop(page.is(200)),
                    Err(_) => return,
                }
                continue;
            }
            let write = self.next_write();
            let Ok(answer) = write.send(caller).await else {
                self.open = Some(write);
                return;
            };
            assert_eq!(answer.status, write.expected, "{write:?}: {answer:?}");
            assert!(!answer.replayed, "{write:?}: {answer:?}");
            if write.is_refused() {
                self.refused += 1;
            } else {
                self.is_done(write, answer);
                let _ = acknowledged.send(());
            }
        }
    }

    fn next_write(&mut self) -> Write {
        self.writes += 1;
        let text = format!("{} {}", self.name, self.writes);
        let index = self.random.usize(..self.slots.len());
        let slot = &self.slots[index];
        let act = *self
            .random
            .choice(&[Act::Add, Act::Update, Act::Update, Act::Delete])
            .unwrap();
        // A guard, of a version that is there or was.
        let etag = slot.now.as_ref().map(|now| now["etag"].as_str().unwrap());
        let may_be_guarded = act != Act::Add && slot.now.is_some();
        let if_match = match self.random.u8(..4) {
            0 | 1 if may_be_guarded => etag.map(ToOwned::to_owned),
            2 if may_be_guarded => slot.stale.clone(),
            _ => None,
        };
        let is_stale = if_match.is_some() && if_match.as_deref() != etag;
        let expected = match (act, &slot.now, slot.kind) {
            (Act::Add, Some(_), Kind::Movie) => 409,
            (Act::Add, None, _) => 201,
            (Act::Update | Act::Delete, None, _) => 404,
            (Act::Update | Act::Delete, Some(_), _) if is_stale => 412,
            (Act::Delete, Some(_), _) => 204,
            (Act::Add | Act::Update, Some(_), _) => 200,
        };
        let (method, path, body) = call(slot, act, &text);
        Write {
            slot: index,
            act,
            method,
            path,
            body,
            // Three of four have one.
            key: (self.random.u8(..4) > 0).then(|| format!("{}-{}", self.name, self.writes)),
            if_match,
            text,
            expected,
        }
    }

    /// Takes over what a write did.
    fn is_done(&mut self, write: Write, answer: Answer) {
        let slot = &mut self.slots[write.slot];
        let after = (write.act != Act::Delete).then(|| answer.body.clone());
        assert!(
            slot.may_become(after.as_ref(), &write),
            "{write:?}: {answer:?}"
        );
        slot.becomes(after);
        self.acknowledged += 1;
        if write.key.is_some() {
            self.answered.push_back((write, answer));
            if self.answered.len() > KEPT {
                self.answered.pop_front();
            }
        }
    }

    /// After a start: clears up whether the write without an answer was carried out, demands that all else is as it was
    /// answered, and that keys get their first answers.
    pub(crate) async fn settle(&mut self, caller: &Caller, total: &mut Total) {
        if let Some(write) = self.open.take() {
            self.clear_up(write, caller, total).await;
        }
        for (write, first) in &self.answered {
            let again = write.send(caller).await.unwrap();
            let expected = Answer {
                replayed: true,
                ..first.clone()
            };
            assert_eq!(again, expected, "{write:?}");
            total.replayed += 1;
        }
        for slot in &self.slots {
            assert_eq!(slot.found(caller).await, slot.now, "{}", slot.name);
        }
        total.acknowledged += std::mem::take(&mut self.acknowledged);
        total.refused += std::mem::take(&mut self.refused);
    }

    async fn clear_up(&mut self, write: Write, caller: &Caller, total: &mut Total) {
        let slot = &mut self.slots[write.slot];
        let found = slot.found(caller).await;
        let is_as_before = found == slot.now;
        if is_as_before {
            total.not_carried_out += usize::from(!write.is_refused());
        } else {
            let whole = !write.is_refused() && slot.may_become(found.as_ref(), &write);
            assert!(whole, "{write:?} left {found:?} of {:?}", slot.now);
            total.carried_out += 1;
        }
        if write.key.is_none() {
            slot.becomes(found);
            return;
        }
        // The client tries again.
        let answer = write.send(caller).await.unwrap();
        assert_eq!(answer.status, write.expected, "{write:?}: {answer:?}");
        assert_eq!(answer.replayed, !is_as_before, "{write:?}: {answer:?}");
        if !is_as_before && write.act != Act::Delete {
            assert_eq!(Some(&answer.body), found.as_ref(), "{write:?}");
        }
        if write.is_refused() {
            self.refused += 1;
        } else {
            let first = Answer {
                replayed: false,
                ..answer
            };
            self.is_done(write, first);
        }
    }
}

impl Slot {
    /// The resource, as the server has it.
    async fn found(&self, caller: &Caller) -> Option<Value> {
        let answer = caller.get(&self.kind.find(&self.name)).await.unwrap();
        if answer.status == 404 {
            return None;
        }
        Some(answer.is(200).body)
    }

    /// True if a write makes this of what is there.
    fn may_become(&self, after: Option<&Value>, write: &Write) -> bool {
        let version = |of: &Value| of["version"].as_u64().unwrap();
        match after {
            None => write.act == Act::Delete && self.now.is_some(),
            Some(after) => {
                write.act != Act::Delete
                    && after[self.kind.text()] == write.text
                    && version(after) == self.now.as_ref().map_or(0, version) + 1
            }
        }
    }

    fn becomes(&mut self, after: Option<Value>) {
        let before = std::mem::replace(&mut self.now, after);
        let etag = before.and_then(|before| before["etag"].as_str().map(ToOwned::to_owned));
        if etag.is_some() {
            self.stale = etag;
        }
    }
}

/// The method, the path and the body of a write.
fn call(slot: &Slot, act: Act, text: &str) -> (Method, String, Value) {
    let Slot { kind, name, .. } = slot;
    let of_movies = |operation: &str| format!("/movies/{operation}-movie");
    let movie = json!({ "title": name, "year": 2016, "info": text });
    let key = json!({ "title": name, "year": 2016 });
    match (kind, act) {
        (Kind::Movie, Act::Add) => (Method::POST, of_movies("add"), movie),
        (Kind::Movie, Act::Update) => (Method::POST, of_movies("update"), movie),
        (Kind::Movie, Act::Delete) => (Method::POST, of_movies("delete"), key),
        (Kind::Entry, Act::Add) => {
            let entry = json!({ "title": name, "year": 2016, "note": text });
            (Method::PUT, kind.find(name), entry)
        }
        (Kind::Entry, Act::Update) => (Method::PATCH, kind.find(name), json!({ "note": text })),
        (Kind::Entry, Act::Delete) => (Method::DELETE, kind.find(name), Value::Null),
    }
}
