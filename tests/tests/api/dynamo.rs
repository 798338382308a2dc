//! The service on a stub of DynamoDB: the number of its calls, and its reactions to answers that a real table gives
//! only in a failure.

use serde_json::{Value, json};
use tests::{
    api::{Api, Request},
    aws::{TITLE, YEAR, cancelled, condition_failed, corrupt_item, error, item, item_of_nobody},
    issuer::{Issuer, KEY, claims},
    logs::{Capture, Source},
    service::{Service, USER},
    stub::{Asked, Canned, Nowhere, Stub},
};

crate::tests![
    each_operation_is_one_call,
    a_page_of_a_search_is_two_calls,
    an_empty_page_of_a_search_is_one_call,
    an_editors_update_reads_and_writes,
    a_write_with_a_key_is_one_transaction,
    an_update_with_a_key_reads_and_writes_in_one_transaction_each,
    a_replay_is_one_call,
    a_record_that_has_expired_is_no_record,
    a_page_goes_on_where_dynamodb_stopped,
    who_leaves_gets_401_from_every_transaction,
    a_deletion_is_done_when_the_list_of_movies_is_up_to_date,
    an_item_without_an_owner_is_a_movie_of_nobody,
    throttling_is_503,
    a_table_out_of_reach_is_503,
    an_error_that_nobody_expected_is_503,
    a_conflict_of_two_transactions_is_409_in_flight,
    a_read_that_is_cancelled_for_another_reason_is_503,
    writers_that_keep_getting_in_the_way_are_503,
    an_item_that_cannot_be_read_is_500_with_the_attribute_in_the_log_only,
    a_record_that_cannot_be_read_is_500_or_503,
];

/// A service on a stub of DynamoDB that answers with `answer`.
async fn on(answer: impl Fn(&Asked) -> Canned + Send + Sync + 'static) -> (Api, Stub, Issuer) {
    let issuer = Issuer::start().await;
    let dynamo = Stub::start(answer).await;
    let api = Service::on_aws(dynamo.url(), "http://127.0.0.1:9", &issuer).api();
    (api, dynamo, issuer)
}

fn add(api: &Api) -> Request {
    api.add(&json!({ "title": TITLE, "year": YEAR }))
}

fn update(api: &Api) -> Request {
    api.update(&json!({ "title": TITLE, "year": YEAR, "info": "-" }))
}

fn delete(api: &Api) -> Request {
    api.delete(TITLE, YEAR)
}

/// Plays a table that holds one movie, and accepts every write.
fn healthy(asked: &Asked) -> Canned {
    Canned::ok(match asked.target.as_str() {
        "GetItem" => json!({ "Item": item(USER) }),
        "Query" | "Scan" => json!({ "Items": [item(USER)], "Count": 1, "ScannedCount": 1 }),
        "UpdateItem" => json!({ "Attributes": item(USER) }),
        "TransactGetItems" => json!({ "Responses": [{}, { "Item": item(USER) }] }),
        _ => json!({}),
    })
}

async fn each_operation_is_one_call() {
    let (api, dynamo, _issuer) = on(healthy).await;
    for (request, target) in [
        (api.find(TITLE, YEAR), "GetItem"),
        (api.find_cached(TITLE, YEAR), "GetItem"),
        (api.list(""), "Scan"),
        (api.list("year=1927"), "Query"),
        (api.list("year=1927&titlePrefix=M&limit=1"), "Query"),
        (add(&api), "TransactWriteItems"),
        (update(&api), "UpdateItem"),
        (update(&api).header("if-match", "\"1-0\""), "UpdateItem"),
        (delete(&api), "DeleteItem"),
    ] {
        dynamo.forget();
        assert!(request.send().await.status < 300);
        assert_eq!(dynamo.targets(), [target]);
    }
}

/// Plays a table with the index of one movie, which stands in every list that is asked for.
fn indexed(asked: &Asked) -> Canned {
    Canned::ok(match asked.target.as_str() {
        "Query" => {
            let list = asked.body()["ExpressionAttributeValues"][":partition"].clone();
            let place = match list["S"].as_str().unwrap().rsplit('\t').next().unwrap() {
                "rating" => "00008.30",
                "year" => "0000001927",
                _ => "metropolis",
            };
            let entry = json!({
                "list": list, "place": { "S": format!("{place}\t{TITLE}\t{YEAR}") },
                "partition": { "S": YEAR.to_string() }, "sort": { "S": TITLE },
                "words": { "S": "metropolis" },
            });
            json!({ "Items": [entry], "Count": 1, "ScannedCount": 1 })
        }
        "BatchGetItem" => {
            let mut item = item(USER);
            item["rating"] = json!({ "N": "8.3" });
            json!({ "Responses": { "movies": [item] }, "UnprocessedKeys": {} })
        }
        _ => json!({}),
    })
}

