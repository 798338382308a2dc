//! Compares the times of pages in a small and in a large store. The number of resources should not matter.
//!
//! A page of a listing is also one of the feed's snapshot: both are the same call of the store. A poll is measured with the newest
//! changes, which is what apps ask for. A catch-up with older changes is printed without a goal: it reads 100 resources that nobody
//! has read lately, and a tree of 1,000,000 is deeper, and does not fit a processor's cache.

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use kit::{
    changes::{Changes, ChangesRequest, Head, Position},
    clock::{Clock as _, SystemClock},
    page::{DEFAULT_LIMIT, Filter, MAX_LIMIT, Page, PageRequest, read_cursor, write_cursor},
    resource::Entity,
    store::{Guard, Store as _},
};
use local::store::EmbeddedStore;
use programs::checkout::cache;
use time::OffsetDateTime;
use tokio::task::JoinSet;

use super::{
    figures::{Times, add, grouped, median, micros, progress, times},
    noun::{self, Fields},
};

/// The maximum ratio of the medians.
const GOAL: f64 = 1.2;

/// The number of concurrent writes while the store is filled.
const WRITERS: usize = 512;

/// What is measured.
#[derive(Debug, Clone, Copy)]
enum Call {
    Page,
    EmptyPoll,
    Poll,
    CatchUp,
}

impl Call {
    const ALL: [Self; 4] = [Self::Page, Self::EmptyPoll, Self::Poll, Self::CatchUp];

    const fn name(self) -> &'static str {
        match self {
            Self::Page => "page of a listing or a snapshot",
            Self::EmptyPoll => "poll without changes",
            Self::Poll => "poll with the newest 100 changes",
            Self::CatchUp => "100 changes of any time (no goal)",
        }
    }

    const fn has_goal(self) -> bool {
        !matches!(self, Self::CatchUp)
    }
}

/// A store that is full, and the times of its calls.
struct Measured {
    size: u64,
    store: Arc<EmbeddedStore>,
    /// The end of its log.
    head: Head,
    /// In the order of [`Call::ALL`].
    times: [Times; 4],
}

/// Returns true if the goal is met.
pub(super) async fn run(quick: bool) -> anyhow::Result<bool> {
    let (sizes, turns) = if quick {
        ([200, 2_000], 20)
    } else {
        ([1_000, 1_000_000], 1_000)
    };
    // In the checkout's cache, which is on a real disk: the system's temporary folder may be in memory.
    std::fs::create_dir_all(cache("bench"))?;
    let folder = tempfile::tempdir_in(cache("bench"))?;
    let mut measured = Vec::new();
    for size in sizes {
        let store = filled(&folder.path().join(format!("{size}.redb")), size).await?;
        walk(&store).await?;
        update_some(&store, size).await?;
        let now = SystemClock.now();
        let head = kit::store::Store::<Fields>::head(&*store, None, now).await?;
        let times = [times()?, times()?, times()?, times()?];
        measured.push(Measured {
            size,
            store,
            head,
            times,
        });
    }

    let mut random = fastrand::Rng::with_seed(20_160_801);
    let bar = progress(turns, "reading pages");
    // In turns, so that other load on the machine affects both stores alike. The first tenth is the warm-up.
    for turn in 0..turns + turns / 10 {
        for one in &mut measured {
            if turn == turns / 10 {
                one.times.iter_mut().for_each(Times::reset);
            }
            for (at, call) in Call::ALL.into_iter().enumerate() {
                let took = one.call(call, &mut random).await?;
                add(&mut one.times[at], took)?;
            }
        }
        bar.inc(1);
    }
    bar.finish_and_clear();

    let [few, many] = [&measured[0], &measured[1]];
    println!(
        "\nMedians of {} calls of the embedded store, in microseconds",
        grouped(turns)
    );
    let (small, large) = (grouped(few.size), grouped(many.size));
    println!("{:34} {small:>10} {large:>10} {:>6}", "resources", "ratio");
    let mut met = true;
    for (at, call) in Call::ALL.into_iter().enumerate() {
        let [few, many] = [few, many].map(|one| median(&one.times[at]));
        ensure!(!few.is_zero(), "the clock is too coarse");
        let ratio = many.as_secs_f64() / few.as_secs_f64();
        println!(
            "{:34} {:>10} {:>10} {ratio:>6.2}",
            call.name(),
            micros(few),
            micros(many)
        );
        met &= !call.has_goal() || ratio <= GOAL;
    }
    let verdict = if met { "met" } else { "MISSED" };
    println!("the goal is at most {GOAL}: {verdict}");
    Ok(met)
}

