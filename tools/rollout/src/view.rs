//! A rollout in words: a table for a terminal, a line for a log.

use std::time::Duration;

use indicatif::HumanCount;

use crate::{
    cloud::{
        figures::{Alarm, Figures},
        shifting::Steps,
        show_time,
    },
    follow::{Row, Snapshot},
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
    for Row {
        version,
        share,
        figures,
    } in &snapshot.rows
    {
        let [requests, errors, http_5xx, p99] = texts(figures);
        let share = percent(*share);
        lines.push(format!(
            "{version:<9} {share:>8} {requests:>10} {errors:>8} {http_5xx:>6} {p99:>9}"
        ));
    }
    if !snapshot.alarms.is_empty() {
        lines.push(format!("alarms: {}", alarms(&snapshot.alarms)));
    }
    if let Some(left) = snapshot.left() {
        lines.push(format!("time left: {}", duration(left)));
    }
    lines.join("\n")
}

/// The whole snapshot in one line.
pub(crate) fn line(snapshot: &Snapshot) -> String {
    let mut parts = vec![show_time(&snapshot.at) + " " + &headline(snapshot)];
    parts.extend(snapshot.rows.iter().map(|row| {
        let [requests, errors, http_5xx, p99] = texts(&row.figures);
        format!(
            "version {} {} requests={requests} errors={errors} 5xx={http_5xx} p99={p99}",
            row.version,
            percent(row.share),
        )
    }));
    let sounding = sounding(snapshot);
    if !sounding.is_empty() {
        parts.push(format!("ALARM {sounding}"));
    }
    let left = snapshot.left();
    parts.extend(left.map(|left| format!("{} left", duration(left))));
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

/// The alarms with their states.
pub(crate) fn alarms(alarms: &[Alarm]) -> String {
    let alarms = alarms.iter();
    let alarms = alarms.map(|alarm| format!("{} {}", alarm.name, alarm.state));
    alarms.collect::<Vec<_>>().join(", ")
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

/// Requests, errors, answers with a status from 500 on, and the latency.
fn texts(figures: &Figures) -> [String; 4] {
    [
        count(figures.requests),
        count(figures.errors),
        count(figures.http_5xx),
        milliseconds(figures.p99),
    ]
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
    let text = number.map(|number| HumanCount(number as u64).to_string());
    text.unwrap_or_else(|| UNKNOWN.to_owned())
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
