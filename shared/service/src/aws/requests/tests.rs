use kit::deadline::BUDGET;

use super::*;
use crate::aws::Trust;

#[test]
fn every_attempt_of_a_call_of_the_store_ends_within_the_time_of_a_request() {
    let pauses = FIRST_PAUSE + LONGEST_PAUSE;
    assert!(STORE_ATTEMPT * ATTEMPTS + pauses < BUDGET);
}

#[test]
fn a_call_of_cognito_that_gets_no_answer_leaves_time_for_another() {
    assert!(IDENTITY_ATTEMPT + LONGEST_PAUSE + LEAST * 5 < BUDGET);
}

#[test]
fn the_clients_have_these_limits() {
    let aws = Aws::new("eu-west-1".to_owned(), None, Trust::Amazon);
    let (store, identity) = (aws.store_config(), aws.identity_config());
    for (limits, attempt) in [
        (store.timeout_config(), STORE_ATTEMPT),
        (identity.timeout_config(), IDENTITY_ATTEMPT),
    ] {
        assert_eq!(limits.unwrap().operation_attempt_timeout(), Some(attempt));
    }
    for retries in [store.retry_config(), identity.retry_config()] {
        assert_eq!(retries.unwrap().max_attempts(), ATTEMPTS);
        assert_eq!(retries.unwrap().max_backoff(), LONGEST_PAUSE);
    }
}
