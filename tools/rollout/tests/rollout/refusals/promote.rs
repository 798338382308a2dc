//! Refusals of `promote`.

use serde_json::json;

use super::{Case, PROMOTE, case, stack};
use crate::aws::{Code, Frame, Scene, error, xml_error};

#[expect(clippy::too_many_lines, reason = "a table")]
pub(super) fn cases() -> Vec<Case> {
    let mut all = stack::cases(&PROMOTE);
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
            &["movies-dev is still being updated", "wait"],
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
            &["movies-dev is still being updated", "wait"],
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
            "Development runs other code",
            &PROMOTE,
            &["movies-api has other code than movies-dev", "sam deploy"],
            |scene| scene.development = Some(Code::new("sha-other", "")),
        ),
        case(
            "a trigger that was moved by hand",
            &PROMOTE,
            &["points to version 3, but the stack says 2", "sign-up"],
            |scene| {
                let version = scene.parameters.get_mut("ProductionSignUpVersion");
                "2".clone_into(version.unwrap());
            },
        ),
        case(
            "a relay that was moved by hand",
            &PROMOTE,
            &["points to version 5, but the stack says 4", "changes"],
            |scene| {
                let version = scene.parameters.get_mut("ProductionChangesVersion");
                "4".clone_into(version.unwrap());
            },
        ),
        case(
            "a template without a relay",
            &PROMOTE,
            &["no output ProductionChangesFunctionName", "sam deploy"],
            |scene| {
                scene.outputs.remove("ProductionChangesFunctionName");
            },
        ),
        case(
            "nothing would be judged",
            &[
                "promote",
                "--yes",
                "--shift",
                "all-at-once",
                "--min-requests",
                "1",
            ],
            &["moves all at once", "--shift"],
            |_| {},
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

/// Refusals that show only after the promotion has begun.
#[expect(clippy::too_many_lines, reason = "a table")]
pub(super) fn cases_at_work() -> Vec<Case> {
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
