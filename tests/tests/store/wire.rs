//! The store on a stub of DynamoDB: its calls, and its reactions to answers that a real table gives only in a failure.

use std::sync::atomic::{AtomicUsize, Ordering};

use kit::{
    idempotency::LEAVING_KEPT_FOR,
    page::{Filter, KeyPage, PageRequest},
    resource::Change,
    search::{Search, SearchRequest},
    store::{By, Guard, StoreError},
    telemetry::{tally, tally::Used},
};
use libtest_mimic::Trial;
use movies::MovieChanges;
use serde_json::{Value, json};
use tests::{
    aws::{cancelled, condition_failed, error, item},
    service::dynamo_store,
    stub::{Asked, Canned, Stub},
};

use crate::{
    nouns::{MovieStore, movie, movie_key, rank},
    sample::{ADA, ada, any, later, once},
};

/// Lists tests, each an async function.
macro_rules! trials {
    ($($name:ident),+ $(,)?) => {
        pub(crate) fn trials() -> Vec<Trial> {
            vec![$(Trial::test(concat!("wire::", stringify!($name)), || {
                crate::block_on($name());
                Ok(())
            })),+]
        }
    };
}

trials![
    a_page_of_a_user_is_one_query_of_the_index,
    disowning_is_one_call,
    a_users_movie_is_deleted_by_one_call,
    a_conflict_of_two_writes_is_tried_again,
    what_a_batch_leaves_out_is_asked_for_again,
    a_lost_answer_is_asked_for_again,
    every_transaction_checks_in_it_that_the_writer_stays,
    an_addition_whose_answer_was_lost_is_repeated_as_the_same_transaction,
    writes_of_one_user_in_each_others_way_are_tried_again,
    the_note_of_who_leaves_is_put_again_when_writes_are_in_its_way,
    the_note_of_who_leaves_is_not_deleted_with_the_records,
    records_are_deleted_in_batches_and_what_was_left_out_again,
    deletions_that_keep_being_left_out_are_throttled,
    remembering_stops_at_its_bound,
    a_record_that_cannot_be_read_is_still_deleted,
    what_every_call_costs_is_asked_and_added_up,
];

async fn on(answer: impl Fn(&Asked) -> Canned + Send + Sync + 'static) -> (MovieStore, Stub) {
    let dynamo = Stub::start(answer).await;
    (dynamo_store(dynamo.url()).into(), dynamo)
}

async fn a_page_of_a_user_is_one_query_of_the_index() {
    let (store, dynamo) = on(|_| {
        let last = json!({
            "addedBy": { "S": "ada" }, "title": { "S": "50/50" }, "year": { "N": "2011" }
        });
        Canned::ok(json!({ "Items": [], "Count": 0, "LastEvaluatedKey": last }))
    })
    .await;
    let after = movie_key(1927, "Metropolis");
    let page = store.owned_by(&ada(), 7, Some(&after)).await.unwrap();
    // A page may be empty and not the last.
    assert_eq!(
        page,
        KeyPage {
            keys: vec![],
            next: Some(movie_key(2011, "50/50")),
        }
    );
    assert_eq!(dynamo.targets(), ["Query"]);
    let asked = dynamo.asked();
    let asked = asked[0].body();
    assert_eq!(asked["IndexName"], "ByOwner");
    assert_eq!(asked["Limit"], 7);
    assert_eq!(asked.get("ConsistentRead"), None, "an index refuses it");
    assert_eq!(
        asked["ExclusiveStartKey"],
        json!({
            "addedBy": { "S": "ada" }, "title": { "S": "Metropolis" }, "year": { "N": "1927" }
        })
    );
}

