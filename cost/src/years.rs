//! What a hot year does to the table: a simulation of the movies' table under skewed load, as it is and otherwise.
//!
//! The table's key is `year` and `title`: all movies of a year begin in one partition, which AWS limits. A partition
//! that stays hot is split, between titles if need be. [`layout`] is where the items are, [`traffic`] what is asked for,
//! [`partitions`] what AWS does with it. `docs/cost.md` tells what of that AWS documents and what is assumed.

pub(crate) mod chart;
mod layout;
mod partitions;
mod traffic;

use serde::Serialize;

use self::{
    layout::Layout,
    partitions::{Partitions, Rules},
    traffic::{Call, Traffic},
};
use crate::{
    input::Inputs,
    money::Machine,
    operation::Operation,
    scale,
    text::{columns, number, percent},
    units::Units,
};

/// Requests a second, from the first second on.
const LOADS: [u32; 12] = [
    500, 1_000, 1_500, 2_000, 3_000, 5_000, 7_000, 10_000, 15_000, 20_000, 30_000, 50_000,
];

/// The share of throttled requests below which a load is carried.
const CARRIED: f64 = 0.001;

/// How the table is laid out and read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Design {
    name: &'static str,
    /// Partition keys of a year.
    shards: u32,
    /// Whether listings may be a second behind.
    eventual: bool,
    /// How long an instance keeps the first page of a year, in seconds.
    cache: f64,
}

impl Design {
    fn all(inputs: &Inputs) -> [Self; 5] {
        let years = &inputs.load.years;
        let today = Self {
            name: "today",
            shards: 1,
            eventual: false,
            cache: 0.0,
        };
        [
            today,
            Self {
                name: "eventual lists",
                eventual: true,
                ..today
            },
            Self {
                name: "sharded",
                shards: years.shards,
                ..today
            },
            Self {
                name: "cached page",
                cache: years.cache_seconds,
                ..today
            },
            Self {
                name: "cached, eventual",
                eventual: true,
                cache: years.cache_seconds,
                ..today
            },
        ]
    }

    /// What a page takes of each shard: of one, the page; of several, half as much again as its part, because titles do
    /// not spread evenly.
    fn page(&self, inputs: &Inputs) -> Units {
        let load = &inputs.load;
        let movies = if self.shards == 1 {
            load.page_movies
        } else {
            (load.page_movies * 1.5 / f64::from(self.shards)).ceil()
        };
        let units = Units::read(movies * load.movie_bytes);
        if self.eventual {
            units.eventual()
        } else {
            units
        }
    }
}

/// What became of requests. Each sample stands for as many as `of_a_sample` says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub(crate) struct Count {
    offered: u64,
    served: u64,
    throttled: u64,
}

impl Count {
    fn add(&mut self, served: bool) {
        self.offered += 1;
        if served {
            self.served += 1;
        } else {
            self.throttled += 1;
        }
    }

    /// The share that was throttled.
    #[expect(
        clippy::cast_precision_loss,
        reason = "millions of samples, not more than a float holds"
    )]
    fn throttled(self) -> f64 {
        if self.offered == 0 {
            0.0
        } else {
            self.throttled as f64 / self.offered as f64
        }
    }
}

/// What one load did to one design.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Outcome {
    requests_a_second: u32,
    of_a_sample: f64,
    all: Count,
    /// Until the first split can happen.
    first: Count,
    /// The same time at the end.
    last: Count,
    partitions_at_the_end: usize,
}

/// One design under every load.
#[derive(Debug, Serialize)]
pub(crate) struct Tried {
    design: &'static str,
    /// Units of a first page, all shards together.
    read_units_of_a_page: f64,
    /// The largest load that is carried at once, before anything is split, and in the end.
    carried_at_first: Option<u32>,
    carried_in_the_end: Option<u32>,
    outcomes: Vec<Outcome>,
}

/// What `years` tells.
#[derive(Debug, Serialize)]
pub(crate) struct Found {
    seed: u64,
    burst_seconds: f64,
    seconds: u32,
    split_after_seconds: u32,
    tried: Vec<Tried>,
}

/// Tries every design under every load.
pub(crate) fn simulate(inputs: &Inputs, machine: Machine, seed: u64) -> Found {
    let years = &inputs.load.years;
    let designs = Design::all(inputs);
    // A thread each; what they find does not depend on who is first.
    let tried = std::thread::scope(|scope| {
        let threads = designs
            .map(|design| scope.spawn(move || try_design(inputs, machine, design, seed, &LOADS)));
        threads
            .into_iter()
            .flat_map(std::thread::ScopedJoinHandle::join)
            .collect()
    });
    Found {
        seed,
        burst_seconds: years.burst_seconds,
        seconds: years.seconds,
        split_after_seconds: years.split_after_seconds,
        tried,
    }
}

