//! Promise 4: guards hold at the moment of the write.

use kit::{
    resource::Revision,
    store::{By, Guard, StoreError},
    user::UserId,
};
use tokio::task::JoinSet;

use crate::{
    Store,
    sample::{ADA, NOW, Sample, ada, any, change, entity, full_entity, key, later},
};

#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Met,
    NotOwner,
    RevisionMismatch,
}

impl Outcome {
    fn of<T>(result: &Result<T, StoreError>) -> Self {
        match result {
            Ok(_) => Self::Met,
            Err(StoreError::NotOwner) => Self::NotOwner,
            Err(StoreError::RevisionMismatch) => Self::RevisionMismatch,
            Err(other) => panic!("{other:?}"),
        }
    }
}

pub(crate) async fn a_missing_resource_is_not_found<R: Sample>(store: Store<R>) {
    let key = key::<R>(2016, "Missing");
    let someone = ada();
    let revisions = [Revision::first(NOW)];
    for guard in [
        any(),
        Guard {
            by: By::Owner(&someone),
            revisions: None,
        },
        Guard {
            by: By::Owner(&someone),
            revisions: Some(&revisions),
        },
        Guard {
            by: By::Editor(&ADA),
            revisions: Some(&[]),
        },
    ] {
        let updated = store.update(&key, &change::<R>(1), &guard, NOW, None).await;
        assert!(
            matches!(updated, Err(StoreError::NotFound)),
            "{guard:?}: {updated:?}"
        );
        let deleted = store.delete(&key, &guard, NOW, None).await;
        assert!(
            matches!(deleted, Err(StoreError::NotFound)),
            "{guard:?}: {deleted:?}"
        );
    }
    assert_eq!(store.get(&key).await.unwrap(), None, "an update never adds");
}

pub(crate) async fn each_guard_is_checked_in_order<R: Sample>(store: Store<R>) {
    let entity = entity(2016, "Guarded");
    store.add(&entity, None).await.unwrap();
    let (owner, other) = (ada(), UserId::new("bob"));
    let current = entity.revision;
    let stale = [
        Revision {
            version: 7,
            ..current
        },
        Revision::first(later(1)),
    ];
    let among = [stale[0], current];

    let cases = [
        (
            Guard {
                by: By::Owner(&other),
                revisions: None,
            },
            Outcome::NotOwner,
        ),
        (
            Guard {
                by: By::Owner(&other),
                revisions: Some(&among),
            },
            Outcome::NotOwner,
        ),
        (
            Guard {
                by: By::Owner(&other),
                revisions: Some(&stale),
            },
            Outcome::NotOwner,
        ),
        (
            Guard {
                by: By::Owner(&owner),
                revisions: Some(&stale),
            },
            Outcome::RevisionMismatch,
        ),
        (
            Guard {
                by: By::Editor(&ADA),
                revisions: Some(&[]),
            },
            Outcome::RevisionMismatch,
        ),
        (
            Guard {
                by: By::Owner(&owner),
                revisions: Some(&stale[1..]),
            },
            Outcome::RevisionMismatch,
        ),
        (
            Guard {
                by: By::Owner(&owner),
                revisions: Some(&among),
            },
            Outcome::Met,
        ),
    ];
    for (guard, expected) in &cases {
        if *expected != Outcome::Met {
            let deleted = store.delete(&entity.key, guard, later(1), None).await;
            assert_eq!(Outcome::of(&deleted), *expected, "delete {guard:?}");
        }
        let updated = store
            .update(&entity.key, &change::<R>(1), guard, later(1), None)
            .await;
        assert_eq!(Outcome::of(&updated), *expected, "update {guard:?}");
    }
    let now_second = [current.next()];
    let guard = Guard {
        by: By::Owner(&owner),
        revisions: Some(&now_second),
    };
    store
        .delete(&entity.key, &guard, later(2), None)
        .await
        .unwrap();
}

pub(crate) async fn a_refused_write_changes_nothing<R: Sample>(store: Store<R>) {
    let entity = full_entity();
    store.add(&entity, None).await.unwrap();
    let stale = [entity.revision.next()];
    let guard = Guard {
        by: By::Editor(&ADA),
        revisions: Some(&stale),
    };
    store
        .update(&entity.key, &change::<R>(9), &guard, later(1), None)
        .await
        .unwrap_err();
    store
        .delete(&entity.key, &guard, later(1), None)
        .await
        .unwrap_err();
    assert_eq!(store.get(&entity.key).await.unwrap(), Some(entity));
}

pub(crate) async fn of_many_writers_updating_one_revision_one_succeeds<R: Sample>(store: Store<R>) {
    let entity = entity(2016, "Contended");
    store.add(&entity, None).await.unwrap();
    let mut writers = JoinSet::new();
    for writer in 1..=16 {
        let (store, key, revision) = (store.clone(), entity.key.clone(), entity.revision);
        writers.spawn(async move {
            let guard = Guard {
                by: By::Editor(&ADA),
                revisions: Some(&[revision]),
            };
            store
                .update(&key, &change::<R>(writer), &guard, later(1), None)
                .await
        });
    }
    let mut winners = Vec::new();
    for result in writers.join_all().await {
        match result {
            Ok(written) => winners.push(written.value),
            Err(StoreError::RevisionMismatch) => {}
            Err(other) => panic!("{other:?}"),
        }
    }
    assert_eq!(winners.len(), 1);
    assert_eq!(
        store.get(&entity.key).await.unwrap().as_ref(),
        winners.first()
    );
}

pub(crate) async fn updates_without_a_guard_all_succeed<R: Sample>(store: Store<R>) {
    let entity = entity(2016, "Popular");
    store.add(&entity, None).await.unwrap();
    let mut writers = JoinSet::new();
    for writer in 1..=8 {
        let (store, key) = (store.clone(), entity.key.clone());
        writers.spawn(async move {
            let guard = Guard {
                by: By::Owner(&ADA),
                revisions: None,
            };
            let change = change::<R>(writer);
            // A change that moves the resource in the index may be told to try again, but then nothing was written.
            loop {
                match store.update(&key, &change, &guard, later(1), None).await {
                    Err(StoreError::Throttled(_)) => {}
                    done => return done.unwrap(),
                }
            }
        });
    }
    writers.join_all().await;
    let found = store.get(&entity.key).await.unwrap().unwrap();
    assert_eq!(found.revision.version, 9, "no update was lost");
}

pub(crate) async fn a_resource_added_again_is_another_revision<R: Sample>(store: Store<R>) {
    let entity = entity(2016, "Again");
    store.add(&entity, None).await.unwrap();
    store
        .delete(&entity.key, &any(), later(1), None)
        .await
        .unwrap();
    let mut again = entity.clone();
    again.revision = Revision::first(later(2));
    store.add(&again, None).await.unwrap();

    let seen_before = [entity.revision];
    let guard = Guard {
        by: By::Editor(&ADA),
        revisions: Some(&seen_before),
    };
    let updated = store
        .update(&entity.key, &change::<R>(1), &guard, later(3), None)
        .await;
    assert!(
        matches!(updated, Err(StoreError::RevisionMismatch)),
        "{updated:?}"
    );
}
