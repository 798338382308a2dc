//! Files as a power cut leaves them, with a part of what was not synced, and such files with a damage besides.

use std::{
    fs, io, mem,
    path::Path,
    sync::{Arc, Mutex},
};

use fastrand::Rng;
use kit::{page::Filter, page::PageRequest, resource::Entity};
use libtest_mimic::Trial;
use local::{
    database::{OpenError, Storage},
    store::EmbeddedStore,
};
use movies::{Info, Movie, MovieChanges};
use redb::StorageBackend;
use tests::logs::{Capture, Source};

use super::{file, trials_of};
use crate::{
    adders::keys_of,
    nouns::{MovieStore, movie},
    sample::{ada, any, later, once},
};

/// The bytes that a disk writes whole or not at all.
const SECTOR: usize = 512;

/// The number of writes that the store acknowledges. The last one changes something.
const WRITES: usize = 59;

pub(crate) fn trials() -> Vec<Trial> {
    trials_of([
        (
            "torn::a_power_cut_costs_nothing_that_was_acknowledged",
            a_power_cut_costs_nothing_that_was_acknowledged,
        ),
        (
            "torn::a_damage_after_a_power_cut_is_refused_or_told",
            a_damage_after_a_power_cut_is_refused_or_told,
        ),
    ])
}

/// A disk that knows what a power cut would leave of it, and keeps some of those images.
#[derive(Debug, Clone)]
struct Disk(Arc<Mutex<Inner>>);

#[derive(Debug)]
struct Inner {
    /// The bytes as the process reads them.
    bytes: Vec<u8>,
    /// The bytes that outlive a power cut.
    synced: Vec<u8>,
    /// What was done since.
    pending: Vec<Operation>,
    /// What was done before the last sync that had something to do.
    last: Vec<Operation>,
    random: Rng,
    /// The number of acknowledged writes; `None` before the first.
    acknowledged: Option<usize>,
    images: Vec<Image>,
}

#[derive(Debug, Clone)]
enum Operation {
    SetLen(usize),
    Write(usize, Vec<u8>),
}

/// What a power cut left.
#[derive(Debug)]
struct Image {
    bytes: Vec<u8>,
    /// The number of writes that were acknowledged before.
    acknowledged: usize,
}

impl Operation {
    fn apply(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::SetLen(len) => bytes.resize(*len, 0),
            Self::Write(start, data) => {
                let end = start + data.len();
                if bytes.len() < end {
                    bytes.resize(end, 0);
                }
                bytes[*start..end].copy_from_slice(data);
            }
        }
    }

    /// Its sectors, each as an operation.
    fn sectors(&self) -> Vec<Self> {
        let Self::Write(start, data) = self else {
            return vec![self.clone()];
        };
        let mut sectors = Vec::new();
        let mut at = 0;
        while at < data.len() {
            let len = (SECTOR - (start + at) % SECTOR).min(data.len() - at);
            sectors.push(Self::Write(start + at, data[at..at + len].to_vec()));
            at += len;
        }
        sectors
    }
}

impl Disk {
    fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(Inner {
            bytes: Vec::new(),
            synced: Vec::new(),
            pending: Vec::new(),
            last: Vec::new(),
            random: Rng::with_seed(seed),
            acknowledged: None,
            images: Vec::new(),
        })))
    }

    fn store(&self) -> MovieStore {
        let disk = self.clone();
        let storage: Storage = Arc::new(move || Ok(Arc::new(disk.clone())));
        MovieStore::from(EmbeddedStore::on("a disk without power", storage).unwrap())
    }

    fn acknowledge(&self, writes: usize) {
        self.0.lock().unwrap().acknowledged = Some(writes);
    }

    /// The bytes as they are now, those of a process that was killed, and the places of what the last transaction wrote.
    fn now(&self) -> (Vec<u8>, Vec<usize>) {
        let inner = self.0.lock().unwrap();
        let places = inner.last.iter().filter_map(|operation| match operation {
            Operation::Write(start, data) => Some(*start..start + data.len()),
            Operation::SetLen(_) => None,
        });
        (inner.bytes.clone(), places.flatten().collect())
    }

    fn images(&self) -> Vec<Image> {
        mem::take(&mut self.0.lock().unwrap().images)
    }
}

impl Inner {
    fn does(&mut self, operation: Operation) {
        operation.apply(&mut self.bytes);
        self.pending.push(operation);
        self.may_lose_power();
    }

