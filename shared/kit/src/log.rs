//! The log: selects events by level and writes them as JSON lines.

use tracing::level_filters::LevelFilter;
pub use tracing_subscriber::filter::Targets as Events;
use tracing_subscriber::{
    filter::Targets, layer::SubscriberExt as _, util::SubscriberInitExt as _,
};

use crate::telemetry::{Function, MEASURED, REQUEST, lines::Lines};

/// Logs `events` to the standard output in the form that Lambda reads: one JSON object per line. With a `function`, the
/// line of each request also has its metrics. Call this once: it sets the default subscriber of the process.
pub fn write(events: Targets, function: Option<Function>) {
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_target(false)
        .map_event_format(|others| Lines { function, others });
    tracing_subscriber::registry()
        .with(lines)
        .with(events)
        .init();
}

/// The filter for events at this log level. At levels finer than INFO, only the events of the service's `own` crates are logged,
/// because libraries then log the data that they handle, such as passwords and e-mail addresses. The line that ends a
/// request is always logged, and so are measurements, because the metrics are computed from them.
#[must_use]
pub fn at(level: LevelFilter, own: &[&'static str]) -> Targets {
    own.iter()
        .fold(Targets::new(), |targets, name| {
            targets.with_target(*name, level)
        })
        .with_default(level.min(LevelFilter::INFO))
        .with_target(REQUEST, LevelFilter::INFO)
        .with_target(MEASURED, LevelFilter::INFO)
}
