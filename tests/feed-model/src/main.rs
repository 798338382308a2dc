//! Prints what finds each planted bug, or one walk.

use clap::{Parser, ValueEnum as _};
use feed_model::{
    feed::{Bug, Feed},
    properties, walk::walk,
};
use stateright::{Checker as _, HasDiscoveries, Model as _};

/// Without options: what finds each bug, in the shortest run of its small size, and how many of 1,000 walks of the large size do.
#[derive(Parser)]
struct Arguments {
    /// Print the walk with this seed.
    #[arg(long)]
    seed: Option<u64>,
    /// With this bug.
    #[arg(long)]
    bug: Option<Bug>,
}

fn main() {
    let Arguments { seed, bug } = Arguments::parse();
    let large = Feed {
        bug,
        ..Feed::large()
    };
    if let Some(seed) = seed {
        return match walk(&large, seed) {
            Ok(()) => println!("Nothing failed."),
            Err(failure) => println!("{failure:#?}"),
        };
    }
    for bug in Bug::value_variants() {
        let checker = Feed::that_shows(*bug).checker();
        let checker = checker.finish_when(HasDiscoveries::AnyFailures).spawn_bfs().join();
        let shortest = checker.discoveries().into_iter();
        let shortest = shortest.filter(|(property, _)| *property != properties::ENDS);
        let shortest = shortest.map(|(property, path)| (path.into_actions().len(), property)).min();
        let (steps, property) = shortest.unwrap_or_default();
        let large = Feed { bug: Some(*bug), ..Feed::large() };
        let seen = (0..1_000).filter(|seed| walk(&large, *seed).is_err()).count();
        println!("| [`{bug:?}`](feed::Bug::{bug:?}) | {property}, {steps} steps | {seen} |");
    }
}
