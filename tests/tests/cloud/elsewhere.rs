//! The behaviour that only an account at AWS can show.

/// Promises that MiniStack cannot keep, with the reasons.
pub(crate) const ELSEWHERE: &[(&str, &str)] = &[
    (
        "traffic_shifts_step_by_step_and_back_on_an_alarm",
        "MiniStack has no CodeDeploy, and ignores weights of an alias",
    ),
    (
        "the_version_is_checked_before_it_gets_traffic",
        "the check is started by CodeDeploy",
    ),
    (
        "a_stage_keeps_the_api_that_it_was_deployed_with",
        "MiniStack serves an API as it is now, whatever a deployment holds",
    ),
    (
        "the_gateway_answers_with_problems",
        "MiniStack does not read the gateway responses of an API document",
    ),
    (
        "a_stage_may_call_its_own_alias_only",
        "MiniStack lets its gateway invoke any function",
    ),
    (
        "a_refresh_token_works_once",
        "MiniStack does not rotate refresh tokens",
    ),
    (
        "a_changed_address_is_verified",
        "MiniStack has no VerifyUserAttribute",
    ),
    (
        "a_batch_that_fails_is_halved_and_comes_again_for_a_day",
        "MiniStack sends the whole batch again",
    ),
    (
        "the_relay_reads_streams_by_its_own_role",
        "MiniStack reads them itself, and asks no policy",
    ),
    (
        "an_alarm_rings_when_the_relay_is_late",
        "MiniStack measures no age of a batch",
    ),
    ("sessions_are_listed", "MiniStack has no ListDevices"),
    (
        "a_distribution_keeps_files_for_a_day",
        "MiniStack's CloudFront keeps nothing",
    ),
    (
        "a_bucket_takes_connections_with_tls_alone",
        "MiniStack has no TLS",
    ),
];
