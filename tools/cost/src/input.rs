//! The assumptions, measurements and prices: read from the files in `inputs/`, and from the benchmark's report.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::{Context as _, ensure};
use clap::ValueEnum;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::operation::Operation;

/// All inputs of a calculation.
#[derive(Debug, Clone)]
pub(crate) struct Inputs {
    pub(crate) prices: Prices,
    pub(crate) limits: Vec<Limit>,
    pub(crate) load: Load,
    /// The file that the CPU times are from.
    pub(crate) cpu_from: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Architecture {
    /// Graviton
    #[serde(rename = "arm64")]
    Arm64,
    /// Intel and AMD
    #[serde(rename = "x86_64")]
    #[value(name = "x86_64")]
    X86,
}

impl Architecture {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Arm64 => "arm64",
            Self::X86 => "x86_64",
        }
    }
}

/// `inputs/prices.yaml`: prices in dollars.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Prices {
    pub(crate) region: String,
    pub(crate) date: String,
    pub(crate) api_gateway_request: Vec<Tier>,
    pub(crate) lambda_request: f64,
    pub(crate) lambda_gb_second: BTreeMap<Architecture, Vec<Tier>>,
    pub(crate) dynamodb_read_unit: f64,
    pub(crate) dynamodb_write_unit: f64,
    pub(crate) dynamodb_gb_month: f64,
    pub(crate) dynamodb_backup_gb_month: f64,
    pub(crate) log_gb: f64,
    pub(crate) log_kept_gb_month: f64,
    pub(crate) metric_month: f64,
    pub(crate) alarm_month: f64,
    pub(crate) dashboard_month: f64,
    pub(crate) trace: f64,
    pub(crate) user_month: f64,
    pub(crate) mail: f64,
    pub(crate) traffic_gb: Vec<Tier>,
}

/// A price up to a quantity.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tier {
    /// `None` for the last tier.
    #[serde(default)]
    pub(crate) up_to: Option<f64>,
    pub(crate) price: f64,
}

/// The price of a quantity, tier by tier.
pub(crate) fn tiered(tiers: &[Tier], quantity: f64) -> f64 {
    let mut below = 0.0;
    let mut sum = 0.0;
    for tier in tiers {
        let end = tier.up_to.unwrap_or(f64::INFINITY).min(quantity);
        sum += (end - below).max(0.0) * tier.price;
        below = end.max(below);
    }
    sum
}

/// A limit of `inputs/limits.yaml`, its source, and what to do once it is reached.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Limit {
    pub(crate) what: String,
    pub(crate) of: Measure,
    pub(crate) value: f64,
    pub(crate) source: String,
    pub(crate) then: String,
}

/// What a limit limits.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Measure {
    Requests,
    /// Requests of the operation that has most.
    BusiestOperation,
    /// The same, of the operations below `/auth`.
    BusiestAuth,
    SignIns,
    Refreshes,
    Invocations,
    /// Busy instances.
    Running,
    TableReads,
    TableWrites,
    /// Read units of the partition that is listed most.
    FirstPages,
    MovieWrites,
    KeyCalls,
}

/// `inputs/load.yaml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Load {
    pub(crate) requests_of_user: f64,
    pub(crate) mails_of_user: f64,
    pub(crate) peak: f64,
    pub(crate) mix: BTreeMap<Operation, f64>,
    pub(crate) lists_of_newest_year: f64,
    pub(crate) movie_bytes: f64,
    pub(crate) page_movies: f64,
    pub(crate) record_bytes: f64,
    pub(crate) index_bytes: f64,
    pub(crate) entries: f64,
    pub(crate) entries_by_rating: f64,
    pub(crate) entry_bytes: f64,
    pub(crate) operations: BTreeMap<Operation, Taken>,
    pub(crate) cold_cpu_micros: f64,
    pub(crate) cold_wait_millis: f64,
    pub(crate) cold_share: f64,
    pub(crate) log_service_bytes: f64,
    pub(crate) log_gateway_bytes: f64,
    pub(crate) log_lambda_bytes: f64,
    pub(crate) log_compressed: f64,
    pub(crate) trace_share: f64,
}

