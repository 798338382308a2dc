//! Promises 1, 2, 5 and 6: one resource a key, read your writes, versions, partial updates.

use std::collections::BTreeSet;

use kit::{
    resource::{Changes as _, Entity, Key as _},
    store::{StoreError, Written},
};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::{
    Store,
    sample::{
        NOW, Sample, ada, any, change, changes, entity, fields, full_entity, key, later,
        partitions, texts, with_key,
    },
};

pub(crate) async fn a_resource_that_was_added_is_found<R: Sample>(store: Store<R>) {
    let entity = entity(2016, "Godzilla");
    assert_eq!(
        store.add(&entity, None).await.unwrap(),
        Written::now(entity.clone())
    );
    assert_eq!(store.get(&entity.key).await.unwrap(), Some(entity));
}

pub(crate) async fn a_resource_that_was_not_added_is_not_found<R: Sample>(store: Store<R>) {
    store.add(&entity(2016, "Godzilla"), None).await.unwrap();
    for (year, text) in [(2015, "Godzilla"), (2016, "God"), (2016, "godzilla")] {
        assert_eq!(
            store.get(&key::<R>(year, text)).await.unwrap(),
            None,
            "{text} ({year})"
        );
    }
}

pub(crate) async fn every_value_round_trips<R: Sample>(store: Store<R>) {
    let full = R::full();
    let members: BTreeSet<_> = full
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(members, R::FIELDS.iter().copied().collect(), "the full one");

    let mut all = vec![full_entity::<R>()];
    for (n, body) in R::others().iter().enumerate() {
        let mut other = entity::<R>(1999, &format!("other-{n}"));
        other.fields = fields(body);
        all.push(other);
    }
    let long = ["é".repeat(255), "x".repeat(64)];
    for text in texts::<R>()
        .into_iter()
        .chain(long.iter().map(String::as_str))
    {
        all.extend(R::Key::from_texts("2009", text).map(with_key));
    }
    for partition in partitions::<R>() {
        let sort = key::<R>(1995, "partition").sort().clone();
        all.push(with_key(R::Key::new(partition, sort)));
    }
    for entity in all {
        store.add(&entity, None).await.unwrap();
        assert_eq!(store.get(&entity.key).await.unwrap(), Some(entity));
    }
}

pub(crate) async fn adding_an_existing_key_is_refused_and_changes_nothing<R: Sample>(
    store: Store<R>,
) {
    let first = full_entity();
    store.add(&first, None).await.unwrap();
    let second = Entity::new(first.key.clone(), fields(&R::bare()), ada(), later(1));
    let refused = store.add(&second, None).await;
    assert!(
        matches!(refused, Err(StoreError::AlreadyExists)),
        "{refused:?}"
    );
    assert_eq!(store.get(&first.key).await.unwrap(), Some(first));
}

pub(crate) async fn of_many_writers_adding_one_key_one_succeeds<R: Sample>(store: Store<R>) {
    let mut writers = JoinSet::new();
    for writer in 1..=16 {
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

fn written_by<R: Sample>(writer: u32) -> Entity<R> {
    let mut entity = entity(2016, "Everyones");
    change::<R>(writer).apply(&mut entity.fields);
    entity
}

pub(crate) async fn an_update_touches_what_it_names<R: Sample>(store: Store<R>) {
    let before = full_entity();
    store.add(&before, None).await.unwrap();
    let (full, bare) = (R::full(), R::bare());
    let to = |body: &Value, name: &str| json!({ name: body.get(name) });
    // Each member on its own is removed, or set to another value, and then set again.
    let steps = [R::change(7)].into_iter().chain(R::changes());
    let steps = steps.chain(R::FIELDS.iter().map(|name| to(&bare, name)));
    let steps = steps.chain(R::FIELDS.iter().map(|name| to(&full, name)));
    let mut steps: Vec<_> = steps.map(|body| changes::<R>(&body)).collect();
    // All of them at once.
    steps.extend([&bare, &full].map(|body| R::Changes::to(&fields(body))));

    let mut expected = before.clone();
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
    assert_eq!(expected.fields, before.fields);
}

pub(crate) async fn an_update_adds_one_to_the_version_and_keeps_the_moment_of_adding<R: Sample>(
    store: Store<R>,
) {
    let entity = entity(2016, "Counted");
    store.add(&entity, None).await.unwrap();
    for version in 2_u32..=4 {
        let now = later(i64::from(version));
        let written = update(&store, &entity.key, &change::<R>(1), now).await;
        assert_eq!(written.revision.version, u64::from(version));
        assert_eq!(written.revision.created_at, NOW);
        assert_eq!(written.updated_at, now);
        assert_eq!(written.owner, entity.owner);
    }
}

pub(crate) async fn a_deleted_resource_is_gone_and_may_be_added_again<R: Sample>(store: Store<R>) {
    let entity = full_entity();
    store.add(&entity, None).await.unwrap();
    let deleted = store
        .delete(&entity.key, &any(), later(1), None)
        .await
        .unwrap();
    assert_eq!(deleted, Written::now(()));
    assert_eq!(store.get(&entity.key).await.unwrap(), None);
    let again = Entity::new(entity.key.clone(), fields(&R::bare()), ada(), later(2));
    store.add(&again, None).await.unwrap();
    assert_eq!(store.get(&entity.key).await.unwrap(), Some(again));
}

async fn update<R: Sample>(
    store: &Store<R>,
    key: &R::Key,
    changes: &R::Changes,
    now: time::OffsetDateTime,
) -> Entity<R> {
    let written = store.update(key, changes, &any(), now, None).await.unwrap();
    assert!(!written.replayed);
    written.value
}
