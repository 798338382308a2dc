//! The server's memory while many users sign in.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test")]

mod dev;

use std::{
    ffi::OsStr,
    fs,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use dev::Dev;
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use tokio::task::JoinSet;

const CONNECTIONS: usize = 64;
const MOST: usize = 200_000;

/// Posts this many bodies over 64 connections.
async fn post_all(
    dev: &Dev,
    path: &str,
    count: usize,
    status: StatusCode,
    body: fn(usize) -> Value,
) {
    let next = Arc::new(AtomicUsize::new(0));
    let mut clients = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let (next, url) = (Arc::clone(&next), dev.api(path));
        clients.spawn(async move {
            let client = Client::new();
            loop {
                let n = next.fetch_add(1, Ordering::Relaxed);
                if n >= count {
                    return;
                }
                let answer = client.post(&url).json(&body(n)).send().await.unwrap();
                assert_eq!(answer.status(), status);
            }
        });
    }
    clients.join_all().await;
}

/// The most memory that the process has ever had, in kB.
fn peak(dev: &Dev) -> usize {
    let id = dev.process.id().unwrap();
    let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.expect("a peak").trim().trim_end_matches(" kB");
    number.parse().unwrap()
}

#[tokio::test]
async fn many_passwords_at_once_take_less_than_200_mb() {
    let folder = tempfile::tempdir().unwrap();
    let in_folder = [OsStr::new("--data"), folder.path().as_os_str()];
    for options in [&[OsStr::new("--memory")][..], &in_folder] {
        let dev = Dev::start(options).await;
        post_all(&dev, "/auth/sign-up", 64, StatusCode::ACCEPTED, |n| {
            json!({ "email": format!("new-{n}@example.com"), "password": "Correct-Horse-7-Battery" })
        })
        .await;
        post_all(
            &dev,
            "/auth/sign-in",
            64,
            StatusCode::UNAUTHORIZED,
            |n| json!({ "email": format!("{n}@example.com"), "password": "Wrong-Horse-7-Battery" }),
        )
        .await;
        post_all(
            &dev,
            "/auth/reset-password",
            64,
            StatusCode::BAD_REQUEST,
            |n| {
                json!({
                    "email": format!("{n}@example.com"),
                    "code": "000000",
                    "newPassword": "Correct-Horse-7-Battery",
                })
            },
        )
        .await;
        let peak = peak(&dev);
        assert!(peak < MOST, "{options:?}: {peak} kB");
    }
}
