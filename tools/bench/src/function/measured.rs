//! The conditions and the results of a run.

use anyhow::Context as _;

use super::{
    quota::{Mechanism, Memory, Proof},
    subjects::Kind,
};
use crate::{cpu::Cores, figures::Summary};

/// The numbers of repetitions.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sizes {
    /// Cold starts of each function with each memory size.
    pub(super) cold: u32,
    /// Requests of a batch, whose CPU time is read at once.
    pub(super) batch: u32,
    /// Counted batches of each operation.
    pub(super) rounds: u32,
    /// Batches before the counted ones, because the interpreters compile code that runs often.
    pub(super) warm_up: u32,
}

impl Sizes {
    pub(super) const QUICK: Self = Self {
        cold: 1,
        batch: 3,
        rounds: 1,
        warm_up: 1,
    };

    pub(super) const WHOLE: Self = Self {
        cold: 30,
        batch: 50,
        rounds: 20,
        warm_up: 10,
    };

    /// The sizes without the interpreters. These take most of the time, so more repetitions are possible.
    pub(super) const OF_OTHERS: Self = Self {
        cold: 200,
        batch: 25,
        rounds: 24,
        warm_up: 10,
    };

    /// Warm requests of each operation.
    pub(super) fn requests(&self) -> u32 {
        self.batch * self.rounds
    }
}

/// The conditions of a run.
#[derive(Debug)]
pub(super) struct Conditions {
    pub(super) sizes: Sizes,
    pub(super) cores: Cores,
    pub(super) memory: Vec<Memory>,
    pub(super) mechanism: Mechanism,
    pub(super) proofs: Vec<Proof>,
}

/// The results of a run.
#[derive(Debug)]
pub(super) struct Measured {
    pub(super) conditions: Conditions,
    pub(super) zipped: Option<u64>,
    pub(super) roots: usize,
    pub(super) interpreters: Vec<String>,
    pub(super) functions: Vec<OfFunction>,
}

/// The results of a function.
#[derive(Debug)]
pub(super) struct OfFunction {
    pub(super) kind: Kind,
    pub(super) name: String,
    /// From the start of the process to its first request for an event, at full speed as in Lambda.
    pub(super) init: Summary,
    pub(super) by_memory: Vec<OfMemory>,
    /// With the usual memory size; `find` comes first.
    pub(super) operations: Vec<OfOperation>,
    /// The peak memory of the process after finds alone, in KiB.
    pub(super) peak_of_finds_kib: u64,
    /// The peak memory after all operations, in KiB.
    pub(super) peak_kib: u64,
}

/// The results with a memory size.
#[derive(Debug)]
pub(super) struct OfMemory {
    pub(super) memory: Memory,
    /// From the start of the process to the end of the first answer.
    pub(super) cold: Summary,
    /// From the first event to its answer.
    pub(super) first: Summary,
    /// From the event to its answer, of a warm find.
    pub(super) find: Summary,
}

/// The results of an operation.
#[derive(Debug)]
pub(super) struct OfOperation {
    pub(super) name: &'static str,
    /// The CPU time of a request, averaged over a batch.
    pub(super) cpu: Summary,
    /// From the event to its answer.
    pub(super) latency: Summary,
    /// The number of calls to AWS of one request, and the allowed number.
    pub(super) calls: f64,
    pub(super) calls_allowed: u64,
}

impl Measured {
    pub(super) fn of(&self, kind: Kind) -> anyhow::Result<&OfFunction> {
        let mut all = self.functions.iter();
        all.find(|function| function.kind == kind)
            .with_context(|| format!("{kind:?} was not measured"))
    }
}

impl OfFunction {
    pub(super) fn with(&self, memory: Memory) -> anyhow::Result<&OfMemory> {
        let mut all = self.by_memory.iter();
        all.find(|of| of.memory == memory)
            .with_context(|| format!("{} was not measured with {} MB", self.name, memory.0))
    }

    pub(super) fn operation(&self, name: &str) -> anyhow::Result<&OfOperation> {
        let mut all = self.operations.iter();
        all.find(|operation| operation.name == name)
            .with_context(|| format!("{name} of {} was not measured", self.name))
    }
}
