//! The relay on a stub of DynamoDB: its calls, and its reactions to what a real table does only in a failure.

use std::sync::atomic::{AtomicUsize, Ordering};

use kit::{
    resource::Resource,
    store::{
        StoreError,
        dynamo::{AttributeMap, Relay as _},
    },
};
use libtest_mimic::Trial;
use movies::Movie;
use serde_json::{Value, json};
use tests::{
    aws::{TITLE, YEAR, cancelled, error, item},
    service::dynamo_store,
    stub::{Asked, Canned, Stub},
};
use watchlist::Entry;

use crate::sample::NOW;

/// Lists tests, each an async function.
macro_rules! trials {
    ($($name:ident),+ $(,)?) => {
        pub(crate) fn trials() -> Vec<Trial> {
            vec![$(Trial::test(concat!("relay::", stringify!($name)), || {
                crate::block_on($name());
                Ok(())
            })),+]
        }
    };
}

trials![
    a_batch_is_one_transaction_for_each_log,
    a_log_begins_with_its_first_change,
    whoever_was_faster_is_followed,
    the_log_of_who_leaves_is_deleted,
    entries_are_written_between_the_old_terms_and_the_new,
    what_is_up_to_date_is_left,
    what_was_interrupted_is_written_whole,
    entries_of_what_is_gone_are_removed,
    terms_that_another_one_wrote_stay,
    a_key_that_no_resource_has_is_left_out,
    a_failure_is_told,
];

async fn relay<R: Resource>(
    keys: &[Value],
    answer: impl Fn(&Asked) -> Canned + Send + Sync + 'static,
) -> (Result<(), StoreError>, Stub) {
    let dynamo = Stub::start(answer).await;
    let keys: Vec<AttributeMap> = keys
        .iter()
        .map(|key| serde_dynamo::to_item(key).unwrap())
        .collect();
    let table = dynamo_store(dynamo.url()).table::<R>(R::MANY);
    (table.relay(&keys, NOW).await, dynamo)
}

fn movie(title: &str) -> Value {
    json!({ "year": YEAR, "title": title })
}

fn entry(owner: &str, id: &str) -> Value {
    json!({ "owner": owner, "entryId": id })
}

/// Plays a table that has no item, and takes every write.
fn empty(asked: &Asked) -> Canned {
    Canned::ok(match asked.target.as_str() {
        "BatchGetItem" => json!({ "Responses": {} }),
        _ => json!({}),
    })
}

/// Plays a log that ends with this row, and else [`empty`].
fn with_log(last: u32) -> impl Fn(&Asked) -> Canned {
    move |asked| match asked.target.as_str() {
        "GetItem" if asked.body()["TableName"] == "changes" => {
            let last = json!({ "N": last.to_string() });
            Canned::ok(json!({ "Item": { "epoch": { "S": "an epoch" }, "last": last } }))
        }
        _ => empty(asked),
    }
}

/// The items of each transaction.
fn transactions(dynamo: &Stub) -> Vec<Vec<Value>> {
    let asked = dynamo.asked().into_iter();
    asked
        .filter(|asked| asked.target == "TransactWriteItems")
        .map(|asked| asked.body()["TransactItems"].as_array().unwrap().clone())
        .collect()
}

