//! What is logged, and at which level.

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;

/// The events to log at this level. Finer than INFO only the service's own are logged: libraries
/// then quote what passes through them, and passwords and e-mail addresses do.
#[must_use]
pub fn at(level: LevelFilter) -> Targets {
    Targets::new()
        .with_default(level.min(LevelFilter::INFO))
        .with_target("api", level)
}
