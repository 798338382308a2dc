//! Private resources: the owner is the partition of the key.

use kit::{
    belongings::{Belongings as _, Fate},
    resource::{Change, Changes as _, Entity, Required},
    store::{By, Guard, StoreError, Written},
    user::UserId,
    value::{Date, Slug},
};
use watchlist::{Entry, EntryChanges, EntryKey, Note, Rating, Title, Year};

use crate::{
    Store,
    sample::{NOW, ada, bob, later, once},
};

fn key(user: &UserId, id: &str) -> EntryKey {
    EntryKey {
        owner: user.clone(),
        entry_id: Slug::parse(id).unwrap(),
    }
}

fn entry(user: &UserId, id: &str) -> Entity<Entry> {
    let fields = Entry {
        title: Required(Title::parse("V/H/S").unwrap()),
        year: Required(Year::parse(2012).unwrap()),
        note: None,
        watched: false,
        watched_on: None,
        rating: None,
    };
    Entity::new(key(user, id), fields, user.clone(), NOW)
}

fn owner(user: &UserId) -> Guard<'_> {
    Guard {
        by: By::Owner(user),
        revisions: None,
    }
}

fn watched() -> EntryChanges {
    EntryChanges {
        watched: Change::Set(true),
        ..EntryChanges::default()
    }
}

pub(crate) async fn every_value_of_a_private_resource_round_trips(store: Store) {
    let store = store.watchlist;
    let (ada, mut full) = (ada(), entry(&ada(), "full"));
    full.fields.note = Some(Note::parse("a\nb").unwrap());
    full.fields.watched = true;
    full.fields.watched_on = Some(Date::parse("2026-03-15").unwrap());
    full.fields.rating = Some(Rating::parse("8.25").unwrap());
    for entry in [&full, &entry(&ada, "plain")] {
        let added = store.add(entry, None).await.unwrap();
        assert_eq!(added, Written::now(entry.clone()));
        let found = store.get(&entry.key).await.unwrap();
        assert_eq!(found.as_ref(), Some(entry));
    }
    // To the values of another, and back.
    let plain = EntryChanges::to(&entry(&ada, "x").fields);
    for (version, changes) in [(2, plain), (3, EntryChanges::to(&full.fields))] {
        let guard = owner(&ada);
        let changed = store.update(&full.key, &changes, &guard, later(1), None);
        let changed = changed.await.unwrap().value;
        assert_eq!(changed.revision.version, version);
        assert_eq!(changed.fields.watched, version == 3);
        let found = store.get(&full.key).await.unwrap();
        assert_eq!(found, Some(changed));
    }
}

pub(crate) async fn a_user_reaches_the_own_resources_alone(store: Store) {
    let store = store.watchlist;
    let (ada, bob) = (ada(), bob());
    store.add(&entry(&ada, "e"), None).await.unwrap();
    let guard = owner(&bob);
    let (mine, now) = (key(&bob, "e"), later(1));
    let changed = store.update(&mine, &watched(), &guard, now, None).await;
    assert!(matches!(changed, Err(StoreError::NotFound)), "{changed:?}");
    let deleted = store.delete(&mine, &guard, now, None).await;
    assert!(matches!(deleted, Err(StoreError::NotFound)), "{deleted:?}");
    store.add(&entry(&bob, "e"), None).await.unwrap();
    let again = store.add(&entry(&bob, "e"), None).await;
    assert!(matches!(again, Err(StoreError::AlreadyExists)), "{again:?}");
    store.delete(&mine, &guard, now, None).await.unwrap();
    assert_eq!(store.get(&mine).await.unwrap(), None);
    let hers = store.get(&key(&ada, "e")).await.unwrap();
    assert_eq!(hers, Some(entry(&ada, "e")));
}

