//! The proxy: each fault does to a request what it is called, over real HTTP.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, and so do its tools"
)]

use std::{sync::Arc, time::Duration};

use chaos::{
    fault::{Error, Fault, Faults},
    plant::{Bug, Planted},
    proxy::Proxy,
};
use serde_json::{Value, json};
use tests::stub::{Canned, Stub};

/// What a client gets: a status and a body, or nothing.
type Got = Option<(u16, Value)>;

/// True of what a client should get.
type Fits<'a> = &'a dyn Fn(&Got) -> bool;

struct World {
    stub: Stub,
    proxy: Proxy,
    /// How long a client waits.
    patience: Duration,
}

impl World {
    async fn new(faults: Faults, bug: Option<Bug>) -> Self {
        let stub = Stub::start(|_| Canned::ok(json!({ "answer": "of the store" }))).await;
        let planted = Planted::new(bug, 1);
        let proxy = Proxy::start(stub.url(), Arc::new(faults), planted).await;
        proxy.turn(true);
        Self {
            stub,
            proxy,
            patience: Duration::from_secs(20),
        }
    }

    async fn ask(&self, target: &str, body: &Value) -> Got {
        let http = reqwest::Client::builder().no_proxy().timeout(self.patience);
        let request = http.build().unwrap().post(self.proxy.url());
        let request = request.header("x-amz-target", format!("DynamoDB_20120810.{target}"));
        let answer = request.body(body.to_string()).send().await.ok()?;
        let status = answer.status().as_u16();
        let body = answer.bytes().await.ok()?;
        Some((status, serde_json::from_slice(&body).unwrap_or_default()))
    }

    fn carried_out(&self) -> usize {
        self.stub.asked().len()
    }
}

fn transaction(token: &str) -> Value {
    json!({ "ClientRequestToken": token, "TransactItems": [{ "Put": {} }, { "Update": {} }] })
}

#[test]
fn each_fault_does_what_it_is_called() {
    let whole = Some((200, json!({ "answer": "of the store" })));
    let cases: [(Fault, usize, Fits<'_>); 9] = [
        (Fault::LoseRequest, 0, &|got| got.is_none()),
        (Fault::LoseAnswer, 1, &|got| got.is_none()),
        (Fault::BlackHole, 0, &|got| got.is_none()),
        (Fault::Cut, 1, &|got| got.is_none()),
        (Fault::Drip, 1, &|got| *got == whole),
        (Fault::Twice, 2, &|got| *got == whole),
        (Fault::ErrorAfter, 1, &|got| {
            got.as_ref().is_some_and(|(status, _)| *status == 500)
        }),
        (Fault::Answer(Error::Throughput), 0, &|got| {
            got.as_ref().is_some_and(|(status, body)| {
                let kind = body["__type"].as_str().unwrap();
                *status == 400 && kind.ends_with("ProvisionedThroughputExceededException")
            })
        }),
        (Fault::Answer(Error::Garbage), 0, &|got| {
            *got == Some((200, Value::Null))
        }),
    ];
    tests::block_on(async {
        for (fault, carried_out, fits) in cases {
            let mut world = World::new(Faults::always(fault), None).await;
            if fault == Fault::BlackHole {
                world.patience = Duration::from_secs(1);
            }
            let got = world.ask("GetItem", &json!({})).await;
            assert!(fits(&got), "{fault:?}: {got:?}");
            assert_eq!(world.carried_out(), carried_out, "{fault:?}");
        }
    });
}

#[test]
fn what_is_late_is_carried_out_when_nobody_waits_any_more() {
    tests::block_on(async {
        let mut world = World::new(Faults::always(Fault::Late), None).await;
        world.patience = Duration::from_secs(1);
        assert_eq!(world.ask("PutItem", &json!({})).await, None);
        assert_eq!(world.carried_out(), 0);
        let arrived = async {
            while world.carried_out() == 0 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let arrived = tokio::time::timeout(Duration::from_secs(10), arrived);
        arrived.await.expect("the request arrives");
    });
}

#[test]
fn a_transaction_is_carried_out_once_for_its_token() {
    tests::block_on(async {
        let world = World::new(Faults::always(Fault::LoseAnswer), None).await;
        assert_eq!(
            world.ask("TransactWriteItems", &transaction("a")).await,
            None
        );
        world.proxy.turn(false);
        let got = world.ask("TransactWriteItems", &transaction("a")).await;
        assert!(got.is_some());
        assert_eq!(world.carried_out(), 1);
        world.ask("TransactWriteItems", &transaction("b")).await;
        assert_eq!(world.carried_out(), 2);
    });
}

#[test]
fn a_cancelled_transaction_has_a_reason_for_each_item_unless_it_was_carried_out() {
    tests::block_on(async {
        let faults = Faults::always(Fault::Answer(Error::Conflict));
        let world = World::new(faults, None).await;
        let got = world.ask("TransactWriteItems", &transaction("a")).await;
        let (status, body) = got.unwrap();
        assert_eq!(status, 400);
        let reasons = json!([{ "Code": "TransactionConflict" }, { "Code": "None" }]);
        assert_eq!(body["CancellationReasons"], reasons);
        world.proxy.turn(false);
        world.ask("TransactWriteItems", &transaction("a")).await;
        world.proxy.turn(true);
        let got = world.ask("TransactWriteItems", &transaction("a")).await;
        assert_eq!(got.unwrap().0, 200);
    });
}

#[test]
fn a_planted_bug_takes_the_condition_and_what_only_that_names() {
    tests::block_on(async {
        let world = World::new(Faults::new(1), Some(Bug::ReadThenWrite)).await;
        world.proxy.turn(false);
        let update = json!({
            "TableName": "movies-1",
            "UpdateExpression": "SET #info = :info",
            "ConditionExpression": "#version = :version AND #info2 = :in",
            "ExpressionAttributeNames": { "#info": "info", "#version": "version", "#info2": "x" },
            "ExpressionAttributeValues": { ":info": {}, ":version": {}, ":in": {} },
        });
        world.ask("UpdateItem", &update).await;
        let sent = world.stub.asked().remove(0).body().clone();
        let expected = json!({
            "TableName": "movies-1",
            "UpdateExpression": "SET #info = :info",
            "ExpressionAttributeNames": { "#info": "info" },
            "ExpressionAttributeValues": { ":info": {} },
        });
        assert_eq!(sent, expected);
        let other = json!({ "TableName": "idempotency-1", "ConditionExpression": "a" });
        world.ask("UpdateItem", &other).await;
        assert_eq!(*world.stub.asked()[1].body(), other);
    });
}
