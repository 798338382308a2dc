//! Promises 11 and 12: the records of a user's requests; no data of a user who leaves is left, and none is written
//! afterwards.

use kit::{
    idempotency::{KEPT_FOR, LEAVING_KEPT_FOR},
    page::{Filter, PageRequest},
    resource::{Access, Entity, Resource},
    store::{MAX_REMEMBERED, Remembered, StoreError},
    user::UserId,
};
use time::{Duration, OffsetDateTime};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::{
    Store,
    adders::keys_of,
    private,
    sample::{
        ADA, NOW, Sample, ada, any, any_of, bob, change, entity, entity_of, later, once, once_of,
        owner,
    },
};

/// Different users, although the id of one begins with that of another, or looks like another's key.
const USERS: [&str; 6] = ["ada", "ad", "adam", "ada#", "ada#k0", "ada\u{10fffd}"];

/// Adds an entity with an idempotency key for each of these numbers; returns the keys.
async fn add_with_keys<R: Sample>(
    store: &Store<R>,
    user: &UserId,
    numbers: std::ops::Range<u32>,
) -> Vec<String> {
    let mut keys: Vec<_> = numbers.clone().map(|n| format!("k{n}")).collect();
    let mut adding = JoinSet::new();
    for n in numbers {
        if adding.len() == 16 {
            adding.join_next().await.unwrap().unwrap();
        }
        let (store, user) = (store.clone(), user.clone());
        adding.spawn(async move {
            let entity = entity_of(&user, 2016, &Uuid::new_v4().to_string());
            let once = once_of(&user, &format!("k{n}"), "add");
            let added = store.add(&entity, Some(&once)).await.unwrap();
            assert!(!added.replayed);
        });
    }
    adding.join_all().await;
    keys.sort_unstable();
    keys
}

async fn remembered<R: Resource>(store: &Store<R>, user: &UserId) -> Vec<String> {
    let mut keys: Vec<_> = store
        .records
        .remembered(user)
        .await
        .unwrap()
        .iter()
        .map(|remembered| remembered.key.as_str().to_owned())
        .collect();
    keys.sort_unstable();
    keys
}

pub(crate) async fn a_user_who_begins_to_leave_is_known_as_such<R: Sample>(store: Store<R>) {
    let leaving = |user: UserId, now| {
        let store = store.clone();
        async move { store.records.is_leaving(&user, now).await.unwrap() }
    };
    assert!(!leaving(ada(), NOW).await);
    for _ in 0..2 {
        store.records.begin_leaving(&ada(), NOW).await.unwrap();
    }
    assert!(leaving(ada(), NOW).await);
    assert!(!leaving(bob(), NOW).await);
    assert!(!leaving(ada(), NOW + LEAVING_KEPT_FOR).await);
    assert_eq!(remembered(&store, &ada()).await, [] as [String; 0]);
    store.records.forget(&ada()).await.unwrap();
    assert!(leaving(ada(), NOW).await, "as long as a token may be good");
}

pub(crate) async fn when_a_deletion_was_begun_is_told_each_time<R: Sample>(store: Store<R>) {
    let to_the_second = |seconds| later(seconds).replace_nanosecond(0).unwrap();
    let begin = |seconds| {
        let store = store.clone();
        async move {
            store
                .records
                .begin_leaving(&ada(), later(seconds))
                .await
                .unwrap()
        }
    };
    for seconds in [0, 1, 3_600] {
        assert_eq!(begin(seconds).await, to_the_second(0));
    }
    // The lifetime of the note begins anew with each call. The time is forgotten with the note.
    let kept_for = LEAVING_KEPT_FOR.whole_seconds();
    assert_eq!(begin(3_599 + kept_for).await, to_the_second(0));
    let anew = 3_599 + 2 * kept_for;
    assert_eq!(begin(anew).await, to_the_second(anew));
}

