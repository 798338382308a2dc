//! The output: a line for each check, and a summary.

use std::{fmt, time::Duration};

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
    Ok(Duration),
    /// The reasons.
    Failed(Vec<String>, Duration),
    /// The reason for skipping it.
    Skipped(&'static str),
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            method,
            path,
            what,
            outcome,
        } = self;
        // `Method` ignores the width in a format string.
        let method = method.as_str();
        write!(f, "{method:<7} {path:<28} {what:<38} ")?;
        match outcome {
            Outcome::Ok(took) => write!(f, "ok      {:>6} ms", took.as_millis()),
            Outcome::Skipped(why) => write!(f, "skipped: {why}"),
            Outcome::Failed(reasons, took) => {
                write!(f, "FAILED  {:>6} ms", took.as_millis())?;
                reasons
                    .iter()
                    .try_for_each(|reason| write!(f, "\n        {reason}"))
            }
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
            Outcome::Ok(_) => &mut self.ok,
            Outcome::Failed(..) => &mut self.failed,
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
