//! Promises 10 and 11: the list of a user's resources, and disowning and deleting them.

use std::{collections::BTreeSet, time::Duration};

use kit::{
    resource::{Key, KeyText, Resource},
    store::{By, Guard, StoreError},
    user::UserId,
};
use tokio::task::JoinSet;

use crate::{
    Store,
    sample::{
        Sample, ada, any, bob, change, entity, entity_of, full_entity, key, later, once, once_of,
        with_key,
    },
};

/// Partitions and sort texts, some of which are difficult in keys. Some texts are in several partitions.
const KEYS: [(&str, &str); 16] = [
    ("1994", "+1"),
    ("2011", "50/50"),
    ("2007", "Fast & Furious?"),
    ("1956", "The Ten Commandments"),
    ("1923", "The Ten Commandments"),
    ("2006", "The Ten Commandments"),
    ("Thai", "The Ten Commandments"),
    ("Thai food", "The Ten Commandments"),
    ("2012", "V/H/S"),
    ("50/50", "V/H/S"),
    ("1888", "É"),
    ("2100", "千と千尋の神隠し"),
    ("2016", "🎬"),
    ("2013", "Her"),
    ("2014", "Her"),
    ("é", "Her"),
];

/// The keys of [`KEYS`], as far as the noun has them, with an ending behind each sort text.
fn keys<R: Resource>(ending: &str) -> Vec<R::Key> {
    let keys =
        KEYS.map(|(partition, text)| R::Key::from_texts(partition, &format!("{text}{ending}")));
    keys.into_iter().flatten().collect()
}

/// Follows the list of a user's resources from page to page to its end.
pub(crate) async fn keys_of<R: Resource>(
    store: &Store<R>,
    user: &UserId,
    limit: u8,
) -> Vec<R::Key> {
    let mut found = Vec::new();
    let mut after = None;
    loop {
        let page = store.owned_by(user, limit, after.as_ref()).await.unwrap();
        assert!(page.keys.len() <= usize::from(limit));
        found.extend(page.keys);
        if page.next.is_none() {
            return found;
        }
        assert_ne!(page.next, after, "the same page again");
        after = page.next;
    }
}

