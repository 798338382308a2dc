//! Refusals: each says what to do instead, and changes nothing that serves.

mod promote;
mod rollback;
mod stack;

use tests::block_on;

use crate::{
    aws::{Aws, Scene, error, xml_error},
    run,
};

/// A scene, the arguments of the command, and the words of its refusal.
struct Case {
    name: &'static str,
    scene: Scene,
    args: Vec<&'static str>,
    says: Vec<&'static str>,
    /// The changing calls before the refusal. None of them changes what serves.
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

#[test]
fn what_is_refused_says_what_to_do_and_changes_nothing() {
    block_on(async {
        for case in promote::cases()
            .into_iter()
            .chain(promote::cases_at_work())
            .chain(rollback::cases())
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
