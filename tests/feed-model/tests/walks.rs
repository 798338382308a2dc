//! Takes walks through the large size: no property fails, and each planted bug is seen.

use clap::ValueEnum as _;
use feed_model::{
    feed::{Bug, Feed, Size},
    walk::{WALKS, walk},
};

#[test]
fn no_walk_finds_anything() {
    let feed = Feed::new(Size::Large, None);
    for seed in 0..WALKS {
        let found = walk(&feed, seed).err();
        assert!(
            found.is_none(),
            "cargo run -p feed-model -- --seed {seed}: {found:#?}"
        );
    }
}

#[test]
fn some_walk_sees_each_planted_bug() {
    for bug in Bug::value_variants() {
        let feed = Feed::new(Size::Large, Some(*bug));
        let seen = (0..WALKS).any(|seed| walk(&feed, seed).is_err());
        assert!(seen, "{bug:?}");
    }
}