async fn a_batch_is_one_transaction_for_each_log() {
    let keys = [movie("Wings"), movie(TITLE), movie("Wings")];
    let (relayed, dynamo) = relay::<Movie>(&keys, with_log(7)).await;
    relayed.unwrap();
    let transactions = transactions(&dynamo);
    let [items] = &transactions[..] else {
        panic!("{transactions:#?}");
    };
    let (head, row) = (&items[0]["Update"], &items[1]["Put"]["Item"]);
    assert_eq!(head["TableName"], "changes");
    assert_eq!(
        head["Key"],
        json!({ "log": { "S": "movies" }, "seq": { "N": "0" } })
    );
    assert_eq!(head["UpdateExpression"], "SET #last = :next");
    assert_eq!(
        head["ConditionExpression"],
        "#epoch = :epoch AND #last = :last"
    );
    let values = &head["ExpressionAttributeValues"];
    assert_eq!(values[":last"], json!({ "N": "7" }));
    assert_eq!(values[":next"], json!({ "N": "8" }));
    assert_eq!(row["log"], json!({ "S": "an epoch" }));
    assert_eq!(row["seq"], json!({ "N": "8" }));
    let keys = json!([{ "S": "1927\tMetropolis" }, { "S": "1927\tWings" }]);
    assert_eq!(row["keys"]["L"], keys);
    let in_37_days = NOW.unix_timestamp() + 37 * 24 * 3600;
    assert_eq!(row["expiresAt"]["N"], in_37_days.to_string());

    let keys = [
        entry("ada", "e-1"),
        entry("bob", "e-2"),
        entry("ada", "e-3"),
    ];
    let (relayed, dynamo) = relay::<Entry>(&keys, with_log(7)).await;
    relayed.unwrap();
    let mut logs = Vec::new();
    for items in self::transactions(&dynamo) {
        let (head, row) = (&items[0]["Update"], &items[1]["Put"]["Item"]);
        // The head has the user's id, so it goes with the last row; a row has none.
        let action = head["UpdateExpression"].as_str().unwrap();
        assert_eq!(action, "SET #last = :next, #expiresAt = :expiresAt");
        let log = head["Key"]["log"]["S"].as_str().unwrap().to_owned();
        logs.push((log, row["keys"]["L"].clone()));
    }
    let expected = [
        (
            "watchlist\tada".to_owned(),
            json!([{ "S": "e-1" }, { "S": "e-3" }]),
        ),
        ("watchlist\tbob".to_owned(), json!([{ "S": "e-2" }])),
    ];
    assert_eq!(logs, expected);
}

async fn a_log_begins_with_its_first_change() {
    let (relayed, dynamo) = relay::<Movie>(&[movie(TITLE)], empty).await;
    relayed.unwrap();
    let items = &transactions(&dynamo)[0];
    let (head, row) = (&items[0]["Put"], &items[1]["Put"]["Item"]);
    assert_eq!(head["ConditionExpression"], "attribute_not_exists(#key)");
    assert_eq!(head["Item"]["last"], json!({ "N": "1" }));
    assert_eq!(row["seq"], json!({ "N": "1" }));
    assert_eq!(row["log"], head["Item"]["epoch"]);
}

/// Two shards of a stream are relayed at the same time.
async fn whoever_was_faster_is_followed() {
    let tries = AtomicUsize::new(0);
    let (relayed, dynamo) = relay::<Movie>(&[movie(TITLE)], move |asked| {
        let before = tries.load(Ordering::Relaxed);
        match asked.target.as_str() {
            "TransactWriteItems" if before < 2 => {
                tries.fetch_add(1, Ordering::Relaxed);
                let code = ["ConditionalCheckFailed", "TransactionConflict"][before];
                cancelled(&[(code, None)])
            }
            _ => with_log(7 + u32::try_from(before).unwrap())(asked),
        }
    })
    .await;
    relayed.unwrap();
    let rows = transactions(&dynamo);
    let rows = rows
        .iter()
        .map(|items| items[1]["Put"]["Item"]["seq"]["N"].clone());
    assert_eq!(rows.collect::<Vec<_>>(), ["8", "9", "10"]);

    let (relayed, dynamo) = relay::<Movie>(&[movie(TITLE)], |asked| match asked.target.as_str() {
        "TransactWriteItems" => cancelled(&[("TransactionConflict", None)]),
        _ => with_log(7)(asked),
    })
    .await;
    assert!(
        matches!(relayed, Err(StoreError::Throttled(_))),
        "{relayed:?}"
    );
    assert_eq!(transactions(&dynamo).len(), 5);
}

async fn the_log_of_who_leaves_is_deleted() {
    let later = (NOW.unix_timestamp() + 60).to_string();
    let (relayed, dynamo) =
        relay::<Entry>(
            &[entry("ada", "e-1")],
            move |asked| match asked.body()["TableName"].as_str() {
                Some("idempotency") => {
                    Canned::ok(json!({ "Item": { "expiresAt": { "N": later } } }))
                }
                _ => with_log(7)(asked),
            },
        )
        .await;
    relayed.unwrap();
    assert_eq!(dynamo.targets(), ["GetItem", "DeleteItem"]);
    let asked = dynamo.asked();
    let deleted = asked[1].body();
    assert_eq!(deleted["TableName"], "changes");
    assert_eq!(deleted["Key"]["log"]["S"], "watchlist\tada");
}

