//! A limit on the requests that are carried out at a time.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use tokio::sync::Semaphore;

use super::error::{ApiError, problems};

/// So many requests are carried out at a time; the next is answered 503 with `Retry-After` at once. In a queue all would wait, until their
/// clients give up and the server works for nobody.
#[derive(Debug, Clone)]
pub struct Places(Arc<Semaphore>);

impl Places {
    /// So many places.
    #[must_use]
    pub fn new(count: usize) -> Self {
        Self(Arc::new(Semaphore::new(count)))
    }
}

/// Carries a request out if there is a place for it.
pub(super) async fn take(
    State(Places(places)): State<Places>,
    request: Request,
    next: Next,
) -> Response {
    match places.try_acquire() {
        Ok(_place) => next.run(request).await,
        Err(_) => ApiError::from(problems::THROTTLED)
            .passing()
            .into_response(),
    }
}

#[cfg(test)]
mod tests;
