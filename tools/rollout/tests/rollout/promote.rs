//! `promote` without a refusal.

use serde_json::json;
use tests::block_on;

use crate::{
    aws::{Aws, Code, DEPLOYMENT, Frame, Scene},
    dashboard::rollouts,
    run,
};

/// The frames of a successful canary, from 10 % to all traffic.
pub(crate) fn good() -> Vec<Frame> {
    vec![
        Frame {
            deployment: Some("InProgress"),
            ..Frame::rest("UPDATE_IN_PROGRESS", "7")
        },
        Frame::shifting(0.1),
        Frame::rest("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "8"),
    ]
}

pub(crate) fn scene() -> Scene {
    Scene {
        then: good().into(),
        ..Scene::default()
    }
}

fn parameters(changes: &[(&str, &str)]) -> Vec<(String, Option<String>)> {
    let names = Scene::default().parameters;
    let value = |name: &str| {
        let change = changes.iter().find(|(changed, _)| *changed == name);
        change.map(|(_, value)| (*value).to_owned())
    };
    names
        .keys()
        .map(|name| ((*name).to_owned(), value(name)))
        .collect()
}

const READS: [&str; 26] = [
    "DescribeStacks",
    "ListStackResources",
    "GetAlias",
    "GetFunctionConfiguration",
    "GetFunctionConfiguration",
    "GetFunctionConfiguration",
    "GetAlias",
    "GetFunctionConfiguration",
    "GetFunctionConfiguration",
    "GetFunctionConfiguration",
    "GetAlias",
    "GetFunctionConfiguration",
    "GetFunctionConfiguration",
    "GetFunctionConfiguration",
    "GetStage",
    "ListDeployments",
    "GetFunctionConfiguration",
    "GetFunctionConfiguration",
    "GetFunctionConfiguration",
    "GetFunctionConfiguration",
    "GetFunctionConfiguration",
    "GetFunctionConfiguration",
    "GetDeploymentConfig",
    "GetMetricData",
    "DescribeAlarms",
    "GetStackPolicy",
];

#[test]
fn production_gets_the_code_that_development_runs() {
    block_on(async {
        let aws = Aws::play(scene()).await;
        let ran = run(&aws, &["promote", "--yes"]).await;
        assert_eq!(ran.status, 0, "{ran:?}");

        let names = aws.names();
        assert_eq!(names[..READS.len()], READS);
        let then = [
            "PublishVersion",
            "GetFunctionConfiguration",
            "DescribeStacks",
            "UpdateStack",
            "DescribeStacks",
        ];
        assert_eq!(names[READS.len()..][..then.len()], then);
        assert_eq!(
            aws.changes(),
            ["PublishVersion", "UpdateStack", "UpdateStack"]
        );

        let published = aws.call("PublishVersion").body;
        assert_eq!(published["CodeSha256"], "sha-new");
        assert_eq!(published["RevisionId"], "revision-of-$LATEST");
        assert_eq!(
            published["Description"],
            "API deployment api8, sign-up version 3, changes version 5"
        );

        let update = aws.first("UpdateStack");
        let rollouts = rollouts(&update);
        let expected = parameters(&[
            ("ProductionRollouts", rollouts.as_str()),
            ("ProductionVersion", "8"),
            ("ProductionApiDeploymentId", "api8"),
            (
                "ProductionTrafficShift",
                "CodeDeployDefault.LambdaCanary10Percent10Minutes",
            ),
            ("PreviousProductionVersion", "7"),
            ("PreviousProductionApiDeploymentId", "api7"),
            ("ProductionSignUpVersion", "3"),
            ("PreviousProductionSignUpVersion", "3"),
            ("ProductionChangesVersion", "5"),
            ("PreviousProductionChangesVersion", "5"),
            ("ProductionExpectedChanges", ""),
        ]);
        assert_eq!(update.parameters(), expected);
        assert_eq!(update.body["StackName"], "movies");
        assert_eq!(update.body["UsePreviousTemplate"], "true");
        assert_eq!(update.body.get("TemplateBody"), None);
        assert_eq!(update.body.get("StackPolicyDuringUpdateBody"), None);
        let capabilities = [
            "CAPABILITY_AUTO_EXPAND",
            "CAPABILITY_IAM",
            "CAPABILITY_NAMED_IAM",
        ];
        for (place, capability) in (1..).zip(capabilities) {
            assert_eq!(
                update.body[format!("Capabilities.member.{place}")],
                capability
            );
        }
        assert!(
            ran.stdout
                .contains("cargo xtask rollback --to 7 --api-deployment api7 --stack movies\n"),
            "{ran:?}"
        );
    });
}

#[test]
fn a_log_gets_a_line_for_every_step() {
    block_on(async {
        let aws = Aws::play(scene()).await;
        let ran = run(&aws, &["promote", "--yes"]).await;
        let lines: Vec<_> = ran
            .stdout
            .lines()
            .filter(|line| line.contains(DEPLOYMENT))
            .collect();
        assert_eq!(lines.len(), 3, "{ran:?}");
        assert!(
            lines[0].contains("checking before any traffic"),
            "{}",
            lines[0]
        );
        let canary = "version 7 90 % requests=1,204 errors=0 5xx=1 p99=84 ms; \
                      version 8 10 % requests=131 errors=3 5xx=0 p99=-";
        assert!(lines[1].contains(canary), "{}", lines[1]);
        assert!(
            lines[1].contains("(10 % for 10 minutes, then all)"),
            "{}",
            lines[1]
        );
        assert!(lines[1].ends_with(" left"), "{}", lines[1]);
        assert!(lines[2].contains("version 8 100 %"), "{}", lines[2]);
        assert!(!ran.stdout.contains('\u{1b}'), "no colours in a log");
    });
}

#[test]
fn each_version_is_judged_by_its_own_figures() {
    block_on(async {
        let aws = Aws::play(scene()).await;
        run(&aws, &["promote", "--yes"]).await;
        let calls = aws.calls();
        let asked = calls
            .iter()
            .filter(|call| call.name == "GetMetricData")
            .nth(1)
            .unwrap();
        let metrics: Vec<_> = asked.body["MetricDataQueries"]
            .as_array()
            .unwrap()
            .iter()
            .map(|query| {
                let metric = &query["MetricStat"]["Metric"];
                let dimensions: Vec<_> = metric["Dimensions"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|dimension| dimension["Value"].as_str().unwrap())
                    .collect();
                let name = metric["MetricName"].as_str().unwrap();
                let stat = query["MetricStat"]["Stat"].as_str().unwrap();
                format!(
                    "{} {name} {stat} {}",
                    metric["Namespace"].as_str().unwrap(),
                    dimensions.join(" ")
                )
            })
            .collect();
        let expected = ["7", "8"].map(|version| {
            [
                format!("Movies Requests Sum movies-api {version}"),
                format!("AWS/Lambda Errors Sum movies-api movies-api:Production {version}"),
                format!("Movies Http5xx Sum movies-api {version}"),
                format!("Movies Latency p99 movies-api {version}"),
            ]
        });
        assert_eq!(metrics, expected.concat());
        assert_eq!(asked.body["StartTime"], 1_800_000_000.0);
    });
}

#[test]
fn traffic_moves_as_it_is_told_to() {
    let cases = [
        (
            "canary-1",
            "movies-canary-1",
            "1 % for 30 minutes, then all",
        ),
        (
            "canary-10",
            "CodeDeployDefault.LambdaCanary10Percent10Minutes",
            "10 % for 10 minutes, then all",
        ),
        (
            "linear",
            "CodeDeployDefault.LambdaLinear10PercentEvery1Minute",
            "10 % more every 1 minutes",
        ),
        (
            "all-at-once",
            "CodeDeployDefault.LambdaAllAtOnce",
            "all at once",
        ),
        (
            "movies-canary-1",
            "movies-canary-1",
            "1 % for 30 minutes, then all",
        ),
    ];
    block_on(async {
        for (shift, config, words) in cases {
            let aws = Aws::play(scene()).await;
            let ran = run(&aws, &["promote", "--yes", "--shift", shift]).await;
            assert_eq!(ran.status, 0, "{ran:?}");
            let parameters = aws.first("UpdateStack").parameters();
            let given = parameters
                .into_iter()
                .find(|(name, _)| name == "ProductionTrafficShift");
            assert_eq!(given.unwrap().1.as_deref(), Some(config), "{shift}");
            assert!(
                ran.stdout.contains(&format!("traffic: {words} ({config})")),
                "{ran:?}"
            );
        }
    });
}

#[test]
fn the_first_promotion_starts_from_the_bootstrap_version() {
    let mut scene = scene();
    for name in ["Version", "ApiDeploymentId"] {
        for prefix in ["Production", "PreviousProduction"] {
            let name = format!("{prefix}{name}");
            let known = scene
                .parameters
                .iter_mut()
                .find(|(known, _)| **known == name);
            known.unwrap().1.clear();
        }
    }
    scene.outputs.insert("ProductionVersion", "1");
    scene.code.insert("1", Code::new("sha-1", ""));
    scene.now.alias = "1";
    scene.stage = "api8";
    block_on(async {
        let aws = Aws::play(scene).await;
        let ran = run(&aws, &["promote", "--yes"]).await;
        assert_eq!(ran.status, 0, "{ran:?}");
        let parameters = aws.first("UpdateStack").parameters();
        let value = |name: &str| {
            let found = parameters.iter().find(|(known, _)| known == name);
            found.unwrap().1.clone().unwrap()
        };
        assert_eq!(value("ProductionVersion"), "8");
        assert_eq!(value("ProductionApiDeploymentId"), "api8");
        assert_eq!(value("PreviousProductionVersion"), "1");
        assert_eq!(value("PreviousProductionApiDeploymentId"), "api8");
    });
}

#[test]
fn a_rehearsal_names_every_change_and_only_reads() {
    block_on(async {
        let mut scene = scene();
        scene.policy = "{}";
        let aws = Aws::play(scene).await;
        let ran = run(&aws, &["promote", "--dry-run"]).await;
        assert_eq!(ran.status, 0, "{ran:?}");
        assert_eq!(aws.names(), READS);
        // The time of the rollout differs from run to run.
        let without_time = |line: &str| match line.split_once(" ProductionRollouts=") {
            None => line.to_owned(),
            Some((before, after)) => {
                let rest = &after[after.find(" ProductionSignUpVersion=").unwrap()..];
                format!("{before}{rest}")
            }
        };
        let calls: Vec<_> = ran
            .stdout
            .lines()
            .filter(|line| line.starts_with("would call"))
            .map(without_time)
            .collect();
        assert_eq!(
            calls,
            [
                "would call: lambda PublishVersion FunctionName=movies-api CodeSha256=sha-new \
                 RevisionId=revision-of-$LATEST Description=\"API deployment api8, sign-up version 3, changes version 5\"",
                "would call: cloudformation UpdateStack StackName=movies UsePreviousTemplate=true \
                 LogLevel=(previous) PreviousProductionApiDeploymentId=\"api7\" \
                 PreviousProductionChangesVersion=\"5\" PreviousProductionSignUpVersion=\"3\" PreviousProductionVersion=\"7\" \
                 ProductionApiDeploymentId=\"api8\" ProductionChangesVersion=\"5\" ProductionExpectedChanges=\"\" \
                 ProductionSignUpVersion=\"3\" \
                 ProductionTrafficShift=\"CodeDeployDefault.LambdaCanary10Percent10Minutes\" \
                 ProductionVersion=\"(the version published)\" \
                 Capabilities=CAPABILITY_AUTO_EXPAND,CAPABILITY_IAM,CAPABILITY_NAMED_IAM \
                 StackPolicyDuringUpdateBody=(allow all)",
            ]
        );
    });
}

#[test]
fn a_stack_policy_is_overridden_for_this_update_alone() {
    block_on(async {
        let mut scene = scene();
        scene.policy = "{}";
        let aws = Aws::play(scene).await;
        let ran = run(&aws, &["promote", "--yes"]).await;
        assert_eq!(ran.status, 0, "{ran:?}");
        let update = aws.first("UpdateStack").body;
        let policy = update["StackPolicyDuringUpdateBody"].as_str().unwrap();
        assert!(policy.contains(r#""Effect":"Allow""#), "{policy}");
        assert_eq!(update.get("StackPolicyBody"), None);
    });
}

#[test]
fn a_stack_without_codedeploy_moves_at_once() {
    block_on(async {
        let mut scene = Scene {
            then: [
                Frame::rest("UPDATE_IN_PROGRESS", "7"),
                Frame::rest("UPDATE_COMPLETE", "8"),
            ]
            .into(),
            ..Scene::default()
        };
        scene
            .parameters
            .insert("ProductionTrafficShift", String::new());
        scene.deleted = vec!["DeploymentApplication", "ProductionDeploymentGroup"];
        let aws = Aws::play(scene).await;
        let ran = run(&aws, &["promote", "--yes"]).await;
        assert_eq!(ran.status, 0, "{ran:?}");
        let parameters = aws.first("UpdateStack").parameters();
        assert!(parameters.contains(&("ProductionTrafficShift".to_owned(), Some(String::new()))));
        assert!(
            !aws.names().iter().any(|name| name.contains("Deployment")),
            "{:?}",
            aws.names()
        );
    });
}

#[test]
fn a_new_trigger_is_promoted_with_the_code() {
    block_on(async {
        let mut scene = scene();
        scene.triggers.insert("$LATEST", Code::new("trigger-4", ""));
        let aws = Aws::play(scene).await;
        let ran = run(&aws, &["promote", "--yes"]).await;
        assert_eq!(ran.status, 0, "{ran:?}");
        assert!(ran.stdout.contains(", sign-up trigger\n"), "{ran:?}");
        let changes = [
            "PublishVersion",
            "PublishVersion",
            "UpdateStack",
            "UpdateStack",
        ];
        assert_eq!(aws.changes(), changes);
        let published: Vec<_> = aws
            .calls()
            .into_iter()
            .filter(|call| call.name == "PublishVersion")
            .map(|call| (call.argument, call.body["Description"].clone()))
            .collect();
        let description = "API deployment api8, sign-up version 4, changes version 5";
        assert_eq!(published[0], ("sign-up".to_owned(), json!("")));
        assert_eq!(published[1], ("movies-api".to_owned(), json!(description)));
        let parameters = aws.first("UpdateStack").parameters();
        for (name, value) in [
            ("ProductionSignUpVersion", "4"),
            ("PreviousProductionSignUpVersion", "3"),
        ] {
            assert!(parameters.contains(&(name.to_owned(), Some(value.to_owned()))));
        }
    });
}

#[test]
fn a_new_relay_is_promoted_with_the_code() {
    block_on(async {
        let mut scene = scene();
        scene.relays.insert("$LATEST", Code::new("relay-6", ""));
        let aws = Aws::play(scene).await;
        let ran = run(&aws, &["promote", "--yes"]).await;
        assert_eq!(ran.status, 0, "{ran:?}");
        assert!(ran.stdout.contains(", relay of changes\n"), "{ran:?}");
        let calls = aws.calls().into_iter();
        let published: Vec<_> = calls
            .filter(|call| call.name == "PublishVersion")
            .map(|call| (call.argument, call.body["Description"].clone()))
            .collect();
        let description = "API deployment api8, sign-up version 3, changes version 6";
        assert_eq!(published[0], ("changes".to_owned(), json!("")));
        assert_eq!(published[1], ("movies-api".to_owned(), json!(description)));
        let parameters = aws.first("UpdateStack").parameters();
        for (name, value) in [
            ("ProductionChangesVersion", "6"),
            ("PreviousProductionChangesVersion", "5"),
            ("ProductionSignUpVersion", "3"),
        ] {
            assert!(parameters.contains(&(name.to_owned(), Some(value.to_owned()))));
        }
    });
}

/// Until it is pinned, each deployment that changes the contract would also change Production.
#[test]
fn a_fresh_stack_can_be_pinned_to_what_it_serves() {
    block_on(async {
        let mut scene = scene();
        scene.code.insert("$LATEST", scene.code["7"].clone());
        scene.published = "7";
        scene.stage = "api8";
        let api = scene.parameters.get_mut("ProductionApiDeploymentId");
        api.unwrap().clear();
        let aws = Aws::play(scene).await;
        let ran = run(&aws, &["promote", "--yes"]).await;
        assert_eq!(ran.status, 0, "{ran:?}");
        let news = "changed: API (follows Development until it is promoted)";
        assert!(ran.stdout.contains(news), "{ran:?}");
        let parameters = aws.first("UpdateStack").parameters();
        let pinned = (
            "ProductionApiDeploymentId".to_owned(),
            Some("api8".to_owned()),
        );
        assert!(parameters.contains(&pinned), "{parameters:?}");
    });
}

/// Settings that a published version keeps are promoted like code.
#[test]
fn every_setting_is_something_new() {
    let vpc = json!({ "SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"], "VpcId": "vpc-1" });
    let cases = [
        ("code", "CodeSha256", json!("sha-other")),
        ("memory", "MemorySize", json!(512)),
        ("timeout", "Timeout", json!(7)),
        ("architecture", "Architectures", json!(["x86_64"])),
        (
            "role",
            "Role",
            json!("arn:aws:iam::123456789012:role/other"),
        ),
        ("VPC", "VpcConfig", vpc),
        ("tracing", "TracingConfig", json!({ "Mode": "Active" })),
        ("logging", "LoggingConfig", json!({ "LogGroup": "other" })),
        (
            "TABLE",
            "Environment",
            json!({ "Variables": { "LOG_LEVEL": "INFO", "TABLE": "other" } }),
        ),
    ];
    block_on(async {
        for (name, member, value) in cases {
            let mut scene = scene();
            scene.stage = "api8";
            scene
                .parameters
                .insert("ProductionApiDeploymentId", "api8".to_owned());
            let mut code = scene.code["7"].clone();
            code.other = Some((member, value));
            scene.code.insert("$LATEST", code);
            let aws = Aws::play(scene).await;
            let ran = run(&aws, &["promote", "--dry-run"]).await;
            assert_eq!(ran.status, 0, "{name}: {ran:?}");
            assert!(
                ran.stdout.contains(&format!("changed: {name}\n")),
                "{name}: {ran:?}"
            );
        }
    });
}

#[test]
fn a_region_and_a_profile_that_were_given_are_told_again() {
    block_on(async {
        let aws = Aws::play(scene()).await;
        let ran = run(
            &aws,
            &[
                "promote",
                "--yes",
                "--stack",
                "films",
                "--region",
                "us-east-1",
            ],
        )
        .await;
        assert_eq!(ran.status, 0, "{ran:?}");
        assert!(
            ran.stdout.ends_with(" --stack films --region us-east-1\n"),
            "{ran:?}"
        );
    });
}
