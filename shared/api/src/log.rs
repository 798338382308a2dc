//! The log: the events that are written, their levels and their form.

use std::io;

use tracing::{Dispatch, level_filters::LevelFilter};
use tracing_subscriber::{
    filter::Targets, fmt::MakeWriter, layer::SubscriberExt as _, util::SubscriberInitExt as _,
};

use crate::telemetry::{Function, REQUEST, lines::Lines};

/// Writes the events to log to the standard output, as Lambda takes them: a JSON object per line. Those
/// of a function that answers requests have the metrics of each. Call it once.
pub fn write(events: Targets, function: Option<Function>) {
    to(events, function, io::stdout).init();
}

/// Writes the events to log like [`write()`], but to somewhere else, and only where it is made the default.
#[must_use]
pub fn to(
    events: Targets,
    function: Option<Function>,
    writer: impl for<'a> MakeWriter<'a> + Send + Sync + 'static,
) -> Dispatch {
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_target(false)
        .with_writer(writer)
        .map_event_format(|others| Lines { function, others });
    Dispatch::new(tracing_subscriber::registry().with(lines).with(events))
}

/// The events to log at this level. Finer than INFO only the service's own are logged: libraries
/// then quote what passes through them, and passwords and e-mail addresses do. The line that ends a
/// request is always logged, because the metrics are made of it.
#[must_use]
pub fn at(level: LevelFilter) -> Targets {
    Targets::new()
        .with_default(level.min(LevelFilter::INFO))
        .with_target("api", level)
        .with_target(REQUEST, LevelFilter::INFO)
}
