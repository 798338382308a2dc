//! `cargo xtask verify` as a program: its output, and its exit status.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::Stdio;

use tests::{
    person::Person,
    server::{Stage, TestServer},
    stub::{Canned, Nowhere, Stub},
};
use tokio::process::Command;

struct Ran {
    status: i32,
    stdout: String,
    stderr: String,
}

/// Runs the program with these environment variables only.
async fn verify(args: &[&str], variables: &[(&str, &str)]) -> Ran {
    let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .arg("verify")
        .args(args)
        .env_clear()
        .envs(variables.iter().copied())
        .stdin(Stdio::null())
        .output()
        .await
        .unwrap();
    Ran {
        status: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

#[tokio::test]
async fn a_good_server_ends_with_0_and_a_line_that_sums_up() {
    let server = TestServer::start().await;
    for stage in Stage::ALL {
        let url = server.base(stage);
        let ran = verify(&["--url", &url, "--stage", stage.name()], &[]).await;
        assert_eq!(ran.status, 0, "{}{}", ran.stdout, ran.stderr);
        let last = ran.stdout.lines().last().unwrap();
        assert!(last.ends_with(" ok, 0 failed, 6 skipped"), "{last}");
        assert!(ran.stdout.contains("GET     /health "), "{}", ran.stdout);
        assert_eq!(ran.stderr, "");
    }
}

#[tokio::test]
async fn a_token_comes_by_a_variable_and_is_not_shown() {
    let server = TestServer::start().await;
    let ada = Person::new(&server, "ada@example.com").await;
    let (url, token) = (server.base(Stage::Development), ada.api.token());
    let args = ["--url", &url, "--token-env", "ACCESS_TOKEN"];
    let ran = verify(&args, &[("ACCESS_TOKEN", token)]).await;
    assert_eq!(ran.status, 0, "{}{}", ran.stdout, ran.stderr);
    // No movie exists that could be read.
    assert!(
        ran.stdout.contains(" 0 failed, 2 skipped"),
        "{}",
        ran.stdout
    );
    assert!(!ran.stdout.contains(token));
}

#[tokio::test]
async fn a_stage_that_is_not_the_one_asked_for_ends_with_1_and_the_reason() {
    let server = TestServer::start().await;
    let url = server.base(Stage::Development);
    let ran = verify(&["--url", &url, "--stage", "Production"], &[]).await;
    assert_eq!(ran.status, 1, "{}", ran.stdout);
    let reason = "the user pool is \"local_Development\", not local_Production";
    assert!(ran.stdout.contains(reason), "{}", ran.stdout);
    assert!(ran.stdout.contains(" 1 failed, "), "{}", ran.stdout);
}

#[tokio::test]
async fn what_is_no_movies_api_ends_with_1() {
    let stub = Stub::start(|_| Canned::ok(serde_json::json!({}))).await;
    let ran = verify(&["--url", stub.url()], &[]).await;
    assert_eq!(ran.status, 1, "{}", ran.stdout);
    assert!(ran.stdout.contains("\n0 ok, "), "{}", ran.stdout);
}

#[tokio::test]
async fn what_cannot_begin_ends_with_2_and_advice() {
    let nowhere = Nowhere::new();
    let gone = format!("{}/Development", nowhere.url());
    let clear = "http://api.example.com/Production";
    let cases: [(&[&str], &str); 8] = [
        (&["--url", &gone], "the server cannot be reached"),
        (&["--url", clear], "must be https"),
        (&["--url", clear], "http is for this machine alone"),
        (
            &["--url", &gone, "--token-env", "NONE"],
            "the variable NONE has no token",
        ),
        (
            &["--url", &gone, "--stage", "Staging"],
            "it is Development or Production",
        ),
        (&["--stack", "movies"], "--stage <STAGE>"),
        (
            &["--stack", "movies", "--stage", "Production", "--url", &gone],
            "cannot be used with",
        ),
        // No program is found without a path.
        (
            &["--stack", "movies", "--stage", "Production"],
            "the AWS CLI does not start",
        ),
    ];
    for (args, advice) in cases {
        // A path without programs: if the variable is not set, the system searches default folders.
        let ran = verify(args, &[("PATH", "/nonexistent")]).await;
        assert_eq!(ran.status, 2, "{args:?}: {}{}", ran.stdout, ran.stderr);
        assert!(ran.stderr.contains(advice), "{args:?}: {}", ran.stderr);
    }
}

#[tokio::test]
async fn the_help_tells_the_exit_status_and_gives_examples() {
    let ran = verify(&["--help"], &[]).await;
    assert_eq!(ran.status, 0);
    for told in [
        "Exit status: 0",
        "Examples:",
        "--stack STACK --stage Development",
    ] {
        assert!(ran.stdout.contains(told), "{}", ran.stdout);
    }
}
