//! What is logged, and at which level.

use tracing::level_filters::LevelFilter;
use tracing_subscriber::{
    filter::Targets, layer::SubscriberExt as _, util::SubscriberInitExt as _,
};

/// Writes the events to log to the standard output, as Lambda takes them: a JSON object per line.
/// Call it once.
pub fn write(events: Targets) {
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_target(false);
    tracing_subscriber::registry()
        .with(lines)
        .with(events)
        .init();
}

/// The events to log at this level. Finer than INFO only the service's own are logged: libraries
/// then quote what passes through them, and passwords and e-mail addresses do.
#[must_use]
pub fn at(level: LevelFilter) -> Targets {
    Targets::new()
        .with_default(level.min(LevelFilter::INFO))
        .with_target("api", level)
}
