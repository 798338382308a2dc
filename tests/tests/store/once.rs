//! Promise 7: a write with an idempotency key happens once.

use kit::{
    idempotency::KEPT_FOR,
    store::{By, Guard, Refusal, StoreError},
    user::UserId,
};
use time::Duration;
use tokio::task::JoinSet;

use crate::{
    Store,
    sample::{
        ADA, NOW, Sample, ada, any, change, entity, entity_of, full_entity, later, once, once_of,
    },
};

pub(crate) async fn a_write_repeated_gives_the_first_result<R: Sample>(store: Store<R>) {
    let entity = full_entity();
    let any = any();

    let first = store.add(&entity, Some(&once("a", "add"))).await.unwrap();
    let again = store.add(&entity, Some(&once("a", "add"))).await.unwrap();
    assert_eq!((first.replayed, again.replayed), (false, true));
    assert_eq!(first.value, again.value);

    let key = &entity.key;
    let u = once("u", "update");
    let first = store
        .update(key, &change::<R>(5), &any, later(1), Some(&u))
        .await
        .unwrap();
    let again = store
        .update(key, &change::<R>(5), &any, later(2), Some(&u))
        .await
        .unwrap();
    assert_eq!((first.replayed, again.replayed), (false, true));
    assert_eq!(first.value, again.value);
    assert_eq!(store.get(key).await.unwrap(), Some(first.value));

    let d = once("d", "delete");
    let first = store.delete(key, &any, later(3), Some(&d)).await.unwrap();
    let again = store.delete(key, &any, later(4), Some(&d)).await.unwrap();
    assert_eq!((first.replayed, again.replayed), (false, true));
    assert_eq!(store.get(key).await.unwrap(), None);
}

pub(crate) async fn a_replay_gives_the_first_result_even_when_the_resource_has_changed<
    R: Sample,
>(
    store: Store<R>,
) {
    let entity = full_entity();
    store.add(&entity, Some(&once("a", "add"))).await.unwrap();
    let any = any();
    store
        .update(&entity.key, &change::<R>(5), &any, later(1), None)
        .await
        .unwrap();
    let again = store.add(&entity, Some(&once("a", "add"))).await.unwrap();
    assert!(again.replayed);
    assert_eq!(again.value, entity);
    store
        .delete(&entity.key, &any, later(2), None)
        .await
        .unwrap();
    let again = store.add(&entity, Some(&once("a", "add"))).await.unwrap();
    assert!(again.replayed, "and it is not added again");
    assert_eq!(store.get(&entity.key).await.unwrap(), None);
}

pub(crate) async fn a_key_used_for_another_request_is_refused<R: Sample>(store: Store<R>) {
    let first = entity(2016, "First");
    store.add(&first, Some(&once("k", "first"))).await.unwrap();
    let other = entity(2016, "Second");
    let any = any();
    let reused = once("k", "second");
    let results = [
        store.add(&other, Some(&reused)).await.map(drop),
        store
            .update(&first.key, &change::<R>(1), &any, later(1), Some(&reused))
            .await
            .map(drop),
        store
            .delete(&first.key, &any, later(1), Some(&reused))
            .await
            .map(drop),
    ];
    for result in results {
        assert!(matches!(result, Err(StoreError::KeyReused)), "{result:?}");
    }
    assert_eq!(store.get(&other.key).await.unwrap(), None);
    assert_eq!(store.get(&first.key).await.unwrap(), Some(first));
}

pub(crate) async fn a_failed_write_leaves_no_record<R: Sample>(store: Store<R>) {
    let any = any();
    let entity = entity(2016, "Late");
    let (add, update, delete) = (once("a", "add"), once("u", "update"), once("d", "delete"));
    let updated = store
        .update(&entity.key, &change::<R>(1), &any, later(1), Some(&update))
        .await;
    assert!(matches!(updated, Err(StoreError::NotFound)), "{updated:?}");
    let deleted = store
        .delete(&entity.key, &any, later(1), Some(&delete))
        .await;
    assert!(matches!(deleted, Err(StoreError::NotFound)), "{deleted:?}");

    store.add(&entity, None).await.unwrap();
    let added = store.add(&entity, Some(&add)).await;
    assert!(matches!(added, Err(StoreError::AlreadyExists)), "{added:?}");

    // The same keys again, now that they can succeed.
    let updated = store
        .update(&entity.key, &change::<R>(1), &any, later(2), Some(&update))
        .await
        .unwrap();
    let deleted = store
        .delete(&entity.key, &any, later(3), Some(&delete))
        .await
        .unwrap();
    let added = store.add(&entity, Some(&add)).await.unwrap();
    assert!(!updated.replayed && !deleted.replayed && !added.replayed);
}