/// The writes of Ada that could leave data of hers: an addition, those to another user's resource as an editor, and all
/// with a key.
async fn every_write<R: Sample>(
    store: &Store<R>,
    new: &Entity<R>,
    bobs: &Entity<R>,
    own: &Entity<R>,
    now: OffsetDateTime,
) -> Vec<(&'static str, Result<(), StoreError>)> {
    let mut new = new.clone();
    new.updated_at = now;
    let none = R::Changes::default();
    let editor = any();
    let owner = owner(&ADA);
    let once = |key: &str| once(key, key);
    macro_rules! all {
        ($($name:literal: $write:expr;)+) => {
            vec![$(($name, $write.await.map(drop))),+]
        };
    }
    all! {
        "add": store.add(&new, None);
        "add with a key": store.add(&new, Some(&once("a")));
        "update as an editor": store.update(&bobs.key, &none, &editor, now, None);
        "update as an editor with a key":
            store.update(&bobs.key, &none, &editor, now, Some(&once("b")));
        "update with a key": store.update(&own.key, &none, &owner, now, Some(&once("c")));
        "delete with a key": store.delete(&own.key, &owner, now, Some(&once("d")));
        "delete as an editor with a key":
            store.delete(&bobs.key, &editor, now, Some(&once("e")));
        "delete as an editor": store.delete(&bobs.key, &editor, now, None);
    }
}

pub(crate) async fn who_leaves_writes_no_more_until_no_token_is_good<R: Sample>(store: Store<R>) {
    let (new, own) = (entity(2016, "New"), entity(2016, "Own"));
    let bobs = entity_of(&bob(), 2016, "of-bob");
    store.add(&own, None).await.unwrap();
    store.add(&bobs, None).await.unwrap();
    store.records.begin_leaving(&ada(), NOW).await.unwrap();
    let last = NOW + LEAVING_KEPT_FOR - Duration::seconds(1);
    for now in [NOW, last] {
        for (name, result) in every_write(&store, &new, &bobs, &own, now).await {
            let leaving = matches!(result, Err(StoreError::Leaving));
            assert!(leaving, "{name} at {now}: {result:?}");
        }
        store.records.forget(&ada()).await.unwrap();
    }
    assert_eq!(store.get(&new.key).await.unwrap(), None);
    assert_eq!(store.get(&own.key).await.unwrap().as_ref(), Some(&own));
    assert_eq!(store.get(&bobs.key).await.unwrap().as_ref(), Some(&bobs));
    assert_eq!(remembered(&store, &ada()).await, [] as [String; 0]);

    // Others write, whatever she does.
    let by_bob = entity_of(&bob(), 2016, "by-bob");
    let key = once_of(&bob(), "k", "add");
    store.add(&by_bob, Some(&key)).await.unwrap();

    // She did not finish, and the note has expired, so she may write again.
    let after = NOW + LEAVING_KEPT_FOR;
    for (name, result) in every_write(&store, &new, &bobs, &own, after).await {
        let done = match name {
            "add with a key" => matches!(result, Err(StoreError::AlreadyExists)),
            "delete as an editor" => matches!(result, Err(StoreError::NotFound)),
            _ => result.is_ok(),
        };
        assert!(done, "{name}: {result:?}");
    }
}

/// Writers of one user race the deletion of the account: it finds everything that was acknowledged before, and nothing
/// is written after it.
pub(crate) async fn writers_that_race_a_deletion_leave_nothing<R: Sample>(store: Store<R>) {
    const WRITERS: u32 = 8;

    let bobs = entity_of(&bob(), 2017, "of-bob");
    store.add(&bobs, None).await.unwrap();
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let (store, bobs) = (store.clone(), bobs.clone());
        writers.spawn(async move {
            for n in 0.. {
                let entity = entity(2016, &format!("{writer}-{n}"));
                let key = once(&format!("{writer}-{n}"), "any");
                let result = match n % 3 {
                    0 => store.add(&entity, None).await.map(drop),
                    1 => store.add(&entity, Some(&key)).await.map(drop),
                    _ => {
                        let (none, any) = (R::Changes::default(), any());
                        let update = store.update(&bobs.key, &none, &any, NOW, Some(&key));
                        update.await.map(drop)
                    }
                };
                match result {
                    Ok(()) | Err(StoreError::Throttled(_) | StoreError::InFlight) => {}
                    Err(StoreError::Leaving) => return n,
                    Err(other) => panic!("{other:?}"),
                }
            }
            unreachable!()
        });
    }
    while keys_of(&store, &ada(), 100).await.len() < 20 {
        tokio::task::yield_now().await;
    }
    loop {
        match store.records.begin_leaving(&ada(), NOW).await {
            Ok(_) => break,
            Err(StoreError::Throttled(_)) => {}
            Err(other) => panic!("{other:?}"),
        }
    }
    // From here on nothing is written, so that one sweep is enough, once the list is up to date.
    tokio::time::sleep(store.lag().unsigned_abs()).await;
    for key in keys_of(&store, &ada(), 100).await {
        store.delete_owned(&key, &ada()).await.unwrap();
    }
    store.records.forget(&ada()).await.unwrap();
    let tried: u32 = writers.join_all().await.iter().sum();
    assert!(tried > 20);

    tokio::time::sleep(store.lag().unsigned_abs()).await;
    assert_eq!(keys_of(&store, &ada(), 100).await, []);
    assert_eq!(remembered(&store, &ada()).await, [] as [String; 0]);
    let page = PageRequest {
        filter: Filter::All,
        limit: 100,
        after: None,
    };
    let left = store.list(&page).await.unwrap().items;
    let keys: Vec<_> = left.iter().map(|entity| &entity.key).collect();
    assert_eq!(keys, [&bobs.key]);
}

