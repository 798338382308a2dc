//! The embedded store on a disk that is full, or fails, and then does not.

use std::{
    io,
    sync::{Arc, Mutex},
    time::Duration,
};

use kit::{
    page::{Filter, PageRequest},
    resource::Entity,
    store::StoreError,
};
use libtest_mimic::Trial;
use local::{database::Storage, store::EmbeddedStore};
use movies::{Info, Movie};
use redb::StorageBackend;
use tests::logs::{Capture, Source};
use tokio::task::JoinSet;

use super::trials_of;
use crate::{
    nouns::{MovieStore, movie},
    sample::once,
};

pub(crate) fn trials() -> Vec<Trial> {
    trials_of([
        (
            "disk::what_was_acknowledged_outlives_a_full_disk_and_writes_go_on_when_there_is_room",
            what_was_acknowledged_outlives_a_full_disk_and_writes_go_on_when_there_is_room,
        ),
        (
            "disk::whatever_operation_fails_the_store_goes_on_with_all_that_was_acknowledged",
            whatever_operation_fails_the_store_goes_on_with_all_that_was_acknowledged,
        ),
        (
            "disk::readers_of_a_disk_that_fails_now_and_then_read_what_is_right_or_nothing",
            readers_of_a_disk_that_fails_now_and_then_read_what_is_right_or_nothing,
        ),
    ])
}

/// A disk in memory: all its clones have the same bytes.
#[derive(Debug, Clone, Default)]
pub(super) struct Disk(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    bytes: Vec<u8>,
    /// The number of bytes that a full disk has room for; `None` if the disk is not full.
    room: Option<usize>,
    /// The end of the bytes that were written.
    used: usize,
    /// The number of operations that succeed before one fails; `None` if none fails.
    fails_after: Option<usize>,
}

impl Disk {
    pub(super) fn store(&self, name: &str) -> MovieStore {
        let disk = self.clone();
        let storage: Storage = Arc::new(move || Ok(Arc::new(disk.clone())));
        MovieStore::from(EmbeddedStore::on(name, storage).unwrap())
    }

    /// Changes the bytes without the knowledge of an open store.
    pub(super) fn damage(&self, damage: impl FnOnce(&mut Vec<u8>)) {
        damage(&mut self.0.lock().unwrap().bytes);
    }

    fn is_full(&self, full: bool) {
        let mut inner = self.0.lock().unwrap();
        inner.room = full.then_some(inner.used);
    }

    fn fail_after(&self, operations: usize) {
        self.0.lock().unwrap().fails_after = Some(operations);
    }

    fn has_failed(&self) -> bool {
        self.0.lock().unwrap().fails_after.is_none()
    }
}