pub(crate) async fn a_refusal_that_is_recorded_is_final<R: Sample>(store: Store<R>) {
    let any = any();
    let entity = entity(2016, "Refused");
    let (add, update, delete) = (once("a", "add"), once("u", "update"), once("d", "delete"));
    let refuse = |once, refusal| {
        let store = store.clone();
        async move { store.refuse(once, refusal, later(1)).await }
    };
    let (missing, exists) = (Refusal::NotFound, Refusal::AlreadyExists);
    refuse(&delete, Refusal::RevisionMismatch).await.unwrap();
    assert_eq!(refuse(&update, missing).await.unwrap(), missing);
    assert_eq!(refuse(&add, exists).await.unwrap(), exists);
    assert_eq!(refuse(&add, missing).await.unwrap(), exists, "the first");

    // Each could succeed now.
    let added = store.add(&entity, Some(&add)).await;
    assert!(matches!(added, Err(StoreError::AlreadyExists)), "{added:?}");
    assert_eq!(store.get(&entity.key).await.unwrap(), None);
    store.add(&entity, None).await.unwrap();
    let updated = store
        .update(&entity.key, &change::<R>(1), &any, later(2), Some(&update))
        .await;
    assert!(matches!(updated, Err(StoreError::NotFound)), "{updated:?}");
    let deleted = store
        .delete(&entity.key, &any, later(2), Some(&delete))
        .await;
    let mismatch = matches!(deleted, Err(StoreError::RevisionMismatch));
    assert!(mismatch, "{deleted:?}");
    assert_eq!(store.get(&entity.key).await.unwrap(), Some(entity.clone()));

    // It is forgotten like any result.
    let after = NOW + Duration::seconds(1) + KEPT_FOR;
    let updated = store
        .update(&entity.key, &change::<R>(1), &any, after, Some(&update))
        .await;
    assert!(!updated.unwrap().replayed);
}

pub(crate) async fn no_refusal_takes_the_place_of_a_result<R: Sample>(store: Store<R>) {
    let entity = entity(2016, "Done");
    store.add(&entity, Some(&once("k", "add"))).await.unwrap();
    let refused = store
        .refuse(&once("k", "add"), Refusal::AlreadyExists, later(1))
        .await;
    assert!(matches!(refused, Err(StoreError::InFlight)), "{refused:?}");
    let other = store
        .refuse(&once("k", "another"), Refusal::AlreadyExists, later(1))
        .await;
    assert!(matches!(other, Err(StoreError::KeyReused)), "{other:?}");
    let again = store.add(&entity, Some(&once("k", "add"))).await.unwrap();
    assert!(again.replayed);
    assert_eq!(again.value, entity);
}

pub(crate) async fn keys_of_different_callers_are_different<R: Sample>(store: Store<R>) {
    let bob = UserId::new("bob");
    let (one, two) = (entity(2016, "One"), entity_of(&bob, 2016, "Two"));
    let first = store
        .add(&one, Some(&once_of(&ada(), "k", "one")))
        .await
        .unwrap();
    let second = store
        .add(&two, Some(&once_of(&bob, "k", "two")))
        .await
        .unwrap();
    assert!(!first.replayed && !second.replayed);
}

pub(crate) async fn a_key_is_forgotten_after_24_hours<R: Sample>(store: Store<R>) {
    let any = any();
    let entity = entity(2016, "Lasting");
    store.add(&entity, None).await.unwrap();
    let key = once("k", "update");
    let at = |age: Duration| NOW + age;
    let update = |now| {
        let (store, key, id) = (store.clone(), key.clone(), entity.key.clone());
        let any = any.clone();
        async move {
            store
                .update(&id, &change::<R>(1), &any, now, Some(&key))
                .await
                .unwrap()
        }
    };
    assert!(!update(NOW).await.replayed);
    assert!(update(at(KEPT_FOR - Duration::seconds(1))).await.replayed);
    let anew = update(at(KEPT_FOR + Duration::seconds(1))).await;
    assert!(!anew.replayed);
    assert_eq!(anew.value.revision.version, 3);
    // The lifetime of the new record begins when it is written.
    assert!(update(at(KEPT_FOR + Duration::hours(23))).await.replayed);
}

