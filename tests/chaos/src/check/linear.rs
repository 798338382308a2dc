//! Linearizability of one item: the search of Wing and Gong with the memory of Lowe ("Testing for linearizability", 2017).
//!
//! Each request that was answered takes effect at one moment between its invocation and its answer. One that was not answered takes
//! effect at any moment after its invocation, also after the end, or never.

use std::{
    collections::{HashMap, HashSet},
    hash::{DefaultHasher, Hash as _, Hasher as _},
};

use super::item::{Item, OfKey};
use crate::history::Event;

/// The most states that a search visits.
pub const MOST_STATES: usize = 2_000_000;

/// The verdict on the history of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// There is an order of the requests that explains all answers.
    Linearizable,
    /// There is none.
    Violated,
    /// The search was given up.
    Undecided,
}

struct Op<'a> {
    event: &'a Event,
    returned: u64,
    key: OfKey,
}

/// A step of the search: the state, what may come next in it, and how far that was tried.
struct Frame {
    state: Item,
    next: Vec<usize>,
    tried: usize,
    /// The step that led here.
    by: Option<usize>,
}

/// Judges the events of one item, in the order of their invocations, from this state on. Gives up after so many states.
#[must_use]
pub fn judge(from: &Item, events: &[&Event], most_states: usize) -> Verdict {
    let ops = ops(events);
    let mut done = Done::new(&ops);
    let mut seen: HashSet<u128> = HashSet::new();
    let mut frames = vec![Frame {
        next: done.candidates(&ops),
        state: from.clone(),
        tried: 0,
        by: None,
    }];
    while let Some(frame) = frames.last_mut() {
        if done.answered_left == 0 {
            return Verdict::Linearizable;
        }
        let Some(&op) = frame.next.get(frame.tried) else {
            if let Some(by) = frame.by {
                done.take_back(by, &ops);
            }
            frames.pop();
            continue;
        };
        frame.tried += 1;
        let Some(state) = frame.state.after(ops[op].event, ops[op].key) else {
            continue;
        };
        done.put(op, &ops);
        if !seen.insert(done.digest(&state)) {
            done.take_back(op, &ops);
            continue;
        }
        if seen.len() > most_states {
            return Verdict::Undecided;
        }
        frames.push(Frame {
            next: done.candidates(&ops),
            state,
            tried: 0,
            by: Some(op),
        });
    }
    Verdict::Violated
}

/// The events that say something about the item.
fn ops<'a>(events: &[&'a Event]) -> Vec<Op<'a>> {
    let mut keys: HashMap<&str, (usize, bool)> = HashMap::new();
    for event in events {
        if let Some(key) = key(event) {
            let (count, is_refused) = keys.entry(key).or_default();
            *count += 1;
            *is_refused |= event.outcome.is_refusal();
        }
    }
    events
        .iter()
        .filter(|event| super::tells(event))
        .map(|event| Op {
            event,
            returned: match event.returned {
                Some(returned) if !event.outcome.is_unknown() => returned,
                _ => u64::MAX,
            },
            key: key(event).map_or(OfKey::default(), |key| OfKey {
                comes_again: keys[key].0 > 1,
                is_refused: keys[key].1,
            }),
        })
        .collect()
}

fn key(event: &Event) -> Option<&str> {
    event.write()?.key.as_deref()
}

/// The requests that have taken effect.
struct Done {
    bits: Vec<u64>,
    /// The number of those that were answered and have not taken effect.
    answered_left: usize,
    /// All before this one have.
    first: usize,
}

impl Done {
    fn new(ops: &[Op<'_>]) -> Self {
        Self {
            bits: vec![0; ops.len().div_ceil(64)],
            answered_left: ops.iter().filter(|op| op.returned != u64::MAX).count(),
            first: 0,
        }
    }

    fn has(&self, op: usize) -> bool {
        self.bits[op / 64] >> (op % 64) & 1 == 1
    }

    fn put(&mut self, op: usize, ops: &[Op<'_>]) {
        self.bits[op / 64] |= 1 << (op % 64);
        self.answered_left -= usize::from(ops[op].returned != u64::MAX);
        while self.first < ops.len() && self.has(self.first) {
            self.first += 1;
        }
    }

    fn take_back(&mut self, op: usize, ops: &[Op<'_>]) {
        self.bits[op / 64] &= !(1 << (op % 64));
        self.answered_left += usize::from(ops[op].returned != u64::MAX);
        self.first = self.first.min(op);
    }

    /// What may take effect next: what was invoked before any other one that is left was answered. Those that were answered come first,
    /// because most of the others never took effect.
    fn candidates(&self, ops: &[Op<'_>]) -> Vec<usize> {
        let (mut answered, mut open) = (Vec::new(), Vec::new());
        let mut first_answer = u64::MAX;
        for (at, op) in ops.iter().enumerate().skip(self.first) {
            if op.event.invoke > first_answer {
                break;
            }
            if self.has(at) {
                continue;
            }
            first_answer = first_answer.min(op.returned);
            if op.returned == u64::MAX {
                open.push(at);
            } else {
                answered.push(at);
            }
        }
        answered.extend(open);
        answered
    }

    /// A digest of 128 bits: that two of some millions are equal by chance is less likely than a fault of the memory.
    fn digest(&self, state: &Item) -> u128 {
        let half = |salt: u64| {
            let mut hasher = DefaultHasher::new();
            (salt, &self.bits, state).hash(&mut hasher);
            u128::from(hasher.finish())
        };
        half(1) << 64 | half(2)
    }
}
