//! The goals: ratios in one run, never milliseconds, because machines differ.

use std::time::Duration;

use super::{
    events,
    measured::{Measured, OfFunction},
    quota::Memory,
    subjects::Kind,
};

/// A goal: the upper bound of a figure.
#[derive(Debug, Clone)]
pub(super) struct Goal {
    pub(super) what: &'static str,
    /// `None` if the figure was not measured; the goal is then missed.
    pub(super) is: Option<f64>,
    pub(super) at_most: f64,
    /// The figures from which it was computed.
    pub(super) because: String,
}

impl Goal {
    pub(super) fn is_met(&self) -> bool {
        self.is.is_some_and(|is| is <= self.at_most)
    }
}

pub(super) fn all(measured: &Measured) -> anyhow::Result<Vec<Goal>> {
    let service = measured.of(Kind::Service)?;
    let ours = service.with(Memory::USUAL)?;
    let minimal = measured.of(Kind::Minimal)?;
    let (node, python) = (measured.of(Kind::Node)?, measured.of(Kind::Python)?);
    let page = |of: &OfFunction| -> anyhow::Result<Duration> {
        Ok(of.operation(events::LIST_PAGE)?.latency.median)
    };
    let (least, of_node, of_python) = (
        minimal.with(Memory::USUAL)?,
        node.with(Memory::USUAL)?,
        python.with(Memory::USUAL)?,
    );
    let (cold, find) = (ours.cold.median, ours.find);
    let calls = service.operations.iter();
    let worst = calls.map(|operation| operation.calls - as_f64(operation.calls_allowed));
    Ok(vec![
        ratio("cold start / minimal's", cold, least.cold.median, 1.0),
        ratio("cold start / Node's", cold, of_node.cold.median, 1.0 / 20.0),
        ratio(
            "cold start / Python's",
            cold,
            of_python.cold.median,
            1.0 / 40.0,
        ),
        ratio(
            "warm find, p50 / minimal's",
            find.median,
            least.find.median,
            1.05,
        ),
        ratio(
            "warm find, p99 / Node's",
            find.p99,
            of_node.find.p99,
            1.0 / 3.0,
        ),
        ratio(
            "warm find, p99 / Python's",
            find.p99,
            of_python.find.p99,
            1.0 / 3.0,
        ),
        ratio(
            "page of 50, p50 / minimal's",
            page(service)?,
            page(minimal)?,
            1.1,
        ),
        megabytes(
            "peak memory after finds, MB",
            Some(service.peak_of_finds_kib * 1_024),
            14.0,
        ),
        megabytes(
            "peak memory after all, MB",
            Some(service.peak_kib * 1_024),
            20.0,
        ),
        megabytes("zipped artefact, MB", measured.zipped, 6.0),
        Goal {
            what: "calls beyond one a request",
            is: worst.max_by(f64::total_cmp),
            at_most: 0.0,
            because: "one call of DynamoDB or Cognito, none for a 401".to_owned(),
        },
    ])
}

fn megabytes(what: &'static str, bytes: Option<u64>, at_most: f64) -> Goal {
    Goal {
        what,
        is: bytes.map(|bytes| as_f64(bytes) / 1e6),
        at_most,
        because: match bytes {
            Some(bytes) => format!("{bytes} bytes"),
            None => "not measured in a quick run".to_owned(),
        },
    }
}

fn ratio(what: &'static str, ours: Duration, theirs: Duration, at_most: f64) -> Goal {
    Goal {
        what,
        is: (!theirs.is_zero()).then(|| ours.as_secs_f64() / theirs.as_secs_f64()),
        at_most,
        because: format!("{ours:.1?} / {theirs:.1?}"),
    }
}

/// The number as a float, exactly; infinity if it does not fit 32 bits.
pub(super) fn as_f64(number: u64) -> f64 {
    u32::try_from(number).map_or(f64::INFINITY, f64::from)
}

#[cfg(test)]
mod tests;
