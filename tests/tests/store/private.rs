//! Private resources: the owner is the partition of the key.

use kit::{
    belongings::{Belongings as _, Fate},
    page::{Filter, PageRequest},
    resource::{Changes as _, Entity, Key as _, Resource},
    store::{StoreError, Written},
    user::UserId,
};

use crate::{
    Store,
    sample::{NOW, Sample, ada, bob, change, fields, later, once, owner, texts, with_key},
};

fn key<R: Resource>(user: &UserId, id: &str) -> R::Key {
    R::Key::from_texts(user.as_str(), id).unwrap()
}

/// A resource of this user without optional members.
pub(crate) fn entity_of<R: Sample>(user: &UserId, id: &str) -> Entity<R> {
    Entity {
        owner: Some(user.clone()),
        ..with_key(key::<R>(user, id))
    }
}

pub(crate) async fn every_value_of_a_private_resource_round_trips<R: Sample>(store: Store<R>) {
    let ada = ada();
    let bodies = [R::full(), R::bare()].into_iter().chain(R::others());
    let with_values = bodies.enumerate().map(|(n, body)| Entity {
        fields: fields(&body),
        ..entity_of::<R>(&ada, &format!("value-{n}"))
    });
    let with_ids = texts::<R>().into_iter().map(|id| entity_of::<R>(&ada, id));
    for entity in with_values.chain(with_ids) {
        let added = store.add(&entity, None).await.unwrap();
        assert_eq!(added, Written::now(entity.clone()));
        let found = store.get(&entity.key).await.unwrap();
        assert_eq!(found, Some(entity));
    }
    // To the values of another, and back.
    let key = key::<R>(&ada, "value-0");
    for (version, body) in [(2, R::bare()), (3, R::full())] {
        let fields: R = fields(&body);
        let changes = R::Changes::to(&fields);
        let guard = owner(&ada);
        let updated = store.update(&key, &changes, &guard, later(1), None);
        let updated = updated.await.unwrap().value;
        assert_eq!(updated.revision.version, version);
        assert_eq!(updated.fields, fields);
        let found = store.get(&key).await.unwrap();
        assert_eq!(found, Some(updated));
    }
}

pub(crate) async fn a_user_reaches_the_own_resources_alone<R: Sample>(store: Store<R>) {
    let (ada, bob) = (ada(), bob());
    store.add(&entity_of(&ada, "e"), None).await.unwrap();
    let guard = owner(&bob);
    let (mine, now) = (key::<R>(&bob, "e"), later(1));
    let changed = store
        .update(&mine, &change::<R>(1), &guard, now, None)
        .await;
    assert!(matches!(changed, Err(StoreError::NotFound)), "{changed:?}");
    let deleted = store.delete(&mine, &guard, now, None).await;
    assert!(matches!(deleted, Err(StoreError::NotFound)), "{deleted:?}");
    store.add(&entity_of(&bob, "e"), None).await.unwrap();
    let again = store.add(&entity_of(&bob, "e"), None).await;
    assert!(matches!(again, Err(StoreError::AlreadyExists)), "{again:?}");
    store.delete(&mine, &guard, now, None).await.unwrap();
    assert_eq!(store.get(&mine).await.unwrap(), None);
    let hers = store.get(&key::<R>(&ada, "e")).await.unwrap();
    assert_eq!(hers, Some(entity_of(&ada, "e")));
}

pub(crate) async fn a_private_resource_is_written_once_a_key<R: Sample>(store: Store<R>) {
    let ada = ada();
    let (add, update, delete) = (once("1", "a"), once("2", "u"), once("3", "d"));
    let entity = entity_of::<R>(&ada, "e");
    let (guard, key) = (owner(&ada), &entity.key);
    let (changes, mut fields) = (change::<R>(1), entity.fields.clone());
    changes.apply(&mut fields);
    for replayed in [false, true] {
        let added = store.add(&entity, Some(&add)).await.unwrap();
        assert_eq!(
            (added.replayed, added.value.revision.version),
            (replayed, 1)
        );
    }
    for replayed in [false, true] {
        let updated = store.update(key, &changes, &guard, later(1), Some(&update));
        let updated = updated.await.unwrap();
        assert_eq!(
            (updated.replayed, updated.value.revision.version),
            (replayed, 2)
        );
        assert_eq!(updated.value.fields, fields);
    }
    for replayed in [false, true] {
        let deleted = store.delete(key, &guard, later(2), Some(&delete)).await;
        assert_eq!(deleted.unwrap().replayed, replayed);
    }
    let reused = store.add(&entity, Some(&once("1", "b"))).await;
    assert!(matches!(reused, Err(StoreError::KeyReused)), "{reused:?}");
}

pub(crate) async fn a_private_listing_has_pages<R: Sample>(store: Store<R>) {
    let users = [ada(), UserId::new("ad"), UserId::new("adam")];
    let ids = ["-", "10", "9", "A", "_", "a"];
    for user in &users {
        for id in ids {
            store.add(&entity_of(user, id), None).await.unwrap();
        }
    }
    for user in &users {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = PageRequest {
                filter: Filter::Partition(key::<R>(user, "a").partition().clone()),
                limit: 4,
                after,
            };
            let page = store.list(&page).await.unwrap();
            found.extend(page.items.into_iter().map(|entity| entity.key));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(found, ids.map(|id| key::<R>(user, id)));
    }
}

pub(crate) async fn the_keys_of_a_user_are_told_without_a_lag<R: Sample>(store: Store<R>) {
    let (ada, bob) = (ada(), bob());
    let store = store.resources;
    assert!(store.lag().is_zero());
    assert!(!store.may_stay());
    for id in ["a", "b", "c"] {
        store.add(&entity_of(&ada, id), None).await.unwrap();
        store.add(&entity_of(&bob, id), None).await.unwrap();
    }
    let first = store.owned_by(&ada, 2, None).await.unwrap();
    assert_eq!(first.keys, [key::<R>(&ada, "a"), key::<R>(&ada, "b")]);
    let next = store.owned_by(&ada, 2, first.next.as_ref()).await.unwrap();
    assert_eq!(next.keys, [key::<R>(&ada, "c")]);
    assert_eq!(next.next, None);
    let exported = store.export(&ada, None).await.unwrap();
    assert_eq!(exported.items.len(), 3);
    assert!(!exported.items[0].get().contains("\"ada\""), "{exported:?}");
    assert!(store.release(&ada, Fate::Delete, later(1)).await.unwrap());
    let left = store.owned_by(&ada, 2, None).await.unwrap();
    assert_eq!(left.keys, []);
    let others = store.owned_by(&bob, 9, None).await.unwrap();
    assert_eq!(others.keys.len(), 3);
}

pub(crate) async fn who_leaves_adds_no_private_resource<R: Sample>(store: Store<R>) {
    let ada = ada();
    store.add(&entity_of(&ada, "e"), None).await.unwrap();
    store.records.begin_leaving(&ada, NOW).await.unwrap();
    let added = store.add(&entity_of(&ada, "f"), None).await;
    assert!(matches!(added, Err(StoreError::Leaving)), "{added:?}");
    let key = key::<R>(&ada, "e");
    let guard = owner(&ada);
    let (changes, once) = (change::<R>(1), once("1", "u"));
    let updated = store.update(&key, &changes, &guard, NOW, Some(&once)).await;
    assert!(matches!(updated, Err(StoreError::Leaving)), "{updated:?}");
    store.delete_owned(&key, &ada).await.unwrap();
    assert_eq!(store.get(&key).await.unwrap(), None);
}
