//! Compares the times of answers of two local servers, as an app sees them: one has few resources, the other many. Their number
//! should not matter.
//!
//! A poll is measured with the newest changes, which is what apps ask for. A catch-up with older ones is printed without a goal: it
//! reads 100 resources that nobody has read lately, and a tree of 1,000,000 is deeper, and does not fit a processor's cache.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use ::tests::server::TestServer;
use anyhow::{Context as _, ensure};
use kit::{
    changes::{self, Cursor, Head, Phase, Position},
    clock::{Clock as _, SystemClock},
    page::{DEFAULT_LIMIT, Filter, MAX_LIMIT, Page, PageRequest, write_cursor},
    store::{Guard, Store},
    user::UserId,
};
use local::server::{Data, Options, Stage};
use programs::checkout::cache;
use serde_json::Value;
use time::OffsetDateTime;
use tokio::task::JoinSet;
use url::Url;

use super::{
    figures::{Times, add, grouped, median, micros, progress, times},
    load::{self, Connection, Target},
    noun::{self, Fields, LIST},
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

/// A server whose store is full, and the times of its answers.
struct Measured {
    size: u64,
    server: TestServer,
    /// There once [`connect`](Self::connect) was called.
    connection: Option<(Connection, Target)>,
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
        let data = Data::Folder(folder.path().join(size.to_string()));
        measured.push(Measured::start(size, data).await?);
    }
    // Not before all are full: a server closes a connection that is idle for long, and tokens expire.
    for one in &mut measured {
        one.connect().await?;
    }

    let mut random = fastrand::Rng::with_seed(20_160_801);
    let bar = progress(turns, "sending requests");
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
        "\nMedians of {} answers over HTTP, in microseconds",
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
    async fn start(size: u64, data: Data) -> anyhow::Result<Self> {
        let server = TestServer::start_as(Options {
            data,
            ..Options::default()
        })
        .await;
        let store = noun::store(&server.stores());
        fill(&store, size).await?;
        walk(&*store).await?;
        update_some(&*store, size).await?;
        Ok(Self {
            size,
            head: store.head(None, SystemClock.now()).await?,
            connection: None,
            times: [times()?, times()?, times()?, times()?],
            server,
        })
    }

    async fn connect(&mut self) -> anyhow::Result<()> {
        let stage = Url::parse(&self.server.base(Stage::Development))?;
        let target = Target::new(&stage, self.server.user(noun::OWNER).token())?;
        self.connection = Some((load::connect(&target.host).await?, target));
        Ok(())
    }

    async fn call(&mut self, call: Call, random: &mut fastrand::Rng) -> anyhow::Result<Duration> {
        let most = u64::from(MAX_LIMIT);
        // The newest changes are the last rows of the log.
        let newest = self.head.last + 1 - most;
        match call {
            Call::Page => self.page(random).await,
            Call::EmptyPoll => self.changes(self.head.last + 1, 0).await,
            Call::Poll => self.changes(newest, most).await,
            Call::CatchUp => self.changes(random.u64(1..=newest - most), most).await,
        }
    }

    /// Measures one page after a random cursor. A cursor with less than a page after it is replaced.
    async fn page(&mut self, random: &mut fastrand::Rng) -> anyhow::Result<Duration> {
        loop {
            let last = random.u64(0..self.size);
            let last = noun::entity(last, OffsetDateTime::UNIX_EPOCH)?.key;
            let cursor = write_cursor::<Fields>(&Filter::All, &last);
            let path = format!("{LIST}?cursor={cursor}");
            let (found, took) = self.get(&path).await?;
            if found == u64::from(DEFAULT_LIMIT) {
                return Ok(took);
            }
        }
    }

    /// Measures one page of changes from a row, which has so many.
    async fn changes(&mut self, row: u64, wanted: u64) -> anyhow::Result<Duration> {
        let position = Position { row, taken: 0 };
        let cursor = Cursor::<Fields> {
            epoch: self.head.epoch.clone(),
            phase: Phase::Changes(position),
        };
        let since = changes::write_cursor(None, &cursor, SystemClock.now());
        let path = format!("{LIST}/changes?since={since}");
        let (found, took) = self.get(&path).await?;
        ensure!(found == wanted, "{found} changes in place of {wanted}");
        Ok(took)
    }

    /// The number of items of an answer, and the time that it took.
    async fn get(&mut self, path: &str) -> anyhow::Result<(u64, Duration)> {
        let (connection, target) = self.connection.as_mut().context("not connected")?;
        target.path_and_query = format!("/{}{path}", Stage::Development.name());
        let begun = Instant::now();
        let body = load::get(connection, target).await?;
        let took = begun.elapsed();
        let page: Value = serde_json::from_slice(&body)?;
        let items = page["items"].as_array().context("a page has items")?;
        Ok((u64::try_from(items.len())?, took))
    }
}

/// Adds this number of resources.
async fn fill(store: &Arc<dyn Store<Fields>>, size: u64) -> anyhow::Result<()> {
    let bar = progress(size, &format!("adding {} resources", grouped(size)));
    let now = SystemClock.now();
    let mut writes = JoinSet::new();
    for number in 0..size {
        if writes.len() >= WRITERS
            && let Some(written) = writes.join_next().await
        {
            written??;
        }
        let store = Arc::clone(store);
        let entity = noun::entity(number, now)?;
        writes.spawn(async move { store.add(&entity, None).await.map(drop) });
        bar.inc(1);
    }
    while let Some(written) = writes.join_next().await {
        written??;
    }
    bar.finish_and_clear();
    Ok(())
}

/// Lists all resources once, as the first app that syncs does. Before, the cache has what was written last, which is the index.
async fn walk(store: &dyn Store<Fields>) -> anyhow::Result<()> {
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
async fn update_some(store: &dyn Store<Fields>, size: u64) -> anyhow::Result<()> {
    let now = SystemClock.now();
    let update = noun::update()?;
    let owner = UserId::new(noun::OWNER);
    let guard = Guard::of_owner(&owner);
    let most = u64::from(MAX_LIMIT);
    for one in 0..most {
        let key = noun::entity(one * (size / most), now)?.key;
        store.update(&key, &update, &guard, now, None).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
