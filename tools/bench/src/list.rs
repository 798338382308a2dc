//! Compares the times of a page in a small and in a large store. The number of resources should not matter.

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

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
    Setting, Verdict,
    figures::{Summary, grouped, micros, progress},
    noun::{self, Fields},
};

/// The maximum ratio of the medians.
const GOAL: f64 = 1.3;

struct Sizes {
    few: u64,
    many: u64,
    pages: u64,
}

/// The number of concurrent writes while the store is filled.
const WRITERS: usize = 512;

pub(super) async fn run(setting: &Setting) -> anyhow::Result<Verdict> {
    let sizes = if setting.quick {
        Sizes {
            few: 200,
            many: 2_000,
            pages: 20,
        }
    } else {
        Sizes {
            few: 1_000,
            many: 1_000_000,
            pages: 1_000,
        }
    };
    // In the checkout's cache, which is on a real disk: the system's temporary folder may be in memory.
    std::fs::create_dir_all(cache("bench"))?;
    let folder = tempfile::tempdir_in(cache("bench"))?;
    let few = filled(&folder.path().join("few.redb"), sizes.few).await?;
    let many = filled(&folder.path().join("many.redb"), sizes.many).await?;

    let mut random = fastrand::Rng::with_seed(20_160_801);
    let bar = progress(sizes.pages, "listing pages");
    let (mut of_few, mut of_many) = (Vec::new(), Vec::new());
    // In turns, so that other load on the machine affects both stores alike. The first tenth is the warm-up.
    for turn in 0..sizes.pages + sizes.pages / 10 {
        let a = full_page(&few, sizes.few, &mut random).await?;
        let b = full_page(&many, sizes.many, &mut random).await?;
        if turn >= sizes.pages / 10 {
            of_few.push(a);
            of_many.push(b);
            bar.inc(1);
        }
    }
    bar.finish_and_clear();
    drop((few, many));
    report(&sizes, Summary::of(of_few)?, Summary::of(of_many)?)
}

fn report(sizes: &Sizes, few: Summary, many: Summary) -> anyhow::Result<Verdict> {
    println!(
        "\nA page of {} resources at a random cursor, {} of each, in microseconds",
        DEFAULT_LIMIT,
        grouped(sizes.pages),
    );
    println!(
        "{:>12} {:>9} {:>9} {:>9}",
        "resources", "median", "min", "max"
    );
    for (size, summary) in [(sizes.few, few), (sizes.many, many)] {
        println!(
            "{:>12} {:>9} {:>9} {:>9}",
            grouped(size),
            micros(summary.median),
            micros(summary.min),
            micros(summary.max),
        );
    }
    ensure!(!few.median.is_zero(), "the clock is too coarse");
    let ratio = many.median.as_secs_f64() / few.median.as_secs_f64();
    let verdict = if ratio <= GOAL {
        Verdict::Met
    } else {
        Verdict::Missed
    };
    println!("ratio of medians: {ratio:.2}; the goal is at most {GOAL}: {verdict:?}");
    Ok(verdict)
}

/// The time of one page after a random cursor. A cursor with less than a page after it is replaced.
async fn full_page(
    store: &EmbeddedStore,
    size: u64,
    random: &mut fastrand::Rng,
) -> anyhow::Result<Duration> {
    loop {
        let last = noun::entity(random.u64(0..size), OffsetDateTime::UNIX_EPOCH)?.key;
        let cursor = write_cursor::<Fields>(&Filter::All, &last);
        let begun = Instant::now();
        let page = PageRequest {
            filter: Filter::All,
            limit: DEFAULT_LIMIT,
            after: Some(read_cursor::<Fields>(&Filter::All, &cursor)?),
        };
        let found: Page<Fields> = store.list(&page).await?;
        let took = begun.elapsed();
        if found.items.len() == usize::from(DEFAULT_LIMIT) {
            return Ok(took);
        }
        ensure!(found.next.is_none(), "a page is too short");
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
        if writes.len() >= WRITERS {
            finish_one(&mut writes).await?;
            bar.inc(1);
        }
        let store = Arc::clone(&store);
        let entity = noun::entity(number, now)?;
        writes.spawn(async move { store.add(&entity, None).await });
    }
    while !writes.is_empty() {
        finish_one(&mut writes).await?;
    }
    bar.finish_and_clear();
    Ok(store)
}

async fn finish_one<T: 'static>(
    writes: &mut JoinSet<Result<T, kit::store::StoreError>>,
) -> anyhow::Result<()> {
    if let Some(written) = writes.join_next().await {
        written??;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