/// Plays a movie, and terms of earlier entries.
fn with_movie(terms: Vec<String>) -> impl Fn(&Asked) -> Canned {
    move |asked| {
        let wanted = &asked.body()["RequestItems"];
        match asked.target.as_str() {
            "BatchGetItem" if wanted.get("movies").is_some() => {
                Canned::ok(json!({ "Responses": { "movies": [item("ada")] } }))
            }
            "BatchGetItem" if terms.is_empty() => empty(asked),
            "BatchGetItem" => {
                let terms: Vec<_> = terms.iter().map(|terms| json!({ "S": terms })).collect();
                let mut kept = wanted["search"]["Keys"][0].clone();
                kept["terms"] = json!({ "L": terms });
                Canned::ok(json!({ "Responses": { "search": [kept] } }))
            }
            _ => with_log(7)(asked),
        }
    }
}

/// The terms of [`item`].
const TERMS: &str = r#"{"words":["metropolis"],"filters":[["genre","drama"]],"sorts":[["title","metropolis"],["year","0000001927"]]}"#;
/// Those of an earlier version of it, which was a comedy with a rating.
const EARLIER: &str = r#"{"words":["metropolis"],"filters":[["genre","comedy"]],"sorts":[["title","metropolis"],["rating","00008.30"],["year","0000001927"]]}"#;

/// The calls that write to the index: their targets, and what they write.
fn written(dynamo: &Stub) -> Vec<(String, Value)> {
    let asked = dynamo.asked().into_iter();
    asked
        .filter_map(|asked| {
            let body = asked.body();
            if asked.target == "BatchWriteItem" {
                return Some((asked.target.clone(), body["RequestItems"]["search"].clone()));
            }
            let is_write = ["PutItem", "DeleteItem"].contains(&asked.target.as_str());
            (is_write && body["TableName"] == "search")
                .then(|| (asked.target.clone(), body.clone()))
        })
        .collect()
}

/// The terms that a call keeps.
fn kept((target, body): &(String, Value)) -> Vec<String> {
    assert_eq!(target, "PutItem");
    let terms = body["Item"]["terms"]["L"].as_array().unwrap().iter();
    terms
        .map(|terms| terms["S"].as_str().unwrap().to_owned())
        .collect()
}

/// The lists from which entries are removed, and those into which some are put.
fn moved((target, writes): &(String, Value)) -> [Vec<String>; 2] {
    assert_eq!(target, "BatchWriteItem");
    let lists = |request: &str, key: &str| {
        let writes = writes.as_array().unwrap().iter();
        let lists = writes.filter_map(|write| write[request][key]["list"]["S"].as_str());
        let mut lists: Vec<_> = lists.map(|list| list.replace('\t', "/")).collect();
        lists.sort_unstable();
        lists
    };
    [lists("DeleteRequest", "Key"), lists("PutRequest", "Item")]
}

const LISTS: [&str; 5] = [
    "movies/sort/title",
    "movies/sort/year",
    "movies/with/genre/drama/title",
    "movies/with/genre/drama/year",
    "movies/word/m",
];

async fn entries_are_written_between_the_old_terms_and_the_new() {
    let (relayed, dynamo) = relay::<Movie>(&[movie(TITLE)], with_movie(Vec::new())).await;
    relayed.unwrap();
    let calls = written(&dynamo);
    let [before, entries, after] = &calls[..] else {
        panic!("{calls:#?}");
    };
    assert_eq!(kept(before), ["", TERMS]);
    assert_eq!(
        before.1["ConditionExpression"],
        "attribute_not_exists(#key)"
    );
    assert_eq!(before.1["Item"]["list"]["S"], "movies\tterms\t1927");
    assert_eq!(before.1["Item"]["place"]["S"], TITLE);
    assert_eq!(moved(entries), [vec![], LISTS.map(str::to_owned).to_vec()]);
    assert_eq!(kept(after), [TERMS]);
    assert_eq!(after.1["ConditionExpression"], "#terms = :terms");

    // Only what has moved is written.
    let earlier = vec![EARLIER.to_owned()];
    let (relayed, dynamo) = relay::<Movie>(&[movie(TITLE)], with_movie(earlier)).await;
    relayed.unwrap();
    let calls = written(&dynamo);
    assert_eq!(kept(&calls[0]), [EARLIER, TERMS]);
    let gone = [
        "movies/sort/rating",
        "movies/with/genre/comedy/rating",
        "movies/with/genre/comedy/title",
        "movies/with/genre/comedy/year",
    ];
    let new = [
        "movies/with/genre/drama/title",
        "movies/with/genre/drama/year",
    ];
    let expected = [
        gone.map(str::to_owned).to_vec(),
        new.map(str::to_owned).to_vec(),
    ];
    assert_eq!(moved(&calls[1]), expected);
    assert_eq!(kept(&calls[2]), [TERMS]);
}

