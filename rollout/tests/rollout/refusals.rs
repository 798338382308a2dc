//! What is refused: with what to do instead, and with nothing changed.

use serde_json::json;
use tests::{block_on, stub::Reply};

use crate::{
    aws::{Aws, Frame, Scene, error, xml_error},
    run,
};

/// A scene, the arguments, and what is said of it.
struct Case {
    name: &'static str,
    scene: Scene,
    args: Vec<&'static str>,
    says: Vec<&'static str>,
    /// What was asked for all the same: it changes nothing that serves.
    changes: Vec<&'static str>,
}

fn case(
    name: &'static str,
    args: &[&'static str],
    says: &[&'static str],
    change: impl FnOnce(&mut Scene),
) -> Case {
    let mut scene = Scene::default();
    change(&mut scene);
    Case {
        name,
        scene,
        args: args.to_vec(),
        says: says.to_vec(),
        changes: Vec::new(),
    }
}

const PROMOTE: [&str; 2] = ["promote", "--yes"];
const ROLLBACK: [&str; 2] = ["rollback", "--yes"];

fn no_stack() -> Reply {
    xml_error("ValidationError", "Stack with id movies does not exist")
}

/// What holds for both commands.
#[expect(clippy::too_many_lines, reason = "a table")]
fn of_the_stack(args: &[&'static str]) -> Vec<Case> {
    vec![
        case(
            "no such stack",
            args,
            &["no stack movies in eu-west-1", "--stack", "sam deploy"],
            |scene| {
                scene.instead.insert("DescribeStacks", no_stack());
            },
        ),
        case(
            "never whole",
            args,
            &["ROLLBACK_COMPLETE", "delete-stack --stack-name movies"],
            |scene| {
                scene.now = Frame::rest("ROLLBACK_COMPLETE", "7");
            },
        ),
        case(
            "stuck",
            args,
            &["UPDATE_ROLLBACK_FAILED", "continue-update-rollback"],
            |scene| {
                scene.now = Frame::rest("UPDATE_ROLLBACK_FAILED", "7");
            },
        ),
        case(
            "in review",
            args,
            &["REVIEW_IN_PROGRESS", "delete-stack --stack-name movies"],
            |scene| {
                scene.now = Frame::rest("REVIEW_IN_PROGRESS", "7");
                scene.outputs.clear();
            },
        ),
        case(
            "half updated",
            args,
            &["UPDATE_FAILED", "rollback-stack"],
            |scene| {
                scene.now = Frame::rest("UPDATE_FAILED", "7");
            },
        ),
        case(
            "being made",
            args,
            &["CREATE_IN_PROGRESS", "wait"],
            |scene| {
                scene.now = Frame::rest("CREATE_IN_PROGRESS", "7");
                scene.outputs.clear();
            },
        ),
        case(
            "a deploy goes on",
            args,
            &[
                "UPDATE_IN_PROGRESS",
                "wait",
                "cancel-update-stack --stack-name movies",
            ],
            |scene| {
                scene.now = Frame::rest("UPDATE_IN_PROGRESS", "7");
            },
        ),
        case(
            "another template",
            args,
            &["no output FunctionName", "sam deploy"],
            |scene| {
                scene.outputs.remove("FunctionName");
            },
        ),
        case(
            "somebody moved the alias",
            args,
            &[
                "points to version 9",
                "the stack says 7",
                "update-alias --function-name movies-api",
                "--function-version 7",
            ],
            |scene| {
                scene.code.insert("9", scene.code["7"].clone());
                scene.now.alias = "9";
            },
        ),
        case(
            "somebody moved the stage",
            args,
            &[
                "serves API deployment api5",
                "the stack says api7",
                "update-stage --rest-api-id api",
                "value=api7",
            ],
            |scene| scene.stage = "api5",
        ),
        case(
            "somebody weighted the alias",
            args,
            &["to version 7 and, by 25 %, to 8", "--routing-config"],
            |scene| {
                scene.now.weight = Some(("8", 0.25));
            },
        ),
    ]
}

fn of_promote() -> Vec<Case> {
    let mut all = of_the_stack(&PROMOTE);
    all.extend([
        case(
            "nothing new",
            &PROMOTE,
            &["nothing to promote", "sam deploy"],
            |scene| {
                scene.code.insert("$LATEST", scene.code["7"].clone());
                scene.outputs.insert("DevelopmentApiDeploymentId", "api7");
            },
        ),
        case(
            "a rollout goes on",
            &PROMOTE,
            &["in progress: d-ABC123", "status --follow", "xtask rollback"],
            |scene| {
                *scene = Scene::default().under_way(Frame::shifting(0.1));
            },
        ),
        case(
            "Development is being deployed",
            &PROMOTE,
            &["movies-api is still being updated", "wait"],
            |scene| {
                scene.code.get_mut("$LATEST").unwrap().update = ["InProgress"].into();
            },
        ),
        case(
            "Development is broken",
            &PROMOTE,
            &["failed: as the test says", "sam deploy"],
            |scene| {
                scene.code.get_mut("$LATEST").unwrap().update = ["Failed"].into();
            },
        ),
        case(
            "Development is being made",
            &PROMOTE,
            &["movies-api is still being updated", "wait"],
            |scene| {
                let latest = scene.code.get_mut("$LATEST").unwrap();
                latest.other = Some(("State", json!("Pending")));
            },
        ),
        case(
            "Development does not start",
            &PROMOTE,
            &["failed: as the test says", "sam deploy"],
            |scene| {
                let latest = scene.code.get_mut("$LATEST").unwrap();
                latest.other = Some(("State", json!("Failed")));
            },
        ),
        case(
            "an unknown shift",
            &["promote", "--yes", "--shift", "sideways"],
            &["no configuration sideways", "canary-10"],
            |_| {},
        ),
        case(
            "a stack without a configuration for 1 %",
            &["promote", "--yes", "--shift", "canary-1"],
            &["--shift canary-1", "template"],
            |scene| {
                scene.resources.remove("Canary1PercentConfig");
            },
        ),
        case(
            "nobody to ask",
            &["promote"],
            &["--yes", "--dry-run"],
            |_| {},
        ),
        case(
            "an older template",
            &PROMOTE,
            &["no parameter ProductionTrafficShift"],
            |scene| {
                scene.parameters.remove("ProductionTrafficShift");
            },
        ),
        case(
            "a template that keeps no way back",
            &PROMOTE,
            &["no parameter PreviousProductionVersion"],
            |scene| {
                scene.parameters.remove("PreviousProductionVersion");
            },
        ),
    ]);
    all
}

/// What shows only when it is done.
#[expect(clippy::too_many_lines, reason = "a table")]
fn of_promote_at_work() -> Vec<Case> {
    let mut all = Vec::new();
    for (code, message) in [
        (
            "PreconditionFailedException",
            "The RevisionId provided does not match",
        ),
        (
            "InvalidParameterValueException",
            "CodeSHA256 (sha-new) is different from current CodeSHA256 in $LATEST",
        ),
    ] {
        let says = ["Development was changed", "promote again"];
        all.push(Case {
            changes: vec!["PublishVersion"],
            ..case("changed in between", &PROMOTE, &says, |scene| {
                scene
                    .instead
                    .insert("PublishVersion", error(400, code, message));
            })
        });
    }
    all.push(Case {
        changes: vec!["PublishVersion"],
        ..case(
            "other code was published",
            &PROMOTE,
            &["Development was changed"],
            |scene| {
                scene.published = "6";
            },
        )
    });
    for update in ["InProgress", "Failed"] {
        let says = match update {
            "Failed" => ["failed: as the test says", "sam deploy"],
            _ => ["still being updated", "wait"],
        };
        all.push(Case {
            changes: vec!["PublishVersion"],
            ..case("a version that does not start", &PROMOTE, &says, |scene| {
                scene.code.get_mut("8").unwrap().update = [update].into();
            })
        });
    }
    all.push(Case {
        changes: vec!["PublishVersion"],
        ..case(
            "Lambda sees nothing new",
            &PROMOTE,
            &["nothing to promote"],
            |scene| {
                scene.code.insert("$LATEST", scene.code["7"].clone());
                scene.code.get_mut("$LATEST").unwrap().log_level = "DEBUG";
                scene.outputs.insert("DevelopmentApiDeploymentId", "api7");
                scene.published = "7";
            },
        )
    });
    all.push(Case {
        changes: vec!["PublishVersion"],
        ..case(
            "another promotion was through meanwhile",
            &PROMOTE,
            &["movies was changed after it was looked at", "status"],
            |scene| scene.meddled = true,
        )
    });
    all.push(Case {
        changes: vec!["PublishVersion", "UpdateStack"],
        ..case(
            "another promotion had the same effect",
            &PROMOTE,
            &["nothing to promote"],
            |scene| {
                let message = "No updates are to be performed.";
                scene
                    .instead
                    .insert("UpdateStack", xml_error("ValidationError", message));
            },
        )
    });
    all.push(Case {
        changes: vec!["PublishVersion"],
        ..case(
            "a deploy to Development goes on while it is published",
            &PROMOTE,
            &["movies-api is still being updated"],
            |scene| {
                let busy = error(409, "ResourceConflictException", "an update is in progress");
                scene.instead.insert("PublishVersion", busy);
            },
        )
    });
    all.push(Case {
        changes: vec!["PublishVersion", "UpdateStack"],
        ..case(
            "another update was faster",
            &PROMOTE,
            &["UPDATE_IN_PROGRESS"],
            |scene| {
                let message = "Stack:id is in UPDATE_IN_PROGRESS state and can not be updated.";
                scene
                    .instead
                    .insert("UpdateStack", xml_error("ValidationError", message));
            },
        )
    });
    all
}

#[expect(clippy::too_many_lines, reason = "a table")]
fn of_rollback() -> Vec<Case> {
    let mut all = of_the_stack(&ROLLBACK);
    all.extend([
        case(
            "nothing before",
            &ROLLBACK,
            &["nothing to go back to", "--to", "list-versions-by-function"],
            |scene| {
                scene
                    .parameters
                    .insert("PreviousProductionVersion", String::new());
            },
        ),
        case(
            "there already",
            &ROLLBACK,
            &["serves that already: version 7, API deployment api7"],
            |scene| {
                scene
                    .parameters
                    .insert("PreviousProductionVersion", "7".to_owned());
                scene
                    .parameters
                    .insert("PreviousProductionApiDeploymentId", "api7".to_owned());
            },
        ),
        case(
            "no such version",
            &["rollback", "--yes", "--to", "99"],
            &["no version 99"],
            |_| {},
        ),
        case(
            "the version before is gone",
            &ROLLBACK,
            &["no version 6", "list-versions-by-function"],
            |scene| {
                scene.code.remove("6");
            },
        ),
        case(
            "the API before is not known",
            &ROLLBACK,
            &["not known which API deployment version 6"],
            |scene| {
                scene
                    .parameters
                    .insert("PreviousProductionApiDeploymentId", String::new());
            },
        ),
        case(
            "CodeDeploy goes back by itself",
            &ROLLBACK,
            &["going back already", "status --follow"],
            |scene| {
                *scene = Scene::default().under_way(Frame::shifting(0.1));
                scene.creator = "codeDeployRollback";
            },
        ),
        case(
            "the stack goes back by itself",
            &ROLLBACK,
            &["going back already"],
            |scene| {
                *scene = Scene::default().under_way(Frame::shifting(0.1));
                scene.now.stack = "UPDATE_ROLLBACK_IN_PROGRESS";
            },
        ),
        case(
            "a rollback goes on",
            &ROLLBACK,
            &["going back already"],
            |scene| {
                *scene = Scene::default().under_way(Frame::shifting(0.1));
                scene.parameters.insert("ProductionVersion", "6".to_owned());
            },
        ),
        case(
            "a version of before",
            &["rollback", "--yes", "--to", "6"],
            &[
                "not known which API deployment version 6",
                "--api-deployment",
                "--rest-api-id api",
            ],
            |scene| scene.code.get_mut("6").unwrap().description = "by hand",
        ),
        case(
            "an API that is gone",
            &ROLLBACK,
            &["no deployment api6"],
            |scene| {
                let gone = error(404, "NotFoundException", "Invalid Deployment identifier");
                scene.instead.insert("GetApiDeployment", gone);
            },
        ),
        case(
            "to another version in the middle",
            &["rollback", "--yes", "--to", "6"],
            &["only be ended", "without --to"],
            |scene| *scene = Scene::default().under_way(Frame::shifting(0.1)),
        ),
        case("nobody to ask", &["rollback"], &["--yes"], |_| {}),
    ]);
    all
}

#[test]
fn what_is_refused_says_what_to_do_and_changes_nothing() {
    block_on(async {
        for case in of_promote()
            .into_iter()
            .chain(of_promote_at_work())
            .chain(of_rollback())
        {
            let name = format!("{} ({})", case.name, case.args.join(" "));
            let aws = Aws::play(case.scene).await;
            let ran = run(&aws, &case.args).await;
            assert_eq!(ran.status, 2, "{name}: {ran:?}");
            assert!(ran.stderr.starts_with("refused: "), "{name}: {ran:?}");
            for word in case.says {
                assert!(
                    ran.stderr.contains(word),
                    "{name}: {word} is not in {}",
                    ran.stderr
                );
            }
            assert_eq!(aws.changes(), case.changes, "{name}");
        }
    });
}

#[test]
fn what_aws_refuses_is_an_error_with_its_reason() {
    let denied = "User: u is not authorized to perform this";
    let cases = [
        ("DescribeStacks", xml_error("AccessDenied", denied)),
        ("GetAlias", error(403, "AccessDeniedException", denied)),
        ("GetStage", error(403, "AccessDeniedException", denied)),
        (
            "ListDeployments",
            error(400, "AccessDeniedException", denied),
        ),
        ("GetStackPolicy", xml_error("AccessDenied", denied)),
        ("UpdateStack", xml_error("AccessDenied", denied)),
    ];
    block_on(async {
        for (call, reply) in cases {
            let mut scene = Scene::default();
            scene.instead.insert(call, reply);
            let aws = Aws::play(scene).await;
            let ran = run(&aws, &PROMOTE).await;
            assert_eq!(ran.status, 1, "{call}: {ran:?}");
            assert!(
                ran.stderr.contains(&format!(" {call}: AccessDenied")),
                "{call}: {ran:?}"
            );
            assert!(ran.stderr.contains(denied), "{call}: {ran:?}");
        }
    });
}