impl Measured {
    async fn call(&self, call: Call, random: &mut fastrand::Rng) -> anyhow::Result<Duration> {
        let most = u64::from(MAX_LIMIT);
        // The newest changes are the last rows of the log.
        let newest = self.head.last + 1 - most;
        let from = |row| Position { row, taken: 0 };
        match call {
            Call::Page => self.page(random).await,
            Call::EmptyPoll => self.changes(self.head.end(), 0).await,
            Call::Poll => self.changes(from(newest), most).await,
            Call::CatchUp => {
                let row = random.u64(1..=newest - most);
                self.changes(from(row), most).await
            }
        }
    }

    /// Measures one page after a random cursor. A cursor with less than a page after it is replaced.
    async fn page(&self, random: &mut fastrand::Rng) -> anyhow::Result<Duration> {
        loop {
            let last = random.u64(0..self.size);
            let last = noun::entity(last, OffsetDateTime::UNIX_EPOCH)?.key;
            let cursor = write_cursor::<Fields>(&Filter::All, &last);
            let begun = Instant::now();
            let page = PageRequest {
                filter: Filter::All,
                limit: DEFAULT_LIMIT,
                after: Some(read_cursor::<Fields>(&Filter::All, &cursor)?),
            };
            let found: Page<Fields> = self.store.list(&page).await?;
            let took = begun.elapsed();
            if found.items.len() == usize::from(DEFAULT_LIMIT) {
                return Ok(took);
            }
            ensure!(found.next.is_none(), "a page is too short");
        }
    }

    /// Measures one page of changes from a position, which has so many.
    async fn changes(&self, from: Position, wanted: u64) -> anyhow::Result<Duration> {
        let begun = Instant::now();
        let request = ChangesRequest {
            owner: None,
            epoch: self.head.epoch.clone(),
            from,
            limit: MAX_LIMIT,
        };
        let found: Changes<Fields> = self.store.changes(&request).await?;
        let took = begun.elapsed();
        let count = u64::try_from(found.items.len())?;
        ensure!(count == wanted, "{count} changes in place of {wanted}");
        Ok(took)
    }
}

/// Creates a store with this number of resources.
async fn filled(path: &Path, size: u64) -> anyhow::Result<Arc<EmbeddedStore>> {
    let store = EmbeddedStore::open(path).context("the store does not open")?;
    let store = Arc::new(store);
    let bar = progress(size, &format!("adding {} resources", grouped(size)));
    let now = SystemClock.now();
    let mut writes = JoinSet::new();
    for number in 0..size {
        if writes.len() >= WRITERS
            && let Some(written) = writes.join_next().await
        {
            written??;
        }
        let store = Arc::clone(&store);
        let entity = noun::entity(number, now)?;
        writes.spawn(async move { store.add(&entity, None).await.map(drop) });
        bar.inc(1);
    }
    while let Some(written) = writes.join_next().await {
        written??;
    }
    bar.finish_and_clear();
    Ok(store)
}

/// Lists all resources once, as the first app that syncs does. Before, the cache has what was written last, which is the index.
async fn walk(store: &EmbeddedStore) -> anyhow::Result<()> {
    let mut page = PageRequest {
        filter: Filter::All,
        limit: MAX_LIMIT,
        after: None,
    };
    loop {
        let found: Page<Fields> = store.list(&page).await?;
        page.after = found.next;
        if page.after.is_none() {
            return Ok(());
        }
    }
}

/// Updates 100 resources, from all over the store.
async fn update_some(store: &EmbeddedStore, size: u64) -> anyhow::Result<()> {
    let now = SystemClock.now();
    let update = noun::update()?;
    let most = u64::from(MAX_LIMIT);
    for one in 0..most {
        let Entity { key, owner, .. } = noun::entity(one * (size / most), now)?;
        let owner = owner.context("a new resource has an owner")?;
        let guard = Guard::of_owner(&owner);
        kit::store::Store::<Fields>::update(store, &key, &update, &guard, now, None).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
