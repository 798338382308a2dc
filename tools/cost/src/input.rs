//! The assumptions, measurements and prices: read from the files in `inputs/`.

use std::collections::BTreeMap;

use anyhow::{Context as _, ensure};
use clap::ValueEnum;
use serde::Deserialize;

use crate::operation::Operation;

/// All inputs of a calculation.
#[derive(Debug, Clone)]
pub(crate) struct Inputs {
    pub(crate) prices: Prices,
    pub(crate) limits: Vec<Limit>,
    pub(crate) load: Load,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Architecture {
    /// Graviton
    Arm64,
    /// Intel and AMD
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
    pub(crate) lambda_gb_second: ByArchitecture,
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

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ByArchitecture {
    arm64: Vec<Tier>,
    x86_64: Vec<Tier>,
}

impl ByArchitecture {
    pub(crate) fn of(&self, architecture: Architecture) -> &[Tier] {
        match architecture {
            Architecture::Arm64 => &self.arm64,
            Architecture::X86 => &self.x86_64,
        }
    }
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

/// A limit of `inputs/limits.yaml`, and what to do once it is reached.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Limit {
    pub(crate) what: String,
    pub(crate) of: Measure,
    pub(crate) value: f64,
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
    /// Changes that a relay follows.
    Changes,
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
    pub(crate) terms_bytes: f64,
    pub(crate) changes_of_batch: f64,
    pub(crate) row_bytes: f64,
    pub(crate) row_key_bytes: f64,
    pub(crate) relay: Batch,
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

/// The memory, the CPU time, the time waited and the log of a batch of the relay.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Batch {
    pub(crate) memory: u32,
    pub(crate) cpu_micros: f64,
    pub(crate) wait_millis: f64,
    pub(crate) log_bytes: f64,
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
    /// Reads the files of `inputs/`.
    pub(crate) fn read() -> anyhow::Result<Self> {
        let inputs = Self {
            prices: serde_yaml_ng::from_str(include_str!("../inputs/prices.yaml"))
                .context("prices.yaml")?,
            limits: serde_yaml_ng::from_str(include_str!("../inputs/limits.yaml"))
                .context("limits.yaml")?,
            load: serde_yaml_ng::from_str(include_str!("../inputs/load.yaml"))
                .context("load.yaml")?,
        };
        ensure!(
            inputs.load.operations.len() == Operation::ALL.len(),
            "load.yaml: `operations` lacks an operation"
        );
        Ok(inputs)
    }
}

#[cfg(test)]
pub(crate) mod tests;