impl Inner {
    fn works(&mut self) -> io::Result<()> {
        match &mut self.fails_after {
            Some(0) => {
                self.fails_after = None;
                Err(io::Error::other("the disk fails on purpose"))
            }
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        Ok(self.0.lock().unwrap().bytes.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let mut inner = self.0.lock().unwrap();
        inner.works()?;
        let offset = usize::try_from(offset).unwrap();
        let bytes = inner.bytes.get(offset..offset + out.len());
        out.copy_from_slice(bytes.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    /// Grows without using room, as a sparse file does.
    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut inner = self.0.lock().unwrap();
        inner.works()?;
        inner.bytes.resize(usize::try_from(len).unwrap(), 0);
        inner.used = inner.used.min(inner.bytes.len());
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        self.0.lock().unwrap().works()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut inner = self.0.lock().unwrap();
        inner.works()?;
        let start = usize::try_from(offset).unwrap();
        let end = start + data.len();
        if inner.room.is_some_and(|room| end > room) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        inner.bytes[start..end].copy_from_slice(data);
        inner.used = inner.used.max(end);
        Ok(())
    }
}

/// Adds movies until the store takes no more; returns those that were acknowledged.
async fn fill(store: &MovieStore, name: &str) -> Vec<Entity<Movie>> {
    let mut added = Vec::new();
    for n in 0..2_000 {
        let mut movie = movie(2016, &format!("{name} {n}"));
        movie.fields.info = Some(Info::parse(&"x".repeat(4_000)).unwrap());
        match store.add(&movie, None).await {
            Ok(_) => added.push(movie),
            Err(StoreError::Unavailable(_)) => return added,
            Err(other) => panic!("{other:?}"),
        }
    }
    panic!("{name}: it took all of them");
}

/// Adds a movie as soon as the store takes one.
async fn add_when_possible(store: &MovieStore, movie: &Entity<Movie>) {
    let key = once(movie.key.title.as_str(), "add");
    for _ in 0..100 {
        match store.add(movie, Some(&key)).await {
            Ok(_) => return,
            Err(StoreError::Unavailable(_)) => {}
            Err(other) => panic!("{other:?}"),
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("it takes nothing any more");
}

async fn has_all(store: &MovieStore, movies: &[Entity<Movie>]) {
    for movie in movies {
        assert_eq!(store.get(&movie.key).await.unwrap().as_ref(), Some(movie));
    }
}

fn what_was_acknowledged_outlives_a_full_disk_and_writes_go_on_when_there_is_room() {
    crate::block_on(async {
        let name = "the disk that is full";
        let log = Capture::start(Source::Everything);
        let disk = Disk::default();
        let store = disk.store(name);
        store.add(&movie(2016, "First"), None).await.unwrap();
        disk.is_full(true);
        let mut added = fill(&store, "before").await;
        for n in 0..20 {
            let refused = store.add(&movie(2016, &format!("no room {n}")), None).await;
            assert!(matches!(refused, Err(StoreError::Unavailable(_))));
            has_all(&store, &added).await;
        }
        disk.is_full(false);
        let after = movie(2016, "After");
        add_when_possible(&store, &after).await;
        added.push(after);
        has_all(&store, &added).await;

        // The log has one line for the error, and one for its end.
        let lines = log.lines_with(name);
        let (error, info) = lines.split_once('\n').unwrap();
        assert!(error.contains("ERROR"), "{error}");
        let cause = io::Error::from(io::ErrorKind::StorageFull).to_string();
        assert!(error.contains(&cause), "{error}");
        assert!(error.contains("until there is room"), "{error}");
        assert!(
            info.contains("INFO") && info.contains("works again"),
            "{info}"
        );
        assert_eq!(lines.lines().count(), 2, "{lines}");

        drop(store);
        has_all(&disk.store(name), &added).await;
    });
}

fn whatever_operation_fails_the_store_goes_on_with_all_that_was_acknowledged() {
    crate::block_on(async {
        let mut stores = JoinSet::new();
        for operations in 0..60 {
            stores.spawn(async move {
                let disk = Disk::default();
                let store = disk.store("a disk");
                let mut added = Vec::new();
                for n in 0..5 {
                    let movie = movie(2016, &format!("before {n}"));
                    store.add(&movie, None).await.unwrap();
                    added.push(movie);
                }
                disk.fail_after(operations);
                added.extend(fill(&store, "until it fails").await);
                assert!(disk.has_failed());
                let after = movie(2016, "After");
                add_when_possible(&store, &after).await;
                added.push(after);
                has_all(&store, &added).await;
                drop(store);
                has_all(&disk.store("a disk"), &added).await;
            });
        }
        stores.join_all().await;
    });
}

fn readers_of_a_disk_that_fails_now_and_then_read_what_is_right_or_nothing() {
    crate::block_on(async {
        let disk = Disk::default();
        let store = Arc::new(disk.store("a disk"));
        let mut added = Vec::new();
        for n in 0..300 {
            let movie = movie(2016, &format!("{n:03}"));
            store.add(&movie, None).await.unwrap();
            added.push(movie);
        }
        let added = Arc::new(added);
        let mut readers = JoinSet::new();
        for _ in 0..2 {
            let (store, added) = (store.clone(), Arc::clone(&added));
            readers.spawn(async move {
                let mut read = 0;
                for movie in added.iter().cycle().take(6_000) {
                    match store.get(&movie.key).await {
                        Ok(found) => {
                            assert_eq!(found.as_ref(), Some(movie));
                            read += 1;
                        }
                        Err(StoreError::Unavailable(_)) => {}
                        Err(other) => panic!("{other:?}"),
                    }
                    tokio::task::yield_now().await;
                }
                read
            });
        }
        let page = PageRequest {
            filter: Filter::All,
            limit: 100,
            after: None,
        };
        for n in 0..3 {
            disk.fail_after(n * 7);
            while !disk.has_failed() {
                let _ = store.add(&movie(2017, &format!("{n}")), None).await;
                if let Ok(page) = store.list(&page).await {
                    assert_eq!(page.items, added[..100]);
                }
            }
            add_when_possible(&store, &movie(2018, &format!("{n}"))).await;
        }
        for read in readers.join_all().await {
            assert!(read > 0);
        }
    });
}
