//! What an import writes into.

use async_trait::async_trait;

use crate::records::Movie;

/// Takes movies, one after the other or many at the same time.
#[async_trait]
pub(super) trait Target: Send + Sync {
    /// Takes a movie. Taking it again changes nothing.
    async fn take(&self, movie: Movie) -> Result<Outcome, Failure>;
}

/// What became of a movie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It is there now.
    Imported,
    /// It was there, just so.
    Unchanged,
    /// It was there and differed in these members; now it does not.
    Updated,
    /// It was there, differs in these members, and was left alone.
    Different(Vec<&'static str>),
}

/// Why a movie was not taken.
#[derive(Debug)]
pub(super) enum Failure {
    /// This one was refused; the next may be taken.
    Refused(String),
    /// The next would not be taken either.
    Stop(anyhow::Error),
}
