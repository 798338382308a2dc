//! The cost of a million requests of each operation, by memory and processor of the function.

use clap::ValueEnum as _;
use serde::Serialize;

use crate::{
    input::{Architecture, Inputs, tiered},
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
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
        let taken = inputs.load.operations.get(&operation);
        taken
            .filter(|_| operation.is_invoked())
            .map_or(0.0, |taken| {
                self.millis(taken.cpu_micros, taken.wait_millis)
            })
    }

    /// Gigabyte-seconds that a cold start adds.
    pub(crate) fn cold(self, inputs: &Inputs) -> f64 {
        let load = &inputs.load;
        self.gigabyte_seconds(self.millis(load.cold_cpu_micros, load.cold_wait_millis))
    }
}

/// Dollars by service.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
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
    let first = |tiers: &[crate::input::Tier]| tiers.first().map_or(0.0, |tier| tier.price);
    let Units { reads, writes } = operation.units(load);
    let time = prices
        .lambda_gb_second
        .get(&machine.architecture)
        .map_or(0.0, |tiers| first(tiers));
    let invoked = f64::from(u8::from(operation.is_invoked()));
    let answer = load
        .operations
        .get(&operation)
        .map_or(0.0, |taken| taken.answer_bytes);
    Money {
        // API Gateway does not bill requests that the authorizer refuses.
        gateway: requests * invoked * first(&prices.api_gateway_request),
        invocations: requests * invoked * prices.lambda_request,
        time: requests * machine.warm(inputs, operation) * time,
        cold_starts: requests * invoked * load.cold_share * machine.cold(inputs) * time,
        reads: requests * reads * prices.dynamodb_read_unit,
        writes: requests * writes * prices.dynamodb_write_unit,
        logs: requests * log_bytes(inputs, operation) / GIGABYTE * prices.log_gb,
        traces: requests * load.trace_share * prices.trace,
        traffic: requests * answer / GIGABYTE * first(&prices.traffic_gb),
    }
}

/// The bytes that one request writes to the logs.
pub(crate) fn log_bytes(inputs: &Inputs, operation: Operation) -> f64 {
    let load = &inputs.load;
    load.log_gateway_bytes
        + if operation.is_invoked() {
            load.log_service_bytes + load.log_lambda_bytes
        } else {
            0.0
        }
}

/// The price of a quantity of gigabyte-seconds.
pub(crate) fn lambda_time(inputs: &Inputs, machine: Machine, gigabyte_seconds: f64) -> f64 {
    let tiers = inputs.prices.lambda_gb_second.get(&machine.architecture);
    tiers.map_or(0.0, |tiers| tiered(tiers, gigabyte_seconds))
}

/// The result of `operations`.
#[derive(Debug, Serialize)]
pub(crate) struct Operations {
    region: String,
    date: String,
    cpu_from: String,
    rows: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    operation: Operation,
    units: Units,
    /// Those of them for the table that searches read.
    of_search: Units,
    machines: Vec<OnMachine>,
}

#[derive(Debug, Serialize)]
struct OnMachine {
    #[serde(flatten)]
    machine: Machine,
    millis: f64,
    dollars_of_a_million: Money,
    sum: f64,
}

pub(crate) fn table(inputs: &Inputs) -> Operations {
    let rows = Operation::ALL.map(|operation| {
        let machines = Architecture::value_variants()
            .iter()
            .flat_map(|&architecture| {
                SIZES.map(|memory| {
                    let machine = Machine {
                        memory,
                        architecture,
                    };
                    let money = of(inputs, machine, operation, MILLION);
                    OnMachine {
                        machine,
                        millis: machine.warm_millis(inputs, operation),
                        dollars_of_a_million: money,
                        sum: money.sum(),
                    }
                })
            });
        Row {
            operation,
            units: operation.units(&inputs.load),
            of_search: operation.of_search(&inputs.load),
            machines: machines.collect(),
        }
    });
    Operations {
        region: inputs.prices.region.clone(),
        date: inputs.prices.date.clone(),
        cpu_from: inputs.cpu_from.clone(),
        rows: rows.into(),
    }
}

