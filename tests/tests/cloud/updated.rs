//! New code was deployed, and not promoted.

use local::server::Stage;
use serde_json::json;

use crate::cloud::{Cloud, title, version};

pub(crate) async fn new_code_is_at_development_and_not_at_production(cloud: Cloud) {
    let production = cloud.output("ProductionVersion");
    assert_eq!(
        cloud.served_by(Stage::Development).await,
        version("second", "$LATEST")
    );
    assert_eq!(
        cloud.served_by(Stage::Production).await,
        version("first", production)
    );
}

/// A stage signs up, signs in, writes and reads, and its relay follows.
pub(crate) async fn it_works(cloud: Cloud, stage: Stage) {
    let (ada, title) = (cloud.person(stage).await, title());
    let movie = json!({ "title": title, "year": 1979 });
    ada.api.add(&movie).send().await.is(201);
    ada.api.find(&title, 1979).send().await.is(200);
    cloud.until_found(&ada.api, &title).await;
}
