//! The load that the local server can take: signed-in requests that find the same resource.

use std::time::Duration;

use ::tests::{
    api::Api,
    person::{PASSWORD, Person, confirm_with, sign_up},
};
use anyhow::{Context as _, ensure};
use http::HeaderValue;
use url::{Position, Url};

use super::{
    Setting, Verdict,
    figures::{grouped, micros, progress},
    load::{Generator, Outcome, Target},
    noun::{self, FIND},
    server::DevServer,
};

/// The address of the account that sends the requests.
const EMAIL: &str = "bench@example.com";

const CONNECTIONS: [usize; 3] = [1, 16, 64];

/// The durations of the warm-up and of the measurement.
struct Times {
    warm_up: Duration,
    counted: Duration,
}

pub(super) async fn run(setting: &Setting) -> anyhow::Result<Verdict> {
    let times = if setting.quick {
        Times {
            warm_up: Duration::from_millis(50),
            counted: Duration::from_millis(200),
        }
    } else {
        Times {
            warm_up: Duration::from_secs(1),
            counted: Duration::from_secs(8),
        }
    };
    let server = DevServer::start(&setting.dev()?)?;
    let lines = measure(server.development(), &times, || server.cpu_time()).await?;
    report(&lines);
    Ok(Verdict::NoGoal)
}

/// One line for each number of connections.
async fn measure(
    stage: &str,
    times: &Times,
    cpu_time: impl Fn() -> Option<Duration>,
) -> anyhow::Result<Vec<String>> {
    let target = target(stage).await?;
    let generator = Generator::new()?;
    let bar = progress(CONNECTIONS.len().try_into()?, "sending requests");
    let mut lines = Vec::new();
    for connections in CONNECTIONS {
        generator.run(&target, connections, times.warm_up).await?;
        let before = cpu_time();
        let outcome = generator.run(&target, connections, times.counted).await?;
        let cpu = cpu_time().zip(before);
        let cpu = cpu.map(|(after, before)| after.saturating_sub(before));
        lines.push(line(connections, &outcome, cpu)?);
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(lines)
}

fn report(lines: &[String]) {
    println!("\nGET {FIND}, signed in; times in microseconds");
    println!(
        "{:>12} {:>12} {:>9} {:>9} {:>24}",
        "connections", "requests/s", "p50", "p99", "server's CPU a request"
    );
    for line in lines {
        println!("{line}");
    }
}

fn line(connections: usize, outcome: &Outcome, cpu: Option<Duration>) -> anyhow::Result<String> {
    let requests = outcome.latency.len();
    ensure!(requests > 0, "no request was answered");
    let a_second = u128::from(requests) * 1_000 / outcome.took.as_millis().max(1);
    let cpu = match cpu {
        Some(cpu) => micros(cpu.div_f64(f64::from(u32::try_from(requests)?))),
        None => "not measured".to_owned(),
    };
    Ok(format!(
        "{connections:>12} {:>12} {:>9} {:>9} {cpu:>24}",
        grouped(u64::try_from(a_second)?),
        outcome.latency.value_at_quantile(0.5),
        outcome.latency.value_at_quantile(0.99),
    ))
}

/// Creates an account, and adds the resource that its requests find.
async fn target(stage: &str) -> anyhow::Result<Target> {
    let api = Api::at(stage);
    sign_up(&api, EMAIL).await.is(202);
    let (server, _) = stage.rsplit_once('/').context("not a stage")?;
    let mailbox = Api::at(server).get(&format!("/mailbox?email={EMAIL}"));
    let letters = mailbox.send_without_contract().await.is(200).json();
    let code = letters[0]["code"].as_str().context("no code was mailed")?;
    confirm_with(&api, EMAIL, code, PASSWORD).await.is(204);
    let api = Person::signed_in(&api, EMAIL, PASSWORD).await.api;
    api.add(&noun::addition()).send().await.is(201);
    let url = format!("{stage}{FIND}");
    let url = Url::parse_with_params(&url, noun::QUERY)?;
    let mut authorization = HeaderValue::try_from(format!("Bearer {}", api.token()))?;
    authorization.set_sensitive(true);
    Ok(Target {
        host: url.authority().to_owned(),
        path_and_query: url[Position::BeforePath..].to_owned(),
        authorization,
    })
}

#[cfg(test)]
mod tests;
