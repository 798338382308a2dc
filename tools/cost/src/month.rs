//! The bill of a month: the table in `docs/first-deploy.md`.

use serde::Serialize;

use crate::{
    input::{Inputs, Tier, tiered},
    money::{GIGABYTE, Machine, lambda_time, log_bytes},
    operation::Operation,
    text::{cells, columns, number},
};

/// AWS's month of 30 days.
pub(crate) const SECONDS_OF_MONTH: f64 = 2_592_000.0;
const HOURS_OF_MONTH: f64 = 720.0;

/// Metrics of one stage: 12 by version, two for each of 25 routes.
const METRICS_OF_STAGE: f64 = 62.0;
/// Hours a month in which Development is used: a metric is billed for each hour in which it has a value.
const HOURS_OF_DEVELOPMENT: f64 = 168.0;
/// Metric values of one request, while requests are rare.
const VALUES_OF_REQUEST: f64 = 5.0;

/// CloudWatch bills an alarm by its metrics: 4, 4 and 6 for the alarms of a rollout, and three alarms with one each.
const ALARMS: f64 = 17.0;

/// The numbers of requests for which a bill is shown.
const MONTHS: [(&str, f64); 3] = [("1k", 1e3), ("1M", 1e6), ("1B", 1e9)];

/// The assumptions for a month with a given number of requests.
#[derive(Debug, Clone, Copy)]
struct Month {
    requests: f64,
    /// The share of requests that wait for a cold start.
    cold_share: f64,
    /// The size of the tables in gigabytes.
    gigabytes: f64,
    metrics: f64,
}

impl Month {
    /// Assumed cold starts: all of a thousand requests, 1 % of a million, 0.1 % of a billion. Assumed tables: 0, 1 and
    /// 100 GB.
    fn of(inputs: &Inputs, requests: f64) -> Self {
        let is_quiet = requests < 1e4;
        let all = METRICS_OF_STAGE + METRICS_OF_STAGE * HOURS_OF_DEVELOPMENT / HOURS_OF_MONTH;
        Self {
            requests,
            cold_share: if is_quiet {
                1.0
            } else if requests < 1e8 {
                inputs.load.cold_share
            } else {
                inputs.load.cold_share / 10.0
            },
            gigabytes: if is_quiet {
                0.0
            } else {
                (requests / 1e6).powf(2.0 / 3.0)
            },
            metrics: (requests * VALUES_OF_REQUEST / HOURS_OF_MONTH).min(all),
        }
    }

    fn traces(&self, share: f64) -> f64 {
        let first_of_each_second = self.requests.min(SECONDS_OF_MONTH);
        first_of_each_second + share * (self.requests - first_of_each_second)
    }
}

/// A line of the bill.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Line {
    pub(crate) what: &'static str,
    /// The quantity in the unit of the line.
    pub(crate) quantity: f64,
    pub(crate) dollars: f64,
}

/// The line that is billed by users, not by requests.
pub(crate) const USERS: &str = "Cognito Essentials";

/// The bill of a month with this number of requests.
pub(crate) fn bill(inputs: &Inputs, machine: Machine, requests: f64) -> Vec<Line> {
    let Inputs { prices, load, .. } = inputs;
    let month = Month::of(inputs, requests);
    let costing = |what, quantity, dollars| Line {
        what,
        quantity,
        dollars,
    };
    let line = |what, quantity: f64, price: f64| costing(what, quantity, quantity * price);
    let by_tiers =
        |what, quantity, tiers: &[Tier]| costing(what, quantity, tiered(tiers, quantity));
    let time = |what, seconds| costing(what, seconds, lambda_time(inputs, machine, seconds));
    let mean = |of: &dyn Fn(Operation) -> f64| requests * load.mean(of);
    let users = (requests / load.requests_of_user).ceil();
    let logs = mean(&|operation| log_bytes(inputs, operation)) / GIGABYTE;
    let sent = mean(&|operation| {
        let taken = load.operations.get(&operation);
        taken.map_or(0.0, |taken| taken.answer_bytes)
    }) / GIGABYTE;
    vec![
        by_tiers("API Gateway, REST", requests, &prices.api_gateway_request),
        line("Lambda, requests", requests, prices.lambda_request),
        time(
            "Lambda, time",
            mean(&|operation| machine.warm(inputs, operation)),
        ),
        time(
            "Lambda, cold starts",
            requests * month.cold_share * machine.cold(inputs),
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
            month.gigabytes,
            prices.dynamodb_gb_month + prices.dynamodb_backup_gb_month,
        ),
        line("Logs, taken in", logs, prices.log_gb),
        line(
            "Logs, kept",
            logs * load.log_compressed,
            prices.log_kept_gb_month,
        ),
        line("Metrics", month.metrics, prices.metric_month),
        line("Alarms", ALARMS, prices.alarm_month),
        line("Dashboard", 1.0, prices.dashboard_month),
        line("X-Ray", month.traces(load.trace_share), prices.trace),
        line(USERS, users, prices.user_month),
        by_tiers("Traffic out", sent, &prices.traffic_gb),
        line(
            "E-mail, SES",
            (users * load.mails_of_user).round(),
            prices.mail,
        ),
    ]
}

/// The sum of a bill in dollars.
pub(crate) fn sum(lines: &[Line]) -> f64 {
    lines.iter().map(|line| line.dollars).sum()
}

/// The result of `month`.
#[derive(Debug, Serialize)]
pub(crate) struct Months {
    machine: Machine,
    months: Vec<Bill>,
}

#[derive(Debug, Serialize)]
struct Bill {
    requests: f64,
    lines: Vec<Line>,
    sum: f64,
    without_users: f64,
}

pub(crate) fn table(inputs: &Inputs, machine: Machine) -> Months {
    let months = MONTHS.map(|(_, requests)| {
        let lines = bill(inputs, machine, requests);
        let users = lines.iter().filter(|line| line.what == USERS);
        let of_users: f64 = users.map(|line| line.dollars).sum();
        Bill {
            requests,
            sum: sum(&lines),
            without_users: sum(&lines) - of_users,
            lines,
        }
    });
    Months {
        machine,
        months: months.into(),
    }
}

pub(crate) fn text(found: &Months) -> String {
    let headings = MONTHS
        .iter()
        .flat_map(|(name, _)| [format!("{name}: how much"), "dollars".to_owned()]);
    let mut rows = vec![cells("dollars a month", headings)];
    for (i, line) in found
        .months
        .iter()
        .take(1)
        .flat_map(|bill| &bill.lines)
        .enumerate()
    {
        let lines = found.months.iter().filter_map(|bill| bill.lines.get(i));
        let values = lines.flat_map(|line| [quantity(line.quantity), number(line.dollars, 2)]);
        rows.push(cells(line.what, values));
    }
    let sums = |of: fn(&Bill) -> f64| {
        let bills = found.months.iter();
        bills.flat_map(move |bill| [String::new(), number(of(bill), 2)])
    };
    rows.push(cells("sum", sums(|bill| bill.sum)));
    rows.push(cells("without Cognito", sums(|bill| bill.without_users)));
    format!(
        "A month at {} MB on {}; requests, GB-s, units, GB, metrics, traces, users, e-mails.\n\n{}",
        found.machine.memory,
        found.machine.architecture.name(),
        columns(&[0], &rows)
    )
}

fn quantity(value: f64) -> String {
    number(value, if value < 1_000.0 { 2 } else { 0 })
}

#[cfg(test)]
mod tests;
