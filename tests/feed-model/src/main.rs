//! Prints what finds each planted bug, or the steps to one.

use clap::{Parser, ValueEnum as _};
use feed_model::{
    feed::{Bug, Feed, Size},
    search::{Finding, shortest},
    walk::{WALKS, walk},
};

/// Without options, a table: what finds each bug, and how many walks do.
#[derive(Parser)]
struct Arguments {
    /// Plant this bug, and print the fewest steps to it.
    #[arg(long)]
    bug: Option<Bug>,
    /// Print the walk with this seed instead.
    #[arg(long)]
    seed: Option<u64>,
}

fn main() {
    match Arguments::parse() {
        Arguments {
            bug,
            seed: Some(seed),
        } => {
            show(walk(&Feed::new(Size::Large, bug), seed).err());
        }
        Arguments { bug: Some(bug), .. } => show(shortest(Feed::that_shows(bug))),
        _ => Bug::value_variants().iter().for_each(|bug| row(*bug)),
    }
}

/// Prints the steps to a finding.
fn show(finding: Option<Finding>) {
    let Some(Finding { property, steps }) = finding else {
        return println!("Every property holds.");
    };
    for step in steps {
        println!("{step:?}");
    }
    println!("does not hold: {property}");
}

/// Prints the row of a bug, as the documentation of the crate has it.
fn row(bug: Bug) {
    let large = Feed::new(Size::Large, Some(bug));
    let seen = (0..WALKS)
        .filter(|seed| walk(&large, *seed).is_err())
        .count();
    if let Some(Finding { property, steps }) = shortest(Feed::that_shows(bug)) {
        let steps = steps.len();
        println!("//! | [`Bug::{bug:?}`] | {property}, {steps} steps | {seen} |");
    }
}
