//! What only a store in a file can show: what is there after it was opened again.

use std::path::{Path, PathBuf};

use api::{
    movie::Movie,
    store::{Guard, MovieStore as _, item::MovieItem},
};
use libtest_mimic::Trial;
use local::store::EmbeddedStore;
use redb::{
    Database, ReadableDatabase as _, ReadableTable as _, TableDefinition, TableHandle as _,
};

use crate::{
    adders::keys_of,
    sample::{NOW, ada, bob, full_movie, movie, movie_of, once},
};

const MOVIES: TableDefinition<'_, (u16, &str), &[u8]> = TableDefinition::new("movies");
const BY_ADDER: TableDefinition<'_, (&str, &str, u16), ()> =
    TableDefinition::new("movies_by_adder");
const RECORDS: TableDefinition<'_, (&str, &str), &[u8]> = TableDefinition::new("records");
const EXPIRY: TableDefinition<'_, (i64, &str, &str), ()> = TableDefinition::new("records_expiry");

/// The tables of records of a version before the first release.
const OLD_RECORDS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("idempotency");
const OLD_EXPIRY: TableDefinition<'_, (i64, &str), ()> = TableDefinition::new("idempotency_expiry");

pub(super) fn path(folder: &tempfile::TempDir) -> PathBuf {
    folder.path().join("movies.redb")
}

/// All that is in a file, as text.
pub(super) fn contents(path: &Path) -> String {
    let database = Database::open(path).unwrap();
    let snapshot = database.begin_read().unwrap();
    let mut names: Vec<_> = snapshot
        .list_tables()
        .unwrap()
        .map(|table| table.name().to_owned())
        .collect();
    names.sort_unstable();
    assert_eq!(
        names,
        ["movies", "movies_by_adder", "records", "records_expiry"],
        "another table: let it be searched as well"
    );
    let mut lines = Vec::new();
    for entry in snapshot.open_table(MOVIES).unwrap().iter().unwrap() {
        let (key, movie) = entry.unwrap();
        let movie = String::from_utf8_lossy(movie.value()).into_owned();
        lines.push(format!("{:?} {movie}", key.value()));
    }
    for entry in snapshot.open_table(BY_ADDER).unwrap().iter().unwrap() {
        lines.push(format!("{:?}", entry.unwrap().0.value()));
    }
    for entry in snapshot.open_table(RECORDS).unwrap().iter().unwrap() {
        let (key, record) = entry.unwrap();
        let record = String::from_utf8_lossy(record.value()).into_owned();
        lines.push(format!("{:?} {record}", key.value()));
    }
    for entry in snapshot.open_table(EXPIRY).unwrap().iter().unwrap() {
        lines.push(format!("{:?}", entry.unwrap().0.value()));
    }
    lines.join("\n")
}

/// The tests that need a file.
pub(crate) fn trials() -> Vec<Trial> {
    let tests: [(&str, fn()); 3] = [
        (
            "file::writes::what_was_acknowledged_is_there_after_reopening",
            what_was_acknowledged_is_there_after_reopening,
        ),
        (
            "file::before::a_file_of_before_is_brought_up",
            a_file_of_before_is_brought_up,
        ),
        (
            "file::before::a_file_that_went_back_to_the_version_before_is_brought_up_again",
            a_file_that_went_back_to_the_version_before_is_brought_up_again,
        ),
    ];
    tests
        .map(|(name, test)| {
            Trial::test(name, move || {
                test();
                Ok(())
            })
        })
        .into()
}

fn what_was_acknowledged_is_there_after_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let movie = movie(1999, "The Matrix");
    crate::block_on(async {
        let store = EmbeddedStore::open(&path(&folder)).unwrap();
        store.add(&movie, Some(&once("k", "a"))).await.unwrap();
    });
    crate::block_on(async {
        let store = EmbeddedStore::open(&path(&folder)).unwrap();
        assert_eq!(store.get(&movie.key).await.unwrap(), Some(movie.clone()));
        assert_eq!(
            keys_of(&store, &ada(), 10).await,
            std::slice::from_ref(&movie.key)
        );
        let again = store.add(&movie, Some(&once("k", "a"))).await.unwrap();
        assert!(again.replayed, "the idempotency record is durable too");
    });
}

