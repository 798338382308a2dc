//! The parts of the document that the tests have seen, and those that they have not.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Contract, Exchange};

/// The answers that passed.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Operation and status.
    pairs: BTreeSet<(String, String)>,
    /// Type, title, status and detail of problems.
    problems: BTreeSet<[String; 4]>,
    /// Field, code and message of faults.
    faults: BTreeSet<[String; 3]>,
}

const PROBLEM: [&str; 4] = ["type", "title", "status", "detail"];
const FAULT: [&str; 3] = ["field", "code", "message"];

fn texts<const N: usize>(object: &Value, members: [&str; N]) -> [String; N] {
    members.map(|member| object[member].to_string())
}

fn faults(problem: &Value) -> impl Iterator<Item = &Value> {
    problem["errors"].as_array().into_iter().flatten()
}

impl Contract {
    /// Remembers an answer that passed.
    pub(super) fn remember(&self, exchange: &Exchange<'_>) {
        let mut seen = self.seen.lock().unwrap();
        let answer = exchange.answer;
        if exchange.method != http::Method::HEAD
            && let Some(operation) = self.operation(exchange.method, exchange.path)
        {
            let pair = (operation.id.to_owned(), answer.status.to_string());
            seen.pairs.insert(pair);
        }
        if answer.status >= 400
            && let Ok(problem) = serde_json::from_slice::<Value>(&answer.body)
        {
            seen.problems.insert(texts(&problem, PROBLEM));
            seen.faults
                .extend(faults(&problem).map(|fault| texts(fault, FAULT)));
        }
    }

    /// Every documented pair of operation and status.
    #[must_use]
    pub fn pairs(&self) -> BTreeSet<(String, String)> {
        let mut pairs = BTreeSet::new();
        for operation in self.operations() {
            for status in operation.object["responses"].as_object().unwrap().keys() {
                pairs.insert((operation.id.to_owned(), status.clone()));
            }
        }
        pairs
    }

    /// Every documented pair of operation and status that no test has seen.
    #[must_use]
    pub fn unseen_pairs(&self) -> Vec<String> {
        let seen = self.seen.lock().unwrap();
        self.pairs()
            .difference(&seen.pairs)
            .map(|(operation, status)| format!("{operation} {status}"))
            .collect()
    }

    /// Every example of a problem, or of one of its faults, that the service never answered word for word.
    #[must_use]
    pub fn unseen_problems(&self) -> Vec<String> {
        let seen = self.seen.lock().unwrap();
        let mut unseen = Vec::new();
        for (name, example) in self.examples() {
            let kind = example["type"].as_str().unwrap_or_default();
            if !kind.starts_with("/problems/") {
                continue;
            }
            let problem = texts(example, PROBLEM);
            if !seen.problems.contains(&problem) {
                let kind = seen.problems.iter().filter(|known| known[0] == problem[0]);
                unseen.push(format!(
                    "{name}: {problem:?}\n    but: {:?}",
                    kind.collect::<Vec<_>>()
                ));
            }
            for fault in faults(example).map(|fault| texts(fault, FAULT)) {
                if !seen.faults.contains(&fault) {
                    unseen.push(format!("{name}: {fault:?}"));
                }
            }
        }
        unseen
    }

    /// Every problem type that came with two titles.
    #[must_use]
    pub fn unsteady_titles(&self) -> Vec<String> {
        let seen = self.seen.lock().unwrap();
        let mut titles: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for [kind, title, ..] in &seen.problems {
            titles.entry(kind).or_default().insert(title);
        }
        titles.retain(|_, titles| titles.len() > 1);
        titles
            .into_iter()
            .map(|(kind, titles)| format!("{kind}: {titles:?}"))
            .collect()
    }
}