pub(crate) fn text(found: &Operations) -> String {
    let mut text = format!(
        "Dollars for a million requests; list prices of {}, {}. CPU times: {}.\n\n",
        found.region, found.date, found.cpu_from
    );
    let headings =
        "reads|writes|for search|ms|gateway|calls|time|cold|DynamoDB|logs|traces|traffic|sum";
    let headings = headings.split('|').map(ToOwned::to_owned);
    let mut where_it_goes = vec![cells("at 256 MB, arm64", headings)];
    let machines = found.rows.iter().take(1).flat_map(|row| &row.machines);
    let machines = machines.map(|OnMachine { machine, .. }| {
        let memory = number(machine.memory.into(), 0);
        format!("{} {memory}", machine.architecture.name())
    });
    let mut by_size = vec![cells("all of it", machines)];
    for row in &found.rows {
        let name = row.operation.name();
        if let Some(on) = row.machines.iter().find(|on| on.machine == SHOWN) {
            let money = on.dollars_of_a_million;
            let dollars = [
                money.gateway,
                money.invocations,
                money.time,
                money.cold_starts,
                money.reads + money.writes,
                money.logs,
                money.traces,
                money.traffic,
                on.sum,
            ];
            let units = [row.units.reads, row.units.writes, row.of_search.writes]
                .map(|value| number(value, 0));
            let dollars = dollars.map(|value| number(value, 2));
            let values = units.into_iter().chain([number(on.millis, 1)]);
            where_it_goes.push(cells(name, values.chain(dollars)));
        }
        by_size.push(cells(name, row.machines.iter().map(|on| number(on.sum, 2))));
    }
    text.push_str(&columns(&[0], &where_it_goes));
    text.push('\n');
    text.push_str(&columns(&[0], &by_size));
    text
}

/// The machine of the template. The second table splits its cost by service.
const SHOWN: Machine = Machine {
    memory: 256,
    architecture: Architecture::Arm64,
};

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::input::tests::inputs;

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1.0)
    }

    /// By hand, for a million finds at 256 MB on arm64.
    #[test]
    fn a_million_finds_cost_what_a_pocket_calculator_says() {
        let money = of(&inputs(), SHOWN, Operation::Find, MILLION);
        // 4 ms + 0.365 ms / (256 / 1,769) = 6.52 ms; 7 are billed, of a quarter of a gigabyte: 0.00175 GB-s.
        assert!(near(money.time, 1e6 * 0.001_75 * 0.000_013_333_4));
        // 30 ms + 3.0 ms / (256 / 1,769) = 50.7, so 51: 0.01275 GB-s, of one request in a hundred.
        assert!(near(money.cold_starts, 1e4 * 0.012_75 * 0.000_013_333_4));
        assert!(near(money.gateway, 3.50) && near(money.invocations, 0.20));
        assert!(near(money.reads, 0.125) && near(money.writes, 0.0));
        assert!(near(money.logs, 2.06 * 0.50)); // 860 + 520 + 680 bytes
        assert!(near(money.traces, 0.25)); // 50,000 of them
        assert!(near(money.traffic, 1.3 * 0.09));
        let sum = 3.50 + 0.20 + 0.023_333_45 + 0.001_700_008_5 + 0.125 + 1.03 + 0.25 + 0.117;
        assert!(near(money.sum(), sum), "{}", money.sum());
    }

    #[test]
    fn the_guide_shows_what_the_command_prints() {
        let guide = include_str!("../../../docs/cost.md");
        for line in text(&table(&inputs())).lines() {
            assert!(guide.contains(line), "docs/cost.md has no line `{line}`");
        }
    }

    #[test]
    fn a_refusal_by_the_gateway_costs_only_what_is_written_and_sent() {
        let money = of(&inputs(), SHOWN, Operation::UnauthorizedAtGateway, MILLION);
        let rest = Money {
            logs: 0.0,
            traces: 0.0,
            traffic: 0.0,
            ..money
        };
        assert!(near(rest.sum(), 0.0) && money.logs > 0.0, "{money:?}");
    }

    #[test]
    fn a_core_has_1769_megabytes_and_one_thread_uses_no_more() {
        let millis = |memory| Machine { memory, ..SHOWN }.millis(1_000.0, 5.0);
        assert!(near(millis(1_769), 6.0) && near(millis(10_240), 6.0));
        assert!(near(millis(128), 5.0 + 1_769.0 / 128.0));
    }

    proptest! {
        #[test]
        fn money_is_additive(a in 0.0..1e9, b in 0.0..1e9, which in 0..Operation::ALL.len()) {
            let inputs = inputs();
            let of = |requests| of(&inputs, SHOWN, Operation::ALL[which], requests);
            prop_assert!(near(of(a).sum() + of(b).sum(), of(a + b).sum()));
        }

        #[test]
        fn more_memory_for_as_long_costs_more(less in 128_u32..10_240, more in 1_u32..5_000, wait in 1.0..1e3) {
            // The whole duration is waiting time, which no processor shortens.
            let cost = |memory| Machine { memory, ..SHOWN }.gigabyte_seconds(wait);
            prop_assert!(cost(less + more) > cost(less));
        }

        #[test]
        fn more_memory_is_never_slower(less in 128_u32..10_240, more in 1_u32..5_000, cpu in 0.0..1e6) {
            let millis = |memory| Machine { memory, ..SHOWN }.millis(cpu, 5.0);
            prop_assert!(millis(less + more) <= millis(less));
        }
    }
}
