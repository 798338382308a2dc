//! Promise 11: what is kept of a user's requests, and that nothing is left of who leaves.

use std::sync::Arc;

use api::{
    idempotency::{KEPT_FOR, Remembered},
    movie::{Change, Changes, UserId},
    store::{Guard, MAX_REMEMBERED, StoreError},
};
use time::Duration;
use tokio::task::JoinSet;

use crate::{
    Store,
    adders::keys_of,
    sample::{NOW, ada, bob, later, movie, movie_of, once, once_of},
};

/// Users of whom none is the other, though one begins with the other, or looks like another's key.
const USERS: [&str; 6] = ["ada", "ad", "adam", "ada#", "ada#k0", "ada\u{10fffd}"];

/// Adds a movie with a key for each of these numbers; gives the keys.
async fn add_with_keys(store: &Store, user: &UserId, numbers: std::ops::Range<u32>) -> Vec<String> {
    let mut keys: Vec<_> = numbers.clone().map(|n| format!("k{n}")).collect();
    let mut adding = JoinSet::new();
    for n in numbers {
        if adding.len() == 16 {
            adding.join_next().await.unwrap().unwrap();
        }
        let (store, user) = (Arc::clone(store), user.clone());
        adding.spawn(async move {
            let movie = movie_of(&user, 2016, &format!("{n} of {}", user.as_str()));
            let once = once_of(&user, &format!("k{n}"), "add");
            let added = store.add(&movie, Some(&once)).await.unwrap();
            assert!(!added.replayed);
        });
    }
    adding.join_all().await;
    keys.sort_unstable();
    keys
}

async fn remembered(store: &Store, user: &UserId) -> Vec<String> {
    let mut keys: Vec<_> = store
        .remembered(user)
        .await
        .unwrap()
        .iter()
        .map(|remembered| remembered.key.as_str().to_owned())
        .collect();
    keys.sort_unstable();
    keys
}

pub(crate) async fn a_user_who_begins_to_leave_is_known_as_such(store: Store) {
    let leaving = |user: UserId, now| {
        let store = Arc::clone(&store);
        async move { store.is_leaving(&user, now).await.unwrap() }
    };
    assert!(!leaving(ada(), NOW).await);
    for _ in 0..2 {
        store.begin_leaving(&ada(), NOW).await.unwrap();
    }
    assert!(leaving(ada(), NOW).await);
    assert!(!leaving(bob(), NOW).await);
    assert!(!leaving(ada(), NOW + KEPT_FOR).await);
    assert_eq!(remembered(&store, &ada()).await, [] as [String; 0]);
    store.forget(&ada()).await.unwrap();
    assert!(!leaving(ada(), NOW).await);
}

pub(crate) async fn remembered_tells_the_callers_own_keys(store: Store) {
    let any = Guard::default();
    for (n, user) in USERS.iter().enumerate() {
        let user = UserId::new(*user);
        let n = u32::try_from(n).unwrap();
        let keys = add_with_keys(&store, &user, n..2 * n).await;
        assert_eq!(remembered(&store, &user).await, keys, "{user:?}");
    }
    let user = UserId::new("eve");
    assert_eq!(store.remembered(&user).await.unwrap(), []);

    let of_eve = movie_of(&user, 2016, "Eve's");
    let (add, delete) = (once_of(&user, "a/#?", "a"), once_of(&user, "d", "d"));
    store.add(&of_eve, Some(&add)).await.unwrap();
    store
        .delete(&of_eve.key, &any, later(1), Some(&delete))
        .await
        .unwrap();
    let failed = once_of(&user, "f", "f");
    let refused = store
        .delete(&of_eve.key, &any, later(1), Some(&failed))
        .await;
    assert!(matches!(refused, Err(StoreError::NotFound)), "{refused:?}");
    // To the second.
    let expires = |seconds| (later(seconds) + KEPT_FOR).replace_nanosecond(0).unwrap();
    let expected =
        [(&add, expires(0)), (&delete, expires(1))].map(|(once, expires_at)| Remembered {
            key: once.key.clone(),
            expires_at,
        });
    assert_eq!(store.remembered(&user).await.unwrap(), expected);
}

pub(crate) async fn forgetting_leaves_the_records_of_others(store: Store) {
    let users = USERS.map(UserId::new);
    for user in &users {
        add_with_keys(&store, user, 0..3).await;
    }
    for (gone, user) in users.iter().enumerate() {
        for _ in 0..2 {
            store.forget(user).await.unwrap();
            for (n, user) in users.iter().enumerate() {
                let kept = if n <= gone { 0 } else { 3 };
                assert_eq!(remembered(&store, user).await.len(), kept, "{user:?}");
            }
        }
    }
    store.forget(&UserId::new("unknown")).await.unwrap();
    for user in &users {
        let movies = keys_of(store.as_ref(), user, 100).await;
        assert_eq!(movies.len(), 3, "the movies stay");
    }
    // The keys are free for other requests.
    let other = store
        .add(&movie(2017, "Other"), Some(&once("k0", "other")))
        .await
        .unwrap();
    assert!(!other.replayed);
}