async fn disowning_is_one_call() {
    for met in [true, false] {
        let (store, dynamo) = on(move |_| {
            if met {
                Canned::ok(json!({}))
            } else {
                condition_failed(None)
            }
        })
        .await;
        let key = movie_key(1927, "Metropolis");
        store.disown(&key, &ada(), later(1)).await.unwrap();
        assert_eq!(dynamo.targets(), ["UpdateItem"]);
        let asked = dynamo.asked();
        let asked = asked[0].body();
        is_of_ada(asked, "attribute_exists(#sort) AND #owner = :owner");
    }
}

fn is_of_ada(write: &Value, condition: &str) {
    assert_eq!(write["ConditionExpression"], condition);
    let values = &write["ExpressionAttributeValues"];
    assert_eq!(values[":owner"], json!({ "S": "ada" }));
    let names = &write["ExpressionAttributeNames"];
    assert_eq!(names["#sort"], "title");
    assert_eq!(names["#owner"], "addedBy");
}

async fn a_users_movie_is_deleted_by_one_call() {
    let (store, dynamo) = on(|_| Canned::ok(json!({}))).await;
    let key = movie_key(1927, "Metropolis");
    store.delete_owned(&key, &ada()).await.unwrap();
    assert_eq!(dynamo.targets(), ["DeleteItem"]);
    let asked = dynamo.asked();
    is_of_ada(
        asked[0].body(),
        "attribute_exists(#sort) AND #owner = :owner",
    );
}

/// Another write of the same user may be checking the note that the user leaves.
async fn a_conflict_of_two_writes_is_tried_again() {
    let tries = AtomicUsize::new(0);
    let (store, dynamo) = on(move |_| match tries.fetch_add(1, Ordering::Relaxed) {
        0 => cancelled(&[("None", None), ("TransactionConflict", None)]),
        _ => Canned::ok(json!({})),
    })
    .await;
    store.add(&movie(1927, "Metropolis"), None).await.unwrap();
    assert_eq!(dynamo.asked().len(), 2);
}

async fn what_a_batch_leaves_out_is_asked_for_again() {
    let entry = |title: &str| {
        json!({
            "list": { "S": "movies\tsort\ttitle" },
            "place": { "S": format!("{}\t{title}\t1927", title.to_lowercase()) },
            "partition": { "S": "1927" }, "sort": { "S": title },
        })
    };
    let named = |title: &str| {
        let mut item = item("ada");
        item["title"] = json!({ "S": title });
        item
    };
    let tries = AtomicUsize::new(0);
    let (store, dynamo) = on(move |asked| {
        let key = json!({ "title": { "S": "Aelita" }, "year": { "N": "1927" } });
        Canned::ok(match asked.target.as_str() {
            "Query" => json!({ "Items": [entry("Aelita"), entry("Metropolis"), entry("Wings")] }),
            // The batch is in an order of its own, and one of the three is gone.
            _ if tries.fetch_add(1, Ordering::Relaxed) == 0 => json!({
                "Responses": { "movies": [named("Metropolis")] },
                "UnprocessedKeys": { "movies": { "Keys": [key], "ConsistentRead": true } },
            }),
            _ => json!({ "Responses": { "movies": [named("Aelita")] } }),
        })
    })
    .await;
    let page = store.search(&by_title()).await.unwrap();
    let titles: Vec<_> = page
        .items
        .iter()
        .map(|movie| movie.key.title.as_str())
        .collect();
    assert_eq!(titles, ["Aelita", "Metropolis"]);
    assert_eq!(page.next, None);
    assert_eq!(dynamo.targets(), ["Query", "BatchGetItem", "BatchGetItem"]);

    let (store, dynamo) = on(move |asked| {
        Canned::ok(match asked.target.as_str() {
            "Query" => json!({ "Items": [entry("Aelita")] }),
            _ => json!({ "UnprocessedKeys": asked.body()["RequestItems"] }),
        })
    })
    .await;
    let page = store.search(&by_title()).await;
    assert!(matches!(page, Err(StoreError::Throttled(_))), "{page:?}");
    assert_eq!(dynamo.targets().len(), 6, "one query, five tries");
}

