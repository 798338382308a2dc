use std::{collections::BTreeMap, fmt};

use super::into_api::{Failure, Outcome};

/// The numbers of records by outcome.
#[derive(Debug, Default)]
pub(super) struct Tally(BTreeMap<&'static str, u64>);

const UPDATED: &str = "updated";
const FAILED: &str = "failed";

impl Tally {
    pub(super) fn total(&self) -> u64 {
        self.0.values().sum()
    }

    pub(super) fn has_failed(&self) -> bool {
        self.0.contains_key(FAILED)
    }

    /// Counts the outcome of importing a record. Returns a line to print about the record, if its outcome needs one. An error is
    /// a failure that every further record would meet too, so the import stops.
    pub(super) fn count(
        &mut self,
        outcome: Result<Outcome, Failure>,
    ) -> anyhow::Result<Option<String>> {
        let (counter, remark) = match outcome {
            Ok(Outcome::Imported) => ("imported", None),
            Ok(Outcome::Unchanged) => ("unchanged", None),
            Ok(Outcome::Updated) => (UPDATED, None),
            Ok(Outcome::Different(members)) => {
                let members = members.join(", ");
                let remark = format!("is there, but with another {members}; left as it is");
                ("different", Some(remark))
            }
            Err(Failure::Refused(reason)) => (FAILED, Some(reason)),
            Err(Failure::Stop(reason)) => return Err(reason),
        };
        *self.0.entry(counter).or_default() += 1;
        Ok(remark)
    }
}

/// Shows the result as one line.
impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let third = if self.0.contains_key(UPDATED) {
            UPDATED
        } else {
            "different"
        };
        let counters = ["imported", "unchanged", third, FAILED];
        let count = |name| self.0.get(name).copied().unwrap_or_default();
        f.write_str(
            &counters
                .map(|name| format!("{} {name}", count(name)))
                .join(", "),
        )
    }
}
