//! Counts answers, and checks them against the contract.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::Duration,
};

use http::HeaderMap;
use parking_lot::Mutex;
use tests::{
    answer::Answer,
    contract::{Contract, Exchange},
};

use super::mix::Call;
use crate::figures::{self, Times};

/// Of the answers of one operation with one status, the first that are checked whole, and the distance of those that are later. A check
/// of each would be most of the work of this program.
const CHECKED_FIRST: u64 = 20;
const CHECKED_EACH: u64 = 500;

/// What became of the requests of a loop.
#[derive(Debug)]
pub(super) struct Tally {
    pub(super) latency: Times,
    pub(super) lasted: Duration,
    /// The numbers of answers, by their statuses.
    pub(super) statuses: BTreeMap<u16, u64>,
    /// The numbers of requests without an answer, by the reasons.
    pub(super) unanswered: BTreeMap<String, u64>,
    /// The requests that were due and not sent, because too many waited.
    pub(super) not_sent: u64,
    /// The number of answers that were checked whole.
    pub(super) checked: u64,
    /// What the contract does not have.
    pub(super) violations: Vec<String>,
}

impl Tally {
    pub(super) fn new() -> anyhow::Result<Self> {
        Ok(Self {
            latency: figures::times()?,
            lasted: Duration::ZERO,
            statuses: BTreeMap::new(),
            unanswered: BTreeMap::new(),
            not_sent: 0,
            checked: 0,
            violations: Vec::new(),
        })
    }

    /// Adds another one, whose loop came after.
    pub(super) fn add(&mut self, other: &Self) -> anyhow::Result<()> {
        self.latency.add(&other.latency)?;
        self.lasted += other.lasted;
        for (status, count) in &other.statuses {
            *self.statuses.entry(*status).or_default() += count;
        }
        for (reason, count) in &other.unanswered {
            *self.unanswered.entry(reason.clone()).or_default() += count;
        }
        self.not_sent += other.not_sent;
        self.checked += other.checked;
        self.violations.extend(other.violations.iter().cloned());
        Ok(())
    }

    /// The number of answers.
    pub(super) fn answers(&self) -> u64 {
        self.statuses.values().sum()
    }
}

/// The tally of a loop that goes on.
#[derive(Debug, Clone)]
pub(super) struct Tallies(Arc<Mutex<Counted>>);

#[derive(Debug)]
struct Counted {
    tally: Tally,
    /// The numbers of answers, by their operations and statuses.
    seen: HashMap<(&'static str, u16), u64>,
}

impl Tallies {
    pub(super) fn new() -> anyhow::Result<Self> {
        Ok(Self(Arc::new(Mutex::new(Counted {
            tally: Tally::new()?,
            seen: HashMap::new(),
        }))))
    }

    /// Adds what became of a request.
    pub(super) fn add(&self, call: &Call, outcome: Result<Answer, String>, took: Duration) {
        let mut all = self.0.lock();
        let Counted { tally, seen } = &mut *all;
        let answer = match outcome {
            Ok(answer) => answer,
            Err(reason) => {
                *tally.unanswered.entry(reason).or_default() += 1;
                return;
            }
        };
        // An hour is more than the histogram has to take.
        let _ = figures::add(&mut tally.latency, took);
        *tally.statuses.entry(answer.status).or_default() += 1;
        let number = seen.entry((call.name, answer.status)).or_default();
        *number += 1;
        if *number > CHECKED_FIRST && *number % CHECKED_EACH != 0 {
            return;
        }
        tally.checked += 1;
        drop(all);
        let wrong = violations(call, &answer);
        self.0.lock().tally.violations.extend(wrong);
    }

    pub(super) fn not_sent(&self) {
        self.0.lock().tally.not_sent += 1;
    }

    /// The tally, when the loop is over.
    pub(super) fn end(self, lasted: Duration) -> anyhow::Result<Tally> {
        let mut tally = std::mem::replace(&mut self.0.lock().tally, Tally::new()?);
        tally.lasted = lasted;
        Ok(tally)
    }
}

/// What the contract does not have of an answer. Whoever is turned away is told when to come back.
fn violations(call: &Call, answer: &Answer) -> Vec<String> {
    let exchange = Exchange {
        method: &call.method,
        path: call.path,
        headers: &HeaderMap::new(),
        answer,
    };
    let mut wrong = Contract::get().check(&exchange);
    if matches!(answer.status, 429 | 503) && answer.header("retry-after").is_none() {
        wrong.push("no Retry-After".to_owned());
    }
    let told = |wrong: String| format!("{} {}: {wrong}", call.name, answer.status);
    wrong.into_iter().map(told).collect()
}
