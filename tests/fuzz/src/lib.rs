//! What strangers send and stores hold, as any bytes: a [target](Target) for each place of the service that reads them.
//!
//! A target takes bytes, gives them to the code that reads such bytes, and panics if something is not as it must be: that
//! the code does not panic is the least of it. The corpus of each target is in `tests/fuzz/corpus`; the tests replay it, and
//! `cargo xtask fuzz` looks for new inputs with libFuzzer.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a target fails by panicking"
)]

mod body;
mod cursor;
mod event;
mod feed;
mod import;
mod item;
mod query;
mod seal;
mod token;
mod world;

use std::{
    fs,
    path::{Path, PathBuf},
};

/// A place that reads bytes.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Its name, which is also that of its corpus.
    pub name: &'static str,
    /// Gives the bytes to the code.
    ///
    /// It panics if something is not as it must be.
    pub run: fn(&[u8]),
}

/// All targets.
pub const TARGETS: &[Target] = &[
    target("event", event::run),
    target("body", body::run),
    target("query", query::run),
    target("cursor", cursor::run),
    target("feed", feed::run),
    target("token", token::run),
    target("item", item::run),
    target("import", import::run),
];

const fn target(name: &'static str, run: fn(&[u8])) -> Target {
    Target { name, run }
}

impl Target {
    /// The target of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        TARGETS.iter().find(|target| target.name == name)
    }

    /// The inputs of its corpus, with their files.
    #[must_use]
    pub fn corpus(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let folder = corpora().join(self.name);
        let files = fs::read_dir(&folder)
            .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
            .map(|entry| entry.unwrap().path());
        let mut inputs: Vec<_> = files
            .map(|path| {
                let input = fs::read(&path).unwrap();
                (path, input)
            })
            .collect();
        inputs.sort();
        inputs
    }
}

/// The folder that has the corpora, each in a folder of its own.
#[must_use]
pub fn corpora() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus")
}
