//! What a request uses of the store, added up where it is used.
//!
//! The tally belongs to the task that serves the request, so no function has to hand it on, and requests
//! that are served at the same time each have their own.

use std::{
    future::Future,
    sync::{Arc, Mutex, PoisonError},
};

/// What was used of the store.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Used {
    /// Calls to the store, those that the SDK repeats included.
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

/// Does some work with a tally of its own, and tells what it used.
pub async fn of<F: Future>(work: F) -> (F::Output, Used) {
    let tally = Tally::default();
    let output = TALLY.scope(Arc::clone(&tally), work).await;
    let used = *tally.lock().unwrap_or_else(PoisonError::into_inner);
    (output, used)
}

/// Makes work that is given to another task count where this is called.
pub fn shared<F: Future>(work: F) -> impl Future<Output = F::Output> {
    let tally = TALLY.try_with(Arc::clone).unwrap_or_default();
    TALLY.scope(tally, work)
}

/// Adds to the tally of the work at hand; what happens outside of any is not counted.
pub(crate) fn add(change: impl FnOnce(&mut Used)) {
    let _ = TALLY.try_with(|tally| {
        change(&mut tally.lock().unwrap_or_else(PoisonError::into_inner));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn call(times: u64) {
        for _ in 0..times {
            add(|used| used.store_calls += 1);
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn work_at_the_same_time_is_told_apart() {
        let (((), three), ((), five)) = tokio::join!(of(call(3)), of(call(5)));
        assert_eq!((three.store_calls, five.store_calls), (3, 5));
    }

    #[tokio::test]
    async fn a_task_counts_where_it_was_shared() {
        let ((), used) = of(async {
            call(1).await;
            tokio::spawn(shared(call(2))).await.unwrap();
            tokio::spawn(call(4)).await.unwrap();
        })
        .await;
        assert_eq!(used.store_calls, 3);
    }

    #[tokio::test]
    async fn what_belongs_to_no_request_is_not_counted() {
        call(1).await;
        shared(call(1)).await;
        assert_eq!(of(call(0)).await.1, Used::default());
    }
}
