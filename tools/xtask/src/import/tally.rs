use std::fmt;

use super::target::{Failure, Outcome};

/// The numbers of movies by outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) imported: u64,
    pub(super) unchanged: u64,
    pub(super) updated: u64,
    pub(super) different: u64,
    pub(super) failed: u64,
}

impl Tally {
    pub(super) fn total(&self) -> u64 {
        self.imported + self.unchanged + self.updated + self.different + self.failed
    }

    /// Counts a movie. Returns a remark about it, if there is one, or the reason to stop as an error.
    pub(super) fn count(
        &mut self,
        outcome: Result<Outcome, Failure>,
    ) -> Result<Option<String>, anyhow::Error> {
        let (counter, remark) = match outcome {
            Ok(Outcome::Imported) => (&mut self.imported, None),
            Ok(Outcome::Unchanged) => (&mut self.unchanged, None),
            Ok(Outcome::Updated) => (&mut self.updated, None),
            Ok(Outcome::Different(members)) => {
                let members = members.join(", ");
                let remark = format!("is there, but with another {members}; left as it is");
                (&mut self.different, Some(remark))
            }
            Err(Failure::Refused(reason)) => (&mut self.failed, Some(reason)),
            Err(Failure::Stop(reason)) => return Err(reason),
        };
        *counter += 1;
        Ok(remark)
    }

    /// The result as one line.
    pub(super) fn line(&self, updating: bool) -> String {
        let Self {
            imported,
            unchanged,
            updated,
            different,
            failed,
        } = self;
        if updating {
            format!(
                "{imported} imported, {unchanged} unchanged, {updated} updated, {failed} failed"
            )
        } else {
            format!(
                "{imported} imported, {unchanged} unchanged, {different} different, {failed} failed"
            )
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line(self.updated > 0))
    }
}
