//! The tests of a store in a file: it is opened again, and read and written as recorded.

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
};

use kit::{
    changes::{ChangesRequest, Position},
    resource::Change,
    store::StoreError,
};
use libtest_mimic::Trial;
use local::store::EmbeddedStore;
use movies::MovieChanges;
use redb::{
    Database, ReadableDatabase as _, ReadableTable as _, TableDefinition, TableHandle as _,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use service::nouns::NOUNS;
use tests::formats;

use super::trials_of;
use crate::{
    adders::keys_of,
    nouns::{MovieStore, full_movie, movie, movie_of},
    sample::{ada, any, bob, later, once},
};

/// The table of a noun.
const fn entities(noun: &str) -> TableDefinition<'_, &'static [u8], &'static [u8]> {
    TableDefinition::new(noun)
}

/// The table of a shared noun's keys by owner.
const fn by_owner(
    name: &str,
) -> TableDefinition<'_, (&'static str, &'static str, &'static [u8]), ()> {
    TableDefinition::new(name)
}

/// The table of a noun's index.
const fn index(
    name: &str,
) -> TableDefinition<'_, (&'static str, &'static str), (&'static str, &'static str, &'static str)> {
    TableDefinition::new(name)
}

/// The table of a noun's logs of changes.
const fn changes(name: &str) -> TableDefinition<'_, (&'static str, u64), &'static [u8]> {
    TableDefinition::new(name)
}

/// The table of the rows of a noun's logs by their age.
const fn changes_by_age(name: &str) -> TableDefinition<'_, u64, (&'static str, i64)> {
    TableDefinition::new(name)
}

const CHANGES: TableDefinition<'_, (&str, u64), &[u8]> = changes("movies_changes");
const CHANGES_BY_AGE: TableDefinition<'_, u64, (&str, i64)> =
    changes_by_age("movies_changes_by_age");
const CHANGES_HEADS: TableDefinition<'_, &str, (&str, u64, u64)> =
    TableDefinition::new("changes_heads");
const MOVIES: TableDefinition<'_, &[u8], &[u8]> = entities("movies");
const BY_OWNER: TableDefinition<'_, (&str, &str, &[u8]), ()> = by_owner("movies_by_owner");
const RECORDS: TableDefinition<'_, (&str, &str), &[u8]> = TableDefinition::new("records");
const INDEX: TableDefinition<'_, (&str, &str), (&str, &str, &str)> = index("movies_index");
const EXPIRY: TableDefinition<'_, (i64, &str, &str), ()> = TableDefinition::new("records_expiry");

pub(super) fn path(folder: &tempfile::TempDir) -> PathBuf {
    folder.path().join("movies.redb")
}

/// The contents of a file, as text: a line for each row.
pub(super) fn contents(path: &Path) -> String {
    let database = Database::open(path).unwrap();
    let snapshot = database.begin_read().unwrap();
    let mut lines = Vec::new();
    for table in snapshot.list_tables().unwrap() {
        let name = table.name();
        if name == RECORDS.name() {
            for entry in snapshot.open_table(RECORDS).unwrap().iter().unwrap() {
                let (key, record) = entry.unwrap();
                lines.push(format!("{:?} {}", key.value(), text(record.value())));
            }
        } else if name == EXPIRY.name() {
            for entry in snapshot.open_table(EXPIRY).unwrap().iter().unwrap() {
                lines.push(format!("{:?}", entry.unwrap().0.value()));
            }
        } else if name == CHANGES_HEADS.name() {
            for entry in snapshot.open_table(CHANGES_HEADS).unwrap().iter().unwrap() {
                let (noun, head) = entry.unwrap();
                lines.push(format!("{:?} {:?}", noun.value(), head.value()));
            }
        } else if let Some(noun) = name.strip_suffix("_changes_by_age") {
            assert!(is_noun(noun), "{name}: let it be searched as well");
            let table = snapshot.open_table(changes_by_age(name)).unwrap();
            for entry in table.iter().unwrap() {
                let (number, age) = entry.unwrap();
                lines.push(format!("{:?} {:?}", number.value(), age.value()));
            }
        } else if let Some(noun) = name.strip_suffix("_changes") {
            assert!(is_noun(noun), "{name}: let it be searched as well");
            let table = snapshot.open_table(changes(name)).unwrap();
            for entry in table.iter().unwrap() {
                let (row, key) = entry.unwrap();
                lines.push(format!("{:?} {}", row.value(), text(key.value())));
            }
        } else if let Some(noun) = name.strip_suffix("_by_owner") {
            assert!(is_noun(noun), "{name}: let it be searched as well");
            let table = snapshot.open_table(by_owner(name)).unwrap();
            for entry in table.iter().unwrap() {
                lines.push(format!("{:?}", entry.unwrap().0.value()));
            }
        } else if let Some(noun) = name.strip_suffix("_index") {
            assert!(is_noun(noun), "{name}: let it be searched as well");
            let table = snapshot.open_table(index(name)).unwrap();
            for entry in table.iter().unwrap() {
                let (position, pointer) = entry.unwrap();
                lines.push(format!("{:?} {:?}", position.value(), pointer.value()));
            }
        } else {
            assert!(is_noun(name), "{name}: let it be searched as well");
            let table = snapshot.open_table(entities(name)).unwrap();
            for entry in table.iter().unwrap() {
                let (key, entity) = entry.unwrap();
                lines.push(format!("{} {}", text(key.value()), text(entity.value())));
            }
        }
    }
    lines.join("\n")
}

