//! Promise 8: pages.

use std::collections::{BTreeMap, BTreeSet};

use kit::{
    page::{Filter, PageRequest},
    resource::{Entity, Key, KeyText as _},
    value::LinePrefix,
};
use tokio::task::JoinSet;

use crate::{
    Store,
    sample::{Sample, any, key, later, partitions, texts, with_key},
};

/// Adds an entity for each text in each partition.
async fn fill<R: Sample>(store: &Store<R>) -> Vec<Entity<R>> {
    let texts: Vec<_> = texts::<R>()
        .into_iter()
        .map(|text| key::<R>(1995, text).sort().clone())
        .collect();
    let entities: Vec<Entity<R>> = partitions::<R>()
        .into_iter()
        .flat_map(|partition| {
            let keys = texts.iter().cloned();
            keys.map(move |text| with_key(R::Key::new(partition.clone(), text)))
        })
        .collect();
    assert!(entities.len() > 100);
    let mut adding = JoinSet::new();
    for entity in entities.clone() {
        let store = store.clone();
        adding.spawn(async move { store.add(&entity, None).await.unwrap() });
    }
    adding.join_all().await;
    entities
}

/// Follows a listing from page to page to its end.
async fn list<R: Sample>(store: &Store<R>, filter: Filter<R::Key>, limit: u8) -> Vec<R::Key> {
    let mut found = Vec::new();
    let mut page = PageRequest {
        filter,
        limit,
        after: None,
    };
    loop {
        let answer = store.list(&page).await.unwrap();
        assert!(answer.items.len() <= usize::from(limit));
        found.extend(answer.items.into_iter().map(|entity| entity.key));
        match answer.next {
            Some(next) => page.after = Some(next),
            None => return found,
        }
    }
}

fn partition<R: Sample>(year: u32) -> <R::Key as Key>::Partition {
    key::<R>(year, "a").partition().clone()
}

pub(crate) async fn a_listing_yields_every_resource_once_in_the_order_of_sort_texts<R: Sample>(
    store: Store<R>,
) {
    let entities = fill(&store).await;
    for limit in [1, 7, 50, 100] {
        let found = list(&store, Filter::All, limit).await;
        assert_eq!(found.len(), entities.len(), "limit {limit}");
        let distinct: BTreeSet<_> = found.iter().collect();
        assert_eq!(
            distinct,
            entities.iter().map(|entity| &entity.key).collect(),
            "limit {limit}"
        );

        let mut by_partition: BTreeMap<_, Vec<&str>> = BTreeMap::new();
        for key in &found {
            by_partition
                .entry(key.partition())
                .or_default()
                .push(key.sort().as_str());
        }
        for (partition, texts) in by_partition {
            assert!(texts.is_sorted(), "limit {limit}, {partition:?}: {texts:?}");
        }
    }
}

pub(crate) async fn a_partition_lists_its_own_resources<R: Sample>(store: Store<R>) {
    let entities = fill(&store).await;
    for partition in partitions::<R>() {
        for limit in [3, 100] {
            let filter = Filter::Partition(partition.clone());
            let found = list(&store, filter, limit).await;
            let mut expected: Vec<_> = entities
                .iter()
                .map(|entity| entity.key.clone())
                .filter(|key| *key.partition() == partition)
                .collect();
            expected.sort();
            assert_eq!(found, expected, "{partition:?}, limit {limit}");
        }
    }
    let empty = Filter::Partition(partition::<R>(2100));
    assert_eq!(list(&store, empty, 100).await, []);
}

pub(crate) async fn a_prefix_lists_the_sort_texts_that_begin_so<R: Sample>(store: Store<R>) {
    fill(&store).await;
    let partition = partition::<R>(1999);
    for prefix in ["The", "The ", "A", "5", "+", "É", "🎬", "Nothing"] {
        let mut expected = texts::<R>();
        expected.retain(|text| text.starts_with(prefix));
        expected.sort_unstable();
        for limit in [1, 100] {
            let filter = Filter::Prefix(partition.clone(), LinePrefix::parse(prefix).unwrap());
            let found = list(&store, filter, limit).await;
            let texts: Vec<_> = found.iter().map(|key| key.sort().as_str()).collect();
            assert_eq!(texts, expected, "{prefix:?}, limit {limit}");
            assert!(found.iter().all(|key| *key.partition() == partition));
        }
    }
}

pub(crate) async fn a_page_never_exceeds_its_limit<R: Sample>(store: Store<R>) {
    fill(&store).await;
    for limit in [1, 2, 99, 100] {
        let page = PageRequest {
            filter: Filter::All,
            limit,
            after: None,
        };
        let answer = store.list(&page).await.unwrap();
        assert_eq!(answer.items.len(), usize::from(limit));
        assert!(answer.next.is_some());
    }
}

pub(crate) async fn an_empty_listing_ends<R: Sample>(store: Store<R>) {
    assert_eq!(list(&store, Filter::All, 10).await, []);
    let filter = Filter::Partition(partition::<R>(1999));
    assert_eq!(list(&store, filter, 10).await, []);
}

pub(crate) async fn a_cursor_stays_good_when_its_resource_is_deleted<R: Sample>(store: Store<R>) {
    fill(&store).await;
    for filter in [Filter::All, Filter::Partition(partition::<R>(1995))] {
        let first = PageRequest {
            filter: filter.clone(),
            limit: 5,
            after: None,
        };
        let answer = store.list(&first).await.unwrap();
        let cursor = answer.next.unwrap();
        let rest = PageRequest {
            filter,
            limit: 5,
            after: Some(cursor.clone()),
        };
        let before = store.list(&rest).await.unwrap();
        store.delete(&cursor, &any(), later(1), None).await.unwrap();
        assert_eq!(store.list(&rest).await.unwrap(), before);
    }
}
