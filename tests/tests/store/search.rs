//! Promise 13: searches.

use std::collections::BTreeMap;

use kit::{
    resource::{Change, Entity},
    search::{Folded, Search, SearchRequest, Words},
    store::{By, Guard},
};
use libtest_mimic::{Failed, Trial};
use local::store::EmbeddedStore;
use movies::{Movie, MovieChanges, MovieKey, Name, Rating};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use tokio::task::JoinSet;

use crate::{
    block_on,
    nouns::{MovieStore, movie, movie_key, movie_of, rank},
    sample::{ADA, ada, any, bob, later, once},
};

/// Title, year, a director, genres, and a rating in tenths.
type Told<'a> = (&'a str, u32, &'a str, &'a [&'a str], Option<u32>);

const MOVIES: [Told<'_>; 9] = [
    (
        "Amélie",
        2001,
        "Jean-Pierre Jeunet",
        &["Comedy", "Romance"],
        Some(83),
    ),
    ("AMELIA", 2009, "Mira Nair", &["Biography"], Some(58)),
    ("Rush", 2013, "Ron Howard", &["Action", "Drama"], Some(83)),
    ("Apollo 13", 1995, "Ron Howard", &["drama"], Some(76)),
    ("The Thing", 1982, "John Carpenter", &["Horror"], Some(81)),
    (
        "The Thing",
        2011,
        "Matthijs van Heijningen Jr.",
        &["Horror"],
        None,
    ),
    ("The The The", 1990, "The Theodor", &[], None),
    (
        "L'Avventura",
        1960,
        "Michelangelo Antonioni",
        &["Drama", "Mystery"],
        Some(78),
    ),
    (
        "50/50",
        2011,
        "Jonathan Levine",
        &["Comedy", "Drama", "Romance"],
        Some(76),
    ),
];

fn named(names: &[&str]) -> Vec<Name> {
    names
        .iter()
        .map(|name| Name::parse(name).unwrap())
        .collect()
}

fn rated(tenths: u32) -> Rating {
    Rating::parse(&format!("{}.{}", tenths / 10, tenths % 10)).unwrap()
}

fn told((title, year, director, genres, rating): &Told<'_>) -> Entity<Movie> {
    let mut movie = movie(*year, title);
    movie.fields.directors = named(&[director]);
    movie.fields.genres = named(genres);
    movie.fields.rating = rating.map(rated);
    movie
}

async fn fill(store: &MovieStore) -> Vec<Entity<Movie>> {
    let movies: Vec<_> = MOVIES.iter().map(told).collect();
    let mut adding = JoinSet::new();
    for movie in movies.clone() {
        let store = store.clone();
        adding.spawn(async move { store.add(&movie, None).await.unwrap() });
    }
    adding.join_all().await;
    movies
}

fn words(text: &str) -> Search {
    Search::Words(Words::parse(text).unwrap())
}

fn beginning(text: &str) -> Search {
    Search::Sorted {
        filter: None,
        by: "title",
        beginning: Some(Folded::parse(text).unwrap()),
        descending: false,
    }
}

fn sorted(by: &'static str, descending: bool) -> Search {
    Search::Sorted {
        filter: None,
        by,
        beginning: None,
        descending,
    }
}

fn genre(genre: &str, by: &'static str, descending: bool) -> Search {
    Search::Sorted {
        filter: Some(("genre", Folded::parse(genre).unwrap())),
        by,
        beginning: None,
        descending,
    }
}

/// Follows a search from page to page to its end.
async fn found(store: &MovieStore, search: &Search, limit: u8) -> Vec<MovieKey> {
    store.settle().await;
    let mut found = Vec::new();
    let mut request = SearchRequest {
        search: search.clone(),
        owner: None,
        limit,
        after: None,
    };
    loop {
        let page = store.search(&request).await.unwrap();
        assert!(page.items.len() <= usize::from(limit));
        found.extend(page.items.into_iter().map(|movie| movie.key));
        match page.next {
            Some(next) => request.after = Some(next),
            None => return found,
        }
    }
}

/// The titles that a search finds, in pages of several sizes.
async fn titles(store: &MovieStore, search: &Search) -> Vec<String> {
    let all = found(store, search, 100).await;
    for limit in [1, 2, 3] {
        assert_eq!(
            found(store, search, limit).await,
            all,
            "limit {limit}: {search:?}"
        );
    }
    all.into_iter()
        .map(|key| key.title.as_str().to_owned())
        .collect()
}

pub(crate) async fn words_are_found_by_their_beginnings(store: MovieStore) {
    fill(&store).await;
    let cases: [(&str, &[&str]); 14] = [
        ("amel", &["AMELIA", "Amélie"]),
        ("AMÉLIE", &["Amélie"]),
        ("rush", &["Rush"]),
        ("howard", &["Apollo 13", "Rush"]),
        ("ron h", &["Apollo 13", "Rush"]),
        ("how ru", &["Rush"]),
        ("howard thing", &[]),
        ("avventura", &["L'Avventura"]),
        ("l'avv", &["L'Avventura"]),
        ("50", &["50/50"]),
        ("jean pierre", &["Amélie"]),
        // Each movie stands at the least of its words, which is "the".
        ("th", &["The The The", "The Thing", "The Thing"]),
        ("heij", &["The Thing"]),
        ("x", &[]),
    ];
    for (text, expected) in cases {
        assert_eq!(titles(&store, &words(text)).await, expected, "{text}");
    }
}

pub(crate) async fn titles_are_found_by_their_beginning(store: MovieStore) {
    fill(&store).await;
    let cases: [(&str, &[&str]); 6] = [
        ("ame", &["AMELIA", "Amélie"]),
        ("The ", &["The The The", "The Thing", "The Thing"]),
        ("the t", &["The The The", "The Thing", "The Thing"]),
        ("5", &["50/50"]),
        ("l'", &["L'Avventura"]),
        ("howard", &[]),
    ];
    for (text, expected) in cases {
        assert_eq!(titles(&store, &beginning(text)).await, expected, "{text}");
    }
}

pub(crate) async fn an_order_lists_those_that_have_a_value(store: MovieStore) {
    fill(&store).await;
    let rated = [
        "AMELIA",
        "50/50",
        "Apollo 13",
        "L'Avventura",
        "The Thing",
        "Amélie",
        "Rush",
    ];
    assert_eq!(titles(&store, &sorted("rating", false)).await, rated);
    let best_first: Vec<_> = rated.into_iter().rev().collect();
    assert_eq!(titles(&store, &sorted("rating", true)).await, best_first);
    let newest = titles(&store, &sorted("year", true)).await;
    assert_eq!(newest[..3], ["Rush", "The Thing", "50/50"]);
    assert_eq!(newest.len(), MOVIES.len());
    assert!(titles(&store, &sorted("rank", false)).await.is_empty());
    let by_title = titles(&store, &sorted("title", false)).await;
    assert_eq!(by_title[..3], ["50/50", "AMELIA", "Amélie"]);
}

pub(crate) async fn a_genre_lists_its_own_movies(store: MovieStore) {
    fill(&store).await;
    let cases: [(&str, &str, bool, &[&str]); 5] = [
        (
            "DRAMA",
            "title",
            false,
            &["50/50", "Apollo 13", "L'Avventura", "Rush"],
        ),
        (
            "drama",
            "rating",
            true,
            &["Rush", "L'Avventura", "Apollo 13", "50/50"],
        ),
        (
            "Drama",
            "year",
            false,
            &["L'Avventura", "Apollo 13", "50/50", "Rush"],
        ),
        ("horror", "rating", false, &["The Thing"]),
        ("Musical", "title", false, &[]),
    ];
    for (name, by, descending, expected) in cases {
        let search = genre(name, by, descending);
        assert_eq!(titles(&store, &search).await, expected, "{search:?}");
    }
}

pub(crate) async fn an_update_moves_a_movie_in_every_list(store: MovieStore) {
    fill(&store).await;
    let rush = movie_key(2013, "Rush");
    let owner = Guard {
        by: By::Owner(&ADA),
        revisions: None,
    };
    let changes = MovieChanges {
        directors: Change::Set(named(&["Michael Mann"])),
        genres: Change::Set(named(&["Drama", "Sport"])),
        rating: Change::Remove,
        rank: Change::Set(rank(2)),
        ..MovieChanges::default()
    };
    // By the owner, by an editor, and with an idempotency key.
    for (guard, once, n) in [
        (&owner, None, 1),
        (&any(), None, 2),
        (&owner, Some(&once("k", "update")), 3),
    ] {
        store
            .update(&rush, &changes, guard, later(n), once)
            .await
            .unwrap();
        assert_eq!(titles(&store, &words("howard")).await, ["Apollo 13"]);
        assert_eq!(titles(&store, &words("rush mann")).await, ["Rush"]);
        assert!(
            titles(&store, &genre("action", "title", false))
                .await
                .is_empty()
        );
        assert_eq!(
            titles(&store, &genre("sport", "year", false)).await,
            ["Rush"]
        );
        assert_eq!(titles(&store, &sorted("rank", true)).await, ["Rush"]);
        let rated = titles(&store, &sorted("rating", false)).await;
        assert!(!rated.contains(&"Rush".to_owned()));
        let back = MovieChanges::to_movie(&told(&MOVIES[2]));
        store
            .update(&rush, &back, guard, later(n), None)
            .await
            .unwrap();
        assert_eq!(
            titles(&store, &words("howard")).await,
            ["Apollo 13", "Rush"]
        );
        assert!(titles(&store, &words("mann")).await.is_empty());
        assert!(titles(&store, &sorted("rank", false)).await.is_empty());
    }
}

trait ToMovie {
    fn to_movie(movie: &Entity<Movie>) -> Self;
}

impl ToMovie for MovieChanges {
    fn to_movie(movie: &Entity<Movie>) -> Self {
        kit::resource::Changes::to(&movie.fields)
    }
}

pub(crate) async fn a_write_that_moves_nothing_leaves_the_lists(store: MovieStore) {
    fill(&store).await;
    let thing = movie_key(1982, "The Thing");
    let changes = MovieChanges {
        info: Change::Set(movies::Info::parse("In the ice.").unwrap()),
        ..MovieChanges::default()
    };
    let before = titles(&store, &words("the")).await;
    store
        .update(&thing, &changes, &any(), later(1), None)
        .await
        .unwrap();
    store.disown(&thing, &ada(), later(2)).await.unwrap();
    let again = store.add(&told(&MOVIES[4]), None).await;
    again.unwrap_err();
    assert_eq!(titles(&store, &words("the")).await, before);
    let request = SearchRequest {
        search: words("carpenter"),
        owner: None,
        limit: 1,
        after: None,
    };
    let page = store.search(&request).await.unwrap();
    let [found] = &page.items[..] else {
        panic!("{page:?}")
    };
    // As it is now, not as it was when it was put into the lists.
    assert_eq!((found.revision.version, &found.owner), (3, &None));
    assert!(found.fields.info.is_some());
}

pub(crate) async fn what_is_deleted_is_found_no_more(store: MovieStore) {
    fill(&store).await;
    let of_bob = movie_of(&bob(), 1999, "Rushmore");
    store.add(&of_bob, None).await.unwrap();
    let owner = Guard {
        by: By::Owner(&ADA),
        revisions: None,
    };
    assert_eq!(titles(&store, &words("rush")).await, ["Rush", "Rushmore"]);
    store.delete_owned(&of_bob.key, &ada()).await.unwrap();
    assert_eq!(titles(&store, &words("rush")).await, ["Rush", "Rushmore"]);
    store.delete_owned(&of_bob.key, &bob()).await.unwrap();
    store.delete_owned(&of_bob.key, &bob()).await.unwrap();
    store
        .delete(&movie_key(2013, "Rush"), &owner, later(1), None)
        .await
        .unwrap();
    assert!(titles(&store, &words("rush")).await.is_empty());
    store
        .delete(&movie_key(1995, "Apollo 13"), &any(), later(1), None)
        .await
        .unwrap();
    let k = once("k", "delete");
    store
        .delete(&movie_key(1960, "L'Avventura"), &owner, later(1), Some(&k))
        .await
        .unwrap();
    let again = store
        .delete(&movie_key(1960, "L'Avventura"), &owner, later(1), Some(&k))
        .await;
    assert!(again.unwrap().replayed);
    assert_eq!(
        titles(&store, &genre("drama", "title", false)).await,
        ["50/50"]
    );
    assert_eq!(
        titles(&store, &sorted("title", false)).await.len(),
        MOVIES.len() - 3
    );
}

pub(crate) async fn a_cursor_of_a_search_stays_good_when_its_movie_is_deleted(store: MovieStore) {
    fill(&store).await;
    let mut request = SearchRequest {
        search: sorted("rating", true),
        owner: None,
        limit: 3,
        after: None,
    };
    store.settle().await;
    let first = store.search(&request).await.unwrap();
    assert_eq!(first.items.len(), 3);
    request.after = first.next;
    let before = store.search(&request).await.unwrap();
    store
        .delete(&first.items[2].key, &any(), later(1), None)
        .await
        .unwrap();
    assert_eq!(store.search(&request).await.unwrap(), before);
    store.settle().await;
    assert_eq!(store.search(&request).await.unwrap(), before);
}

pub(crate) async fn a_page_of_several_words_looks_at_a_bounded_number(store: MovieStore) {
    for n in 0..205 {
        store
            .add(&movie(2000 + n % 50, &format!("Common {n:03}")), None)
            .await
            .unwrap();
    }
    let mut request = SearchRequest {
        search: words("common 204"),
        owner: None,
        limit: 5,
        after: None,
    };
    store.settle().await;
    let page = store.search(&request).await.unwrap();
    assert!(page.items.is_empty(), "{page:?}");
    request.after = Some(page.next.unwrap());
    let page = store.search(&request).await.unwrap();
    assert_eq!((page.items.len(), page.next), (1, None));
}

pub(crate) async fn long_texts_are_found(store: MovieStore) {
    let title = "é".repeat(255);
    let longest = "\u{1f3ac}".repeat(250) + " Tail";
    for (year, title) in [(2000, &title), (2001, &title), (2000, &longest)] {
        store.add(&movie(year, title), None).await.unwrap();
    }
    assert_eq!(found(&store, &words(&title), 1).await.len(), 2);
    assert_eq!(found(&store, &words("tail"), 1).await.len(), 1);
    assert_eq!(
        found(&store, &beginning(&longest[..1_000]), 1).await.len(),
        1
    );
    let other = longest[..1_000].to_owned() + "x";
    assert_eq!(found(&store, &beginning(&other), 1).await.len(), 0);
    assert_eq!(found(&store, &sorted("title", true), 1).await.len(), 3);
}

/// A movie of the model: title, year, actors, genres, rating.
type Drawn = (usize, u32, Vec<usize>, Vec<usize>, Option<u32>);

const WORDS: [&str; 6] = ["Man", "Mann", "Élan", "elan", "The", "Zoo"];
const FOLDED: [&str; 6] = ["man", "mann", "elan", "elan", "the", "zoo"];

fn drawn() -> impl Strategy<Value = Drawn> {
    let some = || prop::collection::vec(0..WORDS.len(), 0..3);
    (
        0..WORDS.len(),
        2000..2003_u32,
        some(),
        some(),
        prop::option::of(0..3_u32),
    )
}

fn entity((title, year, actors, genres, rating): &Drawn) -> Entity<Movie> {
    let mut movie = movie(*year, WORDS[*title]);
    let names = |all: &[usize]| named(&all.iter().map(|at| WORDS[*at]).collect::<Vec<_>>());
    movie.fields.actors = names(actors);
    movie.fields.genres = names(genres);
    movie.fields.rating = rating.map(rated);
    movie
}

/// Everything that the lists say of these movies, worked out from the movies alone.
fn expected(movies: &BTreeMap<MovieKey, Drawn>) -> Vec<(Search, Vec<MovieKey>)> {
    let listed = |search: Search, place: &dyn Fn(&Drawn) -> Option<String>| {
        let places = movies.iter().filter_map(|(key, drawn)| {
            let order = (place(drawn)?, key.title.as_str(), key.year, key.clone());
            Some(order)
        });
        let mut places: Vec<_> = places.collect();
        places.sort();
        if let Search::Sorted {
            descending: true, ..
        } = search
        {
            places.reverse();
        }
        (search, places.into_iter().map(|(.., key)| key).collect())
    };
    let rating = |drawn: &Drawn| drawn.4.map(|rating| format!("{rating:04}"));
    let mut all = vec![
        listed(sorted("rating", false), &rating),
        listed(sorted("rating", true), &rating),
        listed(sorted("title", false), &|drawn| {
            Some(FOLDED[drawn.0].to_owned())
        }),
        listed(sorted("year", true), &|drawn| Some(drawn.1.to_string())),
    ];
    for word in ["m", "man", "mann", "ela", "the"] {
        let of = |drawn: &Drawn| -> Vec<&str> {
            let words = [drawn.0].into_iter().chain(drawn.2.iter().copied());
            words.map(|at| FOLDED[at]).collect()
        };
        let least = |drawn: &Drawn, beginning: &str| {
            let words = of(drawn).into_iter();
            words
                .filter(|word| word.starts_with(beginning))
                .min()
                .map(str::to_owned)
        };
        all.push(listed(words(word), &|drawn| least(drawn, word)));
        // "the" is the longer word, or the first of two as long.
        let both = format!("the {word}");
        if word.len() <= 3 {
            all.push(listed(words(&both), &|drawn| {
                least(drawn, word).and_then(|_| least(drawn, "the"))
            }));
        }
        all.push(listed(beginning(word), &|drawn| {
            Some(FOLDED[drawn.0].to_owned()).filter(|title| title.starts_with(word))
        }));
        all.push(listed(genre(word, "year", false), &|drawn| {
            let mut genres = drawn.3.iter();
            genres
                .any(|at| FOLDED[*at] == word)
                .then(|| drawn.1.to_string())
        }));
    }
    all
}

async fn agrees_with_the_model(work: &[(bool, Drawn)]) -> Result<(), TestCaseError> {
    let store = MovieStore::from(EmbeddedStore::in_memory().unwrap());
    let mut model = BTreeMap::new();
    for (deletes, drawn) in work {
        let movie = entity(drawn);
        if *deletes {
            let _ = store.delete(&movie.key, &any(), later(1), None).await;
            model.remove(&movie.key);
            continue;
        }
        if store.add(&movie, None).await.is_err() {
            let changes = MovieChanges::to_movie(&movie);
            store
                .update(&movie.key, &changes, &any(), later(1), None)
                .await
                .unwrap();
        }
        model.insert(movie.key, drawn.clone());
    }
    for (search, expected) in expected(&model) {
        for limit in [1, 2, 100] {
            prop_assert_eq!(
                &found(&store, &search, limit).await,
                &expected,
                "{:?}",
                search
            );
        }
    }
    Ok(())
}

pub(crate) fn trials() -> Vec<Trial> {
    vec![Trial::test("search::the_lists_agree_with_a_model", || {
        TestRunner::new(Config {
            cases: 60,
            failure_persistence: None,
            ..Config::default()
        })
        .run(
            &prop::collection::vec((any_bool(), drawn()), 0..30),
            |work| block_on(agrees_with_the_model(&work)),
        )
        .map_err(|error| Failed::from(error.to_string()))
    })]
}

/// One write in four deletes.
fn any_bool() -> impl Strategy<Value = bool> {
    prop::bool::weighted(0.25)
}
