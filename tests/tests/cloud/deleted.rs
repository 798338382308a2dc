//! The stack was deleted.

use http::Method;
use local::server::Stage;
use service::nouns::NounFacts;

use crate::{
    bucket::Bucket,
    cloud::Cloud,
    role::{Clients, owner},
};

pub(crate) async fn the_api_is_gone(cloud: Cloud) {
    let api = cloud.output("ApiId");
    let url = format!("{}/_aws/execute-api/{api}/Development", cloud.endpoint);
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = http.get(format!("{url}/health")).send().await.unwrap();
    assert!(answer.headers().get("x-served-by").is_none());
    assert!(!answer.status().is_success());
}

pub(crate) async fn data_and_accounts_are_kept(cloud: Cloud) {
    let aws = Clients::of_the_owner(&cloud);
    for stage in [Stage::Development, Stage::Production] {
        let tables = service::nouns::NOUNS.iter().map(NounFacts::table_resource);
        for table in
            tables.chain(["IdempotencyTable", "SearchTable", "ChangesTable"].map(str::to_owned))
        {
            let table = cloud.resource(&format!("{stage:?}{table}"));
            let kept = aws.dynamo.describe_table().table_name(table).send().await;
            assert!(kept.is_ok(), "{stage:?} {table}");
        }
        let pool = cloud.of_stage(stage, "UserPoolId");
        let kept = aws.cognito.describe_user_pool().user_pool_id(pool);
        assert!(kept.send().await.is_ok(), "{stage:?} {pool}");
        let bucket = Bucket::of(&cloud, stage);
        assert_eq!(bucket.send(owner(), Method::GET, "").await, 200);
    }
}