async fn a_page_of_a_search_is_two_calls() {
    let (api, dynamo, _issuer) = on(indexed).await;
    for (query, forward, looked_at) in [
        ("q=metro", true, 50),
        ("q=metro%20M", true, 200),
        ("titlePrefix=met", true, 50),
        ("sort=title", true, 50),
        ("sort=-rating&limit=7", false, 7),
        ("sort=year", true, 50),
        ("genre=DRAMA", true, 50),
        ("genre=drama&sort=-year", false, 50),
    ] {
        dynamo.forget();
        let page = api.list(query).send().await.is(200).json();
        assert_eq!(page["items"][0]["title"], TITLE, "{query}");
        assert_eq!(dynamo.targets(), ["Query", "BatchGetItem"], "{query}");
        let asked = dynamo.asked();
        let query = asked[0].body();
        assert_eq!(query["TableName"], "search");
        assert_eq!(query["ScanIndexForward"], forward);
        assert_eq!(query["Limit"], looked_at);
        assert_eq!(query["ConsistentRead"], true);
        let batch = &asked[1].body()["RequestItems"]["movies"];
        assert_eq!(batch["ConsistentRead"], true);
        let key = json!({ "title": { "S": TITLE }, "year": { "N": YEAR.to_string() } });
        assert_eq!(batch["Keys"], json!([key]));
    }
}

async fn an_empty_page_of_a_search_is_one_call() {
    let (api, dynamo, _issuer) = on(|_| Canned::ok(json!({ "Items": [], "Count": 0 }))).await;
    let page = api.list("q=metropolis").send().await.is(200).json();
    assert_eq!(page, json!({ "items": [], "count": 0 }));
    assert_eq!(dynamo.targets(), ["Query"]);
}

async fn an_editors_update_reads_and_writes() {
    let issuer = Issuer::start().await;
    let dynamo = Stub::start(healthy).await;
    let service = Service::on_aws(dynamo.url(), "http://127.0.0.1:9", &issuer);
    let mut claims = claims(USER);
    claims["cognito:groups"] = json!(["editors"]);
    let api = service.api().with_token(&KEY.token(&claims));
    update(&api).send().await.is(200);
    assert_eq!(dynamo.targets(), ["GetItem", "TransactWriteItems"]);
    dynamo.forget();
    delete(&api).send().await.is(204);
    assert_eq!(dynamo.targets(), ["TransactWriteItems"]);
}

async fn a_write_with_a_key_is_one_transaction() {
    let (api, dynamo, _issuer) = on(healthy).await;
    for request in [add(&api), delete(&api)] {
        dynamo.forget();
        assert!(!request.key("k").send().await.is_replay());
        let writes = dynamo.asked().pop().unwrap();
        assert_eq!(writes.target, "TransactWriteItems");
        let items = writes.body()["TransactItems"].clone();
        assert_eq!(items.as_array().unwrap().len(), 3);
        assert_eq!(items[0]["Put"]["TableName"], "idempotency");
        assert_eq!(items[0]["Put"]["Item"]["caller"]["S"], USER);
        assert_eq!(items[0]["Put"]["Item"]["key"]["S"], "k");
    }
}

async fn an_update_with_a_key_reads_and_writes_in_one_transaction_each() {
    let (api, dynamo, _issuer) = on(healthy).await;
    let updated = update(&api).key("k").send().await.is(200);
    assert_eq!(updated.json()["version"], 2);
    assert_eq!(updated.json()["info"], "-");
    assert_eq!(dynamo.targets(), ["TransactGetItems", "TransactWriteItems"]);
}