pub(crate) async fn a_private_resource_is_written_once_a_key(store: Store) {
    let store = store.watchlist;
    let ada = ada();
    let (add, change, delete) = (once("1", "a"), once("2", "c"), once("3", "d"));
    let entry = entry(&ada, "e");
    let (guard, key) = (owner(&ada), &entry.key);
    for replayed in [false, true] {
        let added = store.add(&entry, Some(&add)).await.unwrap();
        assert_eq!(
            (added.replayed, added.value.revision.version),
            (replayed, 1)
        );
    }
    for replayed in [false, true] {
        let changed = store
            .update(key, &watched(), &guard, later(1), Some(&change))
            .await
            .unwrap();
        assert_eq!(
            (changed.replayed, changed.value.revision.version),
            (replayed, 2)
        );
        assert!(changed.value.fields.watched);
    }
    for replayed in [false, true] {
        let deleted = store.delete(key, &guard, later(2), Some(&delete)).await;
        assert_eq!(deleted.unwrap().replayed, replayed);
    }
    let reused = store.add(&entry, Some(&once("1", "b"))).await;
    assert!(matches!(reused, Err(StoreError::KeyReused)), "{reused:?}");
}

pub(crate) async fn a_private_listing_has_pages(store: Store) {
    use kit::page::{Filter, PageRequest};

    let store = store.watchlist;
    let users = [ada(), UserId::new("ad"), UserId::new("adam")];
    let ids = ["-", "10", "9", "A", "_", "a"];
    for user in &users {
        for id in ids {
            store.add(&entry(user, id), None).await.unwrap();
        }
    }
    for user in &users {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = PageRequest {
                filter: Filter::Partition(user.clone()),
                limit: 4,
                after,
            };
            let page = store.list(&page).await.unwrap();
            found.extend(page.items.into_iter().map(|entry| entry.key));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(found, ids.map(|id| key(user, id)));
    }
}

pub(crate) async fn the_keys_of_a_user_are_told_without_a_lag(store: Store) {
    let store = store.watchlist;
    let (ada, bob) = (ada(), bob());
    assert!(store.lag().is_zero());
    assert!(!store.may_stay());
    for id in ["a", "b", "c"] {
        store.add(&entry(&ada, id), None).await.unwrap();
        store.add(&entry(&bob, id), None).await.unwrap();
    }
    let first = store.owned_by(&ada, 2, None).await.unwrap();
    assert_eq!(first.keys, [key(&ada, "a"), key(&ada, "b")]);
    let next = store.owned_by(&ada, 2, first.next.as_ref()).await.unwrap();
    assert_eq!(next.keys, [key(&ada, "c")]);
    assert_eq!(next.next, None);
    let exported = store.export(&ada, None).await.unwrap();
    assert_eq!(exported.items.len(), 3);
    assert!(!exported.items[0].get().contains("ada"), "{exported:?}");
    assert!(store.release(&ada, Fate::Delete, later(1)).await.unwrap());
    let left = store.owned_by(&ada, 2, None).await.unwrap();
    assert_eq!(left.keys, []);
    let others = store.owned_by(&bob, 9, None).await.unwrap();
    assert_eq!(others.keys.len(), 3);
}

pub(crate) async fn who_leaves_adds_no_private_resource(store: Store) {
    let ada = ada();
    store.watchlist.add(&entry(&ada, "e"), None).await.unwrap();
    store.records.begin_leaving(&ada, NOW).await.unwrap();
    let added = store.watchlist.add(&entry(&ada, "f"), None).await;
    assert!(matches!(added, Err(StoreError::Leaving)), "{added:?}");
    let key = key(&ada, "e");
    let guard = owner(&ada);
    let once = once("1", "c");
    let changed = store
        .watchlist
        .update(&key, &watched(), &guard, NOW, Some(&once))
        .await;
    assert!(matches!(changed, Err(StoreError::Leaving)), "{changed:?}");
    store.watchlist.delete_owned(&key, &ada).await.unwrap();
    assert_eq!(store.watchlist.get(&key).await.unwrap(), None);
}
