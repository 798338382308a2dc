//! Summaries of measurements, and their text.

use std::time::Duration;

use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressStyle};

/// The summary of a number of measurements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Summary {
    pub(super) median: Duration,
    pub(super) mean: Duration,
    /// The 99th percentile.
    pub(super) p99: Duration,
    pub(super) min: Duration,
    pub(super) max: Duration,
}

impl Summary {
    pub(super) fn of(mut measured: Vec<Duration>) -> anyhow::Result<Self> {
        measured.sort_unstable();
        let (Some(&min), Some(&max)) = (measured.first(), measured.last()) else {
            anyhow::bail!("nothing was measured");
        };
        let count = u32::try_from(measured.len())?;
        let mean = measured.iter().sum::<Duration>() / count;
        let p99 = *measured
            .get(measured.len() * 99 / 100)
            .context("no 99th percentile")?;
        let middle = measured.len() / 2;
        let upper = *measured.get(middle).context("no middle")?;
        let median = if measured.len().is_multiple_of(2) {
            let lower = *measured.get(middle - 1).context("no middle")?;
            (lower + upper) / 2
        } else {
            upper
        };
        Ok(Self {
            median,
            mean,
            p99,
            min,
            max,
        })
    }
}

/// A duration in microseconds.
pub(super) fn micros(duration: Duration) -> String {
    format!("{:.1}", duration.as_secs_f64() * 1e6)
}

/// A number with commas between the thousands.
pub(super) fn grouped(number: u64) -> String {
    indicatif::HumanCount(number).to_string()
}

pub(super) fn progress(length: u64, what: &str) -> ProgressBar {
    let bar = ProgressBar::new(length).with_message(what.to_owned());
    match ProgressStyle::with_template("{bar:30} {percent:>3} %  {msg}  {eta} left") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

#[cfg(test)]
mod tests;
