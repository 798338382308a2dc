//! The goals: ratios in one run, never milliseconds, because machines differ.

use std::time::Duration;

use super::{
    events,
    measured::{Measured, OfFunction, OfMemory, OfOperation},
    quota::Memory,
    subjects::Kind,
};
use crate::figures::{median, quantile};

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
    let minimal = measured.of(Kind::Minimal)?;
    let usual = |kind| measured.of(kind)?.with(Memory::USUAL);
    let (ours, least) = (usual(Kind::Service)?, usual(Kind::Minimal)?);
    let (node, python) = (usual(Kind::Node)?, usual(Kind::Python)?);
    let cold = |of: &OfMemory| median(&of.cold);
    let p50 = |of: &OfOperation| median(&of.latency);
    let p99 = |of: &OfMemory| quantile(&of.find.latency, 0.99);
    let page = |of: &OfFunction| anyhow::Ok(p50(of.operation(events::LIST_PAGE)?));
    let sizes = &measured.conditions.sizes;
    let beyond = service.operations.iter();
    let beyond = beyond.map(|of| of.calls_of_one(sizes) - as_f64(of.operation.calls));
    let (peak_of_finds, peak) = (service.peak_of_finds_kib, service.peak_kib);
    Ok(vec![
        ratio("cold start / minimal's", cold(ours), cold(least), 1.0),
        ratio("cold start / Node's", cold(ours), cold(node), 1.0 / 20.0),
        ratio(
            "cold start / Python's",
            cold(ours),
            cold(python),
            1.0 / 40.0,
        ),
        ratio(
            "warm find, p50 / minimal's",
            p50(&ours.find),
            p50(&least.find),
            1.05,
        ),
        ratio("warm find, p99 / Node's", p99(ours), p99(node), 1.0 / 3.0),
        ratio(
            "warm find, p99 / Python's",
            p99(ours),
            p99(python),
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
            Some(peak_of_finds * 1_024),
            14.0,
        ),
        megabytes("peak memory after all, MB", Some(peak * 1_024), 20.0),
        megabytes("zipped artefact, MB", measured.zipped, 6.0),
        Goal {
            what: "calls beyond what is allowed",
            is: beyond.max_by(f64::total_cmp),
            at_most: 0.0,
            because: "one call of DynamoDB or Cognito; two for a change of what is searched; none for a 401".to_owned(),
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
