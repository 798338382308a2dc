//! `feed`: how far the logs of changes are, and how they begin anew.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use tests::block_on;

use crate::{
    aws::{Aws, Scene, cbor, error},
    run,
};

const DAY: u64 = 24 * 60 * 60;

#[expect(
    clippy::disallowed_methods,
    reason = "the program tells how long ago something was"
)]
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.unwrap().as_secs()
}

/// When a row of so long ago expires.
fn expiry(seconds_ago: u64) -> Value {
    json!({ "N": (now() - seconds_ago + 37 * DAY).to_string() })
}

fn head(log: &str, epoch: &str, last: u64) -> Value {
    json!({
        "log": { "S": log }, "seq": { "N": "0" }, "epoch": { "S": epoch }, "last": { "N": last.to_string() },
    })
}

fn head_of_user(log: &str, last: u64, seconds_ago: u64) -> Value {
    let mut head = head(log, "fe11fe11-0000", last);
    head["expiresAt"] = expiry(seconds_ago);
    head
}

fn row(epoch: &str, seq: u64, seconds_ago: u64) -> Value {
    json!({
        "log": { "S": epoch }, "seq": { "N": seq.to_string() }, "keys": { "L": [{ "S": "2013\tRush" }] },
        "expiresAt": expiry(seconds_ago),
    })
}

const EPOCH: &str = "3f2a9c1e-5b7d-4c11-9a40-111111111111";

fn scene() -> Scene {
    let age = cbor(&json!({ "MetricDataResults": [{ "Id": "age", "Values": [400.0, 1_234.0] }] }));
    Scene {
        logs: vec![
            head("movies", EPOCH, 1204),
            row(EPOCH, 1203, 300),
            row(EPOCH, 1204, 200),
            head_of_user("watchlist\tuser-ada", 7, 4_000),
            head_of_user("watchlist\tuser-grace", 3, 120),
        ],
        instead: [("GetMetricData", age)].into(),
        ..Scene::default()
    }
}

#[test]
fn each_log_is_told_with_its_stream() {
    block_on(async {
        let aws = Aws::play(scene()).await;
        let ran = run(&aws, &["feed", "status", "--stage", "Production"]).await;
        assert_eq!(ran.status, 0, "{ran:?}");
        let expected = "\
Production of stack movies
log              logs  epoch        last row  newest row        stream      last batch
movies              1  3f2a9c1e        1,204  3 minutes ago     Enabled     OK
watchlist           2  -                   7  2 minutes ago     Enabled     OK
pictures            0  -                   -  -                 Disabled    No records processed
batches of the last 15 minutes were 1.2 s old at most

";
        assert_eq!(ran.stdout, expected);
        assert!(aws.changes().iter().all(|name| name == "Scan"));
        let tables: Vec<_> = aws
            .calls()
            .into_iter()
            .filter(|call| call.name == "Scan")
            .map(|call| call.body["TableName"].clone())
            .collect();
        assert_eq!(tables, ["logs", "logs"]);
        let asked = aws.first("GetMetricData").body;
        let metric = &asked["MetricDataQueries"][0]["MetricStat"]["Metric"];
        assert_eq!(metric["MetricName"], "IteratorAge");
        assert_eq!(metric["Dimensions"][0]["Value"], "changes");
    });
}

#[test]
fn what_cannot_be_read_besides_is_said_and_a_log_that_cannot_be_read_too() {
    block_on(async {
        let mut scene = scene();
        scene.logs[0]["last"] = json!({ "S": "many" });
        scene.resources.remove("ProductionPicturesStream");
        let denied = error(403, "AccessDeniedException", "no");
        scene.instead.insert("GetEventSourceMapping", denied);
        let none = cbor(&json!({ "MetricDataResults": [] }));
        scene.instead.insert("GetMetricData", none);
        let aws = Aws::play(scene).await;
        let ran = run(&aws, &["feed", "status", "--stage", "Production"]).await;
        assert_eq!(ran.status, 0, "{ran:?}");
        for part in [
            "movies              1  unreadable",
            "not known (lambda GetEventSourceMapping: AccessDeniedException: no)",
            "the stack has no ProductionPicturesStream",
            "no batches in the last 15 minutes",
        ] {
            assert!(ran.stdout.contains(part), "{part}: {ran:?}");
        }
        assert!(!ran.stdout.contains("user-"), "{ran:?}");
    });
}