/// The CPU time, the time waited and the bytes sent by a request of an operation.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Taken {
    pub(crate) cpu_micros: f64,
    pub(crate) wait_millis: f64,
    pub(crate) answer_bytes: f64,
}

impl Load {
    /// The share of an operation in all requests, from 0 to 1.
    pub(crate) fn share(&self, operation: Operation) -> f64 {
        let all: f64 = self.mix.values().sum();
        self.mix.get(&operation).map_or(0.0, |share| share / all)
    }

    /// The mean of a value over the operations, weighted by their shares.
    pub(crate) fn mean(&self, of: impl Fn(Operation) -> f64) -> f64 {
        self.mix
            .keys()
            .map(|&operation| self.share(operation) * of(operation))
            .sum()
    }
}

impl Inputs {
    /// Reads the files that are given, and those of `inputs/` for the others.
    pub(crate) fn read(
        prices: Option<&Path>,
        limits: Option<&Path>,
        load: Option<&Path>,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            prices: parsed(prices, include_str!("../inputs/prices.yaml"))?,
            limits: parsed(limits, include_str!("../inputs/limits.yaml"))?,
            load: parsed(load, include_str!("../inputs/load.yaml"))?,
            cpu_from: load
                .unwrap_or(Path::new("tools/cost/inputs/load.yaml"))
                .display()
                .to_string(),
        })
    }

    /// Replaces the CPU times by those of the benchmark's report, for the operations that it contains.
    pub(crate) fn measure(&mut self, file: &Path) -> anyhow::Result<()> {
        let text = fs::read_to_string(file).with_context(|| {
            format!(
                "cannot read {}; `cargo xtask bench` writes it",
                file.display()
            )
        })?;
        let no_report = || format!("{} is no report of the benchmark", file.display());
        let report: Value = serde_json::from_str(&text).with_context(no_report)?;
        let named = |list: &'_ Value, name: &str| {
            let mut all = list.as_array().into_iter().flatten();
            all.find(|one| one["name"] == name).cloned()
        };
        let service = named(&report["functions"], SERVICE)
            .with_context(|| format!("{} says nothing of {SERVICE}", file.display()))?;
        let median = |of: &Value| of["median"].as_f64().with_context(no_report);
        self.load.cold_cpu_micros = median(&service["initMillis"])? * 1e3;
        let mut left: Vec<_> = Vec::new();
        for (operation, taken) in &mut self.load.operations {
            match named(&service["warm"], operation.name()) {
                Some(warm) => taken.cpu_micros = median(&warm["cpuMicros"])?,
                None => left.push(operation.name()),
            }
        }
        self.cpu_from = format!("{}, except {}", file.display(), left.join(", "));
        Ok(())
    }

    /// Refuses inputs that the calculations cannot use.
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        let load = &self.load;
        for operation in Operation::ALL {
            let name = operation.name();
            let is_there = load.operations.contains_key(&operation);
            ensure!(is_there, "`operations` has no `{name}`");
        }
        ensure!(
            load.mix.values().sum::<f64>() > 0.0 && load.mix.values().all(|&share| share >= 0.0),
            "`mix` has to add up to something"
        );
        for architecture in Architecture::value_variants() {
            let name = architecture.name();
            let is_there = self.prices.lambda_gb_second.contains_key(architecture);
            ensure!(is_there, "`lambda_gb_second` has no {name}");
        }
        ensure!(
            (0.0..=1.0).contains(&load.lists_of_newest_year),
            "`lists_of_newest_year` is a share, from 0 to 1"
        );
        Ok(())
    }
}

fn parsed<T: DeserializeOwned>(file: Option<&Path>, default: &str) -> anyhow::Result<T> {
    let Some(file) = file else {
        return Ok(serde_yaml_ng::from_str(default)?);
    };
    let name = file.display();
    let text = fs::read_to_string(file).with_context(|| format!("cannot read {name}"))?;
    serde_yaml_ng::from_str(&text).with_context(|| format!("{name} is not understood"))
}

/// The name of this service in the benchmark's report.
const SERVICE: &str = "this service";

#[cfg(test)]
pub(crate) mod tests;
