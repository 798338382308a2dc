//! The function, one request at a time: Lambda gives an instance the next one when it has answered, and starts another
//! instance, or refuses, when all are busy. So there is no overload that an instance could see.

use std::time::Duration;

use programs::tools::Tools;
use tokio::time::Instant;

use super::{
    Until,
    report::{self, Row},
    tally::Tally,
    watch::Process,
    watched,
};
use crate::{figures, function::Near};

/// After so many requests the stubs forget what they were asked, so that their memory does not grow.
const FORGET: u64 = 1_000;

/// What a request leaves behind, in bytes: the runtime sets the variable `_X_AMZN_TRACE_ID` to the trace of each, and glibc never frees a value of a
/// variable, because somebody may still read it.
const TRACE: u64 = 144;

/// Returns true if all that was demanded was seen.
pub(super) async fn run(quick: bool, requests: u64) -> anyhow::Result<bool> {
    let near = Near::start(&Tools::default(), quick).await?;
    let empty = tempfile::tempdir()?;
    let process = Process::of(near.process(), empty.path());
    sent(&near, FORGET).await?;
    let handles_before = process.settled().await?;
    let (tally, curve) = watched(&process, requests, |until| {
        let count = match until {
            Until::Sent(count) => count,
            Until::At(_) => 0,
        };
        sent(&near, count)
    })
    .await?;
    let handles_after = process.settled().await?;
    let rows = [Row::closed(1.0, 1, tally)];
    println!("\n## The function\n\n{}\n{curve}\n", report::table(&rows));
    // A wrong answer would have ended it.
    let demands = [
        curve.memory(TRACE),
        report::handles(handles_before, handles_after),
    ];
    near.stop().await;
    Ok(report::judge(&demands))
}

/// Sends so many requests, one after the other.
async fn sent(near: &Near, count: u64) -> anyhow::Result<Tally> {
    let mut tally = Tally::new()?;
    let begun = Instant::now();
    for number in 0..count {
        let took: Duration = near.find().await?;
        figures::add(&mut tally.latency, took)?;
        *tally.statuses.entry(near.status()).or_default() += 1;
        if number % FORGET == 0 {
            near.forget();
        }
    }
    tally.lasted = begun.elapsed();
    Ok(tally)
}
