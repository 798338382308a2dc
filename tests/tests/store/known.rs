//! The tests that a simulation of DynamoDB is known to fail, with the reasons. `docs/reliability.md` judges them by AWS's
//! documentation.

use libtest_mimic::Trial;
use tests::emulator::{Emulator, Known};

/// Run with `--include-ignored` to see whether one of them has changed.
const MOTO: Known = &[(
    "offline::clients_that_go_on_and_off_end_equal",
    "moto gives a table another stream when a transaction fails, and who reads the old one sees no more",
)];

/// With what its launcher adds.
const DYNALITE: Known = &[];

/// Marks the tests of DynamoDB that the emulator is known to fail: they are ignored, and their reason is shown.
pub(crate) fn mark(trials: impl Iterator<Item = Trial>) -> Vec<Trial> {
    let known = match Emulator::named() {
        Emulator::MiniStack => &[],
        Emulator::Moto => MOTO,
        Emulator::Dynalite => DYNALITE,
    };
    let trials: Vec<_> = trials.collect();
    if trials.iter().any(|trial| is_of_dynamo(trial.name())) {
        for (test, _) in known {
            let there = trials.iter().any(|trial| is_test(trial.name(), test));
            assert!(there, "known.rs names {test}, which is no test");
        }
    }
    let marked = trials.into_iter().map(|trial| {
        let found = known.iter().find(|(test, _)| is_test(trial.name(), test));
        match found {
            Some((_, reason)) => trial.with_kind(*reason).with_ignored_flag(true),
            None => trial,
        }
    });
    marked.collect()
}

fn is_of_dynamo(name: &str) -> bool {
    name.starts_with("dynamodb::")
}

fn is_test(name: &str, test: &str) -> bool {
    let rest = name.strip_prefix("dynamodb::");
    rest.and_then(|rest| rest.split_once("::"))
        .is_some_and(|(_, rest)| rest == test)
}