#[test]
fn a_table_is_told_of_by_its_name_alone() {
    block_on(async {
        let aws = Aws::play(scene()).await;
        let ran = run(&aws, &["feed", "status", "--changes-table", "mine"]).await;
        assert_eq!(ran.status, 0, "{ran:?}");
        assert!(
            ran.stdout
                .contains("movies              1  3f2a9c1e        1,204  3 minutes ago\n")
        );
        assert_eq!(aws.first("Scan").body["TableName"], "mine");
        assert_eq!(aws.names(), ["Scan", "GetItem", "Scan"]);
    });
}

#[test]
fn both_stages_are_told_of_unless_one_is_named() {
    block_on(async {
        let aws = Aws::play(scene()).await;
        let ran = run(&aws, &["feed", "status"]).await;
        assert_eq!(ran.status, 0, "{ran:?}");
        for stage in ["Development", "Production"] {
            assert!(ran.stdout.contains(&format!("{stage} of stack movies\n")));
        }
    });
}

#[test]
fn the_logs_of_a_resource_begin_anew_and_no_others() {
    block_on(async {
        let mut scene = scene();
        let many = (0..60).map(|user| head_of_user(&format!("watchlist\tuser-{user}"), 1, 60));
        scene.logs.extend(many);
        // What cannot be read is just what has to be begun anew.
        scene.logs[3]["epoch"] = json!({ "N": "1" });
        let aws = Aws::play(scene).await;
        let arguments = [
            "feed",
            "reset",
            "--stage",
            "Production",
            "watchlist",
            "--yes",
        ];
        let ran = run(&aws, &arguments).await;
        assert_eq!(ran.status, 0, "{ran:?}");
        assert!(
            ran.stdout.contains("of stack movies anew: 62 logs\n"),
            "{ran:?}"
        );
        assert!(ran.stdout.ends_with("62 logs begin anew\n"), "{ran:?}");
        let deletes = aws
            .calls()
            .into_iter()
            .filter(|call| call.name == "BatchWriteItem");
        let tables: Vec<_> = deletes
            .map(|call| {
                call.body["RequestItems"]
                    .as_object()
                    .unwrap()
                    .keys()
                    .cloned()
                    .collect::<Vec<_>>()
            })
            .collect();
        assert_eq!(tables, [["logs"], ["logs"], ["logs"]]);
        let left: Vec<_> = aws
            .scene()
            .logs
            .iter()
            .map(|item| item["log"]["S"].clone())
            .collect();
        assert_eq!(left, ["movies", EPOCH, EPOCH]);
        // Once more there is nothing to do.
        let ran = run(&aws, &arguments).await;
        assert_eq!(ran.status, 0, "{ran:?}");
        assert!(ran.stdout.ends_with("There are none.\n"), "{ran:?}");
    });
}

#[test]
fn nothing_begins_anew_unasked() {
    block_on(async {
        let arguments = ["feed", "reset", "--stage", "Production", "movies"];
        for (more, status, says) in [
            (None, 2, "--yes"),
            (
                Some("--dry-run"),
                0,
                "would call: dynamodb BatchWriteItem TableName=logs: delete the heads of 1 logs",
            ),
        ] {
            let aws = Aws::play(scene()).await;
            let arguments: Vec<_> = arguments.into_iter().chain(more).collect();
            let ran = run(&aws, &arguments).await;
            assert_eq!(ran.status, status, "{ran:?}");
            assert!(
                ran.stdout.contains(says) || ran.stderr.contains(says),
                "{ran:?}"
            );
            assert_eq!(aws.scene().logs.len(), scene().logs.len());
        }
        let aws = Aws::play(scene()).await;
        for arguments in [
            &["feed", "reset", "--stage", "Production", "films", "--yes"][..],
            &["feed", "reset", "movies", "--yes"],
            &["feed", "reset", "--stage", "Test", "movies", "--yes"],
        ] {
            assert_eq!(run(&aws, arguments).await.status, 2, "{arguments:?}");
        }
        assert!(aws.calls().is_empty());
    });
}
