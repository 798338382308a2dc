//! Promise 4: guards hold at the moment of the write.

use kit::{
    resource::{Change, Revision},
    store::{By, Guard, StoreError},
    user::UserId,
};
use movies::MovieChanges;
use tokio::task::JoinSet;

use crate::{
    Store,
    sample::{ADA, NOW, ada, any, full_movie, key, later, movie},
};

fn ranked(rank: u32) -> MovieChanges {
    MovieChanges {
        rank: Change::Set(crate::sample::rank(rank)),
        ..MovieChanges::default()
    }
}

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

pub(crate) async fn a_missing_movie_is_not_found(store: Store) {
    let key = key(2016, "Missing");
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
        let updated = store.update(&key, &ranked(1), &guard, NOW, None).await;
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

pub(crate) async fn each_guard_is_checked_in_order(store: Store) {
    let movie = movie(2016, "Guarded");
    store.add(&movie, None).await.unwrap();
    let (owner, other) = (ada(), UserId::new("bob"));
    let current = movie.revision;
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
            let deleted = store.delete(&movie.key, guard, later(1), None).await;
            assert_eq!(Outcome::of(&deleted), *expected, "delete {guard:?}");
        }
        let updated = store
            .update(&movie.key, &ranked(1), guard, later(1), None)
            .await;
        assert_eq!(Outcome::of(&updated), *expected, "update {guard:?}");
    }
    let now_second = [current.next()];
    let guard = Guard {
        by: By::Owner(&owner),
        revisions: Some(&now_second),
    };
    store
        .delete(&movie.key, &guard, later(2), None)
        .await
        .unwrap();
}

pub(crate) async fn a_refused_write_changes_nothing(store: Store) {
    let movie = full_movie();
    store.add(&movie, None).await.unwrap();
    let stale = [movie.revision.next()];
    let guard = Guard {
        by: By::Editor(&ADA),
        revisions: Some(&stale),
    };
    store
        .update(&movie.key, &ranked(9), &guard, later(1), None)
        .await
        .unwrap_err();
    store
        .delete(&movie.key, &guard, later(1), None)
        .await
        .unwrap_err();
    assert_eq!(store.get(&movie.key).await.unwrap(), Some(movie));
}

pub(crate) async fn of_many_writers_updating_one_revision_one_succeeds(store: Store) {
    let movie = movie(2016, "Contended");
    store.add(&movie, None).await.unwrap();
    let mut writers = JoinSet::new();
    for writer in 1..=16 {
        let (store, key, revision) = (store.clone(), movie.key.clone(), movie.revision);
        writers.spawn(async move {
            let guard = Guard {
                by: By::Editor(&ADA),
                revisions: Some(&[revision]),
            };
            store
                .update(&key, &ranked(writer), &guard, later(1), None)
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
        store.get(&movie.key).await.unwrap().as_ref(),
        winners.first()
    );
}

pub(crate) async fn updates_without_a_guard_all_succeed(store: Store) {
    let movie = movie(2016, "Popular");
    store.add(&movie, None).await.unwrap();
    let mut writers = JoinSet::new();
    for writer in 1..=8 {
        let (store, key) = (store.clone(), movie.key.clone());
        writers.spawn(async move {
            let guard = Guard {
                by: By::Owner(&ADA),
                revisions: None,
            };
            store
                .update(&key, &ranked(writer), &guard, later(1), None)
                .await
                .unwrap()
        });
    }
    writers.join_all().await;
    let found = store.get(&movie.key).await.unwrap().unwrap();
    assert_eq!(found.revision.version, 9, "no update was lost");
}

pub(crate) async fn a_movie_added_again_is_another_revision(store: Store) {
    let movie = movie(2016, "Again");
    store.add(&movie, None).await.unwrap();
    store
        .delete(&movie.key, &any(), later(1), None)
        .await
        .unwrap();
    let mut again = movie.clone();
    again.revision = Revision::first(later(2));
    store.add(&again, None).await.unwrap();

    let seen_before = [movie.revision];
    let guard = Guard {
        by: By::Editor(&ADA),
        revisions: Some(&seen_before),
    };
    let updated = store
        .update(&movie.key, &ranked(1), &guard, later(3), None)
        .await;
    assert!(
        matches!(updated, Err(StoreError::RevisionMismatch)),
        "{updated:?}"
    );
}
