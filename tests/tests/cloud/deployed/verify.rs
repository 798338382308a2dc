//! The result of `cargo xtask verify`.

use local::server::Stage;
use serde_json::json;
use tokio::process::Command;

use crate::cloud::{Cloud, title};

pub(crate) async fn verify_finds_nothing_wrong(cloud: Cloud, stage: Stage) {
    let ada = cloud.person(stage).await;
    let movie = json!({ "title": title(), "year": 1979 });
    ada.api.add(&movie).send().await.is(201);
    let verified = Command::new(env!("CARGO"))
        .args([
            "xtask",
            "verify",
            "--emulated-gateway",
            "--url",
            &cloud.url(stage),
        ])
        .args(["--stage", stage.name(), "--token-env", "ACCESS_TOKEN"])
        .env("ACCESS_TOKEN", ada.api.token())
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .output()
        .await
        .unwrap();
    let told = String::from_utf8_lossy(&verified.stdout);
    assert!(verified.status.success(), "{told}");
    assert!(told.trim_end().ends_with(" 0 failed, 0 skipped"), "{told}");
}
