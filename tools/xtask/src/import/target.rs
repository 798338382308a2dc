//! The target of an import.

use async_trait::async_trait;

use crate::records::Item;

/// Stores resources, one after the other or several at the same time.
#[async_trait]
pub(super) trait Target: Send + Sync {
    /// Reads from it, so that a missing table or permission shows at once, and not after many retries.
    async fn probe(&self) -> anyhow::Result<()> {
        Ok(())
    }

    /// Stores a resource. To store the same one again changes nothing.
    async fn take(&self, item: Item) -> Result<Outcome, Failure>;
}

/// The outcome of a record.
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

/// The reason for which a record was not stored.
#[derive(Debug)]
pub(super) enum Failure {
    /// Only this one is refused.
    Refused(String),
    /// The following ones would fail too.
    Stop(anyhow::Error),
}

/// The fields whose values differ.
pub(super) fn differences(
    fields: &[&'static str],
    found: &Item,
    wanted: &Item,
) -> Vec<&'static str> {
    let mut fields = fields.to_vec();
    fields.retain(|name| found.get(*name) != wanted.get(*name));
    fields
}
