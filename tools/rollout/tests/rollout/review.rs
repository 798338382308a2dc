//! `review` of a change set.

use tests::block_on;

use crate::{
    aws::{Aws, Frame, Scene, xml, xml_error},
    run,
};

fn scene() -> Scene {
    Scene {
        then: [
            Frame::rest("UPDATE_IN_PROGRESS", "7"),
            Frame::rest("UPDATE_COMPLETE", "7"),
        ]
        .into(),
        ..Scene::default()
    }
}

#[test]
fn a_deployment_to_development_is_shown_and_executed() {
    block_on(async {
        let aws = Aws::play(scene()).await;
        let ran = run(&aws, &["review"]).await;
        assert_eq!(ran.status, 0, "{ran:?}");
        let shown = "\
change set new
             Modify   DevelopmentFunction                      Code
             Modify   ProductionFunction                       Code
             Add      ApiDeployment1234567890
";
        assert_eq!(ran.stdout, shown);
        assert!(aws.changes().is_empty());

        let ran = run(&aws, &["review", "--execute", "--yes"]).await;
        assert_eq!(ran.status, 0, "{ran:?}");
        assert_eq!(aws.changes(), ["ExecuteChangeSet"]);
        assert_eq!(aws.call("ExecuteChangeSet").body["ChangeSetName"], "new");
    });
}

#[test]
fn what_reaches_production_is_refused_until_it_is_allowed() {
    block_on(async {
        let mut scene = scene();
        scene.changes.extend([
            ("Modify", "ProductionFunctionRole", "Policies"),
            ("Modify", "ProductionUserPool", "LambdaConfig"),
        ]);
        let aws = Aws::play(scene).await;
        for args in [
            &["review"][..],
            &["review", "--execute", "--yes"],
            &[
                "review",
                "--execute",
                "--yes",
                "--allow",
                "ProductionUserPool",
            ],
        ] {
            let ran = run(&aws, args).await;
            assert_eq!(ran.status, 2, "{ran:?}");
            assert!(
                ran.stderr.contains("--allow ProductionFunctionRole"),
                "{ran:?}"
            );
            let marked =
                "PRODUCTION   Modify   ProductionUserPool                       LambdaConfig\n";
            assert!(ran.stdout.contains(marked), "{ran:?}");
            assert!(aws.changes().is_empty());
        }
        let allow = [
            "--allow",
            "ProductionUserPool",
            "--allow",
            "ProductionFunctionRole",
        ];
        let args = [&["review", "--execute", "--yes"][..], &allow].concat();
        let ran = run(&aws, &args).await;
        assert_eq!(ran.status, 0, "{ran:?}");
        assert_eq!(aws.changes(), ["ExecuteChangeSet"]);
    });
}

#[test]
fn the_first_deployment_may_make_everything() {
    block_on(async {
        let mut scene = scene();
        scene.now.stack = "REVIEW_IN_PROGRESS";
        scene.changes = vec![("Add", "ProductionUserPool", "")];
        let aws = Aws::play(scene).await;
        let ran = run(&aws, &["review", "--execute", "--yes"]).await;
        assert_eq!(ran.status, 0, "{ran:?}");
        assert_eq!(aws.changes(), ["ExecuteChangeSet"]);
        assert!(ran.stdout.contains("stack-create-complete"), "{ran:?}");
    });
}

#[test]
fn without_a_change_set_there_is_nothing_to_review() {
    block_on(async {
        let mut scene = scene();
        let none = xml("ListChangeSets", "<Summaries/>");
        scene.instead.insert("ListChangeSets", none);
        let aws = Aws::play(scene).await;
        let ran = run(&aws, &["review", "--execute", "--yes"]).await;
        assert_eq!(ran.status, 0, "{ran:?}");
        assert!(ran.stdout.contains("nothing changes"), "{ran:?}");
        assert!(aws.changes().is_empty());
    });
}

#[test]
fn a_change_set_that_is_gone_is_refused() {
    block_on(async {
        let mut scene = scene();
        scene.instead.insert(
            "DescribeChangeSet",
            xml_error("ChangeSetNotFound", "ChangeSet [new] does not exist"),
        );
        let aws = Aws::play(scene).await;
        let ran = run(&aws, &["review"]).await;
        assert_eq!(ran.status, 2, "{ran:?}");
        assert!(
            ran.stderr.contains("sam deploy --no-execute-changeset"),
            "{ran:?}"
        );
    });
}
