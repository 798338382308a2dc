//! What happens under load: `cargo xtask load`.
//!
//! The local server, with its data in a folder, gets a mix of requests from closed and open loops at half of what it
//! can take, at that, and at twice that; then a fixed number of requests, while its memory and its handles are watched.
//! The function gets the same number, one at a time, as Lambda gives them.
//!
//! A closed loop sends a request when the one before is answered, so it never asks for more than the server does. An open loop
//! sends at a rate, as people do, whether the server keeps up or not; its times count from the moment at which a request was due.

mod client;
mod function;
mod mix;
mod report;
mod tally;
mod watch;

use std::{env, future::Future, path::PathBuf, process::Stdio, sync::Arc, time::Duration};

use anyhow::Context as _;
use tokio::{process::Command, task::JoinSet, time::Instant};

use self::{
    client::Client,
    mix::Mix,
    report::Row,
    tally::{Tallies, Tally},
    watch::{Curve, Process},
};
use super::{Setting, figures, serve};

/// The connections of a closed loop that asks for all that the server can do.
const CONNECTIONS: usize = 16;

/// The shares of that which are asked for.
const SHARES: [f64; 3] = [0.5, 1.0, 2.0];

/// The requests that an open loop may wait for at a time. A request that is due beyond it is not sent, and counted.
const MAX_OPEN: usize = 8_000;

/// The rows of a curve.
const ROWS: u64 = 20;

/// How long and how much.
#[derive(Debug, Clone, Copy)]
struct Sizes {
    /// The duration of each loop.
    each: Duration,
    /// The number of requests while memory and handles are watched.
    requests: u64,
}

/// Returns true if all that was demanded was seen.
pub(super) async fn run(setting: &Setting) -> anyhow::Result<bool> {
    let seconds = setting
        .seconds
        .unwrap_or(if setting.quick { 1.0 } else { 60.0 });
    let otherwise = if setting.quick { 2_000 } else { 1_000_000 };
    let sizes = Sizes {
        each: Duration::from_secs_f64(seconds),
        requests: setting.requests.unwrap_or(otherwise),
    };
    let quick = setting.quick;
    // A thread of its own, and as few of them as leave the server its share of the processors.
    let cores = std::thread::available_parallelism()?.get();
    let loads = move || {
        let threads = tokio::runtime::Builder::new_multi_thread()
            .worker_threads((cores / 2).max(1))
            .enable_all()
            .build()?;
        threads.block_on(async {
            let server = of_the_server(quick, sizes).await?;
            let function = function::run(quick, sizes.requests).await?;
            anyhow::Ok(server && function)
        })
    };
    tokio::task::spawn_blocking(loads).await?
}

/// The program of the local server.
fn program(quick: bool) -> anyhow::Result<PathBuf> {
    if quick {
        return programs::build_program("dev");
    }
    // The release build of the server is where that of this program is.
    let name = format!("dev{}", env::consts::EXE_SUFFIX);
    Ok(env::current_exe()?.with_file_name(name))
}

async fn of_the_server(quick: bool, sizes: Sizes) -> anyhow::Result<bool> {
    let folder = tempfile::tempdir()?;
    let program = program(quick)?;
    let mut server = Command::new(&program)
        .args(["--port", "0", "--data"])
        .arg(folder.path())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("{} does not start", program.display()))?;
    let stage = serve::development(&mut server).await?;
    let process = Process::of(server.id().context("the server has ended")?, folder.path());
    let client = Client::new(Mix::prepare(&stage).await?);

    let mut rows = Vec::new();
    // Not counted: the first requests fill the caches.
    closed(
        &client,
        CONNECTIONS,
        Until::after(sizes.each.min(Duration::from_secs(2))),
    )
    .await?;
    client.close();
    let handles_before = process.settled().await?;
    for share in SHARES {
        let connections = (share * f64::from(u16::try_from(CONNECTIONS)?)).round();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a small positive number"
        )]
        let connections = connections as usize;
        let tally = closed(&client, connections, Until::after(sizes.each)).await?;
        rows.push(Row::closed(share, connections, tally));
    }
    // What the closed loop got at one is what the server can do.
    let saturation = rows[1].a_second();
    for share in SHARES {
        client.close();
        let tally = open(&client, saturation * share, sizes.each).await?;
        rows.push(Row::open(share, saturation * share, tally));
    }
    println!("\n## The local server\n\n{}", report::table(&rows));

    client.close();

    let (tally, curve) = watched(&process, sizes.requests, |until| {
        closed(&client, CONNECTIONS, until)
    })
    .await?;
    client.close();
    let handles_after = process.settled().await?;
    rows.push(Row::closed(1.0, CONNECTIONS, tally));
    println!("{curve}\n");
    println!(
        "Handles without a connection: {handles_before} before the loops, {handles_after} at the end."
    );
    let demands = [
        report::answers(&rows),
        curve.memory(0),
        report::handles(handles_before, handles_after),
    ];
    Ok(report::judge(&demands))
}

