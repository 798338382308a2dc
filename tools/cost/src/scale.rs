//! The limits, in the order in which they break as the number of users grows.

use serde::Serialize;

use crate::{
    input::{Inputs, Limit},
    money::Machine,
    month::{self, SECONDS_OF_MONTH},
    operation::Operation,
    text::{columns, number, rough},
};

/// Multiples of the number of users.
const TIMES: [f64; 4] = [1.0, 10.0, 1e3, 1e6];

/// The number of tables with a KMS key, and the seconds for which DynamoDB caches a key
/// (<https://docs.aws.amazon.com/kms/latest/developerguide/services-dynamodb.html>). It is assumed that
/// each instance causes a call of its own: the worst case.
const TABLES: f64 = 3.0;
const KEY_KEPT_SECONDS: f64 = 300.0;

/// The result of `scale`.
#[derive(Debug, Serialize)]
pub(crate) struct Scale {
    machine: Machine,
    columns: Vec<Column>,
    /// Sorted by the number of users at which each limit breaks.
    limits: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Column {
    times: f64,
    users: f64,
    requests_a_month: f64,
    average_a_second: f64,
    peak_a_second: f64,
    running_at_once: f64,
    dollars_a_month: f64,
    dollars_a_month_without_users: f64,
}

#[derive(Debug, Serialize)]
struct Row {
    what: &'static str,
    limit: f64,
    /// The units of the limit that one request a second uses.
    of_a_request: f64,
    /// The number of users whose peak reaches the limit.
    full_at_users: f64,
    /// The share of the limit that each column takes at its peak.
    used: Vec<f64>,
    then: String,
    source: String,
}

/// The units of every limit that one request a second uses.
fn taken(inputs: &Inputs, machine: Machine) -> Vec<(&'static str, &Limit, f64)> {
    let Inputs { limits, load, .. } = inputs;
    let share = |operation| load.share(operation);
    let busiest = load.mix.keys().map(|&operation| share(operation));
    let sign_in = share(Operation::SignIn);
    let refresh = share(Operation::Refresh);
    let invoked = load.mean(|operation| f64::from(u8::from(operation.is_invoked())));
    let running = running(inputs, machine);
    let reads = load.mean(|operation| operation.of_movies(load).reads);
    let writes = load.mean(|operation| operation.of_movies(load).writes);
    // A write with an idempotency key can use more write units of the records than of the movies.
    let of_records = load.mean(|operation| operation.of_records(load).writes);
    // The entries of a movie in the lists of searches are most of what its addition writes.
    let of_search = load.mean(|operation| operation.of_search(load).writes);
    let busiest_table = writes.max(of_records).max(of_search);
    let first_page = share(Operation::ListPage)
        * load.lists_of_newest_year
        * Operation::ListPage.of_movies(load).reads;
    vec![
        (
            "API Gateway: one method",
            &limits.method_requests,
            busiest.fold(0.0, f64::max),
        ),
        (
            "API Gateway: one POST under /auth",
            &limits.auth_requests,
            sign_in.max(refresh),
        ),
        ("API Gateway: account", &limits.gateway_requests, 1.0),
        (
            "Lambda: running at once",
            &limits.lambda_concurrency,
            running,
        ),
        (
            "Lambda: requests a second",
            &limits.lambda_requests,
            invoked,
        ),
        (
            "Lambda: the peak within 10 seconds",
            &limits.lambda_growth,
            running,
        ),
        ("Cognito: sign-in", &limits.cognito_sign_in, sign_in),
        ("Cognito: refresh", &limits.cognito_refresh, refresh),
        ("DynamoDB: reads of a table", &limits.table_reads, reads),
        (
            "DynamoDB: writes of a table",
            &limits.table_writes,
            busiest_table,
        ),
        (
            "DynamoDB: reads of a new table",
            &limits.new_table_reads,
            reads,
        ),
        (
            "DynamoDB: writes of a new table",
            &limits.new_table_writes,
            busiest_table,
        ),
        (
            "DynamoDB: first page of the newest year",
            &limits.partition_reads,
            first_page,
        ),
        (
            "DynamoDB: adding to one year, unsplit",
            &limits.partition_writes,
            writes,
        ),
        ("CloudWatch Logs: calls", &limits.log_calls, running),
        (
            "KMS, with CustomerManagedKey",
            &limits.kms_calls,
            running * TABLES / KEY_KEPT_SECONDS,
        ),
    ]
}

/// The mean number of busy instances at one request a second.
fn running(inputs: &Inputs, machine: Machine) -> f64 {
    let millis = |operation| machine.warm_millis(inputs, operation);
    inputs.load.mean(millis) / 1_000.0
}

pub(crate) fn table(inputs: &Inputs, machine: Machine, users: u32) -> Scale {
    let load = &inputs.load;
    let peak_of_user = load.requests_of_user / SECONDS_OF_MONTH * load.peak;
    let columns = TIMES.map(|times| {
        let users = f64::from(users) * times;
        let requests = users * load.requests_of_user;
        let lines = month::bill(inputs, machine, requests);
        let of_users = lines.iter().filter(|line| line.what == month::USERS);
        let of_users: f64 = of_users.map(|line| line.dollars).sum();
        Column {
            times,
            users,
            requests_a_month: requests,
            average_a_second: requests / SECONDS_OF_MONTH,
            peak_a_second: users * peak_of_user,
            running_at_once: users * peak_of_user * running(inputs, machine),
            dollars_a_month: month::sum(&lines),
            dollars_a_month_without_users: month::sum(&lines) - of_users,
        }
    });
    let mut limits: Vec<_> = taken(inputs, machine)
        .into_iter()
        .map(|(what, limit, of_a_request)| Row {
            what,
            limit: limit.value,
            of_a_request,
            full_at_users: limit.value / (of_a_request * peak_of_user),
            used: columns
                .iter()
                .map(|column| column.peak_a_second * of_a_request / limit.value)
                .collect(),
            then: limit.then.clone(),
            source: limit.source.clone(),
        })
        .collect();
    limits.sort_by(|a, b| a.full_at_users.total_cmp(&b.full_at_users));
    Scale {
        machine,
        columns: columns.into(),
        limits,
    }
}

pub(crate) fn text(found: &Scale) -> String {
    let across = |what: &str, of: fn(&Column) -> String| {
        let mut cells = vec![what.to_owned()];
        cells.extend(found.columns.iter().map(of));
        cells
    };
    let load = [
        across("times", |column| number(column.times, 0)),
        across("users", |column| number(column.users, 0)),
        across("requests a month", |column| {
            number(column.requests_a_month, 0)
        }),
        across("a second, average", |column| rough(column.average_a_second)),
        across("a second, peak", |column| rough(column.peak_a_second)),
        across("running at once, peak", |column| {
            rough(column.running_at_once)
        }),
        across("dollars a month", |column| {
            number(column.dollars_a_month, 0)
        }),
        across("without Cognito", |column| {
            number(column.dollars_a_month_without_users, 0)
        }),
        across("limits broken", |_| String::new()),
    ];
    let mut load = load.to_vec();
    if let Some(cells) = load.last_mut() {
        for (i, cell) in cells.iter_mut().skip(1).enumerate() {
            let over = found
                .limits
                .iter()
                .filter(|row| row.used.get(i).is_some_and(|&used| used > 1.0));
            *cell = match over.count() {
                0 => "nothing".to_owned(),
                broken => format!("{broken} limits"),
            };
        }
    }
    let mut limits = vec![
        ["limit, at the peak", "value", "full at users"]
            .map(str::to_owned)
            .to_vec(),
    ];
    if let Some(headings) = limits.first_mut() {
        let times = found.columns.iter();
        headings.extend(times.map(|column| format!("x {}", number(column.times, 0))));
    }
    for row in &found.limits {
        let mut cells = vec![
            row.what.to_owned(),
            number(row.limit, 0),
            number(row.full_at_users, 0),
        ];
        cells.extend(row.used.iter().map(|&used| share_of_limit(used)));
        limits.push(cells);
    }
    let broken = |row: &&Row| row.used.iter().any(|&used| used > 1.0);
    let then: Vec<_> = found
        .limits
        .iter()
        .filter(broken)
        .map(|row| vec![row.what.to_owned(), row.then.clone()])
        .collect();
    format!(
        "{} MB on {}.\n\n{}\nHow much of each limit is used; 1 is all of it. The first to break comes first.\n\n{}\n\
         And then:\n\n{}",
        found.machine.memory,
        found.machine.architecture.name(),
        columns(&[0], &load),
        columns(&[0], &limits),
        columns(&[0, 1], &then)
    )
}

/// Puts an exclamation mark before the share of a broken limit.
fn share_of_limit(used: f64) -> String {
    if used < 0.005 {
        "0.00".to_owned()
    } else if used > 1.0 {
        format!("! {}", rough(used))
    } else {
        format!("{used:.2}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::{Architecture, tests::inputs};

    const MACHINE: Machine = Machine {
        memory: 256,
        architecture: Architecture::Arm64,
    };

    /// By hand: a user's peak is 300 / 2,592,000 * 3 requests a second.
    #[test]
    fn limits_are_full_where_a_pocket_calculator_says() {
        let found = table(&inputs(), MACHINE, 1_000);
        let full = |what: &str| {
            let row = found.limits.iter().find(|row| row.what == what);
            row.unwrap().full_at_users
        };
        for (what, users) in [
            ("API Gateway: one method", 50.0 / 0.5 * 2_880.0),
            ("API Gateway: account", 10_000.0 * 2_880.0),
            ("Cognito: sign-in", 120.0 / 0.01 * 2_880.0),
            ("Cognito: refresh", 120.0 / 0.09 * 2_880.0),
            // 15 of 100 requests read 7 units of one partition.
            (
                "DynamoDB: first page of the newest year",
                3_000.0 / 1.05 * 2_880.0,
            ),
        ] {
            assert!(
                (full(what) / users - 1.0).abs() < 1e-9,
                "{what}: {}",
                full(what)
            );
        }
    }

    #[test]
    fn the_first_to_break_comes_first_and_each_says_what_then() {
        let found = table(&inputs(), MACHINE, 1_000);
        assert!(
            found
                .limits
                .is_sorted_by(|a, b| a.full_at_users <= b.full_at_users)
        );
        for row in &found.limits {
            assert!(
                !row.then.is_empty() && !row.source.is_empty(),
                "{}",
                row.what
            );
        }
    }

    #[test]
    fn the_guide_shows_what_the_command_prints() {
        let guide = include_str!("../../../docs/cost.md");
        let told = text(&table(&inputs(), MACHINE, 1_000));
        for line in told.lines() {
            assert!(guide.contains(line), "docs/cost.md has no line `{line}`");
        }
    }

    #[test]
    fn the_account_of_users_does_not_depend_on_where_it_begins() {
        let full = |users| {
            table(&inputs(), MACHINE, users)
                .limits
                .iter()
                .map(|row| row.full_at_users)
                .collect::<Vec<_>>()
        };
        assert_eq!(full(1), full(77_000));
    }
}