fn by_title() -> SearchRequest {
    SearchRequest {
        search: Search::Sorted {
            filter: None,
            by: "title",
            beginning: None,
            descending: false,
        },
        owner: None,
        limit: 50,
        after: None,
    }
}

async fn a_lost_answer_is_asked_for_again() {
    let tries = AtomicUsize::new(0);
    let (store, dynamo) = on(move |asked| {
        let lost = tries.fetch_add(1, Ordering::Relaxed) % 3 != 2;
        match asked.target.as_str() {
            _ if lost => Canned {
                status: 500,
                ..error("InternalServerError")
            },
            "UpdateItem" => condition_failed(None),
            _ => Canned::ok(json!({})),
        }
    })
    .await;
    let key = movie_key(1927, "Metropolis");
    store.disown(&key, &ada(), later(1)).await.unwrap();
    store.delete_owned(&key, &ada()).await.unwrap();
    assert_eq!(dynamo.asked().len(), 6);

    let (store, _dynamo) = on(|_| error("ThrottlingException")).await;
    let results = [
        store.disown(&key, &ada(), later(1)).await,
        store.delete_owned(&key, &ada()).await,
        store.records.forget(&ada()).await,
        store.records.remembered(&ada()).await.map(drop),
        store.owned_by(&ada(), 1, None).await.map(drop),
        store.search(&by_title()).await.map(drop),
    ];
    for result in results {
        assert!(
            matches!(result, Err(StoreError::Throttled(_))),
            "{result:?}"
        );
    }
}

async fn every_transaction_checks_in_it_that_the_writer_stays() {
    let (store, dynamo) = on(|asked| {
        Canned::ok(match asked.target.as_str() {
            "GetItem" => json!({ "Item": item("bob") }),
            "TransactGetItems" => json!({ "Responses": [{}, { "Item": item("bob") }] }),
            _ => json!({}),
        })
    })
    .await;
    let (key, movie, once) = (
        movie_key(1927, "Metropolis"),
        movie(1927, "Metropolis"),
        once("k", "k"),
    );
    let (none, now) = (MovieChanges::default(), later(1));
    for once in [None, Some(&once)] {
        dynamo.forget();
        store.add(&movie, once).await.unwrap();
        let updated = store.update(&key, &none, &any(), now, once).await.unwrap();
        assert_eq!(updated.value.revision.version, 2);
        store.delete(&key, &any(), now, once).await.unwrap();
        let transactions: Vec<_> = dynamo
            .asked()
            .into_iter()
            .filter(|asked| asked.target == "TransactWriteItems")
            .collect();
        let moments = [movie.updated_at, now, now];
        assert_eq!(transactions.len(), moments.len());
        for (asked, moment) in transactions.iter().zip(moments) {
            let items = asked.body()["TransactItems"].as_array().unwrap();
            let check = &items[1 + usize::from(once.is_some())]["ConditionCheck"];
            assert_eq!(
                *check,
                json!({
                    "TableName": "idempotency",
                    "Key": { "caller": { "S": "ada" }, "key": { "S": "account deletion" } },
                    "ConditionExpression": "attribute_not_exists(caller) OR expiresAt <= :now",
                    "ExpressionAttributeValues": {
                        ":now": { "N": moment.unix_timestamp().to_string() },
                    },
                })
            );
        }
    }
}

async fn an_addition_whose_answer_was_lost_is_repeated_as_the_same_transaction() {
    let tries = AtomicUsize::new(0);
    let (store, dynamo) = on(move |_| match tries.fetch_add(1, Ordering::Relaxed) {
        0 => Canned {
            status: 500,
            ..error("InternalServerError")
        },
        // DynamoDB recognises the transaction that it has carried out.
        _ => Canned::ok(json!({})),
    })
    .await;
    let once = once("k", "the request");
    let added = store.add(&movie(1927, "Metropolis"), Some(&once)).await;
    assert!(!added.unwrap().replayed);
    let tokens: Vec<_> = dynamo
        .asked()
        .iter()
        .map(|asked| asked.body()["ClientRequestToken"].clone())
        .collect();
    assert_eq!(tokens.len(), 2);
    assert!(tokens[0].is_string());
    assert_eq!(tokens[0], tokens[1]);
}

