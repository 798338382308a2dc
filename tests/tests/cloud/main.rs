//! The stack of `template.yaml` as it was deployed: HTTP through API Gateway, on both stages.
//!
//! `cargo xtask cloud` deploys it on this machine and takes it from phase to phase; each module here
//! holds the tests of one. `CLOUD_OUTPUTS` names a file that tells where the stack is. Without it
//! there are no tests, so none can pass without having run. What the local cloud cannot show is
//! listed in [`elsewhere`], and ignored by name.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, and so do its tools"
)]

mod bucket;
mod cloud;
mod deleted;
mod deployed;
mod elsewhere;
mod promoted;
mod role;
mod rolled_back;
mod updated;

use std::{future::Future, pin::Pin, process::ExitCode};

use libtest_mimic::{Arguments, Trial};
use local::server::Stage;

use self::{cloud::Cloud, elsewhere::ELSEWHERE};

type Run = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A test of the stack, or of a stage of it.
#[derive(Clone, Copy)]
enum Test {
    Stack(fn(Cloud) -> Run),
    EachStage(fn(Cloud, Stage) -> Run),
}

/// Names tests and makes them callable.
macro_rules! tests {
    ($phase:ident, stack: $($test:ident),* ; each stage: $($each:ident),* $(,)?) => {
        &[
            $((concat!(stringify!($phase), "::", stringify!($test)),
               Test::Stack(|cloud| Box::pin($phase::$test(cloud)))),)*
            $((concat!(stringify!($phase), "::", stringify!($each)),
               Test::EachStage(|cloud, stage| Box::pin($phase::$each(cloud, stage)))),)*
        ]
    };
}

const PHASES: &[&[(&str, Test)]] = &[
    tests! { deployed,
        stack:
            each_stage_runs_its_own_version,
            movies_of_one_stage_are_not_in_the_other,
            accounts_of_one_stage_are_not_in_the_other,
            the_function_may_do_what_it_does_and_no_more,
            the_relay_may_do_what_it_does_and_no_more,
            the_function_writes_files_of_its_stage_alone;
        each stage:
            an_account_lives_from_sign_up_to_deletion,
            an_authenticator_app_is_asked_for,
            a_movie_is_added_found_listed_changed_and_deleted,
            a_repeated_request_is_answered_as_before,
            a_change_reaches_the_feed_and_the_searches,
            a_private_change_reaches_its_user_alone,
            every_fault_of_a_request_is_named,
            the_gateway_refuses_what_is_no_good_token,
            the_gateway_knows_every_path,
            a_token_of_the_other_stage_is_refused,
            a_web_page_may_call,
            a_picture_is_uploaded_seen_and_deleted,
            a_bucket_is_read_through_its_distribution_alone,
            the_app_is_served_with_its_policy,
            verify_finds_nothing_wrong,
    },
    tests! { updated,
        stack: new_code_is_at_development_and_not_at_production;
        each stage: it_works,
    },
    tests! { promoted,
        stack: new_code_is_at_production;
        each stage: it_works,
    },
    tests! { rolled_back,
        stack: production_runs_the_old_code_again_and_development_the_new;
        each stage: it_works,
    },
    tests! { deleted,
        stack: the_api_is_gone, data_and_accounts_are_kept;
        each stage:
    },
];

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let mut trials = Vec::new();
    for &(name, test) in PHASES.iter().copied().flatten() {
        let Some(cloud) = Cloud::from_environment() else {
            break;
        };
        match test {
            Test::Stack(run) => trials.push(trial(name.to_owned(), move || run(cloud))),
            Test::EachStage(run) => {
                for stage in [Stage::Development, Stage::Production] {
                    let cloud = cloud.clone();
                    let name = format!("{name} ({stage:?})");
                    trials.push(trial(name, move || run(cloud, stage)));
                }
            }
        }
    }
    if !trials.is_empty() {
        for (promise, reason) in ELSEWHERE {
            let name = format!("deployed::{promise} ({reason})");
            let nothing = || Err("cannot be seen here".into());
            trials.push(Trial::test(name, nothing).with_ignored_flag(true));
        }
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn trial(name: String, run: impl FnOnce() -> Run + Send + 'static) -> Trial {
    Trial::test(name, move || {
        tests::block_on(run());
        Ok(())
    })
}
