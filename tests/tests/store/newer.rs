//! A change of a movie by this version keeps the attributes that only a newer version knows.

use kit::resource::{Change, Item};
use movies::{Movie, MovieChanges};
use serde_json::Value;
use tests::formats::{from_the_future, with};

use crate::{
    Test,
    nouns::{MovieStore, full_movie, rank},
    sample::{ada, any, later, once},
};

/// Every way to change a movie that is there.
pub(crate) const CHANGES: &[(&str, Test<Movie>)] = &[
    ("an_update", |store| Box::pin(update(store))),
    ("an_update_with_a_key", |store| Box::pin(update_once(store))),
    ("disowning", |store| Box::pin(disown(store))),
];

/// A movie as a newer version stored it.
pub(crate) fn stored() -> Value {
    let item = serde_json::to_value(Item(&full_movie())).unwrap();
    with(&item, &from_the_future("json"))
}

/// Changes that set some known details of the movie, and remove another.
fn changes() -> MovieChanges {
    let details = full_movie().fields;
    MovieChanges {
        info: Change::Set(details.info.unwrap()),
        directors: Change::Remove,
        rank: Change::Set(rank(2)),
        ..MovieChanges::default()
    }
}

async fn update(store: MovieStore) {
    let key = full_movie().key;
    let guard = any();
    let written = store.update(&key, &changes(), &guard, later(1), None).await;
    assert_eq!(written.unwrap().value.revision.version, 2);
}

async fn update_once(store: MovieStore) {
    let key = full_movie().key;
    let guard = any();
    let once = once("k", "a");
    let changes = changes();
    for replayed in [false, true] {
        let written = store.update(&key, &changes, &guard, later(1), Some(&once));
        assert_eq!(written.await.unwrap().replayed, replayed);
    }
}

async fn disown(store: MovieStore) {
    let key = full_movie().key;
    store.disown(&key, &ada(), later(1)).await.unwrap();
}

/// Demands that the movie was changed, that its unknown attributes were not, and that none was added.
pub(crate) fn knows_no_less(before: &Value, after: &Value) {
    assert_eq!(after["version"], 2);
    for unknown in from_the_future("json").as_object().unwrap().keys() {
        assert_eq!(after[unknown], before[unknown], "{unknown}");
    }
    let known = after.as_object().unwrap().keys();
    for name in known {
        assert!(before.get(name).is_some(), "{name} came from nowhere");
    }
}
