//! The load that the local server can take: signed-in requests that find the same resource.

use std::{env, process::Stdio, time::Duration};

use ::tests::{
    api::Api,
    person::{PASSWORD, Person, confirm_with, sign_up},
};
use anyhow::{Context as _, ensure};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
};
use url::Url;

use super::{
    cpu,
    figures::{grouped, median, micros, progress, quantile},
    load::{self, Target},
    noun::{self, FIND},
};

/// The address of the account that sends the requests.
const EMAIL: &str = "bench@example.com";

const CONNECTIONS: [usize; 3] = [1, 16, 64];

pub(super) async fn run(quick: bool) -> anyhow::Result<()> {
    let (program, warm_up, counted) = if quick {
        (programs::build_program("dev")?, 0.05, 0.2)
    } else {
        // The release build of the server is where that of this program is.
        let name = format!("dev{}", env::consts::EXE_SUFFIX);
        (env::current_exe()?.with_file_name(name), 1.0, 8.0)
    };
    // In memory, on a free port.
    let mut server = Command::new(&program)
        .args(["--memory", "--port", "0"])
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("{} does not start", program.display()))?;
    let stage = development(&mut server).await?;
    let cpu_time = || cpu::time_of(server.id()?).ok();
    let lines = measure(&stage, warm_up, counted, cpu_time).await?;
    println!("\nGET {FIND}, signed in; times in microseconds");
    println!(
        "{:>12} {:>12} {:>9} {:>9} {:>24}",
        "connections", "requests/s", "p50", "p99", "server's CPU a request"
    );
    println!("{}", lines.join("\n"));
    Ok(())
}

/// The base URL of the server's Development stage, as it tells it.
pub(super) async fn development(server: &mut Child) -> anyhow::Result<String> {
    let output = server.stdout.take().context("the server has no output")?;
    let mut lines = BufReader::new(output).lines();
    while let Some(line) = lines.next_line().await? {
        let word = line.split_whitespace().last().unwrap_or_default();
        if word.ends_with("/Development") {
            let word = word.to_owned();
            // A pipe that is not read fills up, and blocks the server when it logs.
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return Ok(word);
        }
    }
    anyhow::bail!("the server does not tell its address")
}

/// One line for each number of connections, after a warm-up. The times are in seconds.
async fn measure(
    stage: &str,
    warm_up: f64,
    counted: f64,
    cpu_time: impl Fn() -> Option<Duration>,
) -> anyhow::Result<Vec<String>> {
    let target = target(stage).await?;
    let bar = progress(CONNECTIONS.len().try_into()?, "sending requests");
    let mut lines = Vec::new();
    for connections in CONNECTIONS {
        let run = |seconds| {
            let target = target.clone();
            let duration = Duration::from_secs_f64(seconds);
            tokio::task::spawn_blocking(move || load::run(&target, connections, duration))
        };
        run(warm_up).await??;
        let before = cpu_time();
        let (latency, took) = run(counted).await??;
        let requests = u32::try_from(latency.len())?;
        ensure!(requests > 0, "no request was answered");
        let cpu = match cpu_time().zip(before) {
            Some((after, before)) => micros(after.saturating_sub(before) / requests),
            None => "not measured".to_owned(),
        };
        let a_second = u128::from(requests) * 1_000 / took.as_millis().max(1);
        lines.push(format!(
            "{connections:>12} {:>12} {:>9} {:>9} {cpu:>24}",
            grouped(u64::try_from(a_second)?),
            micros(median(&latency)),
            micros(quantile(&latency, 0.99)),
        ));
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(lines)
}

/// Creates an account, and signs in.
pub(super) async fn signed_in(stage: &str) -> anyhow::Result<Api> {
    let api = Api::at(stage);
    sign_up(&api, EMAIL).await.is(202);
    let (server, _) = stage.rsplit_once('/').context("not a stage")?;
    let mailbox = Api::at(server).get(&format!("/mailbox?email={EMAIL}"));
    let letters = mailbox.send_without_contract().await.is(200).json();
    let code = letters[0]["code"].as_str().context("no code was mailed")?;
    confirm_with(&api, EMAIL, code, PASSWORD).await.is(204);
    Ok(Person::signed_in(&api, EMAIL, PASSWORD).await.api)
}

/// Creates an account, and adds the resource that its requests find.
async fn target(stage: &str) -> anyhow::Result<Target> {
    let api = signed_in(stage).await?;
    api.add(&noun::addition()).send().await.is(201);
    let url = format!("{stage}{FIND}");
    let url = Url::parse_with_params(&url, noun::QUERY)?;
    Target::new(&url, api.token())
}

#[cfg(test)]
mod tests;