/// Sends requests while the process is watched.
async fn watched<F>(
    process: &Process,
    requests: u64,
    send: impl Fn(Until) -> F,
) -> anyhow::Result<(Tally, Curve)>
where
    F: Future<Output = anyhow::Result<Tally>>,
{
    let bar = figures::progress(requests, "requests");
    let mut all = Tally::new()?;
    let mut curve = Curve::default();
    curve.add(0, process)?;
    for row in 1..=ROWS {
        let part = requests * row / ROWS - requests * (row - 1) / ROWS;
        all.add(&send(Until::Sent(part)).await?)?;
        curve.add(requests * row / ROWS, process)?;
        bar.inc(part);
    }
    bar.finish_and_clear();
    Ok((all, curve))
}

/// The end of a loop.
#[derive(Debug, Clone, Copy)]
enum Until {
    At(Instant),
    Sent(u64),
}

impl Until {
    fn after(duration: Duration) -> Self {
        Self::At(Instant::now() + duration)
    }
}

/// Each connection sends the next request when it has the answer.
async fn closed(client: &Client, connections: usize, until: Until) -> anyhow::Result<Tally> {
    let tallies = Tallies::new()?;
    let begun = Instant::now();
    let sent = Arc::new(std::sync::atomic::AtomicU64::new(0));
    let mut sending = JoinSet::new();
    for _ in 0..connections {
        let (client, tallies, sent) = (client.clone(), tallies.clone(), Arc::clone(&sent));
        sending.spawn(async move {
            loop {
                let number = sent.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                let is_over = match until {
                    Until::At(end) => Instant::now() >= end,
                    Until::Sent(all) => number >= all,
                };
                if is_over {
                    return;
                }
                let due = Instant::now();
                let (call, outcome) = client.send().await;
                tallies.add(&call, outcome, due.elapsed());
            }
        });
    }
    sending.join_all().await;
    tallies.end(begun.elapsed())
}

/// Sends at a rate, at random moments, whatever is answered.
async fn open(client: &Client, a_second: f64, duration: Duration) -> anyhow::Result<Tally> {
    let tallies = Tallies::new()?;
    let begun = Instant::now();
    let mut random = fastrand::Rng::with_seed(1);
    let mut due = begun;
    let mut sending = JoinSet::new();
    loop {
        // The pauses of a Poisson process.
        due += Duration::from_secs_f64(-(1.0 - random.f64()).ln() / a_second);
        if due >= begun + duration {
            break;
        }
        tokio::time::sleep_until(due).await;
        while sending.try_join_next().is_some() {}
        if sending.len() >= MAX_OPEN {
            tallies.not_sent();
            continue;
        }
        let (client, tallies) = (client.clone(), tallies.clone());
        sending.spawn(async move {
            let (call, outcome) = client.send().await;
            tallies.add(&call, outcome, due.elapsed());
        });
    }
    let lasted = begun.elapsed();
    sending.join_all().await;
    tallies.end(lasted)
}

#[cfg(test)]
mod tests;
