//! The dashboard's vertical lines.

use serde_json::{Value, json};
use tests::block_on;

use crate::{
    aws::{Aws, Call},
    promote::scene,
    run,
};

/// The lines of the dashboard that an update sets.
pub(crate) fn rollouts(update: &Call) -> String {
    let found = update.parameters().into_iter();
    let mut found = found.filter(|(name, _)| name == "ProductionRollouts");
    found.next().unwrap().1.unwrap()
}

#[test]
fn the_dashboard_is_told_when_production_moved() {
    block_on(async {
        let line = |number: usize| json!({ "label": format!("v{number}"), "value": "2026-11-01T00:00:00Z" });
        let many: Vec<_> = (0..20).map(line).collect();
        for (kept, before) in [
            ("[]".to_owned(), vec![]),
            (json!([line(6)]).to_string(), vec![line(6)]),
            (json!(many).to_string(), many[1..].to_vec()),
            ("[what is no list".to_owned(), vec![]),
        ] {
            let mut scene = scene();
            scene.parameters.insert("ProductionRollouts", kept);
            let aws = Aws::play(scene).await;
            let ran = run(&aws, &["promote", "--yes"]).await;
            assert_eq!(ran.status, 0, "{ran:?}");
            let text = rollouts(&aws.first("UpdateStack"));
            let mut now: Vec<Value> = serde_json::from_str(&text).unwrap();
            let newest = now.pop().unwrap();
            assert_eq!(now, before);
            assert_eq!(newest["label"], "v8");
            let at = newest["value"].as_str().unwrap();
            assert!(
                at.len() == 20 && at.ends_with('Z') && at > "2026-11-28",
                "{at}"
            );
        }
    });
}