async fn writes_of_one_user_in_each_others_way_are_tried_again() {
    let tries = AtomicUsize::new(0);
    let (store, dynamo) = on(move |_| match tries.fetch_add(1, Ordering::Relaxed) {
        0..2 => cancelled(&[("None", None), ("TransactionConflict", None)]),
        _ => Canned::ok(json!({})),
    })
    .await;
    let added = store.add(&movie(1927, "Metropolis"), None).await;
    added.unwrap();
    assert_eq!(dynamo.asked().len(), 3);
}

async fn the_note_of_who_leaves_is_put_again_when_writes_are_in_its_way() {
    let tries = AtomicUsize::new(0);
    let (store, dynamo) = on(move |_| match tries.fetch_add(1, Ordering::Relaxed) {
        0 => error("TransactionConflictException"),
        1 => condition_failed(Some(json!({ "begunAt": { "N": "1471262000" } }))),
        _ => Canned::ok(json!({})),
    })
    .await;
    let begun_at = store.records.begin_leaving(&ada(), later(0)).await.unwrap();
    assert_eq!(begun_at.unix_timestamp(), 1_471_262_000);
    let asked = dynamo.asked();
    assert_eq!(asked.len(), 3);
    let until = later(0) + LEAVING_KEPT_FOR;
    assert_eq!(
        asked[2].body()["Item"],
        json!({
            "caller": { "S": "ada" }, "key": { "S": "account deletion" },
            "fingerprint": { "S": "account deletion" },
            "begunAt": { "N": "1471262000" },
            "expiresAt": { "N": until.unix_timestamp().to_string() },
        })
    );

    let (store, dynamo) = on(|_| error("TransactionConflictException")).await;
    let noted = store.records.begin_leaving(&ada(), later(0)).await;
    assert!(matches!(noted, Err(StoreError::Throttled(_))), "{noted:?}");
    assert_eq!(dynamo.asked().len(), 5);
}

async fn the_note_of_who_leaves_is_not_deleted_with_the_records() {
    let (store, dynamo) = on(|asked| {
        let mut found = records(0..1);
        found.push(json!({
            "caller": { "S": "ada" }, "key": { "S": "account deletion" },
            "expiresAt": { "N": "1" },
        }));
        Canned::ok(match asked.target.as_str() {
            "Query" => json!({ "Items": found }),
            _ => json!({}),
        })
    })
    .await;
    store.records.forget(&ada()).await.unwrap();
    assert_eq!(dynamo.targets(), ["Query", "BatchWriteItem"]);
    let deleted = deletions(&dynamo.asked()[1]);
    assert_eq!(deleted.len(), 1);
    assert_eq!(deleted[0]["DeleteRequest"]["Key"], record_key(0));
}

fn records(numbers: std::ops::Range<u32>) -> Vec<Value> {
    let record = |n| {
        json!({
            "caller": { "S": "ada" }, "key": { "S": format!("k{n}") }, "expiresAt": { "N": "1" }
        })
    };
    numbers.map(record).collect()
}

fn record_key(n: u32) -> Value {
    json!({ "caller": { "S": "ada" }, "key": { "S": format!("k{n}") } })
}

/// Plays a table with 60 records in two pages.
fn two_pages(asked: &Asked) -> Value {
    if asked.body().get("ExclusiveStartKey").is_some() {
        json!({ "Items": records(40..60) })
    } else {
        json!({ "Items": records(0..40), "LastEvaluatedKey": record_key(39) })
    }
}

