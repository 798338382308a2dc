//! The tables, and what is demanded of them.

use std::fmt::Write as _;

use super::tally::Tally;
use crate::figures::{grouped, median, quantile};

/// The handles that may be open at the end besides those of the beginning: files of the system that a library keeps.
const MAY_STAY_OPEN: usize = 4;

/// A demand, and whether it was met.
pub(super) type Demand = (String, bool);

/// A loop, and what became of it.
#[derive(Debug)]
pub(super) struct Row {
    name: String,
    tally: Tally,
    is_closed: bool,
}

impl Row {
    pub(super) fn closed(share: f64, connections: usize, tally: Tally) -> Self {
        Self {
            name: format!("closed, {share} x: {connections} connections"),
            tally,
            is_closed: true,
        }
    }

    pub(super) fn open(share: f64, a_second: f64, tally: Tally) -> Self {
        Self {
            name: format!("open, {share} x: {a_second:.0} a second"),
            tally,
            is_closed: false,
        }
    }

    /// The answers of a second.
    pub(super) fn a_second(&self) -> f64 {
        let answers = u32::try_from(self.tally.answers()).unwrap_or(u32::MAX);
        f64::from(answers) / self.tally.lasted.as_secs_f64()
    }
}

/// A table for a page of Markdown. Times are in milliseconds.
pub(super) fn table(rows: &[Row]) -> String {
    let mut text = "| loop | answers | a second | statuses | no answer | not sent | p50, ms | p99, ms | longest, ms |\n\
                    | --- | ---: | ---: | --- | --- | ---: | ---: | ---: | ---: |\n"
        .to_owned();
    for row in rows {
        let Tally {
            latency,
            statuses,
            unanswered,
            not_sent,
            ..
        } = &row.tally;
        let statuses = statuses
            .iter()
            .map(|(status, n)| format!("{status}: {}", grouped(*n)));
        let unanswered = unanswered
            .iter()
            .map(|(why, n)| format!("{why}: {}", grouped(*n)));
        let millis = |time: std::time::Duration| format!("{:.1}", time.as_secs_f64() * 1e3);
        let _ = writeln!(
            text,
            "| {} | {} | {:.0} | {} | {} | {} | {} | {} | {} |",
            row.name,
            grouped(row.tally.answers()),
            row.a_second(),
            statuses.collect::<Vec<_>>().join(", "),
            unanswered.collect::<Vec<_>>().join(", "),
            grouped(*not_sent),
            millis(median(latency)),
            millis(quantile(latency, 0.99)),
            millis(quantile(latency, 1.0)),
        );
    }
    text
}

/// The demand that every answer is one that the contract has, and that a closed loop gets every answer.
pub(super) fn answers(rows: &[Row]) -> Demand {
    let violations: Vec<_> = rows.iter().flat_map(|row| &row.tally.violations).collect();
    for violation in violations.iter().take(10) {
        println!("not in the contract: {violation}");
    }
    let closed = rows.iter().filter(|row| row.is_closed);
    let lost: u64 = closed.flat_map(|row| row.tally.unanswered.values()).sum();
    let checked: u64 = rows.iter().map(|row| row.tally.checked).sum();
    let answers: u64 = rows.iter().map(|row| row.tally.answers()).sum();
    let text = format!(
        "of {} answers, {} were checked whole: {} faults; the closed loops lost {lost}",
        grouped(answers),
        grouped(checked),
        violations.len()
    );
    (text, violations.is_empty() && lost == 0)
}

/// The demand that no handle stays open.
pub(super) fn handles(before: usize, after: usize) -> Demand {
    let text = format!("{before} handles before, {after} after");
    (text, after <= before + MAY_STAY_OPEN)
}

/// Prints the demands; true if all are met.
pub(super) fn judge(demands: &[Demand]) -> bool {
    for (text, is_met) in demands {
        let mark = if *is_met { "met   " } else { "MISSED" };
        println!("{mark} {text}");
    }
    demands.iter().all(|(_, is_met)| *is_met)
}
