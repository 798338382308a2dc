//! A rollout in words: a table for a terminal, a line for a log.

use std::time::Duration;

use indicatif::HumanCount;

use crate::{
    cloud::{figures::Figures, shifting::Steps, show_time},
    follow::Snapshot,
};

/// The text for an unknown value.
const UNKNOWN: &str = "-";

/// The whole snapshot as a table of several lines.
pub(crate) fn table(snapshot: &Snapshot) -> String {
    let mut lines = vec![headline(snapshot)];
    lines.push(format!(
        "{:<9} {:>8} {:>10} {:>8} {:>6} {:>9}",
        "version", "traffic", "requests", "errors", "5xx", "p99"
    ));
    for row in &snapshot.rows {
        let Figures {
            requests,
            errors,
            http_5xx,
            p99,
        } = row.figures;
        lines.push(format!(
            "{:<9} {:>8} {:>10} {:>8} {:>6} {:>9}",
            row.version,
            percent(row.share),
            count(requests),
            count(errors),
            count(http_5xx),
            milliseconds(p99),
        ));
    }
    if !snapshot.alarms.is_empty() {
        let alarms = snapshot.alarms.iter();
        let alarms: Vec<_> = alarms
            .map(|alarm| format!("{} {}", alarm.name, alarm.state))
            .collect();
        lines.push(format!("alarms: {}", alarms.join(", ")));
    }
    if let Some(left) = snapshot.left() {
        lines.push(format!("time left: {}", duration(left)));
    }
    lines.join("\n")
}

/// The whole snapshot in one line.
pub(crate) fn line(snapshot: &Snapshot) -> String {
    let rows = snapshot.rows.iter().map(|row| {
        let Figures {
            requests,
            errors,
            http_5xx,
            p99,
        } = row.figures;
        format!(
            "version {} {} requests={} errors={} 5xx={} p99={}",
            row.version,
            percent(row.share),
            count(requests),
            count(errors),
            count(http_5xx),
            milliseconds(p99),
        )
    });
    let mut parts = vec![format!(
        "{} {}",
        show_time(&snapshot.at),
        headline(snapshot)
    )];
    parts.extend(rows);
    let sounding = sounding(snapshot);
    if !sounding.is_empty() {
        parts.push(format!("ALARM {sounding}"));
    }
    parts.extend(
        snapshot
            .left()
            .map(|left| format!("{} left", duration(left))),
    );
    parts.join("; ")
}

/// The progress in words. It changes with each step, and seldom between two.
pub(crate) fn headline(snapshot: &Snapshot) -> String {
    let stack = format!("{} {}", snapshot.stack.name, snapshot.stack.status);
    let Some(deployment) = &snapshot.deployment else {
        return stack;
    };
    let steps = snapshot.steps.map(Steps::describe);
    let steps = steps.map_or_else(String::new, |steps| format!(" ({steps})"));
    let checking = if deployment.status == "InProgress" && deployment.shifting_since.is_none() {
        ", checking before any traffic"
    } else {
        ""
    };
    format!(
        "{stack}, {} {}{steps}{checking}",
        deployment.id, deployment.status
    )
}

/// The text whose change is logged at once: the headline, the shares, the ringing alarms.
pub(crate) fn milestone(snapshot: &Snapshot) -> String {
    let shares = snapshot
        .rows
        .iter()
        .map(|row| format!("{} {}", row.version, percent(row.share)));
    let shares: Vec<_> = shares.collect();
    format!(
        "{} {} {}",
        headline(snapshot),
        shares.join(" "),
        sounding(snapshot)
    )
}

/// The names of the alarms in state `ALARM`.
pub(crate) fn sounding(snapshot: &Snapshot) -> String {
    let alarms = snapshot
        .alarms
        .iter()
        .filter(|alarm| alarm.state == "ALARM");
    let names: Vec<_> = alarms.map(|alarm| alarm.name.as_str()).collect();
    names.join(", ")
}

/// A share of all traffic in percent.
pub(crate) fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "CloudWatch counts in floating point; a cast saturates"
)]
fn count(number: Option<f64>) -> String {
    number.map_or_else(
        || UNKNOWN.to_owned(),
        |number| HumanCount(number as u64).to_string(),
    )
}

fn milliseconds(number: Option<f64>) -> String {
    number.map_or_else(|| UNKNOWN.to_owned(), |number| format!("{number:.0} ms"))
}

fn duration(time: Duration) -> String {
    let seconds = time.as_secs();
    format!("{} min {:02} s", seconds / 60, seconds % 60)
}

#[cfg(test)]
mod tests;
