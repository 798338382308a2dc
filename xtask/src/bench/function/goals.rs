//! The goals: ratios of medians in one run, never milliseconds, because machines differ.

use std::time::Duration;

use super::{measure::Measured, subjects::Name};

/// Something that is to be at most so much.
#[derive(Debug, Clone)]
pub(super) struct Goal {
    pub(super) what: String,
    /// `None` when it was not measured: then it is not met either.
    pub(super) is: Option<f64>,
    pub(super) at_most: f64,
    /// What it was worked out from.
    pub(super) because: String,
}

impl Goal {
    pub(super) fn is_met(&self) -> bool {
        self.is.is_some_and(|is| is <= self.at_most)
    }
}

pub(super) fn all(measured: &Measured) -> anyhow::Result<Vec<Goal>> {
    let service = measured.of(Name::Service)?;
    let hello = measured.of(Name::Hello)?;
    let (node, python) = (measured.of(Name::Node)?, measured.of(Name::Python)?);
    // A process that does what those of the others do: it finds, and nothing else.
    let finding = measured.of(Name::Fetching)?;
    let find = finding.find()?.cpu.median;
    let minimal = measured.of(Name::Minimal)?;
    let megabytes = |kib: u64| as_f64(kib) * 1_024.0 / 1e6;
    let mut goals = vec![
        ratio(
            "cold start / hello's",
            service.cold.median,
            hello.cold.median,
            2.4,
        ),
        ratio(
            "cold start / Node's",
            service.cold.median,
            node.cold.median,
            1.0 / 30.0,
        ),
        ratio(
            "cold start / Python's",
            service.cold.median,
            python.cold.median,
            1.0 / 55.0,
        ),
        ratio(
            "first answer / hello's",
            service.first.median,
            hello.first.median,
            2.1,
        ),
        ratio(
            "first answer / minimal's",
            service.first.median,
            minimal.first.median,
            1.15,
        ),
        ratio(
            "CPU of a find / minimal's",
            find,
            minimal.find()?.cpu.median,
            1.15,
        ),
        ratio(
            "CPU of a find / hello's request",
            find,
            hello.find()?.cpu.median,
            4.6,
        ),
        Goal {
            what: "peak resident memory, MB".to_owned(),
            is: Some(megabytes(finding.peak_kib)),
            at_most: 12.0,
            because: format!(
                "{} KiB after finds, of which {} KiB are no file's; {} and {} KiB after every operation",
                finding.peak_kib, finding.own_kib, service.peak_kib, service.own_kib
            ),
        },
        Goal {
            what: "zipped artefact, MB".to_owned(),
            is: measured.zipped.map(|bytes| as_f64(bytes) / 1e6),
            at_most: 4.5,
            because: match measured.zipped {
                Some(bytes) => format!("{bytes} bytes"),
                None => "not measured in a quick run".to_owned(),
            },
        },
    ];
    let worst = service
        .warm
        .iter()
        .map(|operation| operation.calls - as_f64(operation.calls_allowed));
    goals.push(Goal {
        what: "calls beyond one a request".to_owned(),
        is: worst.max_by(f64::total_cmp),
        at_most: 0.0,
        because: "one call of DynamoDB or Cognito, none for a 401".to_owned(),
    });
    Ok(goals)
}

fn ratio(what: &str, ours: Duration, theirs: Duration, at_most: f64) -> Goal {
    Goal {
        what: what.to_owned(),
        is: (!theirs.is_zero()).then(|| ours.as_secs_f64() / theirs.as_secs_f64()),
        at_most,
        because: format!("{ours:.1?} / {theirs:.1?}"),
    }
}

/// Exact as far as anything here gets.
pub(super) fn as_f64(number: u64) -> f64 {
    u32::try_from(number).map_or(f64::INFINITY, f64::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn goal(is: Option<f64>) -> Goal {
        Goal {
            what: String::new(),
            is,
            at_most: 2.4,
            because: String::new(),
        }
    }

    #[test]
    fn a_goal_is_met_up_to_its_limit_and_never_unmeasured() {
        for (is, met) in [
            (Some(2.3), true),
            (Some(2.4), true),
            (Some(2.41), false),
            (None, false),
        ] {
            assert_eq!(goal(is).is_met(), met, "{is:?}");
        }
    }

    #[test]
    fn a_ratio_says_what_it_was_made_of() {
        let (ours, theirs) = (Duration::from_micros(4_800), Duration::from_millis(2));
        let goal = ratio("cold start", ours, theirs, 2.4);
        assert!(goal.is_met());
        assert_eq!(goal.because, "4.8ms / 2.0ms");
        assert!(!ratio("cold start", ours, Duration::ZERO, 2.4).is_met());
    }
}