pub(crate) async fn remembered_tells_the_callers_own_keys<R: Sample>(store: Store<R>) {
    for (n, user) in USERS.iter().enumerate() {
        let user = UserId::new(*user);
        let n = u32::try_from(n).unwrap();
        let keys = add_with_keys(&store, &user, n..2 * n).await;
        assert_eq!(remembered(&store, &user).await, keys, "{user:?}");
    }
    let user = UserId::new("eve");
    assert_eq!(store.records.remembered(&user).await.unwrap(), []);

    let of_eve = entity_of(&user, 2016, "of-eve");
    let (add, delete) = (once_of(&user, "a/#?", "a"), once_of(&user, "d", "d"));
    store.add(&of_eve, Some(&add)).await.unwrap();
    store
        .delete(&of_eve.key, &any_of(&user), later(1), Some(&delete))
        .await
        .unwrap();
    let failed = once_of(&user, "f", "f");
    let refused = store
        .delete(&of_eve.key, &any_of(&user), later(1), Some(&failed))
        .await;
    assert!(matches!(refused, Err(StoreError::NotFound)), "{refused:?}");
    // The records expire at whole seconds.
    let expires = |seconds| (later(seconds) + KEPT_FOR).replace_nanosecond(0).unwrap();
    let expected =
        [(&add, expires(0)), (&delete, expires(1))].map(|(once, expires_at)| Remembered {
            key: once.key.clone(),
            expires_at,
        });
    assert_eq!(store.records.remembered(&user).await.unwrap(), expected);
}

pub(crate) async fn forgetting_leaves_the_records_of_others<R: Sample>(store: Store<R>) {
    let users = USERS.map(UserId::new);
    for user in &users {
        add_with_keys(&store, user, 0..3).await;
    }
    for (gone, user) in users.iter().enumerate() {
        for _ in 0..2 {
            store.records.forget(user).await.unwrap();
            for (n, user) in users.iter().enumerate() {
                let kept = if n <= gone { 0 } else { 3 };
                assert_eq!(remembered(&store, user).await.len(), kept, "{user:?}");
            }
        }
    }
    store.records.forget(&UserId::new("unknown")).await.unwrap();
    for user in &users {
        let entities = keys_of(&store, user, 100).await;
        assert_eq!(entities.len(), 3, "the resources stay");
    }
    // The keys are free for other requests.
    let other = store
        .add(&entity(2017, "Other"), Some(&once("k0", "other")))
        .await
        .unwrap();
    assert!(!other.replayed);
}

pub(crate) async fn forgetting_is_complete_and_remembering_is_bounded<R: Sample>(store: Store<R>) {
    let user = UserId::new("busy");
    let many = u32::try_from(MAX_REMEMBERED).unwrap() + 3;
    add_with_keys(&store, &user, 0..many).await;
    assert_eq!(remembered(&store, &user).await.len(), MAX_REMEMBERED);
    store.records.forget(&user).await.unwrap();
    assert_eq!(remembered(&store, &user).await.len(), 0);
}

