//! `rollback`, during a rollout and after one.

use tests::block_on;

use crate::{
    aws::{Aws, Call, DEPLOYMENT, Frame, Scene, error},
    dashboard::rollouts,
    run,
};

/// The parameters that an update changes, without the lines of the dashboard.
fn changed(update: &Call) -> Vec<(String, String)> {
    let parameters = update.parameters().into_iter();
    parameters
        .filter_map(|(name, value)| Some((name, value?)))
        .filter(|(name, _)| name != "ProductionRollouts")
        .collect()
}

fn to(version: &str, api: &str, sign_up: &str, changes: &str) -> Vec<(String, String)> {
    [
        ("ProductionApiDeploymentId", api),
        ("ProductionChangesVersion", changes),
        ("ProductionExpectedChanges", ""),
        ("ProductionSignUpVersion", sign_up),
        (
            "ProductionTrafficShift",
            "CodeDeployDefault.LambdaAllAtOnce",
        ),
        ("ProductionVersion", version),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

#[test]
fn a_finished_rollout_is_undone_at_once() {
    let cases = [
        (
            "the one before",
            vec!["rollback", "--yes"],
            to("6", "api6", "2", "4"),
            "6",
        ),
        (
            "a version by its number",
            vec!["rollback", "--yes", "--to", "8"],
            to("8", "api8", "3", "6"),
            "8",
        ),
        (
            "the API alone",
            vec!["rollback", "--yes", "--to", "7", "--api-deployment", "api5"],
            to("7", "api5", "3", "5"),
            "7",
        ),
        (
            "the one before, with another API",
            vec!["rollback", "--yes", "--api-deployment", "api5"],
            to("6", "api5", "2", "4"),
            "6",
        ),
        (
            "a version of before there was a relay",
            vec!["rollback", "--yes", "--to", "6"],
            to("6", "api6", "2", "5"),
            "6",
        ),
    ];
    block_on(async {
        for (name, args, expected, version) in cases {
            let scene = Scene {
                then: [
                    Frame {
                        deployment: Some("InProgress"),
                        ..Frame::rest("UPDATE_IN_PROGRESS", "7")
                    },
                    Frame::rest("UPDATE_COMPLETE", version),
                ]
                .into(),
                ..Scene::default()
            };
            let aws = Aws::play(scene).await;
            let ran = run(&aws, &args).await;
            assert_eq!(ran.status, 0, "{name}: {ran:?}");
            assert_eq!(aws.changes(), ["UpdateStack"], "{name}");
            let update = aws.call("UpdateStack");
            assert_eq!(changed(&update), expected, "{name}");
            let label = format!(r#""label":"back to v{version}""#);
            assert!(rollouts(&update).contains(&label), "{name}");
            // The ringing alarm is the reason for this rollback, so it must not roll that back.
            let alarm = "RollbackConfiguration.RollbackTriggers.member.1.Arn";
            assert_eq!(update.body.get(alarm), None, "{name}");
            let minutes = "RollbackConfiguration.MonitoringTimeInMinutes";
            assert_eq!(update.body[minutes], "0", "{name}");
            let says = format!("Production serves version {version}.");
            assert!(ran.stdout.contains(&says), "{name}: {ran:?}");
        }
    });
}

#[test]
fn a_rollout_that_goes_on_is_stopped_and_taken_back() {
    block_on(async {
        let mut scene = Scene::default().under_way(Frame::shifting(0.1));
        scene.then = [
            Frame {
                deployment: Some("Stopped"),
                ..Frame::rest("UPDATE_ROLLBACK_IN_PROGRESS", "7")
            },
            Frame::rest("UPDATE_ROLLBACK_COMPLETE", "7"),
        ]
        .into();
        let aws = Aws::play(scene).await;
        let ran = run(&aws, &["rollback", "--yes"]).await;
        assert_eq!(ran.status, 0, "{ran:?}");
        assert_eq!(aws.changes(), ["StopDeployment"]);
        let stopped = aws.call("StopDeployment").body;
        assert_eq!(stopped["deploymentId"], DEPLOYMENT);
        assert_eq!(stopped["autoRollbackEnabled"], true);
        assert!(
            ran.stdout.contains("Production serves version 7 again."),
            "{ran:?}"
        );
    });
}

#[test]
fn a_rollout_that_was_faster_is_told() {
    block_on(async {
        for is_over in [false, true] {
            let mut scene = Scene::default().under_way(Frame::shifting(0.1));
            scene.then = [Frame::rest("UPDATE_COMPLETE", "8")].into();
            if is_over {
                scene.moving = true;
                scene.then.push_front(Frame::shifting(0.1));
                let code = "DeploymentAlreadyCompletedException";
                scene
                    .instead
                    .insert("StopDeployment", error(400, code, "it is over"));
            }
            let aws = Aws::play(scene).await;
            let ran = run(&aws, &["rollback", "--yes"]).await;
            assert_eq!(ran.status, 1, "{ran:?}");
            assert!(ran.stderr.contains("run rollback again"), "{ran:?}");
        }
    });
}

#[test]
fn a_rollback_that_is_stopped_says_so() {
    block_on(async {
        let stopped = Frame {
            deployment: Some("Stopped"),
            ..Frame::rest("UPDATE_ROLLBACK_COMPLETE", "7")
        };
        let scene = Scene {
            then: [stopped].into(),
            ..Scene::default()
        };
        let aws = Aws::play(scene).await;
        let ran = run(&aws, &["rollback", "--yes"]).await;
        assert_eq!(ran.status, 3, "{ran:?}");
        assert!(ran.stderr.contains("an alarm went off"), "{ran:?}");
        assert!(!ran.stdout.contains("serves version"), "{ran:?}");
    });
}

#[test]
fn a_stack_policy_is_overridden_on_the_way_back_too() {
    block_on(async {
        let scene = Scene {
            policy: "{}",
            then: [Frame::rest("UPDATE_COMPLETE", "6")].into(),
            ..Scene::default()
        };
        let aws = Aws::play(scene).await;
        let ran = run(&aws, &["rollback", "--yes"]).await;
        assert_eq!(ran.status, 0, "{ran:?}");
        let update = aws.call("UpdateStack").body;
        let policy = update["StackPolicyDuringUpdateBody"].as_str().unwrap();
        assert!(policy.contains(r#""Effect":"Allow""#), "{policy}");
    });
}

#[test]
fn a_stack_without_codedeploy_goes_back_without() {
    block_on(async {
        let mut scene = Scene {
            then: [Frame::rest("UPDATE_COMPLETE", "6")].into(),
            ..Scene::default()
        };
        scene
            .parameters
            .insert("ProductionTrafficShift", String::new());
        scene.resources.remove("DeploymentApplication");
        scene.resources.remove("ProductionDeploymentGroup");
        let aws = Aws::play(scene).await;
        let ran = run(&aws, &["rollback", "--yes"]).await;
        assert_eq!(ran.status, 0, "{ran:?}");
        let shift = ("ProductionTrafficShift".to_owned(), String::new());
        assert!(changed(&aws.call("UpdateStack")).contains(&shift));
        let names = aws.names();
        let deploys = |name: &&String| name.contains("Deployment") && *name != "GetApiDeployment";
        assert_eq!(names.iter().find(deploys), None);
    });
}

#[test]
fn a_rehearsal_only_reads() {
    block_on(async {
        let aws = Aws::play(Scene::default()).await;
        let ran = run(&aws, &["rollback", "--dry-run"]).await;
        assert_eq!(ran.status, 0, "{ran:?}");
        assert!(aws.changes().is_empty());
        let update = "would call: cloudformation UpdateStack StackName=movies";
        assert!(ran.stdout.contains(update), "{ran:?}");
        assert!(
            ran.stdout.contains("PreviousProductionVersion=(previous)"),
            "{ran:?}"
        );

        let aws = Aws::play(Scene::default().under_way(Frame::shifting(0.1))).await;
        let ran = run(&aws, &["rollback", "--dry-run"]).await;
        assert_eq!(ran.status, 0, "{ran:?}");
        assert!(aws.changes().is_empty());
        let stop = "would call: codedeploy StopDeployment DeploymentId=d-ABC123";
        assert!(ran.stdout.contains(stop), "{ran:?}");
    });
}
