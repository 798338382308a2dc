//! An item as the promises of the store have it: what a write does to it, and which answers that allows.

use std::{collections::BTreeMap, fmt, sync::Arc};

use crate::history::{Act, Event, ItemWrite, Kind, Outcome, Tag};

/// The state of an item.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Item {
    here: Option<Here>,
    /// The results of the writes whose idempotency keys may come again.
    results: BTreeMap<Arc<str>, Result<Option<Here>, Refusal>>,
}

/// What else a history has of the idempotency key of a write. Results that no other event can tell of are not kept, so that there are
/// fewer states.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OfKey {
    /// True if it has another write with the key.
    pub comes_again: bool,
    /// True if it has an answer that refuses a write with the key.
    pub is_refused: bool,
}

/// An item that is there.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Here {
    value: u64,
    version: u64,
    added: Added,
    owner: Arc<str>,
}

/// The moment of the addition.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Added {
    /// As an entity tag had it.
    At(Arc<str>),
    /// No answer has told it yet: that of the write invoked with this number.
    By(u64),
}

/// Why a write is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Refusal {
    Absent,
    Exists,
    Mismatch,
    Forbidden,
}

impl Refusal {
    fn outcome(self) -> Outcome {
        match self {
            Self::Absent => Outcome::Absent,
            Self::Exists => Outcome::Exists,
            Self::Mismatch => Outcome::Mismatch,
            Self::Forbidden => Outcome::Forbidden,
        }
    }
}

impl Item {
    /// The state after an event that had this outcome; `None` if the event cannot happen here. An event without an answer that would
    /// change nothing does not happen either: leaving it out is the same.
    #[must_use]
    pub fn after(&self, event: &Event, key: OfKey) -> Option<Self> {
        match &event.act {
            Act::Read { .. } => self.read(&event.outcome),
            Act::Release { .. } => Some(self.release(&event.user)),
            Act::Write(write) => {
                let result = write.key.as_deref().and_then(|key| self.results.get(key));
                match result {
                    Some(Ok(result)) => self.replay(result.as_ref(), &event.outcome),
                    Some(Err(refusal)) => {
                        (event.outcome == refusal.outcome()).then(|| self.clone())
                    }
                    None => self.write(write, event, key),
                }
            }
            _ => Some(self.clone()),
        }
    }

    fn read(&self, outcome: &Outcome) -> Option<Self> {
        match (outcome, &self.here) {
            (Outcome::Done { tag, value, .. }, Some(here)) => {
                self.told(here, tag.as_ref()?, *value)
            }
            (Outcome::Absent, None) => Some(self.clone()),
            _ => None,
        }
    }

    fn release(&self, user: &str) -> Self {
        let mut after = self.clone();
        if after.here.as_ref().is_some_and(|here| *here.owner == *user) {
            after.here = None;
        }
        after
    }

    /// An answer repeats the result of an earlier request with its key.
    fn replay(&self, result: Option<&Here>, outcome: &Outcome) -> Option<Self> {
        match (outcome, result) {
            (
                Outcome::Done {
                    tag: Some(tag),
                    value,
                    replayed: true,
                },
                Some(here),
            ) => self.told(here, tag, *value),
            (
                Outcome::Done {
                    tag: None,
                    replayed: true,
                    ..
                },
                None,
            ) => Some(self.clone()),
            _ => None,
        }
    }

    fn write(&self, write: &ItemWrite, event: &Event, key: OfKey) -> Option<Self> {
        let after = |result| self.with(result, write, key);
        match (&event.outcome, self.effect(write, event)) {
            (Outcome::Unknown { .. }, Ok(here)) => Some(after(Ok(here))),
            (Outcome::Unknown { .. }, Err(refusal)) => {
                (key.comes_again && key.is_refused).then(|| after(Err(refusal)))
            }
            (
                Outcome::Done {
                    tag: Some(tag),
                    value,
                    ..
                },
                Ok(Some(here)),
            ) => after(Ok(Some(here.clone()))).told(&here, tag, *value),
            (Outcome::Done { tag: None, .. }, Ok(None)) => Some(after(Ok(None))),
            (_, Ok(_)) => None,
            (outcome, Err(refusal)) => (*outcome == refusal.outcome()).then(|| after(Err(refusal))),
        }
    }

    /// What is there after a write.
    fn effect(&self, write: &ItemWrite, event: &Event) -> Result<Option<Here>, Refusal> {
        let added = || {
            Some(Here {
                value: write.value,
                version: 1,
                added: Added::By(event.invoke),
                owner: event.user.as_str().into(),
            })
        };
        let here = match (&self.here, write.kind) {
            (None, Kind::Add) => return Ok(added()),
            (None, Kind::Put) if write.if_match.is_none() => return Ok(added()),
            (None, _) => return Err(Refusal::Absent),
            (Some(_), Kind::Add) => return Err(Refusal::Exists),
            (Some(here), _) => here,
        };
        if !write.editor && *here.owner != *event.user {
            return Err(Refusal::Forbidden);
        }
        if write.if_match.as_ref().is_some_and(|tag| !here.is(tag)) {
            return Err(Refusal::Mismatch);
        }
        Ok(match write.kind {
            Kind::Delete => None,
            _ => Some(Here {
                value: write.value,
                version: here.version + 1,
                ..here.clone()
            }),
        })
    }

    fn with(&self, result: Result<Option<Here>, Refusal>, write: &ItemWrite, key: OfKey) -> Self {
        let mut after = self.clone();
        if key.comes_again
            && let Some(key) = write.key.as_deref()
        {
            after.results.insert(key.into(), result.clone());
        }
        if let Ok(here) = result {
            after.here = here;
        }
        after
    }

    /// The state after an answer told `here` with this tag and value; `None` if it is another one.
    fn told(&self, here: &Here, tag: &Tag, value: Option<u64>) -> Option<Self> {
        if here.version != tag.version || value.is_some_and(|value| value != here.value) {
            return None;
        }
        match &here.added {
            Added::At(at) if **at == *tag.added => Some(self.clone()),
            Added::At(_) => None,
            Added::By(write) => Some(self.knowing(*write, &tag.added)),
        }
    }

    /// The same state, in which it is known at which moment a write added the item.
    fn knowing(&self, write: u64, at: &str) -> Self {
        let mut after = self.clone();
        let results = after.results.values_mut().flatten().flatten();
        for here in after.here.iter_mut().chain(results) {
            if here.added == Added::By(write) {
                here.added = Added::At(at.into());
            }
        }
        after
    }
}

impl Here {
    fn is(&self, tag: &Tag) -> bool {
        let at = matches!(&self.added, Added::At(at) if **at == *tag.added);
        at && self.version == tag.version
    }
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.here {
            None => write!(f, "absent"),
            Some(here) => {
                write!(f, "value {} in version {}", here.value, here.version)?;
                match &here.added {
                    Added::At(at) => write!(f, " of what was added at {at}")?,
                    Added::By(write) => write!(f, " of what write {write} added")?,
                }
                write!(f, " by {}", here.owner)
            }
        }
    }
}
