//! Acknowledged writes survive a full disk; damaged files are refused.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test")]

mod dev;

use std::{ffi::OsStr, path::Path};

use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};
use tokio::process::Command;

use dev::Dev;

const EMAIL: &str = "ada@example.com";
const PASSWORD: &str = "Correct-Horse-7-Battery";

/// The options that keep data in a folder.
fn data_in(folder: &Path) -> [&OsStr; 2] {
    [OsStr::new("--data"), folder.as_os_str()]
}

async fn sign_up(dev: &Dev, client: &Client) {
    let account = json!({ "email": EMAIL, "password": PASSWORD });
    let answer = client
        .post(dev.api("/auth/sign-up"))
        .json(&account)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::ACCEPTED);
    let mailbox = format!("{}/mailbox?email={EMAIL}", dev.url);
    let letters: Value = client
        .get(mailbox)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let confirmation = json!({ "email": EMAIL, "code": letters[0]["code"] });
    let path = dev.api("/auth/confirm-sign-up");
    let answer = client.post(path).json(&confirmation).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::NO_CONTENT);
}

async fn try_to_sign_in(dev: &Dev, client: &Client) -> Response {
    let account = json!({ "email": EMAIL, "password": PASSWORD });
    let request = client.post(dev.api("/auth/sign-in")).json(&account);
    request.send().await.unwrap()
}

async fn sign_in(dev: &Dev, client: &Client) -> String {
    let answer = try_to_sign_in(dev, client).await;
    let tokens: Value = answer.json().await.unwrap();
    tokens["accessToken"].as_str().unwrap().to_owned()
}

/// A limit on the size of a file simulates a full disk: it needs no special rights, and can be lifted.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_server_whose_disk_was_full_goes_on_when_there_is_room() {
    use std::time::Duration;

    let folder = tempfile::tempdir().unwrap();
    let client = Client::new();
    // The signal that comes with the error would end the process.
    let mut dev = Command::new("sh");
    dev.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""])
        .arg(env!("CARGO_BIN_EXE_dev"));
    let server = Dev::run(dev, data_in(folder.path())).await;
    sign_up(&server, &client).await;
    let token = sign_in(&server, &client).await;
    let add = |title: String| {
        let request = client
            .post(server.api("/movies/add-movie"))
            .bearer_auth(&token)
            .json(&json!({ "title": title, "year": 2016 }));
        async move { request.send().await.unwrap().status() }
    };
    let get = |path: &str| {
        let request = client.get(server.api(path)).bearer_auth(&token);
        async move { request.send().await.unwrap().status() }
    };
    let limit = |bytes: &str| {
        let process = server.process.id().unwrap().to_string();
        let limit = format!("--fsize={bytes}:unlimited");
        async move {
            let mut prlimit = Command::new("prlimit");
            let done = prlimit.args(["--pid", &process, &limit]).status().await;
            assert!(done.unwrap().success());
        }
    };
    assert_eq!(add("Before".to_owned()).await, StatusCode::CREATED);
    limit("1").await;
    let status = try_to_sign_in(&server, &client).await.status();
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    for n in 0..10 {
        let status = add(format!("No room {n}")).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(get("/health").await, StatusCode::OK);
    }
    limit("unlimited").await;
    let mut tries = 0;
    while add(format!("After {tries}")).await != StatusCode::CREATED {
        tries += 1;
        assert!(tries < 100, "nothing can be added any more");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let status = try_to_sign_in(&server, &client).await.status();
    assert_eq!(status, StatusCode::OK);
    let page = "/movies/findbytitleandyear?title=Before&year=2016";
    assert_eq!(get(page).await, StatusCode::OK);
    assert_eq!(get("/me").await, StatusCode::OK);

    for file in ["movies.redb", "accounts.redb"] {
        let log = server.log.lock().unwrap();
        let lines: Vec<_> = log.iter().filter(|line| line.contains(file)).collect();
        assert_eq!(lines.len(), 2, "{lines:#?}");
        assert!(lines[0].contains("until there is room"), "{lines:#?}");
        assert!(lines[1].contains("works again"), "{lines:#?}");
    }
}

#[tokio::test]
async fn a_damaged_file_is_refused_by_name_and_left_as_it_is() {
    type Damage = fn(&mut Vec<u8>);
    let damages: [(&str, Damage); 4] = [
        ("empty", |bytes| bytes.clear()),
        ("cut off", |bytes| bytes.truncate(bytes.len() / 2)),
        ("no database", |bytes| bytes.fill(b'x')),
        ("a page of zeros", |bytes| bytes[4096..].fill(0)),
    ];
    let folder = tempfile::tempdir().unwrap();
    let mut server = Dev::start(data_in(folder.path())).await;
    sign_up(&server, &Client::new()).await;
    server.process.kill().await.unwrap();
    for name in ["movies.redb", "accounts.redb"] {
        let file = folder.path().join("Development").join(name);
        let good = std::fs::read(&file).unwrap();
        for (what, damage) in damages {
            let mut bytes = good.clone();
            damage(&mut bytes);
            std::fs::write(&file, &bytes).unwrap();
            let ended = Command::new(env!("CARGO_BIN_EXE_dev"))
                .args(["--port", "0", "--data"])
                .arg(folder.path())
                .output();
            let ended = ended.await.unwrap();
            assert!(!ended.status.success(), "{name}, {what}");
            let said = String::from_utf8(ended.stderr).unwrap();
            let expected = format!("error: {} is damaged", file.display());
            assert!(said.starts_with(&expected), "{name}, {what}: {said}");
            assert!(said.contains("move it away"), "{name}, {what}: {said}");
            assert!(!said.contains("panicked"), "{name}, {what}: {said}");
            let after = std::fs::read(&file).unwrap();
            assert!(after == bytes, "{name}, {what}: changed");
        }
        std::fs::write(&file, good).unwrap();
    }
    Dev::start(data_in(folder.path())).await;
}
