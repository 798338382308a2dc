//! Promises 1, 2, 5 and 6: one movie a key, read your writes, versions, partial updates.

use kit::{
    resource::{Change, Entity},
    store::{StoreError, Written},
};
use movies::{Info, Movie, MovieChanges, MovieKey, Name, Rating};
use tokio::task::JoinSet;

use crate::{
    Store,
    sample::{NOW, ada, any, full_movie, key, later, movie, rank},
};

pub(crate) async fn a_movie_that_was_added_is_found(store: Store) {
    let movie = movie(2016, "Godzilla vs. Dynamo");
    assert_eq!(
        store.add(&movie, None).await.unwrap(),
        Written::now(movie.clone())
    );
    assert_eq!(store.get(&movie.key).await.unwrap(), Some(movie));
}

pub(crate) async fn a_movie_that_was_not_added_is_not_found(store: Store) {
    store
        .add(&movie(2016, "Godzilla vs. Dynamo"), None)
        .await
        .unwrap();
    for (year, title) in [
        (2015, "Godzilla vs. Dynamo"),
        (2016, "Godzilla"),
        (2016, "godzilla vs. dynamo"),
    ] {
        assert_eq!(
            store.get(&key(year, title)).await.unwrap(),
            None,
            "{title} ({year})"
        );
    }
}

pub(crate) async fn every_value_round_trips(store: Store) {
    let mut movies = vec![full_movie()];
    for rating in ["0", "0.01", "5", "8.3", "9.99", "10"] {
        let mut rated = movie(1999, &format!("Rated {rating}"));
        rated.fields.rating = Some(Rating::parse(rating).unwrap());
        movies.push(rated);
    }
    for title in [
        "Fast & Furious",
        "50/50",
        "V/H/S/2",
        "+1",
        "🎬",
        "%2F",
        "'\"`\\",
        "千と千尋の神隠し",
        &"é".repeat(255),
    ] {
        movies.push(movie(2009, title));
    }
    let mut told_nothing = movie(1888, "M");
    told_nothing.fields.info = Some(Info::parse("").unwrap());
    movies.push(told_nothing);
    for movie in movies {
        store.add(&movie, None).await.unwrap();
        assert_eq!(store.get(&movie.key).await.unwrap(), Some(movie));
    }
}

pub(crate) async fn adding_an_existing_key_is_refused_and_changes_nothing(store: Store) {
    let first = full_movie();
    store.add(&first, None).await.unwrap();
    let second = Entity::new(first.key.clone(), Movie::default(), ada(), later(1));
    let refused = store.add(&second, None).await;
    assert!(
        matches!(refused, Err(StoreError::AlreadyExists)),
        "{refused:?}"
    );
    assert_eq!(store.get(&first.key).await.unwrap(), Some(first));
}

pub(crate) async fn of_many_writers_adding_one_key_one_succeeds(store: Store) {
    let mut writers = JoinSet::new();
    for writer in 0..16 {
        let store = store.clone();
        writers.spawn(async move { store.add(&written_by(writer), None).await });
    }
    let mut winners = Vec::new();
    for result in writers.join_all().await {
        match result {
            Ok(written) => winners.push(written.value),
            Err(StoreError::AlreadyExists) => {}
            Err(other) => panic!("{other:?}"),
        }
    }
    assert_eq!(winners.len(), 1);
    assert_eq!(
        store.get(&winners[0].key).await.unwrap().as_ref(),
        winners.first()
    );
}

fn written_by(writer: u32) -> Entity<Movie> {
    let mut movie = movie(2016, "Everyone's");
    movie.fields.rank = Some(rank(writer + 1));
    movie
}

pub(crate) async fn an_update_touches_what_it_names(store: Store) {
    let before = full_movie();
    store.add(&before, None).await.unwrap();
    let steps = [
        MovieChanges {
            info: Change::Set(Info::parse("New").unwrap()),
            ..MovieChanges::default()
        },
        MovieChanges {
            info: Change::Remove,
            rating: Change::Remove,
            ..MovieChanges::default()
        },
        MovieChanges {
            directors: Change::Set(vec![Name::parse("Someone").unwrap()]),
            actors: Change::Remove,
            genres: Change::Set(vec![]),
            release_date: Change::Remove,
            running_time_seconds: Change::Set(rank(1)),
            image_url: Change::Remove,
            rank: Change::Set(rank(1_000_000)),
            ..MovieChanges::default()
        },
    ];
    let mut expected = before;
    for (i, changes) in steps.iter().enumerate() {
        let now = later(i64::try_from(i).unwrap() + 1);
        expected = expected.changed(changes, now);
        let written = update(&store, &expected.key, changes, now).await;
        assert_eq!(written, expected, "answer of step {i}");
        assert_eq!(
            store.get(&expected.key).await.unwrap().as_ref(),
            Some(&expected),
            "step {i}"
        );
    }
}

pub(crate) async fn an_update_adds_one_to_the_version_and_keeps_the_moment_of_adding(store: Store) {
    let movie = movie(2016, "Counted");
    store.add(&movie, None).await.unwrap();
    for version in 2_u32..=4 {
        let changes = MovieChanges {
            rank: Change::Set(rank(1)),
            ..MovieChanges::default()
        };
        let now = later(i64::from(version));
        let written = update(&store, &movie.key, &changes, now).await;
        assert_eq!(written.revision.version, u64::from(version));
        assert_eq!(written.revision.created_at, NOW);
        assert_eq!(written.updated_at, now);
        assert_eq!(written.owner, movie.owner);
    }
}

pub(crate) async fn a_deleted_movie_is_gone_and_may_be_added_again(store: Store) {
    let movie = full_movie();
    store.add(&movie, None).await.unwrap();
    let deleted = store
        .delete(&movie.key, &any(), later(1), None)
        .await
        .unwrap();
    assert_eq!(deleted, Written::now(()));
    assert_eq!(store.get(&movie.key).await.unwrap(), None);
    let again = Entity::new(movie.key.clone(), Movie::default(), ada(), later(2));
    store.add(&again, None).await.unwrap();
    assert_eq!(store.get(&movie.key).await.unwrap(), Some(again));
}

async fn update(
    store: &Store,
    key: &MovieKey,
    changes: &MovieChanges,
    now: time::OffsetDateTime,
) -> Entity<Movie> {
    let written = store.update(key, changes, &any(), now, None).await.unwrap();
    assert!(!written.replayed);
    written.value
}
