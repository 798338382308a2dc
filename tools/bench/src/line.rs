//! The CPU time of the log line of a request: plain, and with its metrics.

use std::{sync::Arc, time::Duration};

use accounts::token::{Verifier, jwks::KeySet, jwks::Timing};
use anyhow::ensure;
use axum::{Router, body::Body, extract::Request};
use kit::{clock::SystemClock, telemetry::Function};
use local::server::{Options, Server, Stage, StageServices};
use service::{
    app::App,
    aws::{Trust, connector},
    telemetry::{NAMESPACE, counted},
};
use tokio::runtime::Handle;
use tower::ServiceExt as _;
use tracing::{Dispatch, level_filters::LevelFilter, subscriber::NoSubscriber};

use super::{
    Setting, Verdict, cpu,
    figures::{Summary, grouped, micros},
};

/// The number of requests that are timed together, so that reading the clock does not count.
const BATCH: u32 = 50;

pub(super) async fn run(setting: &Setting) -> anyhow::Result<Verdict> {
    let rounds = if setting.quick { 10 } else { 1_000 };
    let server = Server::start(Options {
        quiet: true,
        ..Options::default()
    });
    let server = server.await?;
    let router = app(server.stage(Stage::Development)).router();
    let forms = [
        ("not logged", Dispatch::new(NoSubscriber::new())),
        ("a line", form(None)),
        ("with metrics", form(Some(function()))),
    ];

    // On one thread, because its CPU time is measured.
    let threads = Handle::current();
    let measured =
        tokio::task::spawn_blocking(move || threads.block_on(measure(rounds, &router, &forms)));
    println!(
        "\nA request that does nothing, {} times {BATCH}; {} of one, in microseconds",
        grouped(rounds.into()),
        cpu::CLOCK,
    );
    println!("{:>24} {:>9} {:>9} {:>9}", "", "median", "min", "max");
    for (what, summary) in measured.await?? {
        println!(
            "{what:>24} {:>9} {:>9} {:>9}",
            micros(summary.median),
            micros(summary.min),
            micros(summary.max),
        );
    }
    Ok(Verdict::NoGoal)
}

/// A log that discards its lines.
fn form(function: Option<Function>) -> Dispatch {
    kit::log::to(
        service::telemetry::events(LevelFilter::INFO),
        function,
        std::io::sink,
    )
}

fn function() -> Function {
    Function {
        name: "movies-ProductionFunction-0123456789ab".to_owned(),
        version: "7".to_owned(),
        namespace: NAMESPACE,
        counted: counted(),
    }
}

fn app(stage: &StageServices) -> App {
    let issuer = stage.identity().issuer().clone();
    let keys = KeySet::new(
        issuer.url.clone(),
        connector(Trust::Amazon),
        Timing::default(),
    );
    App {
        stores: stage.stores(),
        records: Arc::new(stage.store().clone()),
        identity: stage.identity().clone(),
        auth_configuration: stage.auth_configuration(),
        tokens: Arc::new(Verifier::new(issuer, keys)),
        clock: Arc::new(SystemClock),
        served_by: service::app::served_by(None, "bench"),
        stage: Stage::Development,
        allowed_origins: Vec::new(),
    }
}

type Measured = Vec<(&'static str, Summary)>;

/// Measures in turns, so that other load on the machine affects both forms alike. The first tenth is the warm-up.
async fn measure(
    rounds: u32,
    router: &Router,
    forms: &[(&'static str, Dispatch)],
) -> anyhow::Result<Measured> {
    let mut times = vec![Vec::<Duration>::new(); forms.len()];
    for round in 0..rounds + rounds / 10 {
        for ((_, form), times) in forms.iter().zip(&mut times) {
            let _logged = tracing::dispatcher::set_default(form);
            let begun = cpu::time();
            for _ in 0..BATCH {
                let request = Request::get("/health").body(Body::empty())?;
                let answer = router.clone().oneshot(request).await?;
                ensure!(answer.status().is_success(), "{}", answer.status());
            }
            if round >= rounds / 10 {
                times.push(cpu::time().saturating_sub(begun) / BATCH);
            }
        }
    }
    let names = forms.iter().map(|(name, _)| *name);
    let summaries = times.into_iter().map(Summary::of);
    names
        .zip(summaries)
        .map(|(name, summary)| Ok((name, summary?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_benchmark_runs() {
        let setting = Setting::quick();
        run(&setting).await.unwrap();
    }
}
