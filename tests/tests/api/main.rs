//! The API, called as a client calls it.
//!
//! The client checks every answer of every test against `openapi.yaml`. When all tests have run, every pair of
//! operation and status that the document promises must have been seen.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod accounts;
mod any_request;
mod attacks;
mod bad_input;
mod challenges;
mod changes;
mod cognito;
mod contract;
mod cors;
mod deadlines;
mod dynamo;
mod envelope;
mod every_operation;
mod gateway;
mod hosted;
mod hostile;
mod idempotency;
mod info;
mod keys;
mod leaving;
mod limits;
mod listing;
mod logs;
mod movies;
mod ownership;
mod passkeys;
mod passwords;
mod pictures;
mod preconditions;
mod problems;
mod profile;
mod searching;
mod sessions;
mod stages;
mod template;
mod titles;
mod tokens;
mod trust;
mod watchlist;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Conclusion, Trial};
use tests::{broken::BROKEN, contract::Contract};

/// Lists the tests of a module, each an async function.
macro_rules! tests {
    ($($name:ident),+ $(,)?) => {
        pub(crate) fn tests() -> Vec<libtest_mimic::Trial> {
            let module = module_path!().trim_start_matches("api::");
            vec![$(libtest_mimic::Trial::test(
                format!("{module}::{}", stringify!($name)),
                || {
                    tests::block_on($name());
                    Ok(())
                },
            )),+]
        }
    };
}
pub(crate) use tests;

fn main() -> ExitCode {
    tests::logs::install();
    hide_panics_on_purpose();
    let arguments = Arguments::from_args();
    let trials: Vec<Trial> = [
        accounts::tests(),
        any_request::tests(),
        attacks::tests(),
        bad_input::tests(),
        challenges::tests(),
        changes::tests(),
        cognito::tests(),
        contract::tests(),
        cors::tests(),
        deadlines::tests(),
        dynamo::tests(),
        envelope::tests(),
        every_operation::tests(),
        gateway::tests(),
        hosted::tests(),
        hostile::tests(),
        idempotency::tests(),
        info::tests(),
        keys::tests(),
        leaving::tests(),
        limits::tests(),
        listing::tests(),
        logs::tests(),
        movies::tests(),
        ownership::tests(),
        passkeys::tests(),
        passwords::tests(),
        preconditions::tests(),
        problems::tests(),
        profile::tests(),
        searching::tests(),
        sessions::tests(),
        stages::tests(),
        template::tests(),
        titles::tests(),
        tokens::tests(),
        trust::tests(),
        watchlist::tests(),
        pictures::tests(),
    ]
    .into_iter()
    .flatten()
    .collect();
    let conclusion = libtest_mimic::run(&arguments, trials);
    if conclusion.has_failed() {
        return conclusion.exit_code();
    }
    if arguments.list || !was_whole(&arguments, &conclusion) {
        return ExitCode::SUCCESS;
    }
    report_coverage()
}

fn was_whole(arguments: &Arguments, conclusion: &Conclusion) -> bool {
    arguments.filter.is_none() && arguments.skip.is_empty() && conclusion.num_filtered_out == 0
}

/// Reports the parts of the document that no test has seen; it fails if there are any.
fn report_coverage() -> ExitCode {
    let contract = Contract::get();
    let (unseen, all) = (contract.unseen_pairs(), contract.pairs().len());
    println!(
        "contract coverage: {} of {all} documented pairs of operation and status were seen",
        all - unseen.len()
    );
    let mut missing = 0;
    for (what, list) in [
        ("never answered", unseen),
        (
            "example that no answer confirms",
            contract.unseen_problems(),
        ),
        ("type with two titles", contract.unsteady_titles()),
    ] {
        for entry in &list {
            println!("  {what}: {entry}");
        }
        missing += list.len();
    }
    if missing == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Some tests make the service panic; its message would look like a failure.
fn hide_panics_on_purpose() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if panic.payload_as_str() != Some(BROKEN) {
            usual(panic);
        }
    }));
}