pub(crate) async fn a_key_used_again_after_forgetting_is_kept_for_its_24_hours<R: Sample>(
    store: Store<R>,
) {
    let any = any();
    let entity = entity(2016, "Kept");
    let change = change::<R>(1);
    let k = once("k", "update");
    store.add(&entity, Some(&k)).await.unwrap();
    store.records.forget(&ada()).await.unwrap();
    let again = later(3600);
    store
        .update(&entity.key, &change, &any, again, Some(&k))
        .await
        .unwrap();
    // The first record would have gone by now; the second has not.
    let mut now = NOW + KEPT_FOR;
    for n in 0..4 {
        now += Duration::seconds(1);
        let other = once(&format!("o{n}"), "update");
        store
            .update(&entity.key, &change, &any, now, Some(&other))
            .await
            .unwrap();
    }
    let replay = store
        .update(&entity.key, &change, &any, now, Some(&k))
        .await
        .unwrap();
    assert!(replay.replayed);
}

pub(crate) async fn what_another_recorded_of_the_users_resource_stays_with_the_other<R: Sample>(
    store: Store<R>,
) {
    let bob = bob();
    let any = any_of(&bob);
    let entity = entity(2016, "Edited");
    store.add(&entity, Some(&once("k", "a"))).await.unwrap();
    let edit = once_of(&bob, "k", "update");
    let edited = store
        .update(
            &entity.key,
            &R::Changes::default(),
            &any,
            later(1),
            Some(&edit),
        )
        .await
        .unwrap();
    store.disown(&entity.key, &ada(), later(2)).await.unwrap();
    store.records.forget(&ada()).await.unwrap();
    let again = store
        .update(
            &entity.key,
            &R::Changes::default(),
            &any,
            later(3),
            Some(&edit),
        )
        .await
        .unwrap();
    assert!(again.replayed);
    assert_eq!(again.value, edited.value, "the result as it was");
    assert_eq!(remembered(&store, &bob).await, ["k"]);
}

/// The name of the test that consists of [`one_leaves`] and [`mentions_bob_and_not_the_leaver`].
pub(crate) const SEARCHED: &str = "who_has_left_is_mentioned_in_the_note_alone";

/// The id of the user who leaves; it occurs in no other text.
const LEAVER: &str = "5b1f-the-one-who-leaves-9a";

/// The years in the keys of the one who leaves, and of Bob.
const YEARS: [u32; 2] = [2019, 2017];

pub(crate) async fn one_leaves<R: Sample>(store: Store<R>) {
    let (leaver, bob) = (UserId::new(LEAVER), bob());
    for (user, year) in [&leaver, &bob].into_iter().zip(YEARS) {
        for n in 0..30 {
            let entity = match R::ACCESS {
                Access::Shared => entity_of(user, year, &n.to_string()),
                Access::Private => private::entity_of(user, &n.to_string()),
            };
            let add = once_of(user, &format!("a{n}"), "add");
            store.add(&entity, Some(&add)).await.unwrap();
            let update = once_of(user, &format!("u{n}"), "update");
            let (none, guard) = (R::Changes::default(), owner(user));
            store
                .update(&entity.key, &none, &guard, later(1), Some(&update))
                .await
                .unwrap();
        }
    }
    store
        .records
        .begin_leaving(&leaver, later(1))
        .await
        .unwrap();
    for (n, key) in keys_of(&store, &leaver, 7).await.iter().enumerate() {
        if R::ACCESS == Access::Shared && n % 2 == 0 {
            store.disown(key, &leaver, later(2)).await.unwrap();
        } else {
            store.delete_owned(key, &leaver).await.unwrap();
        }
    }
    store.records.forget(&leaver).await.unwrap();
}

#[track_caller]
pub(crate) fn mentions_bob_and_not_the_leaver<R: Resource>(contents: &str) {
    let (notes, rest): (Vec<_>, Vec<_>) = contents
        .lines()
        .partition(|line| line.contains("account deletion"));
    assert!(notes.iter().any(|line| line.contains(LEAVER)), "{notes:?}");
    let mentions = rest.iter().any(|line| line.contains(LEAVER));
    assert!(!mentions, "but for the note: {contents}");
    // 30 resources, 30 entries of the index of shared ones, 60 records with as many results; at least one mention each.
    let (of_bob, of_nobody) = match R::ACCESS {
        Access::Shared => (120, 15),
        Access::Private => (90, 0),
    };
    let lines_with = |text: &str| contents.lines().filter(|line| line.contains(text)).count();
    let found = lines_with("bob");
    assert!(found >= of_bob, "{found} lines: {contents}");
    let found = lines_with(&YEARS[0].to_string());
    assert!(found >= of_nobody, "{found} lines: {contents}");
}
