//! Refusals of `rollback`.

use super::{Case, case, stack};
use crate::aws::{Frame, Scene, error};

const ROLLBACK: [&str; 2] = ["rollback", "--yes"];

#[expect(clippy::too_many_lines, reason = "a table")]
pub(super) fn cases() -> Vec<Case> {
    let mut all = stack::cases(&ROLLBACK);
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
            "a version that was described by hand",
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
