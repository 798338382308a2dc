//! Promise 8: pages.

use std::collections::{BTreeMap, BTreeSet};

use kit::value::LinePrefix;
use kit::{
    page::{Filter, PageRequest},
    resource::Entity,
};
use movies::{Movie, MovieKey, Year};
use tokio::task::JoinSet;

use crate::{
    Store,
    sample::{any, later, movie},
};

const YEARS: std::ops::RangeInclusive<i64> = 1990..=1999;

/// Titles whose order by bytes is not the order of the alphabet.
const TITLES: [&str; 15] = [
    "+1",
    "50/50",
    "A",
    "AB",
    "B",
    "The",
    "The ",
    "The Matrix",
    "Then",
    "Zorro",
    "a",
    "z",
    "É",
    "é",
    "🎬",
];

async fn fill(store: &Store) -> Vec<Entity<Movie>> {
    // "The " is trimmed to "The", so it is left out here.
    let titles = TITLES.iter().filter(|title| title.trim() == **title);
    let movies: Vec<Entity<Movie>> = YEARS
        .flat_map(|year| titles.clone().map(move |title| movie(year, title)))
        .collect();
    let mut adding = JoinSet::new();
    for movie in movies.clone() {
        let store = store.clone();
        adding.spawn(async move { store.add(&movie, None).await.unwrap() });
    }
    adding.join_all().await;
    movies
}

/// Follows a listing from page to page to its end.
async fn list(store: &Store, filter: Filter<MovieKey>, limit: u8) -> Vec<MovieKey> {
    let mut found = Vec::new();
    let mut page = PageRequest {
        filter,
        limit,
        after: None,
    };
    loop {
        let answer = store.list(&page).await.unwrap();
        assert!(answer.items.len() <= usize::from(limit));
        found.extend(answer.items.into_iter().map(|movie| movie.key));
        match answer.next {
            Some(next) => page.after = Some(next),
            None => return found,
        }
    }
}

fn year(number: i64) -> Year {
    Year::parse(number).unwrap()
}

pub(crate) async fn a_listing_yields_every_movie_once_in_the_order_of_titles(store: Store) {
    let movies = fill(&store).await;
    for limit in [1, 7, 50, 100] {
        let found = list(&store, Filter::All, limit).await;
        assert_eq!(found.len(), movies.len(), "limit {limit}");
        let distinct: BTreeSet<_> = found.iter().collect();
        assert_eq!(
            distinct,
            movies.iter().map(|movie| &movie.key).collect(),
            "limit {limit}"
        );

        let mut by_year: BTreeMap<Year, Vec<&str>> = BTreeMap::new();
        for key in &found {
            by_year
                .entry(key.year)
                .or_default()
                .push(key.title.as_str());
        }
        for (year, titles) in by_year {
            assert!(titles.is_sorted(), "limit {limit}, {year}: {titles:?}");
        }
    }
}

pub(crate) async fn a_year_lists_its_own_movies(store: Store) {
    let movies = fill(&store).await;
    for limit in [3, 100] {
        let found = list(&store, Filter::Partition(year(1995)), limit).await;
        let mut expected: Vec<_> = movies
            .iter()
            .map(|movie| movie.key.clone())
            .filter(|key| key.year == year(1995))
            .collect();
        expected.sort();
        assert_eq!(found, expected, "limit {limit}");
    }
    assert_eq!(list(&store, Filter::Partition(year(2100)), 100).await, []);
}

pub(crate) async fn a_prefix_lists_the_titles_that_begin_so(store: Store) {
    fill(&store).await;
    let cases: [(&str, &[&str]); 8] = [
        ("The", &["The", "The Matrix", "Then"]),
        ("The ", &["The Matrix"]),
        ("A", &["A", "AB"]),
        ("5", &["50/50"]),
        ("+", &["+1"]),
        ("É", &["É"]),
        ("🎬", &["🎬"]),
        ("Nothing", &[]),
    ];
    for (prefix, expected) in cases {
        for limit in [1, 100] {
            let filter = Filter::Prefix(year(1999), LinePrefix::parse(prefix).unwrap());
            let found = list(&store, filter, limit).await;
            let titles: Vec<_> = found.iter().map(|key| key.title.as_str()).collect();
            assert_eq!(titles, expected, "{prefix:?}, limit {limit}");
            assert!(found.iter().all(|key| key.year == year(1999)));
        }
    }
}

pub(crate) async fn a_page_never_exceeds_its_limit(store: Store) {
    fill(&store).await;
    for limit in [1, 2, 99, 100] {
        let page = PageRequest {
            filter: Filter::All,
            limit,
            after: None,
        };
        let answer = store.list(&page).await.unwrap();
        assert_eq!(answer.items.len(), usize::from(limit));
        assert!(answer.next.is_some());
    }
}

pub(crate) async fn an_empty_listing_ends(store: Store) {
    assert_eq!(list(&store, Filter::All, 10).await, []);
    assert_eq!(list(&store, Filter::Partition(year(1999)), 10).await, []);
}

pub(crate) async fn a_cursor_stays_good_when_its_movie_is_deleted(store: Store) {
    fill(&store).await;
    for filter in [Filter::All, Filter::Partition(year(1990))] {
        let first = PageRequest {
            filter: filter.clone(),
            limit: 5,
            after: None,
        };
        let answer = store.list(&first).await.unwrap();
        let cursor = answer.next.unwrap();
        let rest = PageRequest {
            filter,
            limit: 5,
            after: Some(cursor.clone()),
        };
        let before = store.list(&rest).await.unwrap();
        store.delete(&cursor, &any(), later(1), None).await.unwrap();
        assert_eq!(store.list(&rest).await.unwrap(), before);
    }
}