/// Demands that a user's resources are the expected ones; it repeats the query, because the list may lag behind.
pub(crate) async fn assert_added<R: Resource>(
    store: &Store<R>,
    user: &UserId,
    expected: &[&R::Key],
    when: &str,
) {
    let expected: BTreeSet<_> = expected.iter().copied().cloned().collect();
    let mut found = Vec::new();
    for _ in 0..50 {
        found = keys_of(store, user, 100).await;
        if found.iter().cloned().collect::<BTreeSet<_>>() == expected {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(found.len(), expected.len(), "{when}: {found:?}");
    assert_eq!(BTreeSet::from_iter(found), expected, "{when}");
}

pub(crate) async fn added_by_yields_every_resource_of_a_user_once<R: Sample>(store: Store<R>) {
    // Different users, although the id of one begins with that of another.
    let users = ["ada", "ad", "adam", "ada/", "ada\u{10ffff}"].map(UserId::new);
    let keys_of_nth = |n: usize| -> Vec<R::Key> {
        let keys = keys::<R>(&format!("-{n}"));
        keys.into_iter().skip(n).collect()
    };
    for (n, user) in users.iter().enumerate() {
        for key in keys_of_nth(n) {
            let mut entity = with_key(key);
            entity.owner = Some(user.clone());
            store.add(&entity, None).await.unwrap();
        }
    }
    for (n, user) in users.iter().enumerate() {
        let expected = keys_of_nth(n);
        assert_added(&store, user, &expected.iter().collect::<Vec<_>>(), "added").await;
        for limit in [1, 2, 3, 7, 100] {
            let found = keys_of(&store, user, limit).await;
            let texts: Vec<_> = found.iter().map(|key| key.sort().as_str()).collect();
            assert!(texts.is_sorted(), "{user:?}, limit {limit}: {texts:?}");
            assert_eq!(found.len(), expected.len(), "{user:?}, limit {limit}");
            assert_eq!(
                BTreeSet::from_iter(&found),
                expected.iter().collect(),
                "{user:?}, limit {limit}"
            );
        }
    }
    assert_eq!(keys_of(&store, &UserId::new("a"), 3).await, []);
}

pub(crate) async fn the_list_of_a_user_follows_the_resources<R: Sample>(store: Store<R>) {
    let (ada, bob) = (ada(), bob());
    let (first, second) = (entity(2016, "Listed"), entity(2017, "Listed"));
    let (one, two) = (&first.key, &second.key);
    store.add(&first, None).await.unwrap();
    store.add(&second, Some(&once("k", "a"))).await.unwrap();
    assert_added(&store, &ada, &[one, two], "added").await;

    let change = change::<R>(1);
    let any = any();
    store
        .update(one, &change, &any, later(1), None)
        .await
        .unwrap();
    let u = once("u", "u");
    store
        .update(two, &change, &any, later(1), Some(&u))
        .await
        .unwrap();
    assert_added(&store, &ada, &[one, two], "updated").await;

    store.delete(one, &any, later(2), None).await.unwrap();
    assert_added(&store, &ada, &[two], "deleted").await;
    let d = once("d", "d");
    store.delete(two, &any, later(2), Some(&d)).await.unwrap();
    assert_added(&store, &ada, &[], "deleted once").await;

    let of_bob = entity_of(&bob, 2016, "Listed");
    store.add(&of_bob, None).await.unwrap();
    store.add(&second, None).await.unwrap();
    assert_added(&store, &bob, &[one], "added by another").await;
    assert_added(&store, &ada, &[two], "added again").await;

    store.disown(one, &bob, later(3)).await.unwrap();
    store.delete_owned(two, &ada).await.unwrap();
    assert_added(&store, &bob, &[], "disowned").await;
    assert_added(&store, &ada, &[], "deleted by the user").await;

    store
        .update(one, &change, &any, later(4), None)
        .await
        .unwrap();
    store.delete(one, &any, later(5), None).await.unwrap();
    store.add(&first, None).await.unwrap();
    assert_added(&store, &ada, &[one], "added after all").await;
    assert_added(&store, &bob, &[], "and not by Bob").await;
}

pub(crate) async fn a_page_goes_on_behind_a_resource_that_is_no_longer_the_users<R: Sample>(
    store: Store<R>,
) {
    let ada = ada();
    let all = keys::<R>("");
    for key in &all {
        store.add(&with_key(key.clone()), None).await.unwrap();
    }
    assert_added(&store, &ada, &all.iter().collect::<Vec<_>>(), "added").await;
    // As a deletion of an account goes: page by page, each resource of a page disowned or deleted.
    let mut seen = BTreeSet::new();
    let mut after = None;
    loop {
        let page = store.owned_by(&ada, 3, after.as_ref()).await.unwrap();
        for (n, key) in page.keys.into_iter().enumerate() {
            if n % 2 == 0 {
                store.disown(&key, &ada, later(1)).await.unwrap();
            } else {
                store.delete_owned(&key, &ada).await.unwrap();
            }
            assert!(seen.insert(key));
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, all.iter().cloned().collect());
    assert_added(&store, &ada, &[], "at the end").await;
}

pub(crate) async fn disowning_takes_the_owner_and_makes_a_new_version<R: Sample>(store: Store<R>) {
    let before = full_entity();
    store.add(&before, None).await.unwrap();
    store.disown(&before.key, &ada(), later(1)).await.unwrap();
    let after = store.get(&before.key).await.unwrap().unwrap();
    assert_eq!(after, before.disowned(later(1)));
    assert_eq!(after.owner, None);
    assert_eq!(after.fields, before.fields);
    assert_eq!(after.revision, before.revision.next());
    assert_eq!(after.updated_at, later(1));

    store.disown(&before.key, &ada(), later(2)).await.unwrap();
    assert_eq!(
        store.get(&before.key).await.unwrap(),
        Some(after),
        "the second time has no effect"
    );
}

pub(crate) async fn a_resource_of_nobody_meets_no_owners_guard<R: Sample>(store: Store<R>) {
    let entity = entity(2016, "of-nobody");
    store.add(&entity, None).await.unwrap();
    store.disown(&entity.key, &ada(), later(1)).await.unwrap();
    let changes = R::Changes::default();
    for user in [ada(), bob(), UserId::new("")] {
        let guard = Guard {
            by: By::Owner(&user),
            revisions: None,
        };
        // A user without an id has no idempotency key.
        let key = (!user.as_str().is_empty()).then(|| once_of(&user, "u", "u"));
        for key in [None, key.as_ref()] {
            let updated = store
                .update(&entity.key, &changes, &guard, later(2), key)
                .await;
            assert!(matches!(updated, Err(StoreError::NotOwner)), "{updated:?}");
            let deleted = store.delete(&entity.key, &guard, later(2), key).await;
            assert!(matches!(deleted, Err(StoreError::NotOwner)), "{deleted:?}");
        }
    }
    let any = any();
    let updated = store
        .update(&entity.key, &changes, &any, later(3), None)
        .await
        .unwrap();
    assert_eq!(updated.value.owner, None);
    store
        .delete(&entity.key, &any, later(4), None)
        .await
        .unwrap();
}

pub(crate) async fn what_is_not_the_users_is_left_as_it_is<R: Sample>(store: Store<R>) {
    let (ada, bob) = (ada(), bob());
    let missing = key::<R>(2016, "Missing");
    let of_bob = entity_of(&bob, 2016, "of-bob");
    let of_nobody = entity_of(&bob, 2016, "of-nobody");
    store.add(&of_bob, None).await.unwrap();
    store.add(&of_nobody, None).await.unwrap();
    store.disown(&of_nobody.key, &bob, later(1)).await.unwrap();
    for (key, what) in [
        (&missing, "missing"),
        (&of_bob.key, "another's"),
        (&of_nobody.key, "nobody's"),
    ] {
        let before = store.get(key).await.unwrap();
        store.disown(key, &ada, later(2)).await.unwrap();
        assert_eq!(store.get(key).await.unwrap(), before, "disown {what}");
        store.delete_owned(key, &ada).await.unwrap();
        assert_eq!(store.get(key).await.unwrap(), before, "delete {what}");
    }
    assert_added(&store, &bob, &[&of_bob.key], "at the end").await;
}

pub(crate) async fn of_many_that_disown_at_once_one_takes_effect<R: Sample>(store: Store<R>) {
    let entity = entity(2016, "Contended");
    store.add(&entity, None).await.unwrap();
    let mut writers = JoinSet::new();
    for _ in 0..8 {
        let (store, key) = (store.clone(), entity.key.clone());
        writers.spawn(async move { store.disown(&key, &ada(), later(1)).await.unwrap() });
    }
    for n in 0..8 {
        let (store, key) = (store.clone(), entity.key.clone());
        writers.spawn(async move {
            let change = change::<R>(n + 1);
            let any = any();
            // A store may tell an editor to try again, but then nothing was written.
            loop {
                match store.update(&key, &change, &any, later(1), None).await {
                    Err(StoreError::Throttled(_)) => {}
                    done => return drop(done.unwrap()),
                }
            }
        });
    }
    writers.join_all().await;
    let found = store.get(&entity.key).await.unwrap().unwrap();
    assert_eq!(found.owner, None);
    assert_eq!(found.revision.version, 10, "one disowning, eight updates");
    assert_added(&store, &ada(), &[], "at the end").await;
}

pub(crate) async fn of_many_that_delete_at_once_all_succeed<R: Sample>(store: Store<R>) {
    let entity = entity(2016, "Contended");
    store.add(&entity, None).await.unwrap();
    let mut writers = JoinSet::new();
    for _ in 0..8 {
        let (store, key) = (store.clone(), entity.key.clone());
        writers.spawn(async move { store.delete_owned(&key, &ada()).await.unwrap() });
    }
    writers.join_all().await;
    assert_eq!(store.get(&entity.key).await.unwrap(), None);
    assert_added(&store, &ada(), &[], "at the end").await;
}

pub(crate) async fn disowning_and_deleting_at_once_end_in_one_of_both<R: Sample>(store: Store<R>) {
    let ada = ada();
    for n in 0..8 {
        let entity = entity(2016, &format!("contended-{n}"));
        store.add(&entity, None).await.unwrap();
        let (disowned, deleted) = tokio::join!(
            store.disown(&entity.key, &ada, later(1)),
            store.delete_owned(&entity.key, &ada),
        );
        disowned.unwrap();
        deleted.unwrap();
        let found = store.get(&entity.key).await.unwrap();
        assert!(found.is_none_or(|found| found == entity.disowned(later(1))));
    }
    assert_added(&store, &ada, &[], "at the end").await;
}
