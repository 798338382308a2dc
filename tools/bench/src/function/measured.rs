//! The conditions and the results of a run.

use anyhow::Context as _;

use super::{
    events::{self, Operation},
    quota::Memory,
    subjects::{Kind, Subject},
};
use crate::{
    cpu::Cores,
    figures::{Times, times},
};

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
}

/// The results of a run.
#[derive(Debug)]
pub(super) struct Measured {
    pub(super) conditions: Conditions,
    pub(super) zipped: Option<u64>,
    pub(super) roots: usize,
    pub(super) functions: Vec<OfFunction>,
}

/// The results of a function.
#[derive(Debug)]
pub(super) struct OfFunction {
    pub(super) subject: Subject,
    /// From the start of the process to its first request for an event, at full speed as in Lambda.
    pub(super) init: Times,
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
    pub(super) cold: Times,
    /// From the first event to its answer.
    pub(super) first: Times,
    /// Of a warm find.
    pub(super) find: OfOperation,
}

/// The results of an operation.
#[derive(Debug)]
pub(super) struct OfOperation {
    pub(super) operation: Operation,
    /// The CPU time of a request, averaged over a batch.
    pub(super) cpu: Times,
    /// From the event to its answer.
    pub(super) latency: Times,
    /// The number of calls to AWS of all requests.
    pub(super) calls: u32,
}

impl Measured {
    pub(super) fn of(&self, kind: Kind) -> anyhow::Result<&OfFunction> {
        let mut all = self.functions.iter();
        all.find(|function| function.subject.kind == kind)
            .with_context(|| format!("{kind:?} was not measured"))
    }
}

impl OfFunction {
    /// Nothing is measured yet.
    pub(super) fn of(subject: Subject, memory: &[Memory]) -> anyhow::Result<Self> {
        let by_memory = memory.iter().map(|&memory| {
            Ok(OfMemory {
                memory,
                cold: times()?,
                first: times()?,
                find: OfOperation::of(events::find())?,
            })
        });
        let operations = events::all().into_iter();
        let operations = operations.filter(|operation| subject.does(operation.name));
        Ok(Self {
            init: times()?,
            by_memory: by_memory.collect::<anyhow::Result<_>>()?,
            operations: operations.map(OfOperation::of).collect::<Result<_, _>>()?,
            peak_of_finds_kib: 0,
            peak_kib: 0,
            subject,
        })
    }

    pub(super) fn with(&self, memory: Memory) -> anyhow::Result<&OfMemory> {
        let mut all = self.by_memory.iter();
        all.find(|of| of.memory == memory)
            .with_context(|| format!("nothing was measured with {} MB", memory.0))
    }

    pub(super) fn operation(&self, name: &str) -> anyhow::Result<&OfOperation> {
        let mut all = self.operations.iter();
        all.find(|of| of.operation.name == name)
            .with_context(|| format!("{name} of {} was not measured", self.subject.name))
    }
}

impl OfOperation {
    /// Nothing is measured yet.
    pub(super) fn of(operation: Operation) -> anyhow::Result<Self> {
        Ok(Self {
            operation,
            cpu: times()?,
            latency: times()?,
            calls: 0,
        })
    }

    /// The calls to AWS of one request, on average.
    pub(super) fn calls_of_one(&self, sizes: &Sizes) -> f64 {
        f64::from(self.calls) / f64::from(sizes.requests())
    }
}