fn deletions(asked: &Asked) -> Vec<Value> {
    let requests = asked.body()["RequestItems"]["idempotency"].as_array();
    requests.unwrap().clone()
}

async fn records_are_deleted_in_batches_and_what_was_left_out_again() {
    let (store, dynamo) = on(|asked| {
        Canned::ok(match asked.target.as_str() {
            "Query" => two_pages(asked),
            // At most ten of the requested deletions are done.
            _ => match deletions(asked).get(10..) {
                Some(rest) => json!({ "UnprocessedItems": { "idempotency": rest } }),
                None => json!({ "UnprocessedItems": {} }),
            },
        })
    })
    .await;
    store.records.forget(&ada()).await.unwrap();
    let mut deleted = Vec::new();
    for asked in dynamo.asked() {
        if asked.target == "BatchWriteItem" {
            let batch = deletions(&asked);
            assert!((1..=25).contains(&batch.len()));
            deleted.extend(
                batch
                    .into_iter()
                    .take(10)
                    .map(|request| request["DeleteRequest"]["Key"].clone()),
            );
        }
    }
    assert_eq!(deleted, (0..60).map(record_key).collect::<Vec<_>>());
    let queries: Vec<_> = dynamo
        .asked()
        .into_iter()
        .filter(|asked| asked.target == "Query")
        .collect();
    assert_eq!(queries.len(), 2);
    assert_eq!(queries[0].body()["ConsistentRead"], true);
}

async fn deletions_that_keep_being_left_out_are_throttled() {
    let (store, dynamo) = on(|asked| {
        Canned::ok(match asked.target.as_str() {
            "Query" => two_pages(asked),
            _ => json!({ "UnprocessedItems": asked.body()["RequestItems"] }),
        })
    })
    .await;
    let forgotten = store.records.forget(&ada()).await;
    assert!(
        matches!(forgotten, Err(StoreError::Throttled(_))),
        "{forgotten:?}"
    );
    assert_eq!(dynamo.targets().len(), 6, "one query, five tries");
}

async fn remembering_stops_at_its_bound() {
    let (store, dynamo) = on(|asked| {
        let first = u32::from(asked.body().get("ExclusiveStartKey").is_some()) * 600;
        let count = asked.body()["Limit"].as_u64().unwrap().min(600);
        let last = first + u32::try_from(count).unwrap();
        Canned::ok(json!({
            "Items": records(first..last), "LastEvaluatedKey": record_key(last - 1)
        }))
    })
    .await;
    let found = store.records.remembered(&ada()).await.unwrap();
    assert_eq!(found.len(), 1_000);
    assert_eq!(found[999].key.as_str(), "k999");
    let limits: Vec<_> = dynamo
        .asked()
        .iter()
        .map(|asked| asked.body()["Limit"].clone())
        .collect();
    assert_eq!(limits, [1_000, 400]);
}

async fn a_record_that_cannot_be_read_is_still_deleted() {
    let (store, dynamo) = on(|asked| {
        let odd =
            json!({ "caller": { "S": "ada" }, "key": { "S": " " }, "expiresAt": { "S": "" } });
        Canned::ok(match asked.target.as_str() {
            "Query" => json!({ "Items": [odd] }),
            _ => json!({}),
        })
    })
    .await;
    store.records.remembered(&ada()).await.unwrap_err();
    store.records.forget(&ada()).await.unwrap();
    let asked = dynamo.asked().pop().unwrap();
    let expected = json!({ "caller": { "S": "ada" }, "key": { "S": " " } });
    assert_eq!(deletions(&asked)[0]["DeleteRequest"]["Key"], expected);
}