async fn what_is_up_to_date_is_left() {
    let terms = vec![TERMS.to_owned()];
    let (relayed, dynamo) = relay::<Movie>(&[movie(TITLE)], with_movie(terms)).await;
    relayed.unwrap();
    assert!(written(&dynamo).is_empty());
    // It is told all the same.
    assert_eq!(transactions(&dynamo).len(), 1);
}

async fn what_was_interrupted_is_written_whole() {
    for terms in [["", TERMS], [EARLIER, TERMS], [TERMS, EARLIER]] {
        let terms = terms.map(str::to_owned).to_vec();
        let (relayed, dynamo) = relay::<Movie>(&[movie(TITLE)], with_movie(terms)).await;
        relayed.unwrap();
        let calls = written(&dynamo);
        let [entries, after] = &calls[..] else {
            panic!("{calls:#?}");
        };
        assert_eq!(moved(entries)[1], LISTS);
        assert_eq!(kept(after), [TERMS]);
    }
}

async fn entries_of_what_is_gone_are_removed() {
    let (relayed, dynamo) = relay::<Movie>(&[movie(TITLE)], |asked| {
        if asked.body()["RequestItems"].get("movies").is_some() {
            return empty(asked);
        }
        with_movie(vec![TERMS.to_owned()])(asked)
    })
    .await;
    relayed.unwrap();
    let calls = written(&dynamo);
    assert_eq!(kept(&calls[0]), [TERMS, ""]);
    assert_eq!(
        moved(&calls[1]),
        [LISTS.map(str::to_owned).to_vec(), vec![]]
    );
    assert_eq!(calls[2].0, "DeleteItem");
    assert_eq!(calls[2].1["ConditionExpression"], "#terms = :terms");
}

/// Lambda may run a function again before it has stopped the one that took too long.
async fn terms_that_another_one_wrote_stay() {
    let (relayed, dynamo) = relay::<Movie>(&[movie(TITLE)], |asked| match asked.target.as_str() {
        "PutItem" => error("ConditionalCheckFailedException"),
        _ => with_movie(Vec::new())(asked),
    })
    .await;
    assert!(
        matches!(relayed, Err(StoreError::Throttled(_))),
        "{relayed:?}"
    );
    assert_eq!(written(&dynamo).len(), 1);
}

async fn a_key_that_no_resource_has_is_left_out() {
    let keys = [
        json!({ "year": YEAR, "title": "" }),
        json!({ "year": 1, "title": "Too early" }),
        json!({ "title": "No year" }),
        movie(TITLE),
    ];
    let (relayed, dynamo) = relay::<Movie>(&keys, with_log(7)).await;
    relayed.unwrap();
    let row = transactions(&dynamo)[0][1]["Put"]["Item"]["keys"]["L"].clone();
    assert_eq!(row, json!([{ "S": "1927\tMetropolis" }]));
}

async fn a_failure_is_told() {
    for target in [
        "GetItem",
        "TransactWriteItems",
        "BatchGetItem",
        "BatchWriteItem",
        "PutItem",
    ] {
        let (relayed, _dynamo) = relay::<Movie>(&[movie(TITLE)], move |asked| {
            if asked.target == target {
                return error("ThrottlingException");
            }
            with_movie(Vec::new())(asked)
        })
        .await;
        assert!(
            matches!(relayed, Err(StoreError::Throttled(_))),
            "{target}: {relayed:?}"
        );
    }
}
