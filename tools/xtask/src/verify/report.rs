//! The output: a line for each check, and a summary.

use std::fmt;

use http::Method;

/// A check and its outcome.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) what: String,
    pub(super) outcome: Outcome,
}

/// The outcome of a check.
#[derive(Debug, Clone)]
pub(super) enum Outcome {
    Ok,
    /// The reasons.
    Failed(Vec<String>),
    /// The reason for skipping it.
    Skipped(&'static str),
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // `Method` ignores the width in a format string.
        let method = self.method.as_str();
        write!(f, "{method:<7} {:<28} {:<38} ", self.path, self.what)?;
        match &self.outcome {
            Outcome::Ok => f.write_str("ok"),
            Outcome::Skipped(why) => write!(f, "skipped: {why}"),
            Outcome::Failed(reasons) => write!(f, "FAILED\n        {}", reasons.join("\n        ")),
        }
    }
}

/// The numbers of checks by outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) ok: u32,
    pub(super) failed: u32,
    pub(super) skipped: u32,
}

impl Tally {
    pub(super) fn count(&mut self, outcome: &Outcome) {
        *match outcome {
            Outcome::Ok => &mut self.ok,
            Outcome::Failed(_) => &mut self.failed,
            Outcome::Skipped(_) => &mut self.skipped,
        } += 1;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            ok,
            failed,
            skipped,
        } = self;
        write!(f, "{ok} ok, {failed} failed, {skipped} skipped")
    }
}
