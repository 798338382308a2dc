//! The tests that a provider is known to fail, with the reasons.

/// MiniStack takes the place of Cognito, and keeps fewer promises. Run with `--include-ignored` to see whether that
/// changed.
pub(crate) const MINISTACK: &[(&str, &str)] = &[
    (
        "sign_ups::a_confirmed_address_is_verified",
        "MiniStack confirms the user and not the address",
    ),
    (
        "sign_ups::guessing_a_code_is_limited",
        "MiniStack counts no attempts",
    ),
    (
        "challenges::an_invited_user_cannot_choose_a_weak_password",
        "MiniStack does not look at the password",
    ),
    (
        "challenges::a_code_of_the_app_works_once",
        "MiniStack does not remember codes",
    ),
    (
        "challenges::an_answer_of_another_form_is_not_accepted",
        "MiniStack takes a missing code for a wrong one",
    ),
    (
        "challenges::a_session_that_was_not_given_has_ended",
        "MiniStack does not look at the session",
    ),
    (
        "passkeys::a_passkey_signs_in_alone",
        "MiniStack has no passkeys",
    ),
    (
        "passkeys::a_passkey_is_added_with_the_password_only",
        "MiniStack has no passkeys",
    ),
    (
        "passkeys::a_passkey_that_is_not_of_its_registration_is_not_accepted",
        "MiniStack has no passkeys",
    ),
    (
        "passkeys::a_passkey_is_listed_and_removed",
        "MiniStack has no passkeys",
    ),
    (
        "passkeys::what_takes_too_long_has_ended",
        "MiniStack has no passkeys",
    ),
    (
        "passkeys::a_new_password_ends_what_was_begun_with_the_old_one",
        "MiniStack has no passkeys",
    ),
    (
        "passkeys::passkeys_go_with_the_account",
        "MiniStack has no passkeys",
    ),
    (
        "passkeys::a_reset_removes_passkeys_from_before_the_address",
        "MiniStack has no passkeys",
    ),
    (
        "tokens::an_old_refresh_token_used_again_ends_the_session",
        "MiniStack does not rotate refresh tokens",
    ),
    (
        "tokens::a_refresh_token_whose_successor_was_used_ends_the_session",
        "MiniStack does not rotate refresh tokens",
    ),
    (
        "emails::an_address_is_changed_once_the_new_one_is_verified",
        "MiniStack has no VerifyUserAttribute",
    ),
    (
        "emails::a_wrong_code_changes_no_address",
        "MiniStack has no VerifyUserAttribute",
    ),
    (
        "emails::an_address_of_another_account_stays_there_and_nobody_is_told",
        "MiniStack changes addresses unverified",
    ),
    (
        "accounts::sessions_are_listed",
        "MiniStack has no ListDevices",
    ),
];

/// Fails if the list names a test that is not there.
pub(crate) fn check<'a>(mut suite: impl Iterator<Item = &'a str> + Clone) {
    for (test, _) in MINISTACK {
        let there = suite.clone().any(|name| name == *test);
        assert!(there, "known.rs names {test}, which is no test");
    }
    assert!(suite.next().is_some());
}
