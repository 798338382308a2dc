//! The limits, in the order in which they break as the number of users grows.

use serde::Serialize;

use crate::{
    input::{Inputs, Measure},
    money::Machine,
    month::{self, SECONDS_OF_MONTH},
    operation::Operation,
    text::{cells, columns, number, rough},
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
    what: String,
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

/// The units of a limit that one request a second uses.
fn used(of: Measure, inputs: &Inputs, machine: Machine) -> f64 {
    let load = &inputs.load;
    let share = |operation| load.share(operation);
    let writes = || load.mean(|operation| operation.of_movies(load).writes);
    match of {
        Measure::Requests => 1.0,
        Measure::BusiestOperation => load.mix.keys().map(|&one| share(one)).fold(0.0, f64::max),
        Measure::BusiestAuth => share(Operation::SignIn).max(share(Operation::Refresh)),
        Measure::SignIns => share(Operation::SignIn),
        Measure::Refreshes => share(Operation::Refresh),
        Measure::Invocations => load.mean(|operation| f64::from(u8::from(operation.is_invoked()))),
        Measure::Running => running(inputs, machine),
        Measure::TableReads => load.mean(|operation| operation.of_movies(load).reads),
        // A write with an idempotency key can use more write units of the records than of the resource, and the entries in
        // the lists of searches are most of what an addition writes.
        Measure::TableWrites => writes()
            .max(load.mean(|operation| operation.of_records(load).writes))
            .max(load.mean(|operation| operation.of_search(load).writes)),
        Measure::FirstPages => {
            let reads = Operation::ListPage.of_movies(load).reads;
            share(Operation::ListPage) * load.lists_of_newest_year * reads
        }
        Measure::MovieWrites => writes(),
        Measure::KeyCalls => running(inputs, machine) * TABLES / KEY_KEPT_SECONDS,
    }
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
    let limits = inputs.limits.iter().map(|limit| {
        let of_a_request = used(limit.of, inputs, machine);
        let used = columns.iter();
        Row {
            what: limit.what.clone(),
            limit: limit.value,
            of_a_request,
            full_at_users: limit.value / (of_a_request * peak_of_user),
            used: used
                .map(|column| column.peak_a_second * of_a_request / limit.value)
                .collect(),
            then: limit.then.clone(),
            source: limit.source.clone(),
        }
    });
    let mut limits: Vec<_> = limits.collect();
    limits.sort_by(|a, b| a.full_at_users.total_cmp(&b.full_at_users));
    Scale {
        machine,
        columns: columns.into(),
        limits,
    }
}

pub(crate) fn text(found: &Scale) -> String {
    let across = |what, of: fn(&Column) -> String| cells(what, found.columns.iter().map(of));
    let broken = (0..found.columns.len()).map(|i| {
        let over = |row: &&Row| row.used.get(i).is_some_and(|&used| used > 1.0);
        match found.limits.iter().filter(over).count() {
            0 => "nothing".to_owned(),
            broken => format!("{broken} limits"),
        }
    });
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
        cells("limits broken", broken),
    ];
    let times = found.columns.iter();
    let times = times.map(|column| format!("x {}", number(column.times, 0)));
    let headings = ["value", "full at users"].map(str::to_owned);
    let mut limits = vec![cells(
        "limit, at the peak",
        headings.into_iter().chain(times),
    )];
    for row in &found.limits {
        let values = [row.limit, row.full_at_users].map(|value| number(value, 0));
        let used = row.used.iter().map(|&used| share_of_limit(used));
        limits.push(cells(&row.what, values.into_iter().chain(used)));
    }
    let broken = |row: &&Row| row.used.iter().any(|&used| used > 1.0);
    let then = found.limits.iter().filter(broken);
    let then: Vec<_> = then
        .map(|row| cells(&row.what, [row.then.clone()]))
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
mod tests;
