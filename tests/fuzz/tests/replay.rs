//! Every input of every corpus, in each run of the tests. `cargo xtask fuzz` looks for new ones.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::{collections::BTreeSet, fs, panic::catch_unwind};

use fuzz::{TARGETS, Target};
use libtest_mimic::{Arguments, Failed, Trial};

fn main() {
    let targets = TARGETS.iter();
    let mut trials: Vec<_> = targets
        .map(|target| Trial::test(format!("replay::{}", target.name), || replay(target)))
        .collect();
    trials.push(Trial::test("replay::every_corpus_has_a_target", || {
        every_corpus_has_a_target();
        Ok(())
    }));
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

fn replay(target: &Target) -> Result<(), Failed> {
    let corpus = target.corpus();
    if corpus.len() < 3 {
        return Err("the corpus has next to nothing".into());
    }
    for (path, input) in corpus {
        if catch_unwind(|| (target.run)(&input)).is_err() {
            return Err(format!("{} fails, see above", path.display()).into());
        }
    }
    Ok(())
}

fn every_corpus_has_a_target() {
    let folders = fs::read_dir(fuzz::corpora()).unwrap();
    let names = folders.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let expected = TARGETS.iter().map(|target| target.name.to_owned());
    assert_eq!(
        names.collect::<BTreeSet<_>>(),
        expected.collect::<BTreeSet<_>>()
    );
}
