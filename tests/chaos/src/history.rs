//! What happened, as the clients saw it: one event for each request that was sent, written as JSON lines.

use std::{
    io::{self, BufRead, Write},
    sync::atomic::{AtomicU64, Ordering},
    time::Instant,
};

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

/// A request and its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// The client that sent it.
    pub process: u32,
    /// Its number in the one order of all invocations and returns.
    pub invoke: u64,
    /// The number of its answer; `None` if none came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub returned: Option<u64>,
    /// Milliseconds from the start of the run to the invocation.
    pub at: u64,
    /// The same to the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<u64>,
    /// The user who sent it.
    pub user: String,
    /// What was asked for.
    pub act: Act,
    /// What the answer said.
    pub outcome: Outcome,
}

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "do")]
pub enum Act {
    /// Reads an item.
    Read {
        /// The item.
        item: String,
    },
    /// Writes an item.
    Write(ItemWrite),
    /// The deletion of an account deletes the item if it is this user's.
    Release {
        /// The item.
        item: String,
    },
    /// Signs in; the outcome has the refresh token's name.
    SignIn,
    /// Exchanges a refresh token.
    Refresh {
        /// The name of the token.
        token: String,
    },
    /// Ends the session of an access token.
    SignOut {
        /// The name of the newest refresh token of the session.
        token: String,
    },
    /// Deletes the account.
    DeleteAccount,
    /// Looks for what a deleted user left.
    Remains,
    /// Compares the copy that a client made by the feed with the items themselves.
    Converged {
        /// The feed.
        feed: String,
    },
    /// The laptop's server starts, for the first time or after it was killed; the outcome has its clock.
    Restart,
}

/// A write of an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ItemWrite {
    /// The item.
    pub item: String,
    /// The kind of the write.
    pub kind: Kind,
    /// What it writes: a number that no other write has.
    pub value: u64,
    /// The entity tag that it demands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub if_match: Option<Tag>,
    /// The `Idempotency-Key`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// True if the user may write to what others added.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub editor: bool,
}

/// The kind of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// Adds, and never replaces.
    Add,
    /// Adds or replaces; with an entity tag only replaces.
    Put,
    /// Changes what is there.
    Update,
    /// Deletes what is there.
    Delete,
}

/// An entity tag, taken apart: `"3-64cf896087140"` is the third version of what was added at that moment.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Tag {
    /// 1 when added, one more at each change.
    pub version: u64,
    /// The moment of the addition, as the tag has it.
    pub added: String,
}

impl Tag {
    /// Takes an entity tag apart.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let inner = text.trim_start_matches("W/").trim_matches('"');
        let (version, added) = inner.split_once('-')?;
        Some(Self {
            version: version.parse().ok()?,
            added: added.to_owned(),
        })
    }
}

impl std::fmt::Display for Tag {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "\"{}-{}\"", self.version, self.added)
    }
}

impl From<Tag> for String {
    fn from(tag: Tag) -> Self {
        tag.to_string()
    }
}

impl TryFrom<String> for Tag {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| format!("{text} is no entity tag"))
    }
}

/// What an answer said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "is")]
pub enum Outcome {
    /// No answer, or one that does not tell whether it was done: 5xx, 429, 409 `request-in-flight`.
    Unknown {
        /// The status, if there was an answer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        status: Option<u16>,
    },
    /// 2xx to a read or a write, with what is there now.
    Done {
        /// The entity tag; a deletion has none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tag: Option<Tag>,
        /// The value; a deletion has none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        value: Option<u64>,
        /// True if the answer says that an earlier request did it.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        replayed: bool,
    },
    /// 2xx to a sign-in or a refresh, with the name of the new refresh token.
    Tokens {
        /// The name.
        token: String,
    },
    /// 404: it is not there.
    Absent,
    /// 409: it is there already.
    Exists,
    /// 412: it is in another version.
    Mismatch,
    /// 403: it is somebody else's.
    Forbidden,
    /// 401 `session-ended`: the session, or the user, is no more.
    Ended,
    /// Any other refusal.
    Refused {
        /// The status.
        status: u16,
    },
    /// The clock of a server that was started.
    Clock {
        /// How many seconds it is ahead.
        ahead: i64,
    },
    /// What was found that should not be there, or is missing: nothing, if all is well.
    Found {
        /// Each in words.
        faults: Vec<String>,
    },
}

impl Outcome {
    /// True if the request may have been done, and may still be.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown { .. })
    }

    /// True if a write was refused because of what is stored.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        matches!(
            self,
            Self::Absent | Self::Exists | Self::Mismatch | Self::Forbidden
        )
    }
}

impl Event {
    /// The item that it is about.
    #[must_use]
    pub fn item(&self) -> Option<&str> {
        match &self.act {
            Act::Read { item } | Act::Release { item } => Some(item),
            Act::Write(write) => Some(&write.item),
            _ => None,
        }
    }

    /// The write, if it is one.
    #[must_use]
    pub fn write(&self) -> Option<&ItemWrite> {
        match &self.act {
            Act::Write(write) => Some(write),
            _ => None,
        }
    }
}

/// Records events while they happen.
#[derive(Debug)]
pub struct Recorder {
    clock: AtomicU64,
    began: Instant,
    events: Mutex<Vec<Event>>,
}

impl Default for Recorder {
    fn default() -> Self {
        Self {
            clock: AtomicU64::new(0),
            began: Instant::now(),
            events: Mutex::default(),
        }
    }
}

/// An event that has begun.
#[derive(Debug)]
pub struct Begun {
    index: usize,
}

impl Recorder {
    /// Milliseconds since the start.
    #[must_use]
    pub fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Notes that a request is about to be sent. Without an [`end`](Self::end) it has no answer.
    pub fn begin(&self, process: u32, user: &str, act: Act) -> Begun {
        let at = self.now();
        let mut events = self.events.lock();
        // Inside the lock, so that the events are in the order of their invocations.
        let invoke = self.clock.fetch_add(1, Ordering::SeqCst);
        events.push(Event {
            process,
            invoke,
            returned: None,
            at,
            until: None,
            user: user.to_owned(),
            act,
            outcome: Outcome::Unknown { status: None },
        });
        Begun {
            index: events.len() - 1,
        }
    }

    /// Notes the answer.
    pub fn end(&self, begun: &Begun, outcome: Outcome) {
        let until = self.now();
        let mut events = self.events.lock();
        let returned = self.clock.fetch_add(1, Ordering::SeqCst);
        let event = &mut events[begun.index];
        event.returned = Some(returned);
        event.until = Some(until);
        event.outcome = outcome;
    }

    /// The events so far.
    #[must_use]
    pub fn events(&self) -> Vec<Event> {
        self.events.lock().clone()
    }
}

/// Writes a history as JSON lines.
///
/// # Errors
/// If it cannot be written.
pub fn write(events: &[Event], mut to: impl Write) -> io::Result<()> {
    for event in events {
        serde_json::to_writer(&mut to, event)?;
        to.write_all(b"\n")?;
    }
    to.flush()
}

/// Reads a history from JSON lines.
///
/// # Errors
/// If a line is no event.
pub fn read(from: impl BufRead) -> io::Result<Vec<Event>> {
    let mut events = Vec::new();
    for (number, line) in (1..).zip(from.lines()) {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        let event = serde_json::from_str(&line)
            .map_err(|error| io::Error::other(format!("line {number}: {error}")))?;
        events.push(event);
    }
    Ok(events)
}
