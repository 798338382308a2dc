//! The time that a request may take, whatever it calls.
//!
//! Each call of another service takes its time limit from what is left, so a request with several calls is answered as early as one
//! with one. The deadline is local to the task that serves the request, so no function has to pass it on.

use std::{future::Future, time::Duration};

use time::OffsetDateTime;
use tokio::time::Instant;

/// The longest time that a request takes, however much more Lambda allows. A client waits for no dead service longer than this.
pub const BUDGET: Duration = Duration::from_secs(4);

/// The time that the function needs to write its answer, before Lambda ends it.
const TO_ANSWER: Duration = Duration::from_millis(300);

/// The moment at which the calls of a request have ended. The receiver of the request puts it into its extensions; a request that
/// comes without one has [`BUDGET`] from then on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline(Instant);

impl Default for Deadline {
    fn default() -> Self {
        Self::after(BUDGET)
    }
}

impl Deadline {
    /// The deadline of a request whose function is ended at the moment `end`. A moment in the past is that of a clock which is wrong,
    /// because Lambda invokes no function then: it counts for nothing.
    #[must_use]
    pub fn before(end: OffsetDateTime, now: OffsetDateTime) -> Self {
        let allowed = Duration::try_from(end - now).ok();
        let allowed = allowed.filter(|allowed| !allowed.is_zero());
        Self::after(allowed.map_or(BUDGET, |allowed| {
            BUDGET.min(allowed.saturating_sub(TO_ANSWER))
        }))
    }

    fn after(time: Duration) -> Self {
        Self(Instant::now() + time)
    }
}

tokio::task_local! {
    static DEADLINE: Deadline;
}

/// Does the work of a request.
pub async fn of<F: Future>(deadline: Deadline, work: F) -> F::Output {
    DEADLINE.scope(deadline, work).await
}

/// The time that is left for the current request; `None` outside of one.
#[must_use]
pub fn left() -> Option<Duration> {
    let left = |deadline: &Deadline| deadline.0.saturating_duration_since(Instant::now());
    DEADLINE.try_with(left).ok()
}

/// The time limit of a call: `limit`, or less if less is left.
#[must_use]
pub fn at_most(limit: Duration) -> Duration {
    left().map_or(limit, |left| left.min(limit))
}

/// Does work that must follow a change which cannot be undone. It has a second, even if less is left.
pub async fn following<F: Future>(work: F) -> F::Output {
    const LEAST: Duration = Duration::from_secs(1);

    match left() {
        Some(left) if left < LEAST => of(Deadline::after(LEAST), work).await,
        _ => work.await,
    }
}

#[cfg(test)]
mod tests;