/// Plays a table that carried out a write with a key before: it keeps the record of the first
/// transaction that it sees.
async fn on_a_table_with_a_record(expires_in: i64) -> (Api, Stub, Issuer) {
    use std::sync::Mutex;

    let record: Mutex<Option<Value>> = Mutex::new(None);
    on(move |asked| {
        let mut record = record.lock().unwrap();
        match (asked.target.as_str(), &*record) {
            ("TransactWriteItems", None) => {
                let mut item = asked.body()["TransactItems"][0]["Put"]["Item"].clone();
                let expires = tests::issuer::now() + expires_in;
                item["expiresAt"] = json!({ "N": expires.to_string() });
                *record = Some(item);
                Canned::ok(json!({}))
            }
            ("TransactWriteItems", Some(_)) if expires_in <= 0 => Canned::ok(json!({})),
            ("TransactWriteItems", Some(item)) => cancelled(&[
                ("ConditionalCheckFailed", Some(item.clone())),
                ("ConditionalCheckFailed", None),
                ("None", None),
            ]),
            ("TransactGetItems", Some(kept)) => {
                Canned::ok(json!({ "Responses": [{ "Item": kept }, { "Item": item(USER) }] }))
            }
            _ => healthy(asked),
        }
    })
    .await
}

async fn a_replay_is_one_call() {
    for write in [add, update, delete] {
        let (api, dynamo, _issuer) = on_a_table_with_a_record(60).await;
        let first = write(&api).key("k").send().await;
        dynamo.forget();
        let again = write(&api).key("k").send().await.is(first.status);
        assert!(again.is_replay());
        assert_eq!(again.body, first.body);
        assert_eq!(dynamo.targets().len(), 1);
        let other = api.add(&json!({ "title": "Other", "year": YEAR })).key("k");
        other.send().await.problem(422, "idempotency-key-reused");
    }
}

async fn a_record_that_has_expired_is_no_record() {
    let (api, dynamo, _issuer) = on_a_table_with_a_record(-1).await;
    update(&api).key("k").send().await.is(200);
    let again = update(&api).key("k").send().await.is(200);
    assert!(!again.is_replay());
    let write = dynamo.asked().pop().unwrap();
    let put = &write.body()["TransactItems"][0]["Put"];
    assert_eq!(
        put["ConditionExpression"],
        "attribute_not_exists(caller) OR expiresAt <= :now"
    );
}

async fn a_page_goes_on_where_dynamodb_stopped() {
    let (api, dynamo, _issuer) = on(|asked| {
        if asked.body().get("ExclusiveStartKey").is_some() {
            return Canned::ok(json!({ "Items": [], "Count": 0 }));
        }
        let key = json!({ "year": { "N": "1927" }, "title": { "S": "Wings" } });
        Canned::ok(json!({ "Items": [], "Count": 0, "LastEvaluatedKey": key }))
    })
    .await;
    // A page may be empty and not the last.
    let page = api.list("limit=3").send().await.is(200).json();
    assert_eq!(page["count"], 0);
    let cursor = page["nextCursor"].as_str().unwrap();
    let last = api
        .list(&format!("limit=3&cursor={cursor}"))
        .send()
        .await
        .is(200);
    assert_eq!(last.json(), json!({ "items": [], "count": 0 }));
    let asked = dynamo.asked();
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[1].body()["ExclusiveStartKey"]["title"]["S"], "Wings");
    assert_eq!(asked[1].body()["Limit"], 3);
}