fn is_noun(name: &str) -> bool {
    NOUNS.iter().any(|noun| noun.many == name)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The tests that need a file.
pub(crate) fn trials() -> Vec<Trial> {
    trials_of([
        (
            "file::writes::what_was_acknowledged_is_there_after_reopening",
            what_was_acknowledged_is_there_after_reopening,
        ),
        (
            "file::formats::files_of_every_release_are_read",
            files_of_every_release_are_read,
        ),
        (
            "file::formats::a_file_is_written_as_recorded",
            a_file_is_written_as_recorded,
        ),
    ])
}

fn what_was_acknowledged_is_there_after_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let movie = movie(1999, "The Matrix");
    crate::block_on(async {
        let store = MovieStore::from(EmbeddedStore::open(&path(&folder)).unwrap());
        store.add(&movie, Some(&once("k", "a"))).await.unwrap();
    });
    crate::block_on(async {
        let store = MovieStore::from(EmbeddedStore::open(&path(&folder)).unwrap());
        assert_eq!(store.get(&movie.key).await.unwrap(), Some(movie.clone()));
        assert_eq!(
            keys_of(&store, &ada(), 10).await,
            std::slice::from_ref(&movie.key)
        );
        let again = store.add(&movie, Some(&once("k", "a"))).await.unwrap();
        assert!(again.replayed, "the idempotency record is durable too");
    });
}

/// The epoch of the recorded logs, which is another each time.
const EPOCH: &str = "d7a1c9f2-5b3e-4c68-9a0d-1e2f3a4b5c6d";

/// The contents of a file in the form of `tests/formats`: by table, the keys and their values.
fn dump(path: &Path) -> Value {
    contents(path); // which knows whether there is another table
    let database = Database::open(path).unwrap();
    let snapshot = database.begin_read().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let (mut movies, mut by_owner, mut index) = (vec![], vec![], vec![]);
    let (mut records, mut expiry) = (vec![], vec![]);
    for entry in snapshot.open_table(MOVIES).unwrap().iter().unwrap() {
        let (key, movie) = entry.unwrap();
        movies.push(json!([hex(key.value()), text(movie.value())]));
    }
    for entry in snapshot.open_table(BY_OWNER).unwrap().iter().unwrap() {
        let (key, ()) = entry.map(|(key, value)| (key, value.value())).unwrap();
        let (owner, title, partition) = key.value();
        by_owner.push(json!([owner, title, hex(partition)]));
    }
    for entry in snapshot.open_table(INDEX).unwrap().iter().unwrap() {
        let (position, pointer) = entry.unwrap();
        index.push(json!([position.value(), pointer.value()]));
    }
    for entry in snapshot.open_table(RECORDS).unwrap().iter().unwrap() {
        let (key, record) = entry.unwrap();
        records.push(json!([key.value(), text(record.value())]));
    }
    for entry in snapshot.open_table(EXPIRY).unwrap().iter().unwrap() {
        expiry.push(json!(entry.unwrap().0.value()));
    }
    let (mut changes, mut by_age, mut heads) = (vec![], vec![], vec![]);
    for entry in snapshot.open_table(CHANGES).unwrap().iter().unwrap() {
        let (row, key) = entry.unwrap();
        changes.push(json!([row.value(), hex(key.value())]));
    }
    for entry in snapshot.open_table(CHANGES_BY_AGE).unwrap().iter().unwrap() {
        let (number, age) = entry.unwrap();
        by_age.push(json!([number.value(), age.value()]));
    }
    for entry in snapshot.open_table(CHANGES_HEADS).unwrap().iter().unwrap() {
        let (noun, head) = entry.unwrap();
        let (epoch, last, pruned) = head.value();
        uuid::Uuid::parse_str(epoch).unwrap();
        heads.push(json!([noun.value(), [EPOCH, last, pruned]]));
    }
    json!({
        "changes_heads": heads,
        "movies": movies,
        "movies_by_owner": by_owner,
        "movies_changes": changes,
        "movies_changes_by_age": by_age,
        "movies_index": index,
        "records": records,
        "records_expiry": expiry,
    })
}

