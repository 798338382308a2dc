//! The store on DynamoDB deserialises the same movie from each form in which an item may be written.

use std::sync::{Arc, Mutex};

use kit::{
    page::{Filter, PageRequest},
    resource::Entity,
    store::{By, Guard, StoreError},
};
use libtest_mimic::{Failed, Trial};
use movies::{Info, Movie, MovieChanges, MovieKey, Title};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use serde_json::{Value, json};
use tests::{
    service::dynamo_store,
    stub::{Asked, Canned, Stub},
};

use crate::{
    block_on,
    nouns::{MovieStore, full_movie, movie_key},
    sample::{ADA, later},
};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("found::what_was_put_is_found", || {
            TestRunner::new(Config {
                cases: 100,
                failure_persistence: None,
                ..Config::default()
            })
            .run(&movies(), |movie| {
                prop_assert_eq!(block_on(put_and_found(&movie)), vec![movie; 4]);
                Ok(())
            })
            .map_err(|error| Failed::from(error.to_string()))
        }),
        Trial::test("found::a_value_may_be_written_in_more_than_one_way", || {
            block_on(a_value_may_be_written_in_more_than_one_way());
            Ok(())
        }),
        Trial::test("found::what_is_no_movie_is_named", || {
            block_on(what_is_no_movie_is_named());
            Ok(())
        }),
        Trial::test("found::a_page_ends_where_the_answer_says", || {
            block_on(a_page_ends_where_the_answer_says());
            Ok(())
        }),
    ]
}

/// Movies with all details, and with any texts.
fn movies() -> impl Strategy<Value = Entity<Movie>> {
    let title = any::<String>().prop_filter_map("no title", |text| Title::parse(&text).ok());
    let info = any::<String>().prop_filter_map("no info", |text| Info::parse(&text).ok());
    (title, info).prop_map(|(title, info)| {
        let mut movie = full_movie();
        movie.key.title = title;
        movie.fields.info = Some(info);
        movie
    })
}

/// Puts a movie, and returns it as each way to find a movie returns it.
async fn put_and_found(movie: &Entity<Movie>) -> Vec<Entity<Movie>> {
    let item = Arc::new(Mutex::new(Value::Null));
    let answer = move |asked: &Asked| {
        let mut item = item.lock().unwrap();
        Canned::ok(match asked.target.as_str() {
            "TransactWriteItems" => {
                *item = asked.body()["TransactItems"][0]["Put"]["Item"].clone();
                json!({})
            }
            "GetItem" => json!({ "Item": *item }),
            "UpdateItem" => json!({ "Attributes": *item }),
            _ => json!({ "Items": [*item] }),
        })
    };
    let stub = Stub::start(answer).await;
    let store = MovieStore::from(dynamo_store(stub.url()));
    store.add(movie, None).await.unwrap();
    every_way(&store, &movie.key)
        .await
        .into_iter()
        .map(Result::unwrap)
        .collect()
}

async fn every_way(store: &MovieStore, key: &MovieKey) -> Vec<Result<Entity<Movie>, StoreError>> {
    let changes = MovieChanges::default();
    let guard = Guard {
        by: By::Owner(&ADA),
        revisions: None,
    };
    let found = store.get(key).await.map(Option::unwrap);
    let updated = store.update(key, &changes, &guard, later(1), None).await;
    let mut every = vec![found, updated.map(|written| written.value)];
    for filter in [Filter::All, Filter::Partition(key.year)] {
        let page = store.list(&page(filter)).await;
        every.push(page.map(|mut page| page.items.remove(0)));
    }
    every
}

fn page(filter: Filter<MovieKey>) -> PageRequest<MovieKey> {
    PageRequest {
        filter,
        limit: 1,
        after: None,
    }
}

/// The answer of a table that has this item, for every operation.
fn with(item: &Value) -> Canned {
    Canned::ok(json!({ "Item": item, "Attributes": item, "Items": [item] }))
}

