//! Promise 14: the feed of changes.

use std::collections::BTreeMap;

use kit::{
    changes::{Changes, ChangesRequest, Head, Position},
    page::{Filter, PageRequest},
    resource::{Access, Entity, Key as _, Resource},
    store::{Guard, StoreError},
    user::UserId,
};
use libtest_mimic::Trial;
use local::store::EmbeddedStore;
use movies::Movie;

use crate::{
    Store, block_on,
    nouns::MovieStore,
    private::entity_of,
    sample::{ADA, NOW, Sample, ada, any, bob, change, key, later, once, owner, with_key},
};

/// The reader whose log is read: nobody's in particular, or Ada's if the noun is private.
fn reader<R: Resource>() -> Option<UserId> {
    (R::ACCESS == Access::Private).then(ada)
}

/// A resource of Ada's.
fn entity<R: Sample>(name: &str) -> Entity<R> {
    match R::ACCESS {
        Access::Private => entity_of(&ada(), name),
        Access::Shared => with_key(key::<R>(2001, name)),
    }
}

async fn head<R: Sample>(store: &Store<R>) -> Head {
    store.head(reader::<R>().as_ref(), NOW).await.unwrap()
}

fn request<R: Resource>(head: &Head, from: Position, limit: u8) -> ChangesRequest {
    ChangesRequest {
        owner: reader::<R>(),
        epoch: head.epoch.clone(),
        from,
        limit,
    }
}

/// A client: what it has, and where it goes on.
struct Client<R: Resource> {
    has: BTreeMap<R::Key, Entity<R>>,
    head: Head,
    next: Position,
}

impl<R: Sample> Client<R> {
    /// Begins with all that there is, after it has looked at the end of the log.
    async fn begin(store: &Store<R>) -> Self {
        let head = head(store).await;
        let mut client = Self {
            has: BTreeMap::new(),
            next: head.end(),
            head,
        };
        client.take_all(store).await;
        client
    }

    async fn take_all(&mut self, store: &Store<R>) {
        let mut page = PageRequest {
            filter: Filter::All,
            limit: 2,
            after: None,
        };
        loop {
            let found = store.list(&page).await.unwrap();
            let mine = |entity: &Entity<R>| {
                let reader = reader::<R>();
                reader.is_none_or(|reader| entity.key.texts().0 == reader.as_str())
            };
            let items = found.items.into_iter().filter(mine);
            self.has
                .extend(items.map(|entity| (entity.key.clone(), entity)));
            page.after = found.next;
            if page.after.is_none() {
                break;
            }
        }
    }

    async fn page(&mut self, store: &Store<R>, limit: u8) -> Changes<R> {
        let request = request::<R>(&self.head, self.next, limit);
        let page = store.changes(&request).await.unwrap();
        assert!(page.items.len() <= usize::from(limit));
        for changed in &page.items {
            match &changed.entity {
                Some(entity) => self.has.insert(changed.key.clone(), entity.clone()),
                None => self.has.remove(&changed.key),
            };
        }
        self.next = page.next;
        page
    }

    /// Takes what has changed, and returns the number of items that came.
    async fn catch_up(&mut self, store: &Store<R>, limit: u8) -> usize {
        store.settle().await;
        let mut count = 0;
        loop {
            let page = self.page(store, limit).await;
            count += page.items.len();
            if !page.more {
                return count;
            }
        }
    }

    /// Has what the store has.
    async fn is_up_to_date(&self, store: &Store<R>) {
        let mut fresh = Self {
            has: BTreeMap::new(),
            head: self.head.clone(),
            next: self.next,
        };
        fresh.take_all(store).await;
        assert_eq!(self.has, fresh.has);
    }
}

