//! The cost of a million requests of each operation, by memory and processor of the function.

use clap::ValueEnum as _;

use crate::{
    input::{Architecture, Inputs, Tier},
    operation::Operation,
    text::{cells, columns, number},
    units::Units,
};

/// The memory that comes with one whole core, in megabytes; below it processor time is in proportion
/// (<https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html>).
const WHOLE_CORE: f64 = 1_769.0;

/// Bytes of a gigabyte, as AWS bills them.
pub(crate) const GIGABYTE: f64 = 1e9;

const MILLION: f64 = 1e6;

/// The memory sizes of the table, in megabytes.
const SIZES: [u32; 4] = [128, 256, 512, 1_024];

/// The memory and the processor of the function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Machine {
    /// In megabytes.
    pub(crate) memory: u32,
    pub(crate) architecture: Architecture,
}

impl Machine {
    /// The duration in milliseconds. A model: CPU time grows when memory shrinks, waiting time does not. The function
    /// has one thread, so more than one core does not help.
    pub(crate) fn millis(self, cpu_micros: f64, wait_millis: f64) -> f64 {
        let core = (f64::from(self.memory) / WHOLE_CORE).min(1.0);
        wait_millis + cpu_micros / 1_000.0 / core
    }

    /// The billed gigabyte-seconds of a duration. AWS rounds up to whole milliseconds.
    fn gigabyte_seconds(self, millis: f64) -> f64 {
        millis.ceil() / 1_000.0 * f64::from(self.memory) / 1_024.0
    }

    /// Gigabyte-seconds of a warm request.
    pub(crate) fn warm(self, inputs: &Inputs, operation: Operation) -> f64 {
        self.gigabyte_seconds(self.warm_millis(inputs, operation))
    }

    /// The duration of a warm request in milliseconds; 0 if the function is not called.
    pub(crate) fn warm_millis(self, inputs: &Inputs, operation: Operation) -> f64 {
        if !operation.is_invoked() {
            return 0.0;
        }
        let taken = &inputs.load.operations[&operation];
        self.millis(taken.cpu_micros, taken.wait_millis)
    }

    /// Gigabyte-seconds of a batch of the relay, which has a memory of its own.
    pub(crate) fn batch(self, inputs: &Inputs) -> f64 {
        let batch = inputs.load.relay;
        let relay = Self {
            memory: batch.memory,
            ..self
        };
        relay.gigabyte_seconds(relay.millis(batch.cpu_micros, batch.wait_millis))
    }

    /// Gigabyte-seconds that a cold start adds.
    pub(crate) fn cold(self, inputs: &Inputs) -> f64 {
        let load = &inputs.load;
        self.gigabyte_seconds(self.millis(load.cold_cpu_micros, load.cold_wait_millis))
    }
}

/// Dollars by service.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Money {
    pub(crate) gateway: f64,
    pub(crate) invocations: f64,
    pub(crate) time: f64,
    pub(crate) cold_starts: f64,
    pub(crate) reads: f64,
    pub(crate) writes: f64,
    pub(crate) logs: f64,
    pub(crate) traces: f64,
    pub(crate) traffic: f64,
}

impl Money {
    pub(crate) fn sum(&self) -> f64 {
        self.gateway
            + self.invocations
            + self.time
            + self.cold_starts
            + self.reads
            + self.writes
            + self.logs
            + self.traces
            + self.traffic
    }
}

/// The cost of a number of requests of one operation. Each price is that of its first tier.
pub(crate) fn of(inputs: &Inputs, machine: Machine, operation: Operation, requests: f64) -> Money {
    let Inputs { prices, load, .. } = inputs;
    let first = |tiers: &[Tier]| tiers.first().map_or(0.0, |tier| tier.price);
    let Units { reads, writes } = operation.units(load);
    let time = first(prices.lambda_gb_second.of(machine.architecture));
    let invoked = f64::from(u8::from(operation.is_invoked()));
    let batches = operation.batches(load);
    let answer = load.operations[&operation].answer_bytes;
    Money {
        // API Gateway does not bill requests that the authorizer refuses.
        gateway: requests * invoked * first(&prices.api_gateway_request),
        invocations: requests * (invoked + batches) * prices.lambda_request,
        time: requests * (machine.warm(inputs, operation) + batches * machine.batch(inputs)) * time,
        cold_starts: requests * invoked * load.cold_share * machine.cold(inputs) * time,
        reads: requests * reads * prices.dynamodb_read_unit,
        writes: requests * writes * prices.dynamodb_write_unit,
        logs: requests * log_bytes(inputs, operation) / GIGABYTE * prices.log_gb,
        traces: requests * (1.0 + batches) * load.trace_share * prices.trace,
        traffic: requests * answer / GIGABYTE * first(&prices.traffic_gb),
    }
}

/// The bytes that one request writes to the logs, with what follows it.
pub(crate) fn log_bytes(inputs: &Inputs, operation: Operation) -> f64 {
    let load = &inputs.load;
    load.log_gateway_bytes
        + if operation.is_invoked() {
            load.log_service_bytes + load.log_lambda_bytes
        } else {
            0.0
        }
        + operation.batches(load) * load.relay.log_bytes
}

/// The text of `operations`.
pub(crate) fn table(inputs: &Inputs) -> String {
    let machines = Architecture::value_variants().iter();
    let machines = machines.flat_map(|&architecture| {
        SIZES.map(|memory| Machine {
            memory,
            architecture,
        })
    });
    let machines: Vec<_> = machines.collect();
    let headings =
        "reads|writes|by relay|ms|gateway|calls|time|cold|DynamoDB|logs|traces|traffic|sum";
    let headings = headings.split('|').map(ToOwned::to_owned);
    let mut where_it_goes = vec![cells("at 256 MB, arm64", headings)];
    let headings = machines.iter().map(|machine| {
        let memory = number(machine.memory.into(), 0);
        format!("{} {memory}", machine.architecture.name())
    });
    let mut by_size = vec![cells("all of it", headings)];
    for (operation, name) in Operation::ALL {
        let Units { reads, writes } = operation.units(&inputs.load);
        let relayed = operation.relayed(&inputs.load);
        let money = of(inputs, SHOWN, operation, MILLION);
        let dollars = [
            money.gateway,
            money.invocations,
            money.time,
            money.cold_starts,
            money.reads + money.writes,
            money.logs,
            money.traces,
            money.traffic,
            money.sum(),
        ];
        let units = [reads, writes, relayed].map(|value| number(value, 0));
        let millis = number(SHOWN.warm_millis(inputs, operation), 1);
        let dollars = dollars.map(|value| number(value, 2));
        let values = units.into_iter().chain([millis]).chain(dollars);
        where_it_goes.push(cells(name, values));
        let sums = machines.iter();
        let sums = sums.map(|&machine| of(inputs, machine, operation, MILLION).sum());
        by_size.push(cells(name, sums.map(|sum| number(sum, 2))));
    }
    format!(
        "Dollars for a million requests; list prices of {}, {}. CPU times: tools/cost/inputs/load.yaml.\n\n{}\n{}",
        inputs.prices.region,
        inputs.prices.date,
        columns(&[0], &where_it_goes),
        columns(&[0], &by_size)
    )
}

/// The machine of the template. The first table splits its cost by service.
const SHOWN: Machine = Machine {
    memory: 256,
    architecture: Architecture::Arm64,
};

#[cfg(test)]
mod tests;
