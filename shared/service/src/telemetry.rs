//! The metrics of the service, and its log.

use kit::telemetry::{Function, metric::Metric};
use tracing::level_filters::LevelFilter;

use crate::{config::Config, nouns::NOUNS};

pub use crate::nouns::NAME as NAMESPACE;

/// The crates whose events are the service's own, beside those of the nouns, each of which has the name of its noun.
const OWN: [&str; 4] = ["accounts", "kit", "local", "service"];

/// The metrics that count the outcomes of operations.
#[must_use]
pub fn counted() -> Vec<Metric> {
    let of_nouns = NOUNS.iter().flat_map(|noun| noun.metrics);
    of_nouns.chain(accounts::METRICS).collect()
}

/// The function that writes the log.
#[must_use]
pub fn function(config: &Config) -> Function {
    Function {
        name: config.function_name.clone(),
        version: config.function_version.clone(),
        namespace: NAMESPACE,
        metrics: counted(),
    }
}

/// The events to log at this level: see [`kit::log::at`].
#[must_use]
pub fn events(level: LevelFilter) -> kit::log::Events {
    let nouns = NOUNS.iter().map(|noun| noun.many);
    let own: Vec<_> = OWN.into_iter().chain(nouns).collect();
    kit::log::at(level, &own)
}
