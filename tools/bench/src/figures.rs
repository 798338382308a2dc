//! Measured durations, and the text of figures.

use std::time::Duration;

use hdrhistogram::Histogram;
use indicatif::{ProgressBar, ProgressStyle};

/// The durations of the same work, in nanoseconds.
pub(super) type Times = Histogram<u64>;

/// No durations yet. Three digits of each are kept.
pub(super) fn times() -> anyhow::Result<Times> {
    Ok(Histogram::new(3)?)
}

/// Adds a duration.
pub(super) fn add(times: &mut Times, duration: Duration) -> anyhow::Result<()> {
    Ok(times.record(u64::try_from(duration.as_nanos())?)?)
}

/// The duration that this share of all does not exceed.
pub(super) fn quantile(times: &Times, share: f64) -> Duration {
    Duration::from_nanos(times.value_at_quantile(share))
}

pub(super) fn median(times: &Times) -> Duration {
    quantile(times, 0.5)
}

pub(super) fn mean(times: &Times) -> Duration {
    Duration::from_secs_f64(times.mean() / 1e9)
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