/// Makes a file of the result of [`dump`].
fn restore(path: &Path, tables: &Value) {
    let rows = |table: &str| tables[table].as_array().unwrap().clone();
    let database = Database::create(path).unwrap();
    let transaction = database.begin_write().unwrap();
    {
        let mut movies = transaction.open_table(MOVIES).unwrap();
        for row in rows("movies") {
            let (key, movie): (String, String) = read(row);
            movies.insert(&*unhex(&key), movie.as_bytes()).unwrap();
        }
        let mut by_owner = transaction.open_table(BY_OWNER).unwrap();
        for row in rows("movies_by_owner") {
            let (user, title, partition): (String, String, String) = read(row);
            let partition = unhex(&partition);
            by_owner.insert((&*user, &*title, &*partition), ()).unwrap();
        }
        let mut index = transaction.open_table(INDEX).unwrap();
        for row in rows("movies_index") {
            let ((list, place), (partition, sort, words)) =
                read::<((String, String), (String, String, String))>(row);
            let pointer = (&*partition, &*sort, &*words);
            index.insert((&*list, &*place), pointer).unwrap();
        }
        let mut changes = transaction.open_table(CHANGES).unwrap();
        for row in rows("movies_changes") {
            let ((log, number), key): ((String, u64), String) = read(row);
            changes.insert((&*log, number), &*unhex(&key)).unwrap();
        }
        let mut by_age = transaction.open_table(CHANGES_BY_AGE).unwrap();
        for row in rows("movies_changes_by_age") {
            let (number, (log, at)): (u64, (String, i64)) = read(row);
            by_age.insert(number, (&*log, at)).unwrap();
        }
        let mut heads = transaction.open_table(CHANGES_HEADS).unwrap();
        for row in rows("changes_heads") {
            let (noun, (epoch, last, pruned)): (String, (String, u64, u64)) = read(row);
            heads.insert(&*noun, (&*epoch, last, pruned)).unwrap();
        }
        let mut records = transaction.open_table(RECORDS).unwrap();
        for row in rows("records") {
            let ((caller, key), record): ((String, String), String) = read(row);
            records
                .insert((&*caller, &*key), record.as_bytes())
                .unwrap();
        }
        let mut expiry = transaction.open_table(EXPIRY).unwrap();
        for row in rows("records_expiry") {
            let (at, caller, key): (i64, String, String) = read(row);
            expiry.insert((at, &*caller, &*key), ()).unwrap();
        }
    }
    transaction.commit().unwrap();
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

fn unhex(text: &str) -> Vec<u8> {
    let digits = text.as_bytes().chunks(2);
    digits
        .map(|digits| u8::from_str_radix(str::from_utf8(digits).unwrap(), 16).unwrap())
        .collect()
}

fn read<T: DeserializeOwned>(row: Value) -> T {
    serde_json::from_value(row).unwrap()
}

/// The writes that the recorded file is made of: movies with all details and with none, one without an owner, and a
/// record of each kind.
async fn recorded_work(store: &MovieStore) {
    let (full, left) = (full_movie(), movie_of(&bob(), 1999, "Alien"));
    let guard = any();
    store.add(&full, Some(&once("added", "a"))).await.unwrap();
    store.add(&movie(2011, "50/50"), None).await.unwrap();
    store.add(&left, None).await.unwrap();
    store.disown(&left.key, &bob(), later(1)).await.unwrap();
    let changes = MovieChanges {
        info: Change::Remove,
        ..MovieChanges::default()
    };
    let key = once("updated", "b");
    store
        .update(&full.key, &changes, &guard, later(2), Some(&key))
        .await
        .unwrap();
    let gone = movie(2016, "Gone");
    store.add(&gone, None).await.unwrap();
    let key = once("deleted", "c");
    store
        .delete(&gone.key, &guard, later(3), Some(&key))
        .await
        .unwrap();
    store.records.begin_leaving(&bob(), later(4)).await.unwrap();
}

fn a_file_is_written_as_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let path = path(&folder);
    crate::block_on(async { recorded_work(&EmbeddedStore::open(&path).unwrap().into()).await });
    formats::is_as_recorded("embedded.json", &dump(&path));
}

