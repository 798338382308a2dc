//! The checker: what a history may not have.

pub mod item;
pub mod linear;
pub mod sessions;
pub mod shrink;

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
};

use self::{item::Item, linear::Verdict};
use crate::history::{Act, Event, Outcome};

/// A promise that a history breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The promise.
    pub promise: Promise,
    /// What it is about: an item, a key, a token, a user.
    pub subject: String,
    /// What was seen.
    pub told: String,
    /// The shortest history that was found to show it.
    pub events: Vec<Event>,
}

/// What the checker asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Promise {
    /// The requests for an item have an order that explains all their answers: no acknowledged write is lost, no refused one applied.
    Linearizable,
    /// An idempotency key is carried out once, and all its answers tell of that.
    Once,
    /// A request that asks for nothing wrong is not refused.
    Unrefused,
    /// A refresh token that was exchanged, or whose session was ended, works no more.
    Sessions,
    /// Nothing of a deleted user is left or done.
    Leaving,
    /// At the end every copy has what is there, and every client works.
    Converged,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:?}: {}: {}", self.promise, self.subject, self.told)?;
        for event in &self.events {
            let json = serde_json::to_string(event).map_err(|_| fmt::Error)?;
            writeln!(f, "  {json}")?;
        }
        Ok(())
    }
}

/// The verdict on a history.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdicts {
    /// The promises that it breaks.
    pub violations: Vec<Violation>,
    /// The items whose search was given up.
    pub undecided: Vec<String>,
    /// The items, and whether their requests have an order that explains all answers.
    pub items: BTreeMap<String, bool>,
}

impl Verdicts {
    /// True if the history keeps all promises, as far as anybody can tell.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.violations.is_empty() && self.undecided.is_empty()
    }
}

/// Judges a history.
#[must_use]
pub fn check(events: &[Event]) -> Verdicts {
    let mut verdicts = Verdicts::default();
    for (item, events) in items(events) {
        let verdict = linear::judge(&Item::default(), &events, linear::MOST_STATES);
        let is_good = verdict == Verdict::Linearizable;
        verdicts.items.insert(item.to_owned(), is_good);
        match verdict {
            Verdict::Linearizable => {}
            Verdict::Undecided => verdicts.undecided.push(item.to_owned()),
            Verdict::Violated => verdicts.violations.push(shrink::violation(item, &events)),
        }
    }
    verdicts.violations.extend(once(events));
    verdicts.violations.extend(unrefused(events));
    verdicts.violations.extend(sessions::check(events));
    verdicts.violations.extend(found(events));
    verdicts
}

/// The events of each item, in the order of their invocations.
#[must_use]
pub fn items(events: &[Event]) -> BTreeMap<&str, Vec<&Event>> {
    let mut items: BTreeMap<&str, Vec<&Event>> = BTreeMap::new();
    for event in events {
        if let Some(item) = event.item() {
            items.entry(item).or_default().push(event);
        }
    }
    for events in items.values_mut() {
        events.sort_by_key(|event| event.invoke);
    }
    items
}

/// True if an event says something about its item. A read without an answer does not, nor does a request that was refused for another
/// reason than the item.
#[must_use]
pub fn tells(event: &Event) -> bool {
    match (&event.act, &event.outcome) {
        (_, Outcome::Ended | Outcome::Refused { .. }) => false,
        (Act::Read { .. }, outcome) => !outcome.is_unknown(),
        _ => true,
    }
}

/// Each key once: of its answers one at most says that it was done just now, and all say the same.
fn once(events: &[Event]) -> Vec<Violation> {
    let mut keys: HashMap<&str, Vec<&Event>> = HashMap::new();
    for event in events {
        if let Some(key) = event.write().and_then(|write| write.key.as_deref()) {
            keys.entry(key).or_default().push(event);
        }
    }
    let mut violations = Vec::new();
    for (key, events) in keys {
        let mut new = 0;
        let mut results = Vec::new();
        for event in &events {
            if let Outcome::Done {
                tag,
                value,
                replayed,
            } = &event.outcome
            {
                new += usize::from(!replayed);
                results.push((tag, value));
            }
        }
        results.dedup();
        if new > 1 || results.len() > 1 {
            violations.push(Violation {
                promise: Promise::Once,
                subject: format!("key {key}"),
                told: if new > 1 {
                    format!("{new} answers say that it was done just now")
                } else {
                    "its answers differ".to_owned()
                },
                events: events.into_iter().cloned().collect(),
            });
        }
    }
    violations.sort_by(|one, other| one.subject.cmp(&other.subject));
    violations
}

/// Each request of the clients is one that the service takes.
fn unrefused(events: &[Event]) -> Vec<Violation> {
    let refused = events.iter().filter_map(|event| match event.outcome {
        Outcome::Refused { status } => Some((event, status)),
        _ => None,
    });
    refused
        .map(|(event, status)| Violation {
            promise: Promise::Unrefused,
            subject: event.item().unwrap_or(&event.user).to_owned(),
            told: format!("refused with {status}"),
            events: vec![event.clone()],
        })
        .collect()
}

/// What the last look found.
fn found(events: &[Event]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for event in events {
        let Outcome::Found { faults } = &event.outcome else {
            continue;
        };
        let (promise, subject) = match &event.act {
            Act::Remains => (Promise::Leaving, event.user.clone()),
            Act::Converged { feed } => (Promise::Converged, feed.clone()),
            _ => (Promise::Converged, event.user.clone()),
        };
        if !faults.is_empty() {
            violations.push(Violation {
                promise,
                subject,
                told: faults.join("; "),
                events: Vec::new(),
            });
        }
    }
    violations
}