    /// Keeps an image now and then.
    fn may_lose_power(&mut self) {
        let Some(acknowledged) = self.acknowledged else {
            return;
        };
        if self.random.u8(..4) > 0 {
            return;
        }
        let mut bytes = self.synced.clone();
        let sectors: Vec<_> = self.pending.iter().flat_map(Operation::sectors).collect();
        if self.random.bool() {
            // In their order, up to a point.
            let some = self.random.usize(..=sectors.len());
            for sector in &sectors[..some] {
                sector.apply(&mut bytes);
            }
        } else {
            // In any order: some of them.
            for sector in &sectors {
                if self.random.bool() {
                    sector.apply(&mut bytes);
                }
            }
        }
        self.images.push(Image {
            bytes,
            acknowledged,
        });
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        Ok(self.0.lock().unwrap().bytes.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let offset = usize::try_from(offset).unwrap();
        let inner = self.0.lock().unwrap();
        let bytes = inner.bytes.get(offset..offset + out.len());
        out.copy_from_slice(bytes.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let len = usize::try_from(len).unwrap();
        self.0.lock().unwrap().does(Operation::SetLen(len));
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut guard = self.0.lock().unwrap();
        let inner = &mut *guard;
        inner.may_lose_power();
        inner.synced.clone_from(&inner.bytes);
        let done = mem::take(&mut inner.pending);
        if !done.is_empty() {
            inner.last = done;
        }
        inner.may_lose_power();
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let offset = usize::try_from(offset).unwrap();
        let write = Operation::Write(offset, data.to_vec());
        self.0.lock().unwrap().does(write);
        Ok(())
    }
}

/// All movies of a store.
async fn movies(store: &MovieStore) -> Vec<Entity<Movie>> {
    let page = PageRequest {
        filter: Filter::All,
        limit: 100,
        after: None,
    };
    store.list(&page).await.unwrap().items
}

/// Writes one after the other, each with a key, and returns what was there after each.
async fn work(disk: &Disk, store: &MovieStore) -> Vec<Vec<Entity<Movie>>> {
    let mut states = vec![movies(store).await];
    disk.acknowledge(0);
    for n in 0..WRITES {
        let mut movie = movie(2016, &format!("{:02}", n / 3));
        movie.fields.info = Some(Info::parse(&"x".repeat(n * 150 % 4_000 + 1)).unwrap());
        let key = once(&format!("k{n}"), "a");
        let at = later(i64::try_from(n).unwrap());
        let (changes, guard) = (MovieChanges::default(), any());
        match n % 3 {
            0 => drop(store.add(&movie, Some(&key)).await.unwrap()),
            1 => {
                let updated = store.update(&movie.key, &changes, &guard, at, Some(&key));
                updated.await.unwrap();
            }
            // Every other movie stays.
            _ if n % 2 == 0 => {
                let deleted = store.delete(&movie.key, &guard, at, Some(&key));
                deleted.await.unwrap();
            }
            _ => {}
        }
        states.push(movies(store).await);
        disk.acknowledge(n + 1);
    }
    states
}

/// What is in a file that opens: the number of the state. All that is written about a movie fits together.
fn state_of(path: &Path, states: &[Vec<Entity<Movie>>], near: usize) -> Option<usize> {
    crate::block_on(async {
        let store = MovieStore::from(EmbeddedStore::open(path).unwrap());
        let found = movies(&store).await;
        let keys: Vec<_> = found.iter().map(|movie| movie.key.clone()).collect();
        assert_eq!(keys_of(&store, &ada(), 100).await, keys);
        // The nearest of those that are equal.
        let mut equal = (0..states.len()).filter(|&state| states[state] == found);
        let first = equal.next()?;
        Some(equal.fold(first, |best, state| {
            if state.abs_diff(near) < best.abs_diff(near) {
                state
            } else {
                best
            }
        }))
    })
}

fn a_power_cut_costs_nothing_that_was_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let path = file::path(&folder);
    let mut cuts = 0;
    for seed in 0..3 {
        let disk = Disk::new(seed);
        let states = crate::block_on(async {
            let store = disk.store();
            work(&disk, &store).await
        });
        let mut images = disk.images();
        Rng::with_seed(seed).shuffle(&mut images);
        for image in &images[..images.len().min(60)] {
            fs::write(&path, &image.bytes).unwrap();
            let Image { acknowledged, .. } = *image;
            let state = state_of(&path, &states, acknowledged);
            // The write that was under way is there or not.
            let good =
                state.is_some_and(|state| (acknowledged..=acknowledged + 1).contains(&state));
            assert!(
                good,
                "seed {seed}: {acknowledged} acknowledged, found {state:?}"
            );
            cuts += 1;
        }
    }
    assert!(cuts > 150, "{cuts}");
}

/// redb leaves out the last transaction if it is not whole, and takes a damage for that. Nothing else is lost, and the log says that the
/// file was not closed.
fn a_damage_after_a_power_cut_is_refused_or_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = file::path(&folder);
    let disk = Disk::new(7);
    // Kept open, so that the file is that of a process that was killed.
    let (states, (bytes, written)) = crate::block_on(async {
        let store = disk.store();
        let states = work(&disk, &store).await;
        (states, disk.now())
    });
    let last = states.len() - 1;
    let log = Capture::start(Source::Everything);
    let lines = || log.lines_with(&path.display().to_string()).lines().count();
    let mut random = Rng::with_seed(5_2026);
    let (mut refused, mut left_out) = (0, 0);
    for n in 0..200 {
        let at = match n % 4 {
            0 => random.usize(..320),
            1 => *random.choice(&written).unwrap(),
            _ => random.usize(..bytes.len()),
        };
        let mut damaged = bytes.clone();
        damaged[at] ^= 1 << random.u8(..8);
        fs::write(&path, &damaged).unwrap();
        let lines_before = lines();
        match EmbeddedStore::open(&path).map(drop) {
            Ok(()) => {
                let has_told = lines() > lines_before;
                let state = state_of(&path, &states, last);
                let good = [Some(last), Some(last - 1)].contains(&state);
                assert!(
                    good && has_told,
                    "byte {at}: {state:?} of {last}, told: {has_told}"
                );
                left_out += usize::from(state != Some(last));
            }
            Err(OpenError::Damaged { .. } | OpenError::Failed(redb::Error::UpgradeRequired(_))) => {
                assert!(fs::read(&path).unwrap() == damaged, "byte {at}: changed");
                refused += 1;
            }
            Err(other) => panic!("byte {at}: {other:?}"),
        }
    }
    assert!(
        refused > 0 && left_out > 0,
        "{refused} refused, {left_out} left out"
    );
}
