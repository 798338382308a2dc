//! Compares the times of a page in a small and in a large store. The number of resources should not matter.

use std::{path::Path, sync::Arc, time::Instant};

use anyhow::{Context as _, ensure};
use kit::{
    clock::{Clock as _, SystemClock},
    page::{DEFAULT_LIMIT, Filter, Page, PageRequest, read_cursor, write_cursor},
    store::Store as _,
};
use local::store::EmbeddedStore;
use programs::checkout::cache;
use time::OffsetDateTime;
use tokio::task::JoinSet;

use super::{
    figures::{Times, add, grouped, median, micros, progress, quantile, times},
    noun::{self, Fields},
};

/// The maximum ratio of the medians.
const GOAL: f64 = 1.3;

/// The number of concurrent writes while the store is filled.
const WRITERS: usize = 512;

/// A store that is full, and the times of its pages.
struct Measured {
    size: u64,
    store: Arc<EmbeddedStore>,
    times: Times,
}

/// Returns true if the goal is met.
pub(super) async fn run(quick: bool) -> anyhow::Result<bool> {
    let (sizes, pages) = if quick {
        ([200, 2_000], 20)
    } else {
        ([1_000, 1_000_000], 1_000)
    };
    // In the checkout's cache, which is on a real disk: the system's temporary folder may be in memory.
    std::fs::create_dir_all(cache("bench"))?;
    let folder = tempfile::tempdir_in(cache("bench"))?;
    let mut measured = Vec::new();
    for size in sizes {
        measured.push(Measured {
            size,
            store: filled(&folder.path().join(format!("{size}.redb")), size).await?,
            times: times()?,
        });
    }

    let mut random = fastrand::Rng::with_seed(20_160_801);
    let bar = progress(pages, "listing pages");
    // In turns, so that other load on the machine affects both stores alike. The first tenth is the warm-up.
    for turn in 0..pages + pages / 10 {
        for one in &mut measured {
            if turn == pages / 10 {
                one.times.reset();
            }
            one.full_page(&mut random).await?;
        }
        bar.inc(1);
    }
    bar.finish_and_clear();

    println!(
        "\nA page of {DEFAULT_LIMIT} resources at a random cursor, {} of each, in microseconds",
        grouped(pages),
    );
    println!(
        "{:>12} {:>9} {:>9} {:>9}",
        "resources", "median", "min", "max"
    );
    for Measured { size, times, .. } in &measured {
        println!(
            "{:>12} {:>9} {:>9} {:>9}",
            grouped(*size),
            micros(median(times)),
            micros(quantile(times, 0.0)),
            micros(quantile(times, 1.0)),
        );
    }
    let [few, many] = [0, 1].map(|at| median(&measured[at].times).as_secs_f64());
    ensure!(few > 0.0, "the clock is too coarse");
    let ratio = many / few;
    let verdict = if ratio <= GOAL { "met" } else { "MISSED" };
    println!("ratio of medians: {ratio:.2}; the goal is at most {GOAL}: {verdict}");
    Ok(ratio <= GOAL)
}

impl Measured {
    /// Measures one page after a random cursor. A cursor with less than a page after it is replaced.
    async fn full_page(&mut self, random: &mut fastrand::Rng) -> anyhow::Result<()> {
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
                return add(&mut self.times, took);
            }
            ensure!(found.next.is_none(), "a page is too short");
        }
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

#[cfg(test)]
mod tests;