fn try_design(
    inputs: &Inputs,
    machine: Machine,
    design: Design,
    seed: u64,
    loads: &[u32],
) -> Tried {
    let outcomes: Vec<_> = loads
        .iter()
        .map(|&load| run(inputs, machine, design, seed, load))
        .collect();
    let carried = |of: fn(&Outcome) -> Count| {
        let carried = outcomes
            .iter()
            .take_while(|outcome| of(outcome).throttled() < CARRIED);
        carried.last().map(|outcome| outcome.requests_a_second)
    };
    Tried {
        design: design.name,
        read_units_of_a_page: design.page(inputs).reads * f64::from(design.shards),
        carried_at_first: carried(|outcome| outcome.first),
        carried_in_the_end: carried(|outcome| outcome.last),
        outcomes,
    }
}

/// One design under one load, second by second.
fn run(inputs: &Inputs, machine: Machine, design: Design, seed: u64, load: u32) -> Outcome {
    let years = &inputs.load.years;
    let samples = load.min(years.samples);
    let of_a_sample = f64::from(load) / f64::from(samples);
    let layout = Layout::new(years, inputs.load.page_movies, design.shards, seed);
    let traffic = Traffic::new(inputs, &layout);
    let mut partitions = Partitions::new(&layout, years, Rules::of(inputs));
    let mut random = fastrand::Rng::with_seed(seed);

    let page = design.page(inputs);
    let movie = Operation::Find.of_movies(&inputs.load);
    let added = Operation::AddWithKey.of_movies(&inputs.load);
    // Requests a second that one instance serves.
    let of_instance = 1.0 / scale::running(inputs, machine);

    let mut outcome = Outcome {
        requests_a_second: load,
        of_a_sample,
        all: Count::default(),
        first: Count::default(),
        last: Count::default(),
        partitions_at_the_end: 0,
    };
    for second in 0..years.seconds {
        partitions.begin_second();
        for _ in 0..samples {
            let served = match traffic.draw(&mut random) {
                Call::NoMovie => true,
                Call::Find(item) => partitions.take(&[item], movie, of_a_sample),
                Call::Add(item) => partitions.take(&[item], added, of_a_sample),
                Call::List {
                    items,
                    first_of_year,
                } => {
                    // An instance asks again when a page is too old: once in the time that it keeps it and until it is
                    // asked for next.
                    let asks = first_of_year.map_or(1.0, |share| {
                        1.0 / (1.0 + of_instance * share * design.cache)
                    });
                    if random.f64() < asks {
                        partitions.take(items, page, of_a_sample)
                    } else {
                        true
                    }
                }
            };
            outcome.all.add(served);
            if second < years.split_after_seconds {
                outcome.first.add(served);
            }
            if second >= years.seconds - years.split_after_seconds {
                outcome.last.add(served);
            }
        }
        partitions.end_second();
    }
    outcome.partitions_at_the_end = partitions.len();
    outcome
}

pub(crate) fn text(found: &Found) -> String {
    let mut rows = vec![vec!["requests/s".to_owned()]];
    if let Some(headings) = rows.first_mut() {
        headings.extend(found.tried.iter().map(|tried| tried.design.to_owned()));
    }
    for (i, load) in LOADS.iter().enumerate() {
        let mut cells = vec![number(f64::from(*load), 0)];
        let outcomes = found.tried.iter().filter_map(|tried| tried.outcomes.get(i));
        cells.extend(outcomes.map(shown));
        rows.push(cells);
    }
    let mut across = |what: &str, of: fn(&Tried) -> String| {
        let mut cells = vec![what.to_owned()];
        cells.extend(found.tried.iter().map(of));
        rows.push(cells);
    };
    across("carried at first", |tried| carried(tried.carried_at_first));
    across("in the end", |tried| carried(tried.carried_in_the_end));
    across("units of a page", |tried| {
        number(tried.read_units_of_a_page, 1)
    });
    format!(
        "Share of requests that the table throttles: first {split} seconds > last {split} of {} (partitions at the \
         end).\nSeed {}, burst capacity of {} seconds.\n\n{}",
        number(f64::from(found.seconds), 0),
        found.seed,
        number(found.burst_seconds, 0),
        columns(&[], &rows),
        split = found.split_after_seconds,
    )
}

fn shown(outcome: &Outcome) -> String {
    format!(
        "{} > {} ({})",
        percent(outcome.first.throttled()),
        percent(outcome.last.throttled()),
        outcome.partitions_at_the_end
    )
}

fn carried(load: Option<u32>) -> String {
    load.map_or_else(
        || format!("under {}", number(f64::from(LOADS[0]), 0)),
        |load| number(f64::from(load), 0),
    )
}

#[cfg(test)]
mod tests;
