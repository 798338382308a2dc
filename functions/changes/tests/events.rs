//! The relay as Lambda runs it: the real binary behind a Runtime API, fed batches as the streams of DynamoDB send them, with a canned
//! DynamoDB behind it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, and so do its tools"
)]

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use serde_json::{Value, json};
use tests::{
    aws::{self, TITLE, YEAR},
    formats::{from_the_future, releases, with},
    runtime_api::{Function, RuntimeApi},
    stub::{Asked, Canned, Nowhere, Stub},
};

const BINARY: &str = env!("CARGO_BIN_EXE_changes-function");
const MOVIES: &str = "movies-table";
const WATCHLIST: &str = "watchlist-table";
const SEARCH: &str = "search-table";
const CHANGES: &str = "changes-table";
const IDEMPOTENCY: &str = "idempotency-table";
const EPOCH: &str = "epoch-of-the-tests";
/// The last row of every log.
const LAST: u64 = 4;

/// The running relay, its Runtime API and its DynamoDB.
struct World {
    runtime_api: RuntimeApi,
    function: Function,
    dynamo: Stub,
}

impl World {
    async fn new(answer: impl Fn(&Asked) -> Canned + Send + Sync + 'static) -> Self {
        let dynamo = Stub::start(answer).await;
        let runtime_api = RuntimeApi::start().await;
        let function = start(&runtime_api, dynamo.url());
        Self {
            runtime_api,
            function,
            dynamo,
        }
    }

    /// A world whose tables have no more than the heads of the logs.
    async fn empty() -> Self {
        Self::new(of_empty_tables).await
    }

    async fn relay(&self, event: &Value) -> Value {
        self.runtime_api.invoke(event.clone()).await
    }

    /// The rows that were appended: the log's epoch, the number, the keys.
    fn rows(&self) -> Vec<(String, String, Vec<String>)> {
        let asked = self.asked("TransactWriteItems").into_iter();
        asked
            .map(|body| {
                let row = &body["TransactItems"][1]["Put"]["Item"];
                let text = |value: &Value| value.as_str().unwrap().to_owned();
                let keys = row["keys"]["L"].as_array().unwrap().iter();
                let keys = keys.map(|key| text(&key["S"])).collect();
                (text(&row["log"]["S"]), text(&row["seq"]["N"]), keys)
            })
            .collect()
    }

    /// The logs whose heads were moved.
    fn moved(&self) -> BTreeSet<String> {
        let asked = self.asked("TransactWriteItems").into_iter();
        asked
            .map(|body| {
                let key = &body["TransactItems"][0]["Update"]["Key"];
                key["log"]["S"].as_str().unwrap().to_owned()
            })
            .collect()
    }

    /// The bodies of the requests of an operation.
    fn asked(&self, target: &str) -> Vec<Value> {
        let asked = self.dynamo.asked().into_iter();
        asked
            .filter(|asked| asked.target == target)
            .map(|asked| asked.body().clone())
            .collect()
    }

