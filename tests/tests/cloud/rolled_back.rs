//! Production was put back.

use local::server::Stage;

pub(crate) use crate::updated::it_works;

use crate::cloud::{Cloud, version};

pub(crate) async fn production_runs_the_old_code_again_and_development_the_new(cloud: Cloud) {
    let production = cloud.output("ProductionVersion");
    assert_eq!(
        cloud.served_by(Stage::Production).await,
        version("first", production)
    );
    assert_eq!(
        cloud.served_by(Stage::Development).await,
        version("second", "$LATEST")
    );
}
