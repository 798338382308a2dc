//! Counts the instructions of a start and of each request, and compares them with the record: at most a tenth more.
//!
//! The same binary takes almost the same number on an idle and on a busy machine; only the order of responses varies
//! it. So this can be a test, which a time cannot. valgrind counts. The function is built like that of
//! `cargo xtask cloud`, less optimised than a release, which takes minutes; so the record does not apply to a release.

use std::{
    collections::BTreeMap,
    env::consts::{ARCH, OS},
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use programs::{checkout::root, tools::Tools};
use serde::{Deserialize, Serialize};

use super::{callgrind::Callgrind, events, goals::as_f64};
use crate::figures::{grouped, progress};

/// The share by which a count may exceed the record. It allows a change of a few lines, but not a second HTTP client or
/// a key that is parsed twice. A lower count never fails.
const TOLERANCE: f64 = 0.1;

/// The number of requests of an operation, over which its instructions are averaged.
const REQUESTS: u32 = 10;

/// The record in the repository.
#[derive(Debug, Serialize, Deserialize)]
struct Record {
    architecture: String,
    instructions: Rows,
}

/// Numbers of instructions by the names of their rows.
type Rows = BTreeMap<String, u64>;

fn file() -> PathBuf {
    root().join("tools/bench/instructions.json")
}

/// Counts and compares; with `write`, replaces the record. Returns true if no count is too high.
pub(crate) async fn run(tools: &Tools, write: bool) -> anyhow::Result<bool> {
    let record = fs::read(file()).context("there is no record")?;
    let mut record: Record =
        serde_json::from_slice(&record).context("the record is not readable")?;
    if OS != "linux" || ARCH != record.architecture {
        let of = &record.architecture;
        println!("instructions: the record is of Linux on {of}; nothing to compare with here");
        return Ok(true);
    }
    let function = programs::build_function_less_optimised(&tools.sam()?)?;
    let rows = rows(&count(&function).await?)?;
    let others = print(&rows, &record.instructions);
    if write {
        record.instructions = rows;
        fs::write(file(), serde_json::to_string_pretty(&record)? + "\n")?;
        println!("written: {}", file().display());
        return Ok(true);
    }
    if others.is_empty() {
        return Ok(true);
    }
    println!(
        "\nMore than {:.0} % above the record: {}. If that is meant: `cargo xtask bench instructions --record`, and say \
         why in the commit.",
        TOLERANCE * 100.0,
        others.join(", "),
    );
    Ok(false)
}

/// Prints the table. Returns the names of the rows that exceed the record by too much, or are only in the record or
/// only in this run.
fn print(rows: &Rows, record: &Rows) -> Vec<String> {
    println!(
        "\n{:<16} {:>14} {:>14} {:>8}",
        "instructions", "now", "on record", "ratio"
    );
    let mut others = Vec::new();
    for (name, &now) in rows {
        let Some(&before) = record.get(name) else {
            println!("{name:<16} {:>14} {:>14}", grouped(now), "-");
            others.push(name.clone());
            continue;
        };
        let ratio = as_f64(now) / as_f64(before);
        println!(
            "{name:<16} {:>14} {:>14} {ratio:>8.3}",
            grouped(now),
            grouped(before)
        );
        if ratio > 1.0 + TOLERANCE {
            others.push(name.clone());
        }
    }
    let gone = record.keys().filter(|name| !rows.contains_key(*name));
    others.extend(gone.cloned());
    others
}

const START: &str = "start";
const FIRST: &str = "first find";

/// The instructions of each request, from the totals of the processes: of a start, of one with a find after it, and of one with both and
/// then [`REQUESTS`] of an operation.
fn rows(totals: &Rows) -> anyhow::Result<Rows> {
    let total = |name| totals.get(name).copied().context("nothing was counted");
    let (start, with_first) = (total(START)?, total(FIRST)?);
    let row = |(name, total): (&String, &u64)| {
        let of_one = match name.as_str() {
            START => start,
            FIRST => with_first.saturating_sub(start),
            _ => total.saturating_sub(with_first) / u64::from(REQUESTS),
        };
        (name.clone(), of_one)
    };
    Ok(totals.iter().map(row).collect())
}

/// The totals of one process for each row.
async fn count(function: &Path) -> anyhow::Result<Rows> {
    let callgrind = Callgrind::new(function)?;
    let first = events::find().event;
    let mut runs = vec![
        (START.to_owned(), Vec::new()),
        (FIRST.to_owned(), vec![first.clone()]),
    ];
    for operation in events::all() {
        let mut sent = vec![first.clone()];
        sent.extend((0..REQUESTS).map(|_| operation.event.clone()));
        runs.push((operation.name.to_owned(), sent));
    }
    let bar = progress(u64::try_from(runs.len())?, "starts under valgrind");
    let counted = stream::iter(runs.into_iter().enumerate())
        .map(|(at, (name, sent))| {
            let (callgrind, bar) = (&callgrind, &bar);
            async move {
                let instructions = total(&callgrind.follow(at, &sent).await?)?;
                bar.inc(1);
                anyhow::Ok((name, instructions))
            }
        })
        .buffered(2)
        .try_collect()
        .await?;
    bar.finish_and_clear();
    Ok(counted)
}

/// The total of a profile.
fn total(seen: &str) -> anyhow::Result<u64> {
    let total = seen.lines().find_map(|line| line.strip_prefix("totals: "));
    let total = total.context("valgrind counted nothing")?;
    Ok(total.trim().parse()?)
}

#[cfg(test)]
mod tests;
