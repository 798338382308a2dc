//! The tour that `cargo dev` prints, taken in a shell as a reader would.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test")]

use std::process::{Command, ExitCode};

use libtest_mimic::{Arguments, Trial};
use local::{
    server::{Options, Server},
    tour::tour,
};

/// Takes the tour and gives the last word of each line that it prints: the status.
async fn take(tour: &str) -> Vec<String> {
    let mut shell = Command::new("bash");
    shell.arg("-euc").arg(tour);
    let output = tokio::task::spawn_blocking(move || shell.output()).await;
    let output = output.unwrap().expect("the tour needs bash");
    let printed = String::from_utf8(output.stdout).unwrap();
    let complaints = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{complaints}");
    assert_eq!(complaints, "");
    let statuses = printed.lines().filter_map(|line| line.rsplit(' ').next());
    statuses.map(ToOwned::to_owned).collect()
}

/// A machine without bash and curl has no tour to take, and no test that could pass without one.
fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let here = |program| Command::new(program).arg("--version").output().is_ok();
    let mut trials = Vec::new();
    if here("bash") && here("curl") {
        let name = "the_tour_succeeds_at_every_step_and_can_be_taken_again";
        trials.push(Trial::test(name, || {
            let runtime = tokio::runtime::Runtime::new()?;
            runtime.block_on(the_tour_succeeds_at_every_step_and_can_be_taken_again());
            Ok(())
        }));
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

async fn the_tour_succeeds_at_every_step_and_can_be_taken_again() {
    let options = Options {
        quiet: true,
        ..Options::default()
    };
    let server = Server::start(options).await.unwrap();
    let tour = tour(server.url());

    let first = ["202", "204", "201", "200", "200", "200", "204"];
    assert_eq!(take(&tour).await, first);
    // The account is there and confirmed, so that there is no code to send.
    let second = ["202", "201", "200", "200", "200", "204"];
    assert_eq!(take(&tour).await, second);
    server.stop().await;
}
