//! The checks of a promotion: enough traffic, the check of the version with its expected changes, the alarm afterwards.

use tests::block_on;

use crate::{
    aws::{Aws, Call, Frame},
    promote::scene,
    run,
};

/// The ARN of the alarm that CloudFormation watches after an update, and the minutes.
fn bake(update: &Call) -> (Option<&str>, &str) {
    let member = |name: &str| update.body[&format!("RollbackConfiguration.{name}")].as_str();
    let arn = update
        .body
        .get("RollbackConfiguration.RollbackTriggers.member.1.Arn");
    let minutes = member("MonitoringTimeInMinutes").unwrap();
    (arn.and_then(serde_json::Value::as_str), minutes)
}

#[test]
fn the_gateways_alarm_watches_for_a_while_and_no_longer() {
    block_on(async {
        for (args, minutes) in [
            (&["promote", "--yes"][..], "10"),
            (&["promote", "--yes", "--bake", "3"], "3"),
        ] {
            let aws = Aws::play(scene()).await;
            let ran = run(&aws, args).await;
            assert_eq!(ran.status, 0, "{ran:?}");
            let updates: Vec<_> = aws
                .calls()
                .into_iter()
                .filter(|call| call.name == "UpdateStack")
                .collect();
            assert_eq!(bake(&updates[0]), (Some("arn:movies-gateway-5xx"), minutes));
            assert_eq!(bake(&updates[1]), (None, "0"));
            assert!(
                updates[1]
                    .parameters()
                    .iter()
                    .all(|(_, value)| value.is_none())
            );
        }
    });
}

#[test]
fn how_many_requests_will_judge_is_told_beforehand() {
    block_on(async {
        for (shift, about) in [
            ("canary-10", 20),
            ("canary-1", 6),
            ("linear", 90),
            ("all-at-once", 0),
        ] {
            let aws = Aws::play(scene()).await;
            let ran = run(&aws, &["promote", "--dry-run", "--shift", shift]).await;
            let says = format!(
                "expect:  about {about} requests to the new version before it gets all (1204 came in the last hour)"
            );
            assert!(ran.stdout.contains(&says), "{shift}: {ran:?}");
        }
    });
}

#[test]
fn a_version_that_was_asked_too_little_goes_back() {
    // Long ago, so that the pause of the canary is over.
    let since = 1_700_000_000;
    block_on(async {
        for (requests, stops) in [(99.0, true), (100.0, false)] {
            let mut scene = scene();
            scene.shifting_since = since;
            scene.requests = requests;
            if stops {
                scene.then.truncate(2);
                scene.then.push_back(Frame {
                    deployment: Some("Stopped"),
                    ..Frame::rest("UPDATE_ROLLBACK_COMPLETE", "7")
                });
            }
            let aws = Aws::play(scene).await;
            let ran = run(&aws, &["promote", "--yes", "--min-requests", "100"]).await;
            let stopped = aws.names().iter().any(|name| name == "StopDeployment");
            assert_eq!(stopped, stops, "{ran:?}");
            assert_eq!(ran.status, if stops { 3 } else { 0 }, "{ran:?}");
            let says = "99 requests came to the new version, fewer than --min-requests 100";
            assert_eq!(ran.stderr.contains(says), stops, "{ran:?}");
        }
    });
}

#[test]
fn changes_that_are_announced_are_told_to_the_check() {
    block_on(async {
        let aws = Aws::play(scene()).await;
        let args = [
            "promote",
            "--yes",
            "--expect-change",
            "/health",
            "--expect-change",
            "/me",
        ];
        let ran = run(&aws, &args).await;
        assert_eq!(ran.status, 0, "{ran:?}");
        let parameters = aws.first("UpdateStack").parameters();
        let announced = (
            "ProductionExpectedChanges".to_owned(),
            Some("/health,/me".to_owned()),
        );
        assert!(parameters.contains(&announced), "{parameters:?}");
    });
}

#[test]
fn a_change_that_is_no_path_is_refused_before_anything_is_done() {
    block_on(async {
        for path in ["health", "/health,/me", "/Health", ""] {
            let aws = Aws::play(scene()).await;
            let ran = run(&aws, &["promote", "--yes", "--expect-change", path]).await;
            assert_eq!(ran.status, 2, "{path}: {ran:?}");
            assert!(ran.stderr.contains("/auth/configuration"), "{ran:?}");
            assert!(aws.names().is_empty());
        }
    });
}
