//! Refusals that both commands share: those of the stack.

use tests::stub::Reply;

use super::{Case, case};
use crate::aws::{Frame, xml_error};

fn no_stack() -> Reply {
    xml_error("ValidationError", "Stack with id movies does not exist")
}

#[expect(clippy::too_many_lines, reason = "a table")]
pub(super) fn cases(args: &[&'static str]) -> Vec<Case> {
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
            &["no output ProductionFunctionName", "sam deploy"],
            |scene| {
                scene.outputs.remove("ProductionFunctionName");
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
