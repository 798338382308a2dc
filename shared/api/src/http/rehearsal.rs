//! Requests that nobody sent.

tokio::task_local! {
    static REHEARSAL: ();
}

/// Does some work in which requests are served that nobody sent, so that later ones find in memory what they run. They
/// leave no line in the log, count in no metric, and none of them is the cold start.
pub async fn rehearse<F: Future>(work: F) -> F::Output {
    REHEARSAL.scope((), work).await
}

/// Whether the request at hand is one of these.
pub(super) fn is_under_way() -> bool {
    REHEARSAL.try_with(|()| ()).is_ok()
}
