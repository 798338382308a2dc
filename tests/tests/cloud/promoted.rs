//! The new code was promoted.

use local::server::Stage;

pub(crate) use crate::updated::it_works;

use crate::cloud::{Cloud, version};

pub(crate) async fn new_code_is_at_production(cloud: Cloud) {
    let production = cloud.output("ProductionVersion");
    assert_eq!(
        cloud.served_by(Stage::Production).await,
        version("second", production)
    );
    assert_eq!(
        cloud.served_by(Stage::Development).await,
        version("second", "$LATEST")
    );
}
