//! The stores that the suite runs on.

mod damage;
mod disk;
mod file;
mod stream;
mod tables;
mod torn;

use kit::resource::Resource;
use libtest_mimic::Trial;
use local::store::EmbeddedStore;
use movies::Movie;
use serde_json::Value;

use self::tables::Tables;
use crate::{Test, leaving, newer, sample::Sample};

pub(crate) use self::{
    damage::trials as damage_trials, disk::trials as disk_trials, file::trials as file_trials,
    stream::Streams, torn::trials as torn_trials,
};

/// Tests that need no backend but their own.
fn trials_of<const N: usize>(tests: [(&str, fn()); N]) -> Vec<Trial> {
    let trial = |(name, test): (&str, fn())| {
        Trial::test(name, move || {
            test();
            Ok(())
        })
    };
    tests.map(trial).into()
}

#[derive(Debug, Clone)]
pub(crate) enum Backend {
    Memory,
    File,
    DynamoDb { endpoint: String },
}

impl Backend {
    #[expect(
        clippy::disallowed_methods,
        reason = "whoever runs the tests names the endpoint"
    )]
    pub(crate) fn all() -> Vec<Self> {
        let mut all = vec![Self::Memory, Self::File];
        if let Ok(endpoint) = std::env::var("DYNAMODB_ENDPOINT") {
            all.push(Self::DynamoDb { endpoint });
        }
        all
    }

    /// The name of a test of a noun on this store.
    pub(crate) fn name<R: Resource>(&self, test: &str) -> String {
        let backend = match self {
            Self::Memory => "memory",
            Self::File => "file",
            Self::DynamoDb { .. } => "dynamodb",
        };
        format!("{backend}::{}::{test}", R::MANY)
    }

    /// Runs a test on an empty store.
    pub(crate) fn run<R: Resource>(&self, test: Test<R>) {
        crate::block_on(async {
            match self {
                Self::Memory => test(EmbeddedStore::in_memory().unwrap().into()).await,
                Self::File => {
                    let folder = tempfile::tempdir().unwrap();
                    test(EmbeddedStore::open(&file::path(&folder)).unwrap().into()).await;
                }
                Self::DynamoDb { endpoint } => {
                    let tables = Tables::create(endpoint).await;
                    test(tables.store().await).await;
                    tables.drop().await;
                }
            }
        });
    }

    /// Runs a test on an empty store, and returns the contents of the store as text. A store in memory cannot be read
    /// in this way, but its contents have the form of a file's.
    pub(crate) fn contents_after<R: Resource>(&self, test: Test<R>) -> String {
        crate::block_on(async {
            match self {
                Self::Memory => panic!("cannot be looked into"),
                Self::File => {
                    let folder = tempfile::tempdir().unwrap();
                    let path = file::path(&folder);
                    test(EmbeddedStore::open(&path).unwrap().into()).await;
                    file::contents(&path)
                }
                Self::DynamoDb { endpoint } => {
                    let tables = Tables::create(endpoint).await;
                    let store = tables.store().await;
                    test(store.clone()).await;
                    store.settle().await;
                    let contents = tables.contents().await;
                    tables.drop().await;
                    contents
                }
            }
        })
    }

    /// Puts a movie with members of its own into an empty store, in the stored form, runs a test, and returns the movie
    /// in the stored form.
    pub(crate) fn stored_after(&self, stored: &Value, test: Test<Movie>) -> Value {
        crate::block_on(async {
            match self {
                Self::Memory => panic!("cannot be looked into"),
                Self::File => {
                    let folder = tempfile::tempdir().unwrap();
                    let path = file::path(&folder);
                    file::plant(&path, stored);
                    test(EmbeddedStore::open(&path).unwrap().into()).await;
                    file::planted(&path)
                }
                Self::DynamoDb { endpoint } => {
                    let tables = Tables::create(endpoint).await;
                    tables.plant(stored).await;
                    test(tables.store().await).await;
                    let stored = tables.planted().await;
                    tables.drop().await;
                    stored
                }
            }
        })
    }

    /// The tests of data that a newer version wrote, for the stores that [`stored_after`](Self::stored_after) can read.
    pub(crate) fn newer_trials(&self) -> Vec<Trial> {
        if matches!(self, Self::Memory) {
            return Vec::new();
        }
        let trials = newer::CHANGES.iter().map(|(change, test)| {
            let backend = self.clone();
            let name = format!("newer::unknown_members_survive_{change}");
            Trial::test(self.name::<Movie>(&name), move || {
                let before = newer::stored();
                let after = backend.stored_after(&before, *test);
                newer::knows_no_less(&before, &after);
                Ok(())
            })
        });
        trials.collect()
    }

    /// The test of a user who left, for the stores that [`contents_after`](Self::contents_after) can read.
    pub(crate) fn search_trial<R: Sample>(&self) -> Option<Trial> {
        let backend = self.clone();
        let name = self.name::<R>(&format!("leaving::{}", leaving::SEARCHED));
        (!matches!(self, Self::Memory)).then(|| {
            Trial::test(name, move || {
                let contents =
                    backend.contents_after::<R>(|store| Box::pin(leaving::one_leaves(store)));
                leaving::mentions_bob_and_not_the_leaver::<R>(&contents);
                Ok(())
            })
        })
    }
}
