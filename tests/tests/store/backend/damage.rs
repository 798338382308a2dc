//! Files that were damaged.

use std::{fs, path::Path, sync::Arc, time::Duration};

use kit::page::{Filter, PageRequest};
use libtest_mimic::Trial;
use local::{database::OpenError, store::EmbeddedStore};

use super::{disk::Disk, file, trials_of};
use crate::{
    nouns::{MovieStore, movie, movie_of},
    sample::{any, bob, later, once},
};

/// The size of a page of the file, in bytes.
const PAGE: usize = 4096;

pub(crate) fn trials() -> Vec<Trial> {
    trials_of([
        (
            "damage::a_damaged_file_is_refused_and_left_as_it_is",
            a_damaged_file_is_refused_and_left_as_it_is,
        ),
        (
            "damage::a_byte_that_was_changed_anywhere_is_found_or_of_no_matter",
            a_byte_that_was_changed_anywhere_is_found_or_of_no_matter,
        ),
        (
            "damage::a_new_file_has_its_name_when_it_is_whole",
            a_new_file_has_its_name_when_it_is_whole,
        ),
        (
            "damage::a_page_damaged_while_it_is_open_costs_what_is_in_it",
            a_page_damaged_while_it_is_open_costs_what_is_in_it,
        ),
    ])
}

/// Writes data of all kinds, over several pages.
async fn work(store: &MovieStore) {
    for n in 0..120 {
        let movie = movie(2016, &format!("{n:03} {}", "x".repeat(100)));
        let key = once(&format!("k{n}"), "add");
        store
            .add(&movie, (n % 2 == 0).then_some(&key))
            .await
            .unwrap();
        if n % 3 == 0 {
            store
                .delete(&movie.key, &any(), later(1), None)
                .await
                .unwrap();
        }
    }
}

/// A file that was closed in good order.
fn make(path: &Path) {
    crate::block_on(async { work(&EmbeddedStore::open(path).unwrap().into()).await });
}

#[track_caller]
fn is_refused(path: &Path, damage: &str) {
    let before = fs::read(path).unwrap();
    let error = EmbeddedStore::open(path).map(drop).unwrap_err();
    let OpenError::Damaged { file, .. } = &error else {
        panic!("{damage}: {error:?}");
    };
    assert_eq!(file, path, "{damage}");
    assert!(fs::read(path).unwrap() == before, "{damage}: changed");
}

fn a_damaged_file_is_refused_and_left_as_it_is() {
    type Damage = fn(&mut Vec<u8>);

    let damages: [(&str, Damage); 10] = [
        ("no byte", |bytes| bytes.clear()),
        ("one byte", |bytes| bytes.truncate(1)),
        ("half a header", |bytes| bytes.truncate(100)),
        ("a header alone", |bytes| bytes.truncate(PAGE)),
        ("half of it", |bytes| bytes.truncate(bytes.len() / 2)),
        ("one byte less", |bytes| bytes.truncate(bytes.len() - 1)),
        ("something else", |bytes| {
            *bytes = b"{\"movies\": []}".repeat(1_000);
        }),
        ("another file's beginning", |bytes| bytes[0] ^= 0xff),
        ("zeros", |bytes| bytes.fill(0)),
        ("zeros behind the header", |bytes| bytes[PAGE..].fill(0)),
    ];
    for (name, damage) in damages {
        let folder = tempfile::tempdir().unwrap();
        let path = file::path(&folder);
        make(&path);
        let mut bytes = fs::read(&path).unwrap();
        damage(&mut bytes);
        fs::write(&path, &bytes).unwrap();
        is_refused(&path, name);
    }
}

fn a_byte_that_was_changed_anywhere_is_found_or_of_no_matter() {
    let folder = tempfile::tempdir().unwrap();
    let path = file::path(&folder);
    make(&path);
    let good = fs::read(&path).unwrap();
    let contents = file::contents(&path);
    // Half of the changes are within the header, the others anywhere.
    let mut random = fastrand::Rng::with_seed(4_2026);
    let mut found = 0;
    for n in 0..200 {
        let at = random.usize(..if n % 2 == 0 { 320 } else { good.len() });
        let mut bytes = good.clone();
        bytes[at] ^= 1 << random.u8(..8);
        fs::write(&path, &bytes).unwrap();
        match EmbeddedStore::open(&path).map(drop) {
            Ok(()) => assert!(file::contents(&path) == contents, "byte {at}"),
            // The second error comes from a changed version of redb's format.
            Err(OpenError::Damaged { .. } | OpenError::Failed(redb::Error::UpgradeRequired(_))) => {
                assert!(fs::read(&path).unwrap() == bytes, "byte {at}: changed");
                found += 1;
            }
            Err(other) => panic!("byte {at}: {other:?}"),
        }
    }
    assert!(found > 20, "{found}");
}

fn a_new_file_has_its_name_when_it_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = file::path(&folder);
    drop(MovieStore::from(EmbeddedStore::open(&path).unwrap()));
    let names: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(names, [path.file_name().unwrap()]);
    // Only the first to open the file has it.
    let _open = MovieStore::from(EmbeddedStore::open(&path).unwrap());
    let second = EmbeddedStore::open(&path).map(drop);
    assert!(matches!(second, Err(OpenError::InUse)), "{second:?}");
}

/// Every call gets an answer, and the data in other pages can still be read and written.
fn a_page_damaged_while_it_is_open_costs_what_is_in_it() {
    let mut answered = 0;
    for seed in 0..30 {
        let mut random = fastrand::Rng::with_seed(seed);
        let disk = Disk::default();
        crate::block_on(async { work(&disk.store("a disk")).await });
        disk.damage(|bytes| {
            let page = random.usize(1..bytes.len() / PAGE);
            for byte in &mut bytes[page * PAGE..][..PAGE] {
                *byte = random.u8(..);
            }
        });
        let disk = Arc::new(disk);
        answered += crate::block_on(async {
            let Ok(store) = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                disk.store("a damaged disk")
            })) else {
                return 0;
            };
            let patience = Duration::from_secs(20);
            let calls = async {
                let page = PageRequest {
                    filter: Filter::All,
                    limit: 100,
                    after: None,
                };
                let _ = store.list(&page).await;
                let mut good = 0;
                for n in 0..120 {
                    let title = format!("{n:03} {}", "x".repeat(100));
                    let key = movie(2016, &title).key;
                    good += usize::from(matches!(store.get(&key).await, Ok(Some(_))));
                    let new = movie_of(&bob(), 1990, &title);
                    let _ = store.add(&new, None).await;
                }
                good
            };
            let good = tokio::time::timeout(patience, calls).await;
            good.expect("a call was left without an answer")
        });
    }
    assert!(answered > 0);
}