/// Plays tables on which every operation has another cost.
fn with_cost(asked: &Asked) -> Canned {
    assert_eq!(asked.body()["ReturnConsumedCapacity"], "TOTAL");
    let cost = |units: f64| json!({ "TableName": "movies", "CapacityUnits": units });
    let item = item("ada");
    Canned::ok(match asked.target.as_str() {
        "GetItem" => json!({ "Item": item, "ConsumedCapacity": cost(0.5) }),
        "Scan" => json!({ "Items": [item], "ConsumedCapacity": cost(1.0) }),
        "Query" if asked.body()["TableName"] == "search" => {
            let entry = json!({
                "place": { "S": "metropolis\tMetropolis\t1927" },
                "partition": { "S": "1927" }, "sort": { "S": "Metropolis" },
            });
            json!({ "Items": [entry], "ConsumedCapacity": cost(2.0) })
        }
        "Query" => json!({ "Items": records(0..1), "ConsumedCapacity": cost(2.0) }),
        "PutItem" => json!({ "ConsumedCapacity": cost(4.0) }),
        "UpdateItem" => json!({ "Attributes": item, "ConsumedCapacity": cost(8.0) }),
        "DeleteItem" => json!({ "ConsumedCapacity": cost(16.0) }),
        "TransactGetItems" => json!({
            "Responses": [{}, { "Item": item }], "ConsumedCapacity": [cost(32.0), cost(64.0)],
        }),
        "TransactWriteItems" => json!({ "ConsumedCapacity": [cost(128.0), cost(256.0)] }),
        "BatchWriteItem" => json!({ "ConsumedCapacity": [cost(512.0)] }),
        "BatchGetItem" => json!({ "Responses": {}, "ConsumedCapacity": [cost(1_024.0)] }),
        other => panic!("{other} has no cost"),
    })
}

async fn what_every_call_costs_is_asked_and_added_up() {
    let (store, _dynamo) = on(with_cost).await;
    let key = movie_key(1927, "Metropolis");
    let movie = movie(1927, "Metropolis");
    let (editor, now) = (any(), later(1));
    let owner = Guard {
        by: By::Owner(&ADA),
        revisions: None,
    };
    let once = once("k", "the request");
    let changes = MovieChanges::default();
    let ranked = MovieChanges {
        rank: Change::Set(rank(1)),
        ..MovieChanges::default()
    };
    let used = |store_calls, read_units, write_units| Used {
        store_calls,
        read_units,
        write_units,
    };
    let page = PageRequest {
        filter: Filter::All,
        limit: 1,
        after: None,
    };
    macro_rules! costs {
        ($($work:expr => $used:expr;)+) => {$(
            let (result, found) = tally::of($work).await;
            result.unwrap();
            assert_eq!(found, $used, stringify!($work));
        )+};
    }
    costs! {
        store.get(&key) => used(1, 0.5, 0.0);
        store.list(&page) => used(1, 1.0, 0.0);
        store.records.remembered(&ada()) => used(1, 2.0, 0.0);
        store.add(&movie, None) => used(1, 0.0, 384.0);
        store.update(&key, &changes, &owner, now, None) => used(1, 0.0, 8.0);
        store.update(&key, &changes, &editor, now, None) => used(2, 0.5, 384.0);
        store.disown(&key, &ada(), now) => used(1, 0.0, 8.0);
        store.search(&by_title()) => used(2, 1_026.0, 0.0);
        store.update(&key, &ranked, &owner, now, None) => used(1, 0.0, 8.0);
        store.delete(&key, &owner, now, None) => used(1, 0.0, 16.0);
        store.delete(&key, &editor, now, None) => used(1, 0.0, 384.0);
        store.delete_owned(&key, &ada()) => used(1, 0.0, 16.0);
        store.add(&movie, Some(&once)) => used(1, 0.0, 384.0);
        store.update(&key, &changes, &owner, now, Some(&once)) => used(2, 96.0, 384.0);
        store.delete(&key, &owner, now, Some(&once)) => used(1, 0.0, 384.0);
        store.records.begin_leaving(&ada(), now) => used(1, 0.0, 4.0);
        store.records.forget(&ada()) => used(2, 2.0, 512.0);
    }
}