async fn who_leaves_gets_401_from_every_transaction() {
    let (api, _dynamo, _issuer) = on(|asked| match asked.target.as_str() {
        "TransactWriteItems" => {
            let items = asked.body()["TransactItems"].as_array().unwrap().len();
            let failed = ("ConditionalCheckFailed", None);
            // All other conditions fail as well.
            cancelled(&vec![failed; items])
        }
        _ => healthy(asked),
    })
    .await;
    for request in [
        add(&api),
        add(&api).key("k"),
        update(&api).key("k"),
        delete(&api).key("k"),
    ] {
        let answer = request.send().await.problem(401, "session-ended");
        assert_eq!(
            answer.header("www-authenticate"),
            Some(r#"Bearer realm="movies""#)
        );
    }
}

/// An empty list of movies counts only if it was read long enough after the user's last possible write.
async fn a_deletion_is_done_when_the_list_of_movies_is_up_to_date() {
    // The clock of the instance that began it may have been ahead.
    let begun = [
        (-60, 202, 5..=5),
        (0, 202, 4..=5),
        (3, 202, 1..=2),
        (6, 204, 0..=0),
    ];
    for (begun_ago, status, wait) in begun {
        let issuer = Issuer::start().await;
        let cognito = Stub::start(|_| {
            let email = json!([{ "Name": "email", "Value": "ada@example.com" }]);
            Canned::ok(json!({ "Username": USER, "UserAttributes": email }))
        })
        .await;
        let dynamo = Stub::start(move |asked| match asked.target.as_str() {
            "PutItem" if asked.body().get("ConditionExpression").is_some() => {
                let begun_at = tests::issuer::now() - begun_ago;
                condition_failed(Some(json!({ "begunAt": { "N": begun_at.to_string() } })))
            }
            _ => Canned::ok(json!({ "Items": [] })),
        })
        .await;
        let api = Service::on_aws(dynamo.url(), cognito.url(), &issuer).api();
        let answer = api.delete_at("/me?movies=delete").send().await.is(status);
        let told = answer.header("retry-after").unwrap_or("0").parse().unwrap();
        assert!(wait.contains(&told), "{begun_ago} s ago: {told}");
        let deleted = cognito.targets().contains(&"AdminDeleteUser".to_owned());
        assert_eq!(deleted, status == 204);
    }
}

async fn an_item_without_an_owner_is_a_movie_of_nobody() {
    let (api, _dynamo, _issuer) = on(|asked| match asked.target.as_str() {
        "GetItem" => Canned::ok(json!({ "Item": item_of_nobody() })),
        "Query" => Canned::ok(json!({ "Items": [item_of_nobody()] })),
        "TransactGetItems" => {
            Canned::ok(json!({ "Responses": [{}, { "Item": item_of_nobody() }] }))
        }
        // The refusal is recorded.
        "TransactWriteItems" if asked.body()["TransactItems"].as_array().unwrap().len() == 2 => {
            Canned::ok(json!({}))
        }
        "TransactWriteItems" => cancelled(&[
            ("None", None),
            ("ConditionalCheckFailed", Some(item_of_nobody())),
            ("None", None),
        ]),
        _ => condition_failed(Some(item_of_nobody())),
    })
    .await;
    let found = api.find(TITLE, YEAR).send().await.is(200).json();
    assert_eq!(found.get("addedBy"), None);
    let listed = api.list("year=1927").send().await.is(200).json();
    assert_eq!(listed["items"][0], found);
    for request in [
        update(&api),
        delete(&api),
        update(&api).key("k"),
        delete(&api).key("k"),
    ] {
        request.send().await.problem(403, "forbidden");
    }
}

/// All operations, those with a key too.
fn all(api: &Api) -> [Request; 9] {
    [
        api.find(TITLE, YEAR),
        api.find_cached(TITLE, YEAR),
        api.list(""),
        add(api),
        update(api),
        delete(api),
        add(api).key("k"),
        update(api).key("k"),
        delete(api).key("k"),
    ]
}

async fn throttling_is_503() {
    for code in [
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ThrottlingException",
    ] {
        let (api, dynamo, _issuer) = on(move |_| error(code)).await;
        // The SDK tries three times, then the caller may retry. A write without a key it tries once.
        let tries = [3, 3, 3, 1, 1, 1, 3, 3, 3];
        for (request, tries) in all(&api).into_iter().zip(tries) {
            dynamo.forget();
            let answer = request.send().await.problem(503, "throttled").lacks(code);
            assert_eq!(answer.header("retry-after"), Some("1"));
            assert_eq!(dynamo.asked().len(), tries);
        }
    }
    let (api, _dynamo, _issuer) = on(|asked| match asked.target.as_str() {
        "TransactGetItems" => healthy(asked),
        _ => cancelled(&[("ThrottlingError", None), ("None", None), ("None", None)]),
    })
    .await;
    add(&api).key("k").send().await.problem(503, "throttled");
    delete(&api).key("k").send().await.problem(503, "throttled");
}

async fn a_table_out_of_reach_is_503() {
    let issuer = Issuer::start().await;
    let nowhere = Nowhere::new();
    let api = Service::on_aws(&nowhere.url(), &nowhere.url(), &issuer).api();
    for request in all(&api) {
        request
            .send()
            .await
            .problem(503, "unavailable")
            .lacks("127.0.0.1");
    }
}

async fn an_error_that_nobody_expected_is_503() {
    for code in [
        "ResourceNotFoundException",
        "AccessDeniedException",
        "Surprise",
    ] {
        let (api, _dynamo, _issuer) = on(move |_| error(code)).await;
        for request in all(&api) {
            request
                .send()
                .await
                .problem(503, "unavailable")
                .lacks(code)
                .lacks("as the test says");
        }
    }
}

async fn a_conflict_of_two_transactions_is_409_in_flight() {
    let (api, _dynamo, _issuer) = on(|asked| match asked.target.as_str() {
        "TransactGetItems" => healthy(asked),
        _ => cancelled(&[
            ("TransactionConflict", None),
            ("None", None),
            ("None", None),
        ]),
    })
    .await;
    for request in [add(&api), update(&api), delete(&api)] {
        let answer = request.key("k").send().await;
        let answer = answer.problem(409, "request-in-flight");
        assert_eq!(answer.header("retry-after"), Some("1"));
    }
    let (api, _dynamo, _issuer) = on(|asked| match asked.target.as_str() {
        "TransactGetItems" => cancelled(&[("TransactionConflict", None), ("None", None)]),
        _ => error("TransactionInProgressException"),
    })
    .await;
    for request in [add(&api), update(&api), delete(&api)] {
        request
            .key("k")
            .send()
            .await
            .problem(409, "request-in-flight");
    }
}

/// A change with a key reads the record and the resource in a transaction, which has reasons of its own to fail.
async fn a_read_that_is_cancelled_for_another_reason_is_503() {
    for (reason, problem) in [
        ("ThrottlingError", "throttled"),
        ("ProvisionedThroughputExceeded", "throttled"),
        ("ValidationError", "unavailable"),
    ] {
        let (api, _dynamo, _issuer) =
            on(move |_| cancelled(&[(reason, None), ("None", None)])).await;
        let answer = update(&api).key("k").send().await;
        let answer = answer.problem(503, problem);
        assert_eq!(answer.header("retry-after"), Some("1"));
    }
}

async fn writers_that_keep_getting_in_the_way_are_503() {
    // Writes of others to the same movie; other writes of the same user, which check the same item.
    for conflicting in [1, 2] {
        let (api, dynamo, _issuer) = on(move |asked| {
            if asked.target == "TransactGetItems" {
                return healthy(asked);
            }
            let mut reasons = [("None", None), ("None", None), ("None", None)];
            reasons[conflicting].0 = "TransactionConflict";
            cancelled(&reasons)
        })
        .await;
        for (request, calls) in [(add(&api), 5), (update(&api), 10), (delete(&api), 5)] {
            dynamo.forget();
            request.key("k").send().await.problem(503, "throttled");
            assert_eq!(dynamo.asked().len(), calls);
        }
    }
}

async fn an_item_that_cannot_be_read_is_500_with_the_attribute_in_the_log_only() {
    let (api, _dynamo, _issuer) = on(|asked| match asked.target.as_str() {
        "GetItem" => Canned::ok(json!({ "Item": corrupt_item(USER) })),
        "Query" | "Scan" => Canned::ok(json!({ "Items": [item(USER), corrupt_item(USER)] })),
        "UpdateItem" => Canned::ok(json!({ "Attributes": corrupt_item(USER) })),
        "TransactGetItems" => {
            Canned::ok(json!({ "Responses": [{}, { "Item": corrupt_item(USER) }] }))
        }
        "TransactWriteItems" => cancelled(&[
            ("None", None),
            ("ConditionalCheckFailed", Some(corrupt_item(USER))),
            ("None", None),
        ]),
        _ => condition_failed(Some(corrupt_item(USER))),
    })
    .await;
    for request in [
        api.find(TITLE, YEAR),
        api.find_cached(TITLE, YEAR),
        api.list("year=1927"),
        update(&api),
        delete(&api),
        update(&api).key("k"),
        delete(&api).key("k"),
    ] {
        let log = Capture::start(Source::Function);
        let answer = request
            .send()
            .await
            .problem(500, "internal")
            .lacks("genres")
            .lacks(TITLE);
        let line = log.lines_with(answer.header("x-request-id").unwrap());
        assert!(line.contains("genres[1]"), "{line}");
        assert!(line.contains(TITLE), "{line}");
    }
}

async fn a_record_that_cannot_be_read_is_500_or_503() {
    let (api, _dynamo, _issuer) = on(|asked| match asked.target.as_str() {
        "TransactGetItems" => healthy(asked),
        _ => cancelled(&[
            (
                "ConditionalCheckFailed",
                Some(json!({ "caller": { "S": "x" } })),
            ),
            ("None", None),
            ("None", None),
        ]),
    })
    .await;
    for request in [add(&api), delete(&api)] {
        let answer = request.key("k").send().await;
        assert!(answer.status >= 500, "{answer}");
    }
}
