//! The target of an import.

use async_trait::async_trait;

use crate::records::Movie;

/// Stores movies, one after the other or several at the same time.
#[async_trait]
pub(super) trait Target: Send + Sync {
    /// Stores a movie. To store the same movie again changes nothing.
    async fn take(&self, movie: Movie) -> Result<Outcome, Failure>;
}

/// The outcome of a movie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It was added.
    Imported,
    /// It existed with the same content.
    Unchanged,
    /// It existed with other content, and was updated.
    Updated,
    /// It existed with other content, and was left alone; these members differ.
    Different(Vec<&'static str>),
}

/// The reason for which a movie was not stored.
#[derive(Debug)]
pub(super) enum Failure {
    /// Only this movie is refused.
    Refused(String),
    /// The following movies would fail too.
    Stop(anyhow::Error),
}
