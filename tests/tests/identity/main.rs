//! One suite for every identity provider: each promise of [`accounts::identity::Identity`], on every
//! provider there is.
//!
//! The embedded identity is always there, in memory and in a file. A Cognito is there when
//! `COGNITO_ENDPOINT` names one whose mail can be read as MiniStack's; its tests create user pools
//! of their own and delete them. A provider that is not there has no tests, so none can pass without
//! having run. The tests that a provider is known to fail are listed in [`known`], and ignored by name.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, and so do its tools"
)]

mod accounts;
mod backend;
mod challenges;
mod cognito;
mod emails;
mod known;
mod passkeys;
mod passwords;
mod sign_ups;
mod tokens;
mod world;

use std::{future::Future, pin::Pin, process::ExitCode};

use libtest_mimic::{Arguments, Trial};

use self::{backend::Backend, world::World};

type Test = fn(World) -> Pin<Box<dyn Future<Output = ()> + Send>>;

/// Names test functions and makes them callable on any provider.
macro_rules! suite {
    ($($module:ident: $($test:ident),+ $(,)?;)+) => {
        &[$($((
            concat!(stringify!($module), "::", stringify!($test)),
            (|world| Box::pin($module::$test(world))) as Test,
        )),+),+]
    };
}

const SUITE: &[(&str, Test)] = suite! {
    sign_ups:
        an_account_is_good_once_its_address_was_confirmed,
        a_confirmed_address_is_verified,
        a_second_sign_up_changes_nothing_and_tells_nothing,
        a_weak_password_makes_no_account,
        a_code_is_sent_again,
        asking_for_a_code_tells_nothing,
        a_wrong_code_tells_nothing,
        a_code_works_once,
        guessing_a_code_is_limited,
        whoever_reads_the_mail_owns_the_account,
        a_code_alone_keeps_no_password_of_several_sign_ups;
    passwords:
        a_wrong_password_and_an_unknown_address_fail_alike,
        a_forgotten_password_is_replaced_with_a_code,
        a_code_to_reset_works_once,
        a_wrong_code_resets_nothing,
        a_reset_to_a_weak_password_is_refused,
        a_password_is_changed_by_who_knows_it,
        a_change_to_a_weak_password_is_refused;
    challenges:
        an_invited_user_chooses_a_password,
        an_invited_user_cannot_choose_a_weak_password,
        an_authenticator_app_is_asked_for_once_it_is_set_up,
        a_wrong_code_signs_nobody_in,
        a_code_of_the_app_works_once,
        a_secret_is_nothing_until_a_code_verified_it,
        an_authenticator_app_is_turned_off,
        an_authenticator_app_comes_and_goes_with_the_password_only,
        an_answer_of_another_form_is_not_accepted,
        an_unknown_challenge_is_not_accepted,
        a_session_that_was_not_given_has_ended;
    passkeys:
        a_passkey_signs_in_alone,
        a_passkey_is_added_with_the_password_only,
        a_passkey_that_is_not_of_its_registration_is_not_accepted,
        a_passkey_is_listed_and_removed,
        what_takes_too_long_has_ended,
        a_new_password_ends_what_was_begun_with_the_old_one,
        passkeys_go_with_the_account,
        a_reset_removes_passkeys_from_before_the_address;
    tokens:
        a_refresh_gives_tokens_of_the_same_user,
        an_old_refresh_token_used_again_ends_the_session,
        a_refresh_token_whose_successor_was_used_ends_the_session,
        signing_out_ends_that_session_at_once,
        signing_out_may_be_repeated,
        signing_out_everywhere_ends_every_session_at_once,
        what_is_no_refresh_token_is_refused,
        what_is_no_access_token_is_refused;
    emails:
        an_address_is_changed_once_the_new_one_is_verified,
        a_wrong_code_changes_no_address,
        an_address_of_another_account_stays_there_and_nobody_is_told,
        an_address_is_not_changed_without_the_password;
    accounts:
        a_profile_tells_what_is_known,
        a_name_is_changed_and_removed,
        sessions_are_listed,
        a_deleted_account_is_gone_at_once,
        a_deletion_may_be_repeated,
        an_address_may_sign_up_again_after_its_account_was_deleted;
};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let mut trials = Vec::new();
    for backend in Backend::all() {
        for &(test, run) in SUITE {
            let name = format!("{}::{test}", backend.name());
            let backend = backend.clone();
            let unlike = backend.known(test);
            let name = unlike.map_or(name.clone(), |reason| format!("{name} ({reason})"));
            let trial = Trial::test(name, move || {
                backend.run(run);
                Ok(())
            });
            trials.push(trial.with_ignored_flag(unlike.is_some()));
        }
    }
    known::check(SUITE.iter().map(|(name, _)| *name));
    libtest_mimic::run(&arguments, trials).exit_code()
}