pub(crate) async fn forgetting_is_complete_and_remembering_is_bounded(store: Store) {
    let user = UserId::new("busy");
    let many = u32::try_from(MAX_REMEMBERED).unwrap() + 3;
    add_with_keys(&store, &user, 0..many).await;
    assert_eq!(remembered(&store, &user).await.len(), MAX_REMEMBERED);
    store.forget(&user).await.unwrap();
    assert_eq!(remembered(&store, &user).await.len(), 0);
}

pub(crate) async fn a_key_used_again_after_forgetting_is_kept_for_its_24_hours(store: Store) {
    let any = Guard::default();
    let movie = movie(2016, "Kept");
    let rank = Changes {
        rank: Change::Set(1),
        ..Changes::default()
    };
    let k = once("k", "update");
    store.add(&movie, Some(&k)).await.unwrap();
    store.forget(&ada()).await.unwrap();
    let again = later(3600);
    store
        .update(&movie.key, &rank, &any, again, Some(&k))
        .await
        .unwrap();
    // The first record would have gone by now; the second has not.
    let mut now = NOW + KEPT_FOR;
    for n in 0..4 {
        now += Duration::seconds(1);
        let other = once(&format!("o{n}"), "update");
        store
            .update(&movie.key, &rank, &any, now, Some(&other))
            .await
            .unwrap();
    }
    let replay = store
        .update(&movie.key, &rank, &any, now, Some(&k))
        .await
        .unwrap();
    assert!(replay.replayed);
}

pub(crate) async fn what_another_recorded_of_the_users_movie_stays_with_the_other(store: Store) {
    let any = Guard::default();
    let movie = movie(2016, "Edited");
    store.add(&movie, Some(&once("k", "a"))).await.unwrap();
    let edit = once_of(&bob(), "k", "update");
    let edited = store
        .update(&movie.key, &Changes::default(), &any, later(1), Some(&edit))
        .await
        .unwrap();
    store.disown(&movie.key, &ada(), later(2)).await.unwrap();
    store.forget(&ada()).await.unwrap();
    let again = store
        .update(&movie.key, &Changes::default(), &any, later(3), Some(&edit))
        .await
        .unwrap();
    assert!(again.replayed);
    assert_eq!(again.value, edited.value, "the result as it was");
    assert_eq!(remembered(&store, &bob()).await, ["k"]);
}

/// The name of the test that [`ada_leaves`] and [`mentions_bob_and_not_ada`] are.
pub(crate) const SEARCHED: &str = "who_has_left_is_mentioned_nowhere";

/// Who leaves; nothing else is called so.
const LEAVER: &str = "5b1f-the-one-who-leaves-9a";

pub(crate) async fn ada_leaves(store: Store) {
    let (ada, bob) = (UserId::new(LEAVER), bob());
    let any = Guard::default();
    for user in [&ada, &bob] {
        for n in 0..30 {
            let mut movie = movie_of(user, 2016, &format!("{n}"));
            if *user == bob {
                movie.key.year = api::movie::Year::parse(2017).unwrap();
            }
            let (add, update) = (format!("a{n}"), format!("u{n}"));
            let add = once_of(user, &add, "add");
            store.add(&movie, Some(&add)).await.unwrap();
            let update = once_of(user, &update, "update");
            store
                .update(
                    &movie.key,
                    &Changes::default(),
                    &any,
                    later(1),
                    Some(&update),
                )
                .await
                .unwrap();
        }
    }
    for (n, key) in keys_of(store.as_ref(), &ada, 7).await.iter().enumerate() {
        if n % 2 == 0 {
            store.disown(key, &ada, later(2)).await.unwrap();
        } else {
            store.delete_of(key, &ada).await.unwrap();
        }
    }
    store.forget(&ada).await.unwrap();
}

#[track_caller]
pub(crate) fn mentions_bob_and_not_ada(contents: &str) {
    assert!(!contents.contains(LEAVER), "{contents}");
    // 30 movies, 30 entries of the index, 60 records with as many movies; at least one mention each.
    let mentions = contents.lines().filter(|line| line.contains("bob")).count();
    assert!(mentions >= 120, "{mentions} lines: {contents}");
    let of_nobody = contents
        .lines()
        .filter(|line| line.contains("2016"))
        .count();
    assert!(of_nobody >= 15, "{of_nobody} lines: {contents}");
}
