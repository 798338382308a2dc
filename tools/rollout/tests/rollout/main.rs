//! The commands, run as the real program against one stub of AWS, which records the calls.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, and so do its tools"
)]

mod aws;
mod dashboard;
mod feed;
mod judged;
mod promote;
mod refusals;
mod review;
mod rollback;
mod status;
mod template;
mod waiting;

use std::process::Stdio;

use tokio::process::{Child, Command};

use self::aws::Aws;

/// The result of a run of the program.
#[derive(Debug)]
struct Ran {
    status: i32,
    stdout: String,
    stderr: String,
}

/// Starts the program with an empty environment and without a terminal.
fn start(aws: &Aws, args: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_rollout"))
        .args(args)
        .args(["--interval", "0.01"])
        .env_clear()
        .env("AWS_ENDPOINT_URL", aws.url())
        .env("AWS_REGION", "eu-west-1")
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

async fn end(child: Child) -> Ran {
    let output = child.wait_with_output().await.unwrap();
    Ran {
        status: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

async fn run(aws: &Aws, args: &[&str]) -> Ran {
    end(start(aws, args)).await
}