pub(crate) async fn a_guard_holds_for_a_write_with_a_key<R: Sample>(store: Store<R>) {
    let entity = full_entity();
    store.add(&entity, None).await.unwrap();
    let bob = UserId::new("bob");
    let stale = [entity.revision.next()];
    let cases = [
        (
            "o",
            Guard {
                by: By::Owner(&bob),
                revisions: None,
            },
        ),
        (
            "r",
            Guard {
                by: By::Editor(&ADA),
                revisions: Some(&stale),
            },
        ),
    ];
    for (name, guard) in &cases {
        let key = once(name, name);
        let results = [
            store
                .update(&entity.key, &change::<R>(1), guard, later(1), Some(&key))
                .await
                .map(drop),
            store
                .delete(&entity.key, guard, later(1), Some(&key))
                .await
                .map(drop),
        ];
        for result in results {
            let as_expected = match *name {
                "o" => matches!(result, Err(StoreError::NotOwner)),
                _ => matches!(result, Err(StoreError::RevisionMismatch)),
            };
            assert!(as_expected, "{guard:?}: {result:?}");
        }
    }
    assert_eq!(store.get(&entity.key).await.unwrap(), Some(entity));
}

pub(crate) async fn retries_that_race_their_first_try_happen_once<R: Sample>(store: Store<R>) {
    let entity = entity(2016, "Raced");
    let mut tries = JoinSet::new();
    for _ in 0..20 {
        let (store, entity) = (store.clone(), entity.clone());
        tries.spawn(async move { store.add(&entity, Some(&once("k", "add"))).await });
    }
    let mut carried_out = 0;
    for result in tries.join_all().await {
        match result {
            Ok(written) => {
                assert_eq!(written.value, entity);
                carried_out += u32::from(!written.replayed);
            }
            Err(StoreError::InFlight) => {}
            Err(other) => panic!("{other:?}"),
        }
    }
    assert_eq!(carried_out, 1);
    let after = store.add(&entity, Some(&once("k", "add"))).await.unwrap();
    assert!(after.replayed);
}

pub(crate) async fn updates_with_different_keys_all_happen<R: Sample>(store: Store<R>) {
    let entity = entity(2016, "Busy");
    store.add(&entity, None).await.unwrap();
    let mut writers = JoinSet::new();
    for writer in 1..=3 {
        let (store, key) = (store.clone(), entity.key.clone());
        writers.spawn(async move {
            let once = once(&format!("k{writer}"), "update");
            let guard = any();
            // A store may tell a writer to try again, but then nothing was written.
            loop {
                match store
                    .update(&key, &change::<R>(writer), &guard, later(1), Some(&once))
                    .await
                {
                    Err(StoreError::Throttled(_) | StoreError::InFlight) => {}
                    done => return done.unwrap(),
                }
            }
        });
    }
    assert!(
        writers
            .join_all()
            .await
            .iter()
            .all(|written| !written.replayed)
    );
    let found = store.get(&entity.key).await.unwrap().unwrap();
    assert_eq!(
        found.revision.version, 4,
        "no update was lost, none happened twice"
    );
}

pub(crate) async fn a_key_used_again_after_it_was_forgotten_is_kept_anew<R: Sample>(
    store: Store<R>,
) {
    let any = any();
    let entity = entity(2016, "Anew");
    store.add(&entity, None).await.unwrap();
    // Enough expired keys that a store which removes them in small batches has some left.
    for n in 0..8 {
        let old = once(&format!("old{n}"), "update");
        store
            .update(&entity.key, &change::<R>(1), &any, NOW, Some(&old))
            .await
            .unwrap();
    }
    let last = once("old7", "update");
    let mut now = NOW + KEPT_FOR + Duration::hours(1);
    store
        .update(&entity.key, &change::<R>(2), &any, now, Some(&last))
        .await
        .unwrap();
    for n in 0..8 {
        now += Duration::seconds(1);
        let other = once(&format!("new{n}"), "update");
        store
            .update(&entity.key, &change::<R>(3), &any, now, Some(&other))
            .await
            .unwrap();
    }
    let again = store
        .update(&entity.key, &change::<R>(2), &any, now, Some(&last))
        .await
        .unwrap();
    assert!(again.replayed);
}
