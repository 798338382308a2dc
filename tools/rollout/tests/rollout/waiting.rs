//! The waits of `promote`, and the end of a rollout.

use std::time::Duration;

use tests::block_on;

use crate::{
    aws::{Aws, Frame, Scene},
    promote, run, start,
};

#[test]
fn a_deploy_to_development_is_waited_for() {
    block_on(async {
        let mut scene = promote::scene();
        let latest = scene.code.get_mut("$LATEST").unwrap();
        latest.update = ["InProgress", "InProgress", "InProgress", "Successful"].into();
        let aws = Aws::play(scene).await;
        let ran = run(&aws, &["promote", "--yes"]).await;
        assert_eq!(ran.status, 0, "{ran:?}");
    });
}

#[test]
fn a_rollout_that_goes_back_says_why() {
    block_on(async {
        let stopped = Frame {
            deployment: Some("Stopped"),
            ..Frame::rest("UPDATE_ROLLBACK_COMPLETE", "7")
        };
        let sounding = Frame {
            alarm: "ALARM",
            ..Frame::shifting(0.1)
        };
        let back = Frame {
            deployment: Some("Stopped"),
            ..Frame::rest("UPDATE_ROLLBACK_IN_PROGRESS", "7")
        };
        let scene = Scene {
            then: [Frame::shifting(0.1), sounding, back, stopped].into(),
            ..Scene::default()
        };
        let aws = Aws::play(scene).await;
        let ran = run(&aws, &["promote", "--yes"]).await;
        assert_eq!(ran.status, 3, "{ran:?}");
        assert!(ran.stderr.contains("all traffic went back"), "{ran:?}");
        let why = "alarm movies-errors-v8; an alarm went off";
        assert!(ran.stderr.contains(why), "{ran:?}");
        assert!(ran.stdout.contains("ALARM movies-errors-v8"), "{ran:?}");
    });
}

/// A failed check of the version ends the rollout within seconds, so it may be over between two reads.
#[test]
fn a_rollout_that_is_over_between_two_looks_says_why_too() {
    block_on(async {
        let scene = Scene {
            then: [
                Frame::rest("UPDATE_IN_PROGRESS", "7"),
                Frame {
                    deployment: Some("Stopped"),
                    ..Frame::rest("UPDATE_ROLLBACK_COMPLETE", "7")
                },
            ]
            .into(),
            ..Scene::default()
        };
        let aws = Aws::play(scene).await;
        let ran = run(&aws, &["promote", "--yes"]).await;
        assert_eq!(ran.status, 3, "{ran:?}");
        assert!(ran.stderr.contains("an alarm went off"), "{ran:?}");
    });
}

#[test]
fn a_cloud_that_does_not_answer_for_a_while_is_asked_again() {
    let again = "not read, trying again: cloudformation DescribeStacks: ExpiredToken: old\n";
    let given_up = "goes on, but it cannot be watched: cloudformation DescribeStacks: ExpiredToken: old\n  \
                    watch it again: cargo xtask status --follow --stack movies\n";
    block_on(async {
        for (failing, status, says) in [(10, 0, again), (11, 1, given_up)] {
            let aws = Aws::play(Scene {
                failing,
                ..promote::scene()
            })
            .await;
            let ran = run(&aws, &["promote", "--yes"]).await;
            assert_eq!(ran.status, status, "{ran:?}");
            assert!(ran.stderr.ends_with(says), "{ran:?}");
        }
    });
}

#[test]
fn a_stack_that_cannot_go_back_is_an_error() {
    block_on(async {
        let scene = Scene {
            then: [
                Frame::shifting(0.1),
                Frame::rest("UPDATE_ROLLBACK_FAILED", "7"),
            ]
            .into(),
            ..Scene::default()
        };
        let aws = Aws::play(scene).await;
        let ran = run(&aws, &["promote", "--yes"]).await;
        assert_eq!(ran.status, 1, "{ran:?}");
        assert!(ran.stderr.contains("UPDATE_ROLLBACK_FAILED"), "{ran:?}");
    });
}

/// CloudFormation may return the state before the update for a moment.
#[test]
fn the_end_of_an_earlier_update_is_not_taken_for_this_ones() {
    block_on(async {
        let aws = Aws::play(Scene {
            late: true,
            ..Scene::default()
        })
        .await;
        let mut child = start(&aws, &["promote", "--yes"]);
        while !aws.names().contains(&"DescribeAlarms".to_owned()) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert!(child.try_wait().unwrap().is_none(), "it still watches");
        aws.scene().updates = 1;
        let ran = crate::end(child).await;
        assert_eq!(ran.status, 0, "{ran:?}");
    });
}

#[cfg(unix)]
#[test]
fn an_interrupt_leaves_the_rollout_alone() {
    block_on(async {
        let scene = Scene {
            then: vec![Frame::shifting(0.1); 100_000].into(),
            ..Scene::default()
        };
        let aws = Aws::play(scene).await;
        let child = start(&aws, &["promote", "--yes"]);
        // The first call reads the requests of the last hour, before anything is changed.
        let watches =
            |names: &[String]| names.iter().filter(|name| *name == "GetMetricData").count() > 1;
        while !watches(&aws.names()) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let pid = child.id().unwrap().to_string();
        let killed = std::process::Command::new("kill")
            .args(["-INT", &pid])
            .status()
            .unwrap();
        assert!(killed.success());
        let ran = crate::end(child).await;
        assert_eq!(ran.status, 130, "{ran:?}");
        assert!(
            ran.stdout
                .contains("cargo xtask status --follow --stack movies"),
            "{ran:?}"
        );
        assert_eq!(aws.changes(), ["PublishVersion", "UpdateStack"]);
    });
}