/// Adds unknown members to the JSON of all rows, and to the result within a record.
fn of_the_future(mut tables: Value) -> Value {
    let others = formats::from_the_future("json");
    for table in ["movies", "records"] {
        for row in tables[table].as_array_mut().unwrap() {
            let json: Value = serde_json::from_str(row[1].as_str().unwrap()).unwrap();
            let mut json = formats::with(&json, &others);
            if json.get("result").is_some() {
                json["result"] = formats::with(&json["result"], &others);
            }
            row[1] = json.to_string().into();
        }
    }
    tables
}

fn files_of_every_release_are_read() {
    for release in formats::releases() {
        let tables = release.read("embedded.json");
        for tables in [tables.clone(), of_the_future(tables)] {
            let folder = tempfile::tempdir().unwrap();
            let path = path(&folder);
            restore(&path, &tables);
            crate::block_on(async {
                let store = MovieStore::from(EmbeddedStore::open(&path).unwrap());
                is_the_recorded_work(&store).await;
            });
        }
    }
}

async fn is_the_recorded_work(store: &MovieStore) {
    let (full, bare) = (full_movie(), movie(2011, "50/50"));
    let mut updated = full.changed(&MovieChanges::default(), later(2));
    updated.fields.info = None;
    let left = movie_of(&bob(), 1999, "Alien").disowned(later(1));
    for movie in [&updated, &bare, &left] {
        assert_eq!(store.get(&movie.key).await.unwrap().as_ref(), Some(movie));
    }
    let of_ada = [bare.key.clone(), full.key.clone()];
    assert_eq!(keys_of(store, &ada(), 10).await, of_ada);
    assert_eq!(keys_of(store, &bob(), 10).await, []);
    assert!(store.records.is_leaving(&bob(), later(5)).await.unwrap());
    assert_eq!(store.records.remembered(&ada()).await.unwrap().len(), 3);
    let request = ChangesRequest {
        owner: None,
        epoch: EPOCH.to_owned(),
        from: Position { row: 1, taken: 0 },
        limit: 100,
    };
    let changes = store.changes(&request).await.unwrap();
    let there = changes
        .items
        .iter()
        .filter(|changed| changed.entity.is_some());
    assert_eq!((changes.items.len(), there.count()), (4, 3));

    let again = once("added", "a");
    let again = store.add(&full, Some(&again)).await.unwrap();
    assert_eq!((again.value, again.replayed), (full.clone(), true));
    let (guard, none) = (any(), MovieChanges::default());
    let again = once("updated", "b");
    let again = store.update(&full.key, &none, &guard, later(5), Some(&again));
    let again = again.await.unwrap();
    assert_eq!((again.value, again.replayed), (updated, true));
    let again = once("deleted", "c");
    let again = store.delete(&full.key, &guard, later(5), Some(&again));
    assert!(again.await.unwrap().replayed);
    let other = store.add(&full, Some(&once("added", "other"))).await;
    assert!(matches!(other, Err(StoreError::KeyReused)), "{other:?}");
}

/// Makes a file with one movie, given in the stored form.
pub(super) fn plant(path: &Path, stored: &Value) {
    let year = u32::try_from(stored["year"].as_u64().unwrap()).unwrap();
    let title = stored["title"].as_str().unwrap();
    let key = [b"n", &year.to_be_bytes()[..], title.as_bytes()].concat();
    let row = json!([hex(&key), stored.to_string()]);
    let none = json!([]);
    restore(
        path,
        &json!({
            "movies": [row], "movies_by_owner": none, "movies_index": none, "movies_changes": none,
            "movies_changes_by_age": none, "changes_heads": none, "records": none, "records_expiry": none,
        }),
    );
}

pub(super) fn planted(path: &Path) -> Value {
    serde_json::from_str(dump(path)["movies"][0][1].as_str().unwrap()).unwrap()
}
