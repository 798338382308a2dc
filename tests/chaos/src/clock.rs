//! Clocks that are off: which process has which, and how it gets it.
//!
//! The programs read the system's clock and have no seam for another one. libfaketime, which is loaded before the C library, answers for
//! the clock: it adds the offset to the time of day, and leaves the clock that measures durations as it is.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use fastrand::Rng;
use parking_lot::Mutex;

/// The most seconds that a clock is off. Two of them are a minute apart at most, which is what a token is allowed.
pub const MOST: i64 = 30;

/// Chooses the clock of each process, by the seed, and counts them.
#[derive(Debug, Clone)]
pub struct Clocks(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    /// libfaketime; without it every clock is right.
    library: Option<PathBuf>,
    seed: u64,
    /// The number of lives that each process has had.
    lives: Mutex<BTreeMap<u32, u64>>,
    /// The number of lives that had each clock.
    chosen: Mutex<BTreeMap<i64, u64>>,
}

/// The clock of a process.
#[derive(Debug)]
pub struct Clock {
    ahead: i64,
    library: Option<PathBuf>,
    process: Option<u32>,
}

/// How many seconds the clock of a process is ahead, in each of its lives: half of those that are off are so by as much as may be.
#[must_use]
pub fn ahead(seed: u64, process: u32, life: u64) -> i64 {
    let mut random = Rng::with_seed(seed << 16 ^ u64::from(process) << 8 ^ life ^ 0xc10c_0000_0000);
    match random.u8(..8) {
        0 | 1 => 0,
        2 | 3 => MOST,
        4 | 5 => -MOST,
        _ => random.i64(-MOST..=MOST),
    }
}

impl Clocks {
    /// The clocks of a seed, by this libfaketime. Without it all are right.
    #[must_use]
    pub fn new(library: Option<&Path>, seed: u64) -> Self {
        Self(Arc::new(Shared {
            library: library.map(Path::to_owned),
            seed,
            lives: Mutex::default(),
            chosen: Mutex::default(),
        }))
    }

    /// The clock of the next life of a process.
    #[must_use]
    pub fn next(&self, process: u32) -> Clock {
        let Shared { library, seed, .. } = &*self.0;
        let life = {
            let mut lives = self.0.lives.lock();
            let life = lives.entry(process).or_default();
            *life += 1;
            *life
        };
        let ahead = match library {
            Some(_) => ahead(*seed, process, life),
            None => 0,
        };
        *self.0.chosen.lock().entry(ahead).or_default() += 1;
        Clock {
            ahead,
            library: library.clone().filter(|_| ahead != 0),
            process: None,
        }
    }

    /// The number of processes that were started with each clock, by the seconds that it is ahead.
    #[must_use]
    pub fn chosen(&self) -> BTreeMap<i64, u64> {
        self.0.chosen.lock().clone()
    }
}

impl Clock {
    /// The seconds by which it is ahead.
    #[must_use]
    pub fn ahead(&self) -> i64 {
        self.ahead
    }

    /// The variables that a process is started with to have it.
    #[must_use]
    pub fn variables(&self) -> Vec<(&'static str, String)> {
        let Some(library) = &self.library else {
            return Vec::new();
        };
        vec![
            ("LD_PRELOAD", library.display().to_string()),
            ("FAKETIME", format!("{:+}", self.ahead)),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
            ("NO_FAKE_STAT", "1".to_owned()),
            // Without an end: it would read the environment while the runtime of Lambda writes to it.
            ("FAKETIME_CACHE_DURATION", "1000000000".to_owned()),
        ]
    }

    /// Notes whose it is.
    pub fn given_to(&mut self, process: Option<u32>) {
        self.process = process;
    }
}

impl Drop for Clock {
    /// libfaketime shares memory with the children of a process, by its id, and a process that is killed leaves it behind.
    fn drop(&mut self) {
        let Some(process) = self.process.filter(|_| self.library.is_some()) else {
            return;
        };
        for name in ["faketime_shm_", "sem.faketime_sem_"] {
            // It is not there if the process has ended by itself.
            let _ = fs::remove_file(format!("/dev/shm/{name}{process}"));
        }
    }
}