pub(crate) async fn every_write_is_told<R: Sample>(store: Store<R>) {
    let ada = ada();
    let guard = owner(&ada);
    let mut client = Client::begin(&store).await;
    assert_eq!(client.catch_up(&store, 100).await, 0);
    for name in ["a", "b", "c"] {
        store.add(&entity(name), None).await.unwrap();
    }
    assert_eq!(client.catch_up(&store, 100).await, 3);
    client.is_up_to_date(&store).await;

    let [a, b, c] = ["a", "b", "c"].map(|name| entity::<R>(name).key);
    let (first, second) = (change::<R>(1), change::<R>(2));
    store
        .update(&a, &first, &guard, later(1), None)
        .await
        .unwrap();
    // So that the two changes have a row each.
    store.settle().await;
    store
        .update(&a, &second, &guard, later(2), None)
        .await
        .unwrap();
    store.delete(&b, &guard, later(3), None).await.unwrap();
    let told = client.catch_up(&store, 100).await;
    assert_eq!(told, 2, "the same resource comes once in a page");
    client.is_up_to_date(&store).await;
    assert_eq!(client.has.len(), 2);

    // With keys, and by other ways than an owner's.
    let (add, delete) = (once("1", "add"), once("2", "delete"));
    store.add(&entity::<R>("d"), Some(&add)).await.unwrap();
    store
        .delete(&a, &guard, later(4), Some(&delete))
        .await
        .unwrap();
    store
        .delete_owned(&entity::<R>("d").key, &ada)
        .await
        .unwrap();
    if R::ACCESS == Access::Shared {
        store
            .update(&c, &first, &any(), later(5), None)
            .await
            .unwrap();
        store.disown(&c, &ada, later(6)).await.unwrap();
    }
    client.catch_up(&store, 100).await;
    // Who leaves has no log any more.
    if R::ACCESS == Access::Shared {
        client.is_up_to_date(&store).await;
        assert_eq!(client.has[&c].owner, None);
        assert_eq!(client.has.len(), 1);
    }
}

pub(crate) async fn a_refused_write_is_no_change<R: Sample>(store: Store<R>) {
    let ada = ada();
    store.add(&entity::<R>("a"), None).await.unwrap();
    store.settle().await;
    let mut client = Client::begin(&store).await;
    let key = entity::<R>("a").key;
    store.add(&entity::<R>("a"), None).await.unwrap_err();
    let stale = Guard {
        revisions: Some(&[]),
        ..owner(&ada)
    };
    store
        .update(&key, &change::<R>(1), &stale, later(1), None)
        .await
        .unwrap_err();
    let missing = entity::<R>("b").key;
    store
        .delete(&missing, &owner(&ada), later(1), None)
        .await
        .unwrap_err();
    assert_eq!(client.catch_up(&store, 100).await, 0);
}

pub(crate) async fn changes_have_pages<R: Sample>(store: Store<R>) {
    let mut client = Client::begin(&store).await;
    let names: Vec<_> = (0..25).map(|n| format!("{n:02}")).collect();
    for name in &names {
        store.add(&entity(name), None).await.unwrap();
    }
    let change = change::<R>(1);
    for name in names.iter().step_by(2) {
        let key = entity::<R>(name).key;
        store
            .update(&key, &change, &owner(&ADA), later(1), None)
            .await
            .unwrap();
    }
    store.settle().await;
    let begun = client.next;
    let mut ends = Vec::new();
    for limit in [1, 3, 100] {
        client.next = begun;
        client.has.clear();
        client.catch_up(&store, limit).await;
        client.is_up_to_date(&store).await;
        assert_eq!(client.has.len(), names.len(), "limit {limit}");
        ends.push(client.next);
    }
    assert_eq!(ends, [client.next; 3]);
    // A hundred changes are one answer.
    client.next = begun;
    let page = client.page(&store, 100).await;
    assert_eq!((page.items.len(), page.more), (25, false));
}

