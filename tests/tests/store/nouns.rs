//! The nouns that the suite runs on. Each has a file here with its sample, and a line in [`trials`].

mod movies;
mod pictures;
mod watchlist;

use std::collections::BTreeSet;

use libtest_mimic::Trial;
use service::nouns::NOUNS;

use crate::Suite;

pub(crate) use self::movies::{MovieStore, full_movie, movie, movie_key, movie_of, rank};

pub(crate) fn trials() -> Vec<Trial> {
    let suites = vec![
        Suite::of::<::movies::Movie>(),
        Suite::of::<::watchlist::Entry>(),
        Suite::of::<::pictures::Picture>(),
    ];
    let tested: BTreeSet<_> = suites.iter().map(|suite| suite.noun).collect();
    let every = Trial::test("nouns::each_noun_of_the_service_is_tested", move || {
        let nouns: BTreeSet<_> = NOUNS.iter().map(|noun| noun.many).collect();
        assert_eq!(nouns, tested);
        Ok(())
    });
    let suites = suites.into_iter().flat_map(|suite| suite.trials);
    suites.chain([every]).collect()
}
