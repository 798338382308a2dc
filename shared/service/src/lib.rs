//! The service: everything that both the Lambda function and the local server run.
//!
//! It alone knows all parts: the [nouns], the [accounts], and what they stand on. [`App`](app::App) is a running service;
//! its settings are in [`Config`](config::Config).

pub mod app;
pub mod aws;
pub mod config;
mod health;
pub mod nouns;
pub mod relays;
pub mod telemetry;

use http::Method;
use kit::http::{Problem, Route, problems};

/// An operation of `openapi.yaml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// The HTTP method.
    pub method: Method,
    /// The path without the stage's name.
    pub path: &'static str,
    /// The `operationId`.
    pub id: &'static str,
}

impl<S> From<&Route<S>> for Operation {
    fn from(route: &Route<S>) -> Self {
        Self {
            method: route.method.clone(),
            path: route.path,
            id: route.operation,
        }
    }
}

/// All operations. A test compares them with `openapi.yaml`.
#[must_use]
pub fn operations() -> Vec<Operation> {
    let mut all: Vec<_> = health::routes().iter().map(Operation::from).collect();
    all.extend(accounts::routes().iter().map(Operation::from));
    all.extend(nouns::operations());
    all
}

/// All problems. A test compares them with `openapi.yaml`.
#[must_use]
pub fn all_problems() -> Vec<Problem> {
    let of_nouns = nouns::NOUNS.iter().flat_map(|noun| noun.problems);
    problems::ALL
        .iter()
        .chain(accounts::problems::ALL)
        .chain(of_nouns)
        .copied()
        .collect()
}