/// What is written while a snapshot is taken comes with the changes.
pub(crate) async fn a_snapshot_misses_nothing<R: Sample>(store: Store<R>) {
    for name in ["b", "d", "f"] {
        store.add(&entity(name), None).await.unwrap();
    }
    let head = head(&store).await;
    let first = PageRequest {
        filter: match reader::<R>() {
            Some(_) => Filter::Partition(entity::<R>("b").key.partition().clone()),
            None => Filter::All,
        },
        limit: 2,
        after: None,
    };
    let page = store.list(&first).await.unwrap();
    let ada = ada();
    let guard = owner(&ada);
    for name in ["a", "c", "g"] {
        store.add(&entity(name), None).await.unwrap();
    }
    let seen = page.items[0].key.clone();
    store.delete(&seen, &guard, later(1), None).await.unwrap();
    let rest = PageRequest {
        after: page.next,
        ..first
    };
    let rest = store.list(&rest).await.unwrap();
    let all = page.items.into_iter().chain(rest.items);
    let mut client = Client {
        has: all.map(|entity| (entity.key.clone(), entity)).collect(),
        next: head.end(),
        head,
    };
    client.catch_up(&store, 2).await;
    client.is_up_to_date(&store).await;
    assert_eq!(client.has.len(), 5);
    assert!(!client.has.contains_key(&seen));
}

pub(crate) async fn a_position_of_another_log_has_expired<R: Sample>(store: Store<R>) {
    store.add(&entity::<R>("a"), None).await.unwrap();
    store.settle().await;
    let head = head(&store).await;
    let end = head.end();
    let other = Head {
        epoch: "another".to_owned(),
        ..head.clone()
    };
    let beyond = Position {
        row: end.row + 1,
        ..end
    };
    let into_nothing = Position { taken: 1, ..end };
    for (head, from) in [(&other, end), (&head, beyond), (&head, into_nothing)] {
        let answer = store.changes(&request::<R>(head, from, 1)).await;
        // The embedded store has one key in a row.
        if from == into_nothing && answer.is_ok() {
            continue;
        }
        assert!(
            matches!(answer, Err(StoreError::CursorExpired)),
            "{from:?}: {answer:?}"
        );
    }
}

pub(crate) async fn the_log_of_another_user_is_another<R: Sample>(store: Store<R>) {
    let mut client = Client::begin(&store).await;
    store.add(&entity_of::<R>(&bob(), "b"), None).await.unwrap();
    assert_eq!(client.catch_up(&store, 100).await, 0);
    store.add(&entity_of::<R>(&ada(), "a"), None).await.unwrap();
    assert_eq!(client.catch_up(&store, 100).await, 1);
    client
        .has
        .values()
        .for_each(|entity| assert!(entity.is_of(&ada())));
    assert_eq!(client.has.len(), 1);
}

/// The tests of what a store does when time passes.
pub(crate) fn trials() -> Vec<Trial> {
    vec![Trial::test("changes::rows_are_kept_for_37_days", || {
        block_on(rows_are_kept_for_37_days(
            EmbeddedStore::in_memory().unwrap().into(),
        ));
        Ok(())
    })]
}

async fn rows_are_kept_for_37_days(store: MovieStore) {
    let head = head(&store).await;
    let from = |row| request::<Movie>(&head, Position { row, taken: 0 }, 100);
    let day = |day: i64| later(day * 24 * 3600);
    let movie = entity::<Movie>("a");
    store.add(&movie, None).await.unwrap();
    let change = change::<Movie>(1);
    for (now, told) in [(day(36), true), (day(38), false)] {
        store
            .update(&movie.key, &change, &any(), now, None)
            .await
            .unwrap();
        let answer = store.changes(&from(1)).await;
        assert_eq!(answer.is_ok(), told, "{answer:?}");
        if let Err(error) = answer {
            assert!(matches!(error, StoreError::CursorExpired), "{error:?}");
        }
    }
    // Whoever knows the first row misses nothing.
    let answer = store.changes(&from(2)).await.unwrap();
    assert_eq!((answer.items.len(), answer.more), (1, false));
}
