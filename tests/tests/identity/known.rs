//! The tests that a provider is known to fail, with the reasons. `docs/reliability.md` judges them by AWS's documentation.

use tests::emulator::{Emulator, Known};

/// MiniStack takes the place of Cognito, and keeps fewer promises. Run with `--include-ignored` to see whether that
/// changed.
const MINISTACK: Known = &[
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

/// moto takes the place of Cognito, and keeps fewer promises still.
const MOTO: Known = &[
    (
        "accounts::a_deleted_account_is_gone_at_once",
        "moto has no GetTokensFromRefreshToken",
    ),
    ("accounts::sessions_are_listed", "moto has no ListDevices"),
    (
        "challenges::a_code_of_the_app_works_once",
        "moto's secret of an authenticator app is not in base 32",
    ),
    (
        "challenges::a_secret_is_nothing_until_a_code_verified_it",
        "moto does not look at the code of an authenticator app",
    ),
    (
        "challenges::a_session_that_was_not_given_has_ended",
        "moto's secret of an authenticator app is not in base 32",
    ),
    (
        "challenges::a_wrong_code_signs_nobody_in",
        "moto's secret of an authenticator app is not in base 32",
    ),
    (
        "challenges::an_answer_of_another_form_is_not_accepted",
        "moto's secret of an authenticator app is not in base 32",
    ),
    (
        "challenges::an_authenticator_app_comes_and_goes_with_the_password_only",
        "moto's secret of an authenticator app is not in base 32",
    ),
    (
        "challenges::an_authenticator_app_is_asked_for_once_it_is_set_up",
        "moto's secret of an authenticator app is not in base 32",
    ),
    (
        "challenges::an_authenticator_app_is_turned_off",
        "moto's secret of an authenticator app is not in base 32",
    ),
    (
        "challenges::an_invited_user_cannot_choose_a_weak_password",
        "moto mails nothing",
    ),
    (
        "challenges::an_invited_user_chooses_a_password",
        "moto mails nothing",
    ),
    (
        "challenges::an_unknown_challenge_is_not_accepted",
        "moto's secret of an authenticator app is not in base 32",
    ),
    (
        "emails::a_wrong_code_changes_no_address",
        "moto has no VerifyUserAttribute",
    ),
    (
        "emails::an_address_is_changed_once_the_new_one_is_verified",
        "moto changes addresses unverified",
    ),
    (
        "emails::an_address_is_not_changed_without_the_password",
        "moto mails nothing",
    ),
    (
        "emails::an_address_of_another_account_stays_there_and_nobody_is_told",
        "moto has no VerifyUserAttribute",
    ),
    (
        "passkeys::a_new_password_ends_what_was_begun_with_the_old_one",
        "moto has no passkeys",
    ),
    (
        "passkeys::a_passkey_is_added_with_the_password_only",
        "moto has no passkeys",
    ),
    (
        "passkeys::a_passkey_is_listed_and_removed",
        "moto has no passkeys",
    ),
    ("passkeys::a_passkey_signs_in_alone", "moto has no passkeys"),
    (
        "passkeys::a_passkey_that_is_not_of_its_registration_is_not_accepted",
        "moto has no passkeys",
    ),
    (
        "passkeys::a_reset_removes_passkeys_from_before_the_address",
        "moto has no passkeys",
    ),
    (
        "passkeys::passkeys_go_with_the_account",
        "moto has no passkeys",
    ),
    (
        "passkeys::what_takes_too_long_has_ended",
        "moto has no passkeys",
    ),
    (
        "passwords::a_code_to_reset_works_once",
        "moto does not look at the code",
    ),
    (
        "passwords::a_password_is_changed_by_who_knows_it",
        "moto has no RevokeToken",
    ),
    (
        "passwords::a_reset_to_a_weak_password_is_refused",
        "moto does not look at the password",
    ),
    (
        "passwords::a_wrong_code_resets_nothing",
        "moto does not look at the code",
    ),
    (
        "sign_ups::a_code_alone_keeps_no_password_of_several_sign_ups",
        "moto has no ResendConfirmationCode",
    ),
    (
        "sign_ups::a_code_is_sent_again",
        "moto has no ResendConfirmationCode",
    ),
    (
        "sign_ups::a_code_works_once",
        "moto does not look at the code",
    ),
    (
        "sign_ups::a_confirmed_address_is_verified",
        "moto confirms the user and not the address",
    ),
    (
        "sign_ups::a_second_sign_up_changes_nothing_and_tells_nothing",
        "moto has no ResendConfirmationCode",
    ),
    (
        "sign_ups::a_weak_password_makes_no_account",
        "moto mails nothing",
    ),
    (
        "sign_ups::a_wrong_code_tells_nothing",
        "moto tells that a user does not exist, and not as Cognito does",
    ),
    (
        "sign_ups::an_account_is_good_once_its_address_was_confirmed",
        "moto looks at the password before it looks whether the user is confirmed",
    ),
    (
        "sign_ups::asking_for_a_code_tells_nothing",
        "moto has no ResendConfirmationCode",
    ),
    (
        "sign_ups::guessing_a_code_is_limited",
        "moto does not look at the code",
    ),
    (
        "sign_ups::whoever_reads_the_mail_owns_the_account",
        "moto has no ResendConfirmationCode",
    ),
    (
        "tokens::a_refresh_gives_tokens_of_the_same_user",
        "moto has no GetTokensFromRefreshToken",
    ),
    (
        "tokens::a_refresh_token_whose_successor_was_used_ends_the_session",
        "moto has no GetTokensFromRefreshToken",
    ),
    (
        "tokens::an_old_refresh_token_used_again_ends_the_session",
        "moto has no GetTokensFromRefreshToken",
    ),
    (
        "tokens::signing_out_ends_that_session_at_once",
        "moto has no RevokeToken",
    ),
    (
        "tokens::signing_out_everywhere_ends_every_session_at_once",
        "moto has no GetTokensFromRefreshToken",
    ),
    (
        "tokens::signing_out_may_be_repeated",
        "moto has no RevokeToken",
    ),
    (
        "tokens::what_is_no_refresh_token_is_refused",
        "moto has no GetTokensFromRefreshToken",
    ),
];

/// The tests that the emulator is known to fail.
pub(crate) fn of_emulator() -> Known {
    match Emulator::named() {
        Emulator::Moto => MOTO,
        Emulator::MiniStack | Emulator::Dynalite => MINISTACK,
    }
}

/// Fails if a list names a test that is not there.
pub(crate) fn check<'a>(mut suite: impl Iterator<Item = &'a str> + Clone) {
    for (test, _) in [MINISTACK, MOTO].into_iter().flatten() {
        let there = suite.clone().any(|name| name == *test);
        assert!(there, "known.rs names {test}, which is no test");
    }
    assert!(suite.next().is_some());
}