    /// The lines that the function logged.
    async fn log(self) -> Vec<Value> {
        let log = self.function.log().await;
        log.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

fn start(runtime_api: &RuntimeApi, dynamo: &str) -> Function {
    let variables = [
        ("AWS_ENDPOINT_URL", dynamo),
        ("MOVIES_TABLE", MOVIES),
        ("WATCHLIST_TABLE", WATCHLIST),
        ("PICTURES_TABLE", "pictures-table"),
        ("IDEMPOTENCY_TABLE", IDEMPOTENCY),
        ("SEARCH_TABLE", SEARCH),
        ("CHANGES_TABLE", CHANGES),
    ];
    runtime_api.start_function(BINARY, &variables)
}

/// The answers of tables that have no more than the heads of the logs.
fn of_empty_tables(asked: &Asked) -> Canned {
    let body = asked.body();
    Canned::ok(match asked.target.as_str() {
        "GetItem" if body["TableName"] == CHANGES => json!({ "Item": {
            "log": body["Key"]["log"],
            "seq": { "N": "0" },
            "epoch": { "S": EPOCH },
            "last": { "N": LAST.to_string() },
        }}),
        "BatchGetItem" => json!({ "Responses": {}, "UnprocessedKeys": {} }),
        "BatchWriteItem" => json!({ "UnprocessedItems": {} }),
        _ => json!({}),
    })
}

/// A batch as the stream of a table sends it.
fn batch(table: &str, keys: &[Value]) -> Value {
    let arn = format!(
        "arn:aws:dynamodb:eu-west-1:123456789012:table/{table}/stream/2026-03-14T09:00:00.123"
    );
    aws::stream_batch(&arn, keys, 2)
}

fn movie(year: u32, title: &str) -> Value {
    json!({ "year": { "N": year.to_string() }, "title": { "S": title } })
}

fn entry(owner: &str, id: &str) -> Value {
    json!({ "owner": { "S": owner }, "entryId": { "S": id } })
}

fn row(keys: &[&str]) -> (String, String, Vec<String>) {
    let keys = keys.iter().map(|key| (*key).to_owned());
    (EPOCH.to_owned(), (LAST + 1).to_string(), keys.collect())
}

#[test]
fn a_batch_is_one_row_with_each_key_once() {
    tests::block_on(async {
        let world = World::empty().await;
        let rush = movie(2013, "Rush");
        let event = batch(
            MOVIES,
            &[rush.clone(), movie(2001, "Amélie"), rush.clone(), rush],
        );
        assert_eq!(world.relay(&event).await, Value::Null);
        assert_eq!(world.rows(), [row(&["2001\tAmélie", "2013\tRush"])]);
        assert_eq!(world.moved(), BTreeSet::from(["movies".to_owned()]));
        // The index is asked about each once.
        let asked = world.asked("BatchGetItem");
        let keys = |table: &str| {
            let keys = asked
                .iter()
                .filter_map(|body| body["RequestItems"][table]["Keys"].as_array());
            keys.map(Vec::len).collect::<Vec<_>>()
        };
        assert_eq!((keys(MOVIES), keys(SEARCH)), (vec![2], vec![2]));
    });
}

#[test]
fn what_is_private_has_a_log_for_each_user() {
    tests::block_on(async {
        let world = World::empty().await;
        let keys = [
            entry("ada", "e-1"),
            entry("grace", "e-1"),
            entry("ada", "e-2"),
        ];
        world.relay(&batch(WATCHLIST, &keys)).await;
        let logs = ["watchlist\tada", "watchlist\tgrace"].map(ToOwned::to_owned);
        assert_eq!(world.moved(), BTreeSet::from(logs));
        assert_eq!(world.rows(), [row(&["e-1", "e-2"]), row(&["e-1"])]);
    });
}

/// The items of a table that a batch wrote: the list of each, and whether it was put.
fn written(world: &World, table: &str) -> BTreeSet<(String, bool)> {
    let asked = world.asked("BatchWriteItem").into_iter();
    let writes = asked.flat_map(|body| {
        let writes = body["RequestItems"][table].as_array();
        writes.cloned().unwrap_or_default()
    });
    writes
        .map(|write| {
            let put = write.get("PutRequest").map(|put| &put["Item"]);
            let key = put.unwrap_or_else(|| &write["DeleteRequest"]["Key"]);
            let list = key["list"]["S"].as_str().unwrap();
            (list.to_owned(), put.is_some())
        })
        .collect()
}

#[test]
fn searches_find_what_was_added_and_no_longer_what_was_deleted() {
    tests::block_on(async {
        let kept = Arc::new(AtomicBool::new(true));
        let there = Arc::clone(&kept);
        let terms = Arc::new(std::sync::Mutex::new(Value::Null));
        let written_terms = Arc::clone(&terms);
        let world = World::new(move |asked| {
            let body = asked.body();
            let mut of_search = Vec::new();
            let is_there = there.load(Ordering::SeqCst);
            match asked.target.as_str() {
                "PutItem" => *terms.lock().unwrap() = body["Item"].clone(),
                "BatchGetItem" if !terms.lock().unwrap().is_null() => {
                    of_search.push(terms.lock().unwrap().clone());
                }
                _ => {}
            }
            if asked.target == "BatchGetItem" && body["RequestItems"].get(SEARCH).is_some() {
                return Canned::ok(json!({ "Responses": { SEARCH: of_search } }));
            }
            if asked.target == "BatchGetItem" && is_there {
                return Canned::ok(json!({ "Responses": { MOVIES: [aws::item("ada")] } }));
            }
            of_empty_tables(asked)
        })
        .await;
        let event = batch(MOVIES, &[movie(YEAR.unsigned_abs(), TITLE)]);
        assert_eq!(world.relay(&event).await, Value::Null);
        let added = written(&world, SEARCH);
        assert!(added.len() > 3, "{added:?}");
        assert!(
            added
                .iter()
                .all(|(list, is_put)| *is_put && list.starts_with("movies\t"))
        );
        assert!(!written_terms.lock().unwrap().is_null());
        world.dynamo.forget();
        kept.store(false, Ordering::SeqCst);
        assert_eq!(world.relay(&event).await, Value::Null);
        let gone = added.into_iter().map(|(list, _)| (list, false));
        assert_eq!(written(&world, SEARCH), gone.collect());
        // What was kept about the movie goes with it.
        assert_eq!(world.asked("DeleteItem").len(), 1);
    });
}

#[test]
fn the_events_of_every_release_are_understood() {
    tests::block_on(async {
        let world = World::empty().await;
        for release in releases() {
            let event = release.read("events/changes.json");
            let others = from_the_future("json");
            let mut newer = event.clone();
            for record in newer["Records"].as_array_mut().unwrap() {
                record["dynamodb"] = with(&record["dynamodb"], &others);
                *record = with(record, &others);
            }
            for event in [event.clone(), newer, with(&event, &others)] {
                world.dynamo.forget();
                assert_eq!(world.relay(&event).await, Value::Null);
                assert_eq!(world.rows(), [row(&["2001\tGone", "2013\tRush"])]);
            }
        }
    });
}

#[test]
fn a_table_that_the_function_does_not_know_is_refused() {
    tests::block_on(async {
        let world = World::empty().await;
        let answer = world.relay(&batch("other", &[movie(2013, "Rush")])).await;
        assert_eq!(answer["error"]["errorType"], "unknown-table");
        assert!(world.dynamo.asked().is_empty());
        let log = world.log().await;
        assert_eq!(log[0]["level"], "ERROR");
        assert_eq!(log[0]["table"], "other");
    });
}

#[test]
fn a_key_that_no_resource_can_have_is_left_out() {
    tests::block_on(async {
        let world = World::empty().await;
        let keys = [
            json!({ "year": { "N": "1e9" }, "title": { "S": "Secret of the Unicorn" } }),
            movie(2013, "Rush"),
            json!({ "isbn": { "S": "Secret of the Unicorn" } }),
            json!({}),
        ];
        assert_eq!(world.relay(&batch(MOVIES, &keys)).await, Value::Null);
        assert_eq!(world.rows(), [row(&["2013\tRush"])]);
        let log = world.log().await;
        let refused: Vec<_> = log.iter().filter(|line| line["level"] == "ERROR").collect();
        assert_eq!(refused.len(), 3, "{log:?}");
        for line in &log {
            assert!(!line.to_string().contains("Unicorn"), "{line}");
        }
    });
}

/// It would hold up all that is written after it, for a day.
#[test]
fn an_item_that_cannot_be_read_holds_up_nothing() {
    tests::block_on(async {
        let world = World::new(|asked| {
            if asked.target == "BatchGetItem" && asked.body()["RequestItems"].get(MOVIES).is_some()
            {
                let items = [aws::corrupt_item("ada")];
                return Canned::ok(json!({ "Responses": { MOVIES: items } }));
            }
            of_empty_tables(asked)
        })
        .await;
        let key = movie(YEAR.unsigned_abs(), TITLE);
        assert_eq!(world.relay(&batch(MOVIES, &[key])).await, Value::Null);
        let key = format!("{YEAR}\t{TITLE}");
        assert_eq!(world.rows(), [row(&[&key])]);
        assert!(written(&world, SEARCH).is_empty());
        let log = world.log().await;
        let unread: Vec<_> = log.iter().filter(|line| line["level"] == "ERROR").collect();
        assert_eq!(unread.len(), 1, "{log:?}");
        assert_eq!(unread[0]["attribute"], "genres[1]");
        assert!(!unread[0].to_string().contains(TITLE));
    });
}

#[test]
fn a_batch_that_fails_is_an_error_of_the_function_and_may_come_again() {
    // Errors that the SDK does not retry, but for the throttling.
    let answers = [
        ("unavailable", aws::error("AccessDeniedException")),
        ("throttled", aws::error("ThrottlingException")),
    ];
    tests::block_on(async {
        for target in ["BatchGetItem", "GetItem", "TransactWriteItems"] {
            for (code, failed) in &answers {
                let broken = Arc::new(AtomicBool::new(true));
                let (is_broken, failed) = (Arc::clone(&broken), failed.clone());
                let world = World::new(move |asked| {
                    if asked.target == target && is_broken.load(Ordering::SeqCst) {
                        failed.clone()
                    } else {
                        of_empty_tables(asked)
                    }
                })
                .await;
                let event = batch(MOVIES, &[movie(2013, "Rush"), movie(2001, "Amélie")]);
                let answer = world.relay(&event).await;
                assert_eq!(answer["error"]["errorType"], *code, "{target}: {answer}");
                broken.store(false, Ordering::SeqCst);
                world.dynamo.forget();
                assert_eq!(world.relay(&event).await, Value::Null);
                assert_eq!(world.rows(), [row(&["2001\tAmélie", "2013\tRush"])]);
                let log = world.log().await;
                let [failed, relayed] = &log[..] else {
                    panic!("{log:?}")
                };
                assert_eq!(
                    (&failed["level"], &failed["code"]),
                    (&json!("ERROR"), &json!(code))
                );
                assert!(
                    failed["cause"]
                        .as_str()
                        .unwrap()
                        .contains("as the test says")
                );
                assert_eq!(relayed["level"], "INFO");
            }
        }
        let runtime_api = RuntimeApi::start().await;
        let nowhere = Nowhere::new();
        let _function = start(&runtime_api, &nowhere.url());
        let answer = runtime_api
            .invoke(batch(MOVIES, &[movie(2013, "Rush")]))
            .await;
        assert_eq!(answer["error"]["errorType"], "unavailable");
    });
}

/// An answer that was lost makes Lambda send the batch again: its keys are in the log twice, which the feed shows as one.
#[test]
fn a_batch_that_comes_again_is_another_row_of_the_same_keys() {
    tests::block_on(async {
        let last = Arc::new(std::sync::atomic::AtomicU64::new(LAST));
        let of_head = Arc::clone(&last);
        let world = World::new(move |asked| {
            let mut answer = of_empty_tables(asked);
            if asked.target == "TransactWriteItems" {
                of_head.fetch_add(1, Ordering::SeqCst);
            } else if asked.target == "GetItem" {
                let last = of_head.load(Ordering::SeqCst);
                answer.body["Item"]["last"] = json!({ "N": last.to_string() });
            }
            answer
        })
        .await;
        let event = batch(MOVIES, &[movie(2013, "Rush")]);
        for _ in 0..2 {
            assert_eq!(world.relay(&event).await, Value::Null);
        }
        let numbers: Vec<_> = world
            .rows()
            .into_iter()
            .map(|(_, seq, keys)| (seq, keys))
            .collect();
        let keys = || vec!["2013\tRush".to_owned()];
        assert_eq!(
            numbers,
            [("5".to_owned(), keys()), ("6".to_owned(), keys())]
        );
    });
}

#[test]
fn an_event_that_is_not_understood_is_refused() {
    let of_two_tables = || {
        let mut event = batch(MOVIES, &[movie(2013, "Rush")]);
        let other = batch(WATCHLIST, &[entry("ada", "e-1")])["Records"][0].take();
        event["Records"].as_array_mut().unwrap().push(other);
        event
    };
    let without = |member: &str| {
        let mut event = batch(MOVIES, &[movie(2013, "Rush")]);
        let record = event["Records"][0].as_object_mut().unwrap();
        record.remove(member).unwrap();
        event
    };
    let of_a_queue = || {
        let mut event = batch(MOVIES, &[movie(2013, "Rush")]);
        event["Records"][0]["eventSourceARN"] = "arn:aws:sqs:eu-west-1:123456789012:queue".into();
        event
    };
    let events = [
        json!({}),
        json!("text"),
        json!({ "Records": [] }),
        without("dynamodb"),
        without("eventSourceARN"),
        of_a_queue(),
        of_two_tables(),
    ];
    tests::block_on(async {
        let world = World::empty().await;
        for event in events {
            let answer = world.relay(&event).await;
            assert_eq!(answer["error"]["errorType"], "unreadable-event", "{event}");
        }
        assert!(world.dynamo.asked().is_empty());
    });
}

#[test]
fn each_batch_is_one_line_that_has_its_metrics_and_names_nothing() {
    tests::block_on(async {
        let world = World::empty().await;
        let keys = [
            entry("ada", "e-1"),
            entry("grace", "e-1"),
            entry("ada", "e-1"),
        ];
        let mut of_a_while = batch(WATCHLIST, &keys);
        of_a_while["Records"][1]["dynamodb"]["ApproximateCreationDateTime"] =
            json!(tests::issuer::now() - 30);
        world.relay(&of_a_while).await;
        let mut without_times = batch(MOVIES, &[movie(2013, "Rush")]);
        let change = without_times["Records"][0]["dynamodb"].as_object_mut();
        change.unwrap().remove("ApproximateCreationDateTime");
        world.relay(&without_times).await;
        let log = world.log().await;
        let [line, timeless] = &log[..] else {
            panic!("{log:?}")
        };
        for (member, value) in [
            ("level", json!("INFO")),
            ("message", json!("relayed")),
            ("request_id", json!("0")),
            ("table", json!(WATCHLIST)),
            ("records", json!(3)),
            ("ChangesRelayed", json!(2)),
            ("FunctionName", json!("function")),
            ("FunctionVersion", json!("7")),
        ] {
            assert_eq!(line[member], value, "{member}");
        }
        let lag = line["ChangesLag"].as_u64().unwrap();
        // Since the oldest change.
        assert!((29_000..90_000).contains(&lag), "{lag}");
        assert!(line["micros"].as_u64().unwrap() > 0);
        let declared = |line: &Value| {
            let [directive] = &line["_aws"]["CloudWatchMetrics"].as_array().unwrap()[..] else {
                panic!("{line}")
            };
            assert_eq!(directive["Namespace"], "Movies");
            assert_eq!(
                directive["Dimensions"],
                json!([["FunctionName", "FunctionVersion"]])
            );
            directive["Metrics"].clone()
        };
        let count = json!({ "Name": "ChangesRelayed", "Unit": "Count" });
        let lag = json!({ "Name": "ChangesLag", "Unit": "Milliseconds" });
        assert_eq!(declared(line), json!([count, lag]));
        assert_eq!(declared(timeless), json!([count]));
        for secret in ["ada", "grace", "e-1", "Rush", EPOCH] {
            for line in &log {
                assert!(!line.to_string().contains(secret), "{secret} is in {line}");
            }
        }
    });
}