async fn every_way_of(item: Value) -> Vec<Result<Entity<Movie>, StoreError>> {
    let stub = Stub::start(move |asked| {
        let mut answer = with(&item);
        let wanted: &[_] = match asked.target.as_str() {
            "GetItem" => &["Item"],
            "UpdateItem" => &["Attributes"],
            _ => &["Items"],
        };
        let members = answer.body.as_object_mut().unwrap();
        members.retain(|name, _| wanted.contains(&name.as_str()));
        answer
    });
    let stub = stub.await;
    every_way(
        &MovieStore::from(dynamo_store(stub.url())),
        &movie_key(1927, "Metropolis"),
    )
    .await
}

fn metropolis(member: &str, value: Value) -> Value {
    let mut item = json!({
        "year": { "N": "1927" },
        "title": { "S": "Metropolis" },
        "rating": { "N": "8.3" },
        "directors": { "L": [{ "S": "Fritz Lang" }] },
        "version": { "N": "1" },
        "createdAt": { "S": "2026-03-14T09:26:53.000000Z" },
        "updatedAt": { "S": "2026-03-14T09:26:53.000000Z" },
    });
    item[member] = value;
    item
}

async fn a_value_may_be_written_in_more_than_one_way() {
    let plain = metropolis("rating", json!({ "N": "8.3" }));
    let expected = every_way_of(plain).await.remove(0).unwrap();
    assert_eq!(expected.key, movie_key(1927, "Metropolis"));
    assert_eq!(expected.fields.directors[0].as_str(), "Fritz Lang");
    for (member, value) in [
        ("rating", json!({ "N": "83E-1" })),
        ("rating", json!({ "N": "8.30" })),
        // Attributes that a table may hold but the service never writes.
        ("info", json!({ "NULL": true })),
        ("directors", json!({ "SS": ["Fritz Lang"] })),
        ("nitrate", json!({ "BOOL": true })),
        (
            "prints",
            json!({ "M": { "berlin": { "NS": ["1", "2"] }, "none": { "B": "AA==" } } }),
        ),
        ("reels", json!({ "L": [{ "N": "1" }, { "L": [] }] })),
        // The SDK would refuse this one, which shows that the store deserialises the item without it.
        ("frames", json!({ "N": 1 })),
    ] {
        for found in every_way_of(metropolis(member, value.clone())).await {
            assert_eq!(found.unwrap(), expected, "{member}: {value}");
        }
    }
}

async fn what_is_no_movie_is_named() {
    for (member, value, at) in [
        ("version", json!({ "S": "one" }), "version"),
        ("version", json!({ "N": "one" }), "version"),
        ("year", json!({ "N": "1066" }), "year"),
        ("rating", json!({ "N": "11" }), "rating"),
        (
            "directors",
            json!({ "L": [{ "N": "451" }] }),
            "directors[0]",
        ),
        ("directors", json!({ "S": "Fritz Lang" }), "directors"),
        ("createdAt", json!({ "S": "yesterday" }), "createdAt"),
        ("title", json!({ "M": {} }), "title"),
    ] {
        for found in every_way_of(metropolis(member, value.clone())).await {
            match found {
                Err(StoreError::Corrupt { attribute, .. }) => assert_eq!(attribute, at, "{value}"),
                other => panic!("{member}: {value}: {other:?}"),
            }
        }
    }
}

async fn a_page_ends_where_the_answer_says() {
    let item = metropolis("rating", json!({ "N": "8.3" }));
    let last = json!({ "year": { "N": "1927" }, "title": { "S": "Metropolis" } });
    for (last, next) in [
        (json!(null), None),
        (json!({}), None),
        (last, Some(movie_key(1927, "Metropolis"))),
    ] {
        let (item, told) = (item.clone(), last.clone());
        let stub = Stub::start(move |_| {
            let items = [&item, &item];
            Canned::ok(json!({ "Items": items, "LastEvaluatedKey": told, "Count": 2 }))
        });
        let stub = stub.await;
        let store = MovieStore::from(dynamo_store(stub.url()));
        let found = store.list(&page(Filter::All)).await.unwrap();
        assert_eq!((found.items.len(), found.next), (2, next), "{last}");
    }
}
