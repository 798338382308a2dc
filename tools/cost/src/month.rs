//! The bill of a month: the table in `docs/first-deploy.md`.

use crate::{
    input::{Inputs, Tier, tiered},
    money::{GIGABYTE, Machine, log_bytes},
    operation::Operation,
    text::{cells, columns, number},
};

/// AWS's month of 30 days.
pub(crate) const SECONDS_OF_MONTH: f64 = 2_592_000.0;
const HOURS_OF_MONTH: f64 = 720.0;

/// Metrics of one stage: 12 by version, two of the relay, two for each of 25 routes.
const METRICS_OF_STAGE: f64 = 64.0;
/// Hours a month in which Development is used: a metric is billed for each hour in which it has a value.
const HOURS_OF_DEVELOPMENT: f64 = 168.0;
/// Metric values of one request, while requests are rare.
const VALUES_OF_REQUEST: f64 = 5.0;

/// CloudWatch bills an alarm by its metrics: 4, 4 and 6 for the alarms of a rollout, and seven alarms with one each.
const ALARMS: f64 = 21.0;

/// The numbers of requests for which a bill is shown.
const MONTHS: [(&str, f64); 3] = [("1k", 1e3), ("1M", 1e6), ("1B", 1e9)];

/// A line of the bill.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) what: &'static str,
    /// The quantity in the unit of the line.
    pub(crate) quantity: f64,
    pub(crate) dollars: f64,
}

/// The line that is billed by users, not by requests.
const USERS: &str = "Cognito Essentials";

/// The bill of a month with this number of requests.
///
/// Assumed cold starts: all of a thousand requests, 1 % of a million, 0.1 % of a billion. Assumed tables: 0, 1 and
/// 100 GB.
pub(crate) fn bill(inputs: &Inputs, machine: Machine, requests: f64) -> Vec<Line> {
    let Inputs { prices, load, .. } = inputs;
    let costing = |what, quantity, dollars| Line {
        what,
        quantity,
        dollars,
    };
    let line = |what, quantity: f64, price: f64| costing(what, quantity, quantity * price);
    let by_tiers =
        |what, quantity, tiers: &[Tier]| costing(what, quantity, tiered(tiers, quantity));
    let lambda_time = prices.lambda_gb_second.of(machine.architecture);
    let mean = |of: &dyn Fn(Operation) -> f64| requests * load.mean(of);
    let users = (requests / load.requests_of_user).ceil();
    let logs = mean(&|operation| log_bytes(inputs, operation)) / GIGABYTE;
    let sent = mean(&|operation| load.operations[&operation].answer_bytes) / GIGABYTE;
    let (cold_share, stored) = if requests < 1e4 {
        (1.0, 0.0)
    } else {
        let share = load.cold_share / if requests < 1e8 { 1.0 } else { 10.0 };
        (share, (requests / 1e6).powf(2.0 / 3.0))
    };
    let all_metrics = METRICS_OF_STAGE + METRICS_OF_STAGE * HOURS_OF_DEVELOPMENT / HOURS_OF_MONTH;
    let metrics = (requests * VALUES_OF_REQUEST / HOURS_OF_MONTH).min(all_metrics);
    let batches = mean(&|operation| operation.batches(load));
    // The first request of each second is traced, and a share of the others; of the relay's batches as well.
    let traces_of = |calls: f64| {
        let firsts = calls.min(SECONDS_OF_MONTH);
        firsts + load.trace_share * (calls - firsts)
    };
    let traces = traces_of(requests) + traces_of(batches);
    vec![
        by_tiers("API Gateway, REST", requests, &prices.api_gateway_request),
        line(
            "Lambda, requests",
            requests + batches,
            prices.lambda_request,
        ),
        by_tiers(
            "Lambda, time",
            mean(&|operation| machine.warm(inputs, operation)) + batches * machine.batch(inputs),
            lambda_time,
        ),
        by_tiers(
            "Lambda, cold starts",
            requests * cold_share * machine.cold(inputs),
            lambda_time,
        ),
        line(
            "DynamoDB, reads",
            mean(&|operation| operation.units(load).reads),
            prices.dynamodb_read_unit,
        ),
        line(
            "DynamoDB, writes",
            mean(&|operation| operation.units(load).writes),
            prices.dynamodb_write_unit,
        ),
        line(
            "DynamoDB, storage and PITR",
            stored,
            prices.dynamodb_gb_month + prices.dynamodb_backup_gb_month,
        ),
        line("Logs, taken in", logs, prices.log_gb),
        line(
            "Logs, kept",
            logs * load.log_compressed,
            prices.log_kept_gb_month,
        ),
        line("Metrics", metrics, prices.metric_month),
        line("Alarms", ALARMS, prices.alarm_month),
        line("Dashboard", 1.0, prices.dashboard_month),
        line("X-Ray", traces, prices.trace),
        line(USERS, users, prices.user_month),
        by_tiers("Traffic out", sent, &prices.traffic_gb),
        line(
            "E-mail, SES",
            (users * load.mails_of_user).round(),
            prices.mail,
        ),
    ]
}

/// The sum of a bill in dollars, and the sum without what is billed by users.
pub(crate) fn sums(lines: &[Line]) -> [f64; 2] {
    let sum: f64 = lines.iter().map(|line| line.dollars).sum();
    let of_users = lines.iter().filter(|line| line.what == USERS);
    let of_users: f64 = of_users.map(|line| line.dollars).sum();
    [sum, sum - of_users]
}

/// The text of `month`.
pub(crate) fn table(inputs: &Inputs, machine: Machine) -> String {
    let headings = MONTHS
        .iter()
        .flat_map(|(name, _)| [format!("{name}: how much"), "dollars".to_owned()]);
    let mut rows = vec![cells("dollars a month", headings)];
    let bills = MONTHS.map(|(_, requests)| bill(inputs, machine, requests));
    for (i, line) in bills[0].iter().enumerate() {
        let lines = bills.iter().map(|bill| &bill[i]);
        let values = lines.flat_map(|line| [quantity(line.quantity), number(line.dollars, 2)]);
        rows.push(cells(line.what, values));
    }
    for (i, what) in ["sum", "without Cognito"].into_iter().enumerate() {
        let sums = bills.iter().map(|bill| sums(bill)[i]);
        let values = sums.flat_map(|sum| [String::new(), number(sum, 2)]);
        rows.push(cells(what, values));
    }
    format!(
        "A month at {} MB on {}; requests, GB-s, units, GB, metrics, traces, users, e-mails.\n\n{}",
        machine.memory,
        machine.architecture.name(),
        columns(&[0], &rows)
    )
}

fn quantity(value: f64) -> String {
    number(value, if value < 1_000.0 { 2 } else { 0 })
}

#[cfg(test)]
mod tests;
