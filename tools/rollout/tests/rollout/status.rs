//! `status`, with and without a rollout in progress.

use std::time::Duration;

use tests::block_on;

use crate::{
    aws::{Aws, Frame, Scene, cbor_error, error},
    end, promote, run, start,
};

#[test]
fn what_serves_where_is_told_in_a_table() {
    block_on(async {
        let mut scene = Scene::default();
        scene.code.get_mut("$LATEST").unwrap().log_level = "DEBUG";
        let aws = Aws::play(scene).await;
        let ran = run(&aws, &["status"]).await;
        assert_eq!(ran.status, 0, "{ran:?}");
        let expected = "\
stack movies UPDATE_COMPLETE
stage        version  traffic  since                 code          API deployment
Development  $LATEST    100 %  2026-01-02T03:04:05Z  sha-new       api8
Production   7          100 %  2026-01-01T10:20:30Z  sha-7         api7
newer in Development: code, LOG_LEVEL, API
alarms: movies-errors-v8 OK, movies-5xx-v8 OK, movies-latency-v8 OK
";
        assert_eq!(ran.stdout, expected);
        assert!(aws.changes().is_empty());
    });
}

#[test]
fn a_rollout_under_way_shows_both_versions() {
    block_on(async {
        let aws = Aws::play(Scene::default().under_way(Frame::shifting(0.1))).await;
        let ran = run(&aws, &["status"]).await;
        assert_eq!(ran.status, 0, "{ran:?}");
        for line in [
            "Production   7           90 %",
            "             8           10 %",
            "rollout in progress: d-ABC123 (cargo xtask status --follow)",
        ] {
            assert!(ran.stdout.contains(line), "{line}: {ran:?}");
        }
    });
}

#[test]
fn an_alias_that_was_moved_by_hand_is_pointed_out() {
    block_on(async {
        let mut scene = Scene::default();
        scene.now.alias = "6";
        let aws = Aws::play(scene).await;
        let ran = run(&aws, &["status"]).await;
        assert_eq!(ran.status, 0, "{ran:?}");
        let attention = "attention: Production's alias points to version 6, but the stack says 7";
        assert!(ran.stdout.contains(attention), "{ran:?}");
    });
}

#[test]
fn a_broken_stack_is_told_by_the_exit_status() {
    block_on(async {
        let scene = Scene {
            now: Frame::rest("UPDATE_ROLLBACK_FAILED", "7"),
            ..Scene::default()
        };
        let aws = Aws::play(scene).await;
        let ran = run(&aws, &["status"]).await;
        assert_eq!(ran.status, 2, "{ran:?}");
        assert!(ran.stderr.contains("continue-update-rollback"), "{ran:?}");
        assert!(
            ran.stdout.contains("Production   7          100 %"),
            "{ran:?}"
        );
        assert!(!ran.stdout.contains("attention"), "{ran:?}");
    });
}

#[test]
fn watching_goes_on_where_it_was_left() {
    let back = vec![
        Frame::shifting(0.1),
        Frame {
            deployment: Some("Stopped"),
            ..Frame::rest("UPDATE_ROLLBACK_COMPLETE", "7")
        },
    ];
    block_on(async {
        for (frames, status) in [(promote::good(), 0), (back, 3)] {
            let mut scene = Scene::default().under_way(Frame::shifting(0.1));
            scene.moving = true;
            scene.then = frames.into();
            let aws = Aws::play(scene).await;
            let ran = run(&aws, &["status", "--follow"]).await;
            assert_eq!(ran.status, status, "{ran:?}");
            assert!(aws.changes().is_empty());
        }
        let aws = Aws::play(Scene::default()).await;
        let ran = run(&aws, &["status", "--follow"]).await;
        assert_eq!(ran.status, 0, "{ran:?}");
        assert!(ran.stdout.contains("newer in Development"), "{ran:?}");
    });
}

#[test]
fn a_rollout_is_watched_without_its_figures_if_need_be() {
    block_on(async {
        let mut scene = Scene::default().under_way(Frame::shifting(0.1));
        scene.moving = true;
        scene.then = promote::good().into();
        let denied = cbor_error("AccessDenied", "no");
        scene.instead.insert("GetMetricData", denied.clone());
        scene.instead.insert("DescribeAlarms", denied);
        let aws = Aws::play(scene).await;
        let ran = run(&aws, &["status", "--follow"]).await;
        assert_eq!(ran.status, 0, "{ran:?}");
        assert!(
            ran.stdout.contains("version 8 10 % requests=- errors=-"),
            "{ran:?}"
        );
        let said = "not shown: cloudwatch DescribeAlarms: AccessDenied: no\n";
        assert_eq!(ran.stderr, said, "once");
    });
}

#[test]
fn a_rollout_is_watched_without_codedeploy_if_need_be() {
    block_on(async {
        for call in [
            "GetDeployment",
            "GetDeploymentTarget",
            "GetDeploymentConfig",
            "ListStackResources",
        ] {
            let mut scene = Scene::default().under_way(Frame::shifting(0.1));
            scene.then = promote::good().into();
            let aws = Aws::play(scene).await;
            let child = start(&aws, &["status", "--follow"]);
            while !aws.names().contains(&"GetMetricData".to_owned()) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            aws.scene()
                .instead
                .insert(call, error(400, "AccessDeniedException", "no"));
            aws.scene().moving = true;
            let ran = end(child).await;
            assert_eq!(ran.status, 0, "{call}: {ran:?}");
        }
    });
}

#[test]
fn alarms_that_cannot_be_read_are_no_reason_to_be_silent() {
    block_on(async {
        let mut scene = Scene::default();
        let denied = cbor_error("AccessDenied", "no");
        scene.instead.insert("DescribeAlarms", denied);
        let aws = Aws::play(scene).await;
        let ran = run(&aws, &["status"]).await;
        assert_eq!(ran.status, 0, "{ran:?}");
        let said = "alarms: not known (cloudwatch DescribeAlarms: AccessDenied: no)";
        assert!(ran.stdout.contains(said), "{ran:?}");
    });
}
