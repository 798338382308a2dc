//! The two stages share no data.

use local::server::Stage;
use serde_json::json;
use tests::person::{PASSWORD, sign_in};

use crate::cloud::{Cloud, title, version};

const BOTH: [(Stage, Stage); 2] = [
    (Stage::Development, Stage::Production),
    (Stage::Production, Stage::Development),
];

pub(crate) async fn each_stage_runs_its_own_version(cloud: Cloud) {
    let production = cloud.output("ProductionVersion");
    assert!(production.parse::<u32>().is_ok(), "{production}");
    // Each stage invokes the alias that its stage variable names, or both would serve one version.
    assert_eq!(
        cloud.served_by(Stage::Development).await,
        version("first", "$LATEST")
    );
    assert_eq!(
        cloud.served_by(Stage::Production).await,
        version("first", production)
    );
}

pub(crate) async fn movies_of_one_stage_are_not_in_the_other(cloud: Cloud) {
    for (one, other) in BOTH {
        let (ada, bob) = (cloud.person(one).await.api, cloud.person(other).await.api);
        let title = title();
        let movie = json!({ "title": title, "year": 1979 });
        ada.add(&movie).send().await.is(201);
        let missing = bob.find(&title, 1979).send().await;
        missing.problem(404, "movie-not-found");
        assert!(!bob.titles("year=1979").await.contains(&title));
    }
}

pub(crate) async fn accounts_of_one_stage_are_not_in_the_other(cloud: Cloud) {
    for (one, other) in BOTH {
        let ada = cloud.person(one).await;
        let unknown = sign_in(&cloud.api(other), &ada.email, PASSWORD).await;
        unknown.problem(401, "wrong-credentials");
    }
}
