use aws_sdk_dynamodb::config::endpoint::{DefaultResolver, Params, ResolveEndpoint as _};
use tokio::runtime::Builder;

use super::*;

#[test]
fn the_connection_is_opened_to_where_the_sdk_will_want_it() {
    let wait = Builder::new_current_thread().build().unwrap();
    for (region, endpoint) in [
        ("eu-west-1", None),
        ("us-east-1", None),
        ("ap-southeast-7", None),
        ("us-gov-west-1", None),
        ("eu-west-1", Some("http://127.0.0.1:9")),
    ] {
        let aws = Aws::new(region.to_owned(), endpoint, Trust::Amazon);
        let mode = aws.sdk.account_id_endpoint_mode().unwrap();
        let params = Params::builder()
                .region(region)
                .set_endpoint(endpoint.map(ToOwned::to_owned))
                // Credentials may contain an account id.
                .account_id("123456789012")
                .account_id_endpoint_mode(mode.to_string())
                .build()
                .unwrap();
        let resolver = DefaultResolver::new();
        let found = wait.block_on(resolver.resolve_endpoint(&params)).unwrap();
        assert_eq!(aws.store_url, found.url());
    }
}

#[test]
fn a_call_is_over_after_ten_seconds() {
    let aws = Aws::new("eu-west-1".to_owned(), None, Trust::Amazon);
    let retries = aws.sdk.retry_config().unwrap();
    let attempts = retries.max_attempts();
    let limits = aws.sdk.timeout_config().unwrap();
    let attempt = limits.operation_attempt_timeout().unwrap();
    let longest = attempt * attempts + retries.max_backoff() * (attempts - 1);
    assert_eq!(longest, Duration::from_secs(10));
}