/// Does to a file what the version before did when it opened one, added movies and a record of Ada's,
/// and deleted movies.
fn as_before(path: &Path, added: &[Movie], deleted: &[Movie]) {
    let database = Database::create(path).unwrap();
    let transaction = database.begin_write().unwrap();
    {
        let mut movies = transaction.open_table(MOVIES).unwrap();
        for movie in added {
            let item = serde_json::to_vec(&MovieItem::from(movie)).unwrap();
            let key = (movie.key.year.get(), movie.key.title.as_str());
            movies.insert(key, item.as_slice()).unwrap();
        }
        for movie in deleted {
            let key = (movie.key.year.get(), movie.key.title.as_str());
            movies.remove(key).unwrap();
        }
        let mut records = transaction.open_table(OLD_RECORDS).unwrap();
        let mut expiry = transaction.open_table(OLD_EXPIRY).unwrap();
        let at = NOW.unix_timestamp() + 86_400;
        let record = format!("{{\"fingerprint\":\"f\",\"expiresAt\":{at}}}");
        records.insert("ada#k", record.as_bytes()).unwrap();
        expiry.insert((at, "ada#k"), ()).unwrap();
    }
    transaction.commit().unwrap();
}

fn a_file_of_before_is_brought_up() {
    let folder = tempfile::tempdir().unwrap();
    let added = [
        full_movie(),
        movie(2016, "50/50 🎬"),
        movie_of(&bob(), 1999, "Alien"),
    ];
    as_before(&path(&folder), &added, &[]);
    crate::block_on(async {
        let store = EmbeddedStore::open(&path(&folder)).unwrap();
        for movie in &added {
            assert_eq!(store.get(&movie.key).await.unwrap().as_ref(), Some(movie));
        }
        let of_ada = [added[1].key.clone(), added[0].key.clone()];
        assert_eq!(keys_of(&store, &ada(), 1).await, of_ada);
        assert_eq!(keys_of(&store, &bob(), 1).await, [added[2].key.clone()]);
        assert_eq!(store.remembered(&ada()).await.unwrap(), []);

        // The key is free again, and all works as in a new file.
        let new = movie(2001, "New");
        store.add(&new, Some(&once("k", "a"))).await.unwrap();
        store
            .delete(&of_ada[0], &Guard::default(), NOW, None)
            .await
            .unwrap();
        let of_ada = [added[0].key.clone(), new.key];
        assert_eq!(keys_of(&store, &ada(), 10).await, of_ada);
    });
    let contents = contents(&path(&folder));
    assert!(!contents.contains("ada#k"), "{contents}");
}

fn a_file_that_went_back_to_the_version_before_is_brought_up_again() {
    let folder = tempfile::tempdir().unwrap();
    let (kept, deleted, late) = (
        movie(2016, "Kept"),
        movie(2016, "Deleted"),
        movie(2016, "Late"),
    );
    crate::block_on(async {
        let store = EmbeddedStore::open(&path(&folder)).unwrap();
        store.add(&kept, None).await.unwrap();
        store.add(&deleted, Some(&once("k", "a"))).await.unwrap();
    });
    as_before(
        &path(&folder),
        std::slice::from_ref(&late),
        std::slice::from_ref(&deleted),
    );
    crate::block_on(async {
        let store = EmbeddedStore::open(&path(&folder)).unwrap();
        assert_eq!(
            keys_of(&store, &ada(), 1).await,
            [kept.key.clone(), late.key.clone()]
        );
        assert_eq!(store.remembered(&ada()).await.unwrap().len(), 1);
    });
}
