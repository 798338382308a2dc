//! The limits, in the order in which they break as the number of users grows.

use crate::{
    input::{Inputs, Limit, Load, Measure},
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
const TABLES: f64 = 4.0;
const KEY_KEPT_SECONDS: f64 = 300.0;

/// A limit, and the number of users whose peak reaches it.
#[derive(Debug)]
struct Reached<'a> {
    limit: &'a Limit,
    full_at_users: f64,
}

/// The limits, the first to break first.
fn reached(inputs: &Inputs, machine: Machine) -> Vec<Reached<'_>> {
    let limits = inputs.limits.iter().map(|limit| Reached {
        limit,
        full_at_users: limit.value / (used(limit.of, inputs, machine) * peak_of_user(&inputs.load)),
    });
    let mut limits: Vec<_> = limits.collect();
    limits.sort_by(|a, b| a.full_at_users.total_cmp(&b.full_at_users));
    limits
}

/// The requests a second of one user at the peak.
fn peak_of_user(load: &Load) -> f64 {
    load.requests_of_user / SECONDS_OF_MONTH * load.peak
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
        // the lists of searches, which the relay writes, are most of what follows an addition.
        Measure::TableWrites => writes()
            .max(load.mean(|operation| operation.of_records(load).writes))
            .max(load.mean(|operation| operation.of_search(load).writes)),
        Measure::FirstPages => {
            let reads = Operation::ListPage.of_movies(load).reads;
            share(Operation::ListPage) * load.lists_of_newest_year * reads
        }
        Measure::MovieWrites => writes(),
        Measure::Changes => load.mean(|operation| operation.batches(load)) * load.changes_of_batch,
        Measure::KeyCalls => running(inputs, machine) * TABLES / KEY_KEPT_SECONDS,
    }
}

/// The mean number of busy instances at one request a second.
fn running(inputs: &Inputs, machine: Machine) -> f64 {
    let millis = |operation| machine.warm_millis(inputs, operation);
    inputs.load.mean(millis) / 1_000.0
}

/// The text of `scale`, beginning with this number of users.
pub(crate) fn table(inputs: &Inputs, machine: Machine, users: u32) -> String {
    let limits = reached(inputs, machine);
    let users = TIMES.map(|times| f64::from(users) * times);
    let requests = |users| users * inputs.load.requests_of_user;
    let peak = |users| users * peak_of_user(&inputs.load);
    let dollars = |users| month::sums(&month::bill(inputs, machine, requests(users)));
    let row = |what, of: &dyn Fn(f64) -> String| cells(what, users.map(of));
    let load = [
        cells("times", TIMES.map(|times| number(times, 0))),
        row("users", &|users| number(users, 0)),
        row("requests a month", &|users| number(requests(users), 0)),
        row("a second, average", &|users| {
            rough(requests(users) / SECONDS_OF_MONTH)
        }),
        row("a second, peak", &|users| rough(peak(users))),
        row("running at once, peak", &|users| {
            rough(peak(users) * running(inputs, machine))
        }),
        row("dollars a month", &|users| number(dollars(users)[0], 0)),
        row("without Cognito", &|users| number(dollars(users)[1], 0)),
        row("limits broken", &|users| {
            let broken = limits.iter().filter(|one| users > one.full_at_users);
            match broken.count() {
                0 => "nothing".to_owned(),
                broken => format!("{broken} limits"),
            }
        }),
    ];
    let headings = ["value", "full at users"].map(str::to_owned).into_iter();
    let times = TIMES.map(|times| format!("x {}", number(times, 0)));
    let mut shares = vec![cells("limit, at the peak", headings.chain(times))];
    let mut then = Vec::new();
    for Reached {
        limit,
        full_at_users,
    } in &limits
    {
        let values = [limit.value, *full_at_users].map(|value| number(value, 0));
        let used = users.map(|users| share_of_limit(users / full_at_users));
        shares.push(cells(&limit.what, values.into_iter().chain(used)));
        if users.iter().any(|users| users > full_at_users) {
            then.push(cells(&limit.what, [limit.then.clone()]));
        }
    }
    format!(
        "{} MB on {}.\n\n{}\nHow much of each limit is used; 1 is all of it. The first to break comes first.\n\n{}\n\
         And then:\n\n{}",
        machine.memory,
        machine.architecture.name(),
        columns(&[0], &load),
        columns(&[0], &shares),
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
