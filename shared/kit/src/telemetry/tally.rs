//! Counts the store calls and capacity units of each request.
//!
//! The tally is local to the task that serves the request, so no function has to pass it on, and concurrent requests
//! have separate tallies.

use std::{
    future::Future,
    sync::{Arc, Mutex, PoisonError},
};

/// The store calls and capacity units of one request.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Used {
    /// Calls to the store, including the SDK's retries.
    pub store_calls: u64,
    /// Read capacity units.
    pub read_units: f64,
    /// Write capacity units.
    pub write_units: f64,
}

type Tally = Arc<Mutex<Used>>;

tokio::task_local! {
    static TALLY: Tally;
}

/// Runs `work` with a tally of its own, and returns its output and the tally.
pub async fn of<F: Future>(work: F) -> (F::Output, Used) {
    let tally = Tally::default();
    let output = TALLY.scope(Arc::clone(&tally), work).await;
    let used = *tally.lock().unwrap_or_else(PoisonError::into_inner);
    (output, used)
}

/// Adds to the tally of the current task. Outside of [`of`], nothing is counted.
pub(crate) fn add(change: impl FnOnce(&mut Used)) {
    let _ = TALLY.try_with(|tally| {
        change(&mut tally.lock().unwrap_or_else(PoisonError::into_inner));
    });
}

#[cfg(test)]
mod tests;
