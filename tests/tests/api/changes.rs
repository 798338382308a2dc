//! The feeds of changes.

use std::collections::BTreeMap;

use kit::stage::Stage;
use serde_json::{Value, json};
use tests::{
    api::{Api, encode},
    aws::{TITLE, YEAR, item},
    every::operations,
    issuer::Issuer,
    server::TestServer,
    service::{Service, USER},
    stub::{Asked, Canned, Stub},
};
use time::Duration;

crate::tests![
    an_app_is_given_everything_and_then_what_changes,
    a_user_is_told_of_the_own_resources_alone,
    every_noun_has_a_feed,
    every_feed_begins_with_nothing,
    an_interrupted_snapshot_goes_on,
    a_cursor_is_good_for_30_days,
    what_is_no_cursor_has_expired,
    wrong_parameters_of_a_feed_are_400,
    a_poll_without_changes_is_one_call,
    a_page_of_changes_is_three_calls,
    a_log_begins_with_its_first_reader,
    the_log_of_a_user_expires,
    a_row_that_is_missing_is_410,
    what_dynamodb_leaves_out_is_not_deleted,
];

/// The paths of all feeds, whatever nouns there are.
fn feeds() -> Vec<&'static str> {
    let all = operations().into_iter().map(|every| every.0.path);
    all.filter(|path| path.ends_with("/changes")).collect()
}

async fn changes(api: &Api, path: &str, query: &str) -> Value {
    let answer = api.get(&format!("{path}?{query}")).send().await;
    answer.is(200).json()
}

/// A client of a feed, with the items that it has by their keys.
struct Client<'a> {
    api: &'a Api,
    path: &'static str,
    since: Option<String>,
    items: BTreeMap<String, Value>,
}

impl<'a> Client<'a> {
    const fn new(api: &'a Api, path: &'static str) -> Self {
        Self {
            api,
            path,
            since: None,
            items: BTreeMap::new(),
        }
    }

    /// Takes one answer, and returns it.
    async fn take(&mut self, limit: usize) -> Value {
        let since = self.since.as_ref().map(|since| format!("&since={since}"));
        let query = format!("limit={limit}{}", since.unwrap_or_default());
        let answer = changes(self.api, self.path, &query).await;
        let items = answer["items"].as_array().unwrap();
        assert!(items.len() <= limit);
        for item in items {
            let key = ["year", "title", "entryId", "pictureId"].map(|name| item[name].to_string());
            let key = key.join("/");
            if item["deleted"] == true {
                self.items.remove(&key);
            } else {
                self.items.insert(key, item.clone());
            }
        }
        let wait = answer["pollAfterSeconds"].as_u64().unwrap();
        assert_eq!(wait == 0, answer["more"] == true, "{answer}");
        self.since = Some(answer["nextSince"].as_str().unwrap().to_owned());
        answer
    }

    /// Takes everything, and returns the number of items that came.
    async fn catch_up(&mut self, limit: usize) -> usize {
        let mut count = 0;
        loop {
            let answer = self.take(limit).await;
            count += answer["items"].as_array().unwrap().len();
            if answer["more"] == false {
                return count;
            }
        }
    }
}

async fn add(api: &Api, title: &str) {
    let movie = json!({ "title": title, "year": 2013 });
    api.add(&movie).send().await.is(201);
}

async fn an_app_is_given_everything_and_then_what_changes() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    let titles = ["Rush", "50/50", "Fast & Furious"];
    for title in titles {
        add(&ada, title).await;
    }
    let mut client = Client::new(&ada, "/movies/changes");
    assert_eq!(client.catch_up(2).await, 3);
    for title in titles {
        // Exactly what a list has.
        let found = ada.find(title, 2013).send().await.is(200).json();
        let item = &client.items[&format!("2013/{}/null/null", json!(title))];
        let expected = json!({
            "title": title, "year": 2013, "etag": found["etag"], "movie": found,
        });
        assert_eq!(*item, expected);
    }
    assert_eq!(client.catch_up(100).await, 0);

    let rated = json!({ "title": "Rush", "year": 2013, "rating": 8.1 });
    ada.update(&rated).send().await.is(200);
    ada.delete("50/50", 2013).send().await.is(204);
    let answer = client.take(100).await;
    let found = ada.find("Rush", 2013).send().await.json();
    let rush = json!({ "title": "Rush", "year": 2013, "etag": found["etag"], "movie": found });
    let gone = json!({ "title": "50/50", "year": 2013, "deleted": true });
    assert_eq!(answer["items"], json!([rush, gone]));
    assert_eq!(answer["more"], false);
    assert_eq!(client.items.len(), 2);

    // Added again: it is there.
    add(&ada, "50/50").await;
    client.catch_up(1).await;
    assert_eq!(client.items.len(), 3);
}

async fn a_user_is_told_of_the_own_resources_alone() {
    let server = TestServer::start().await;
    let (ada, bob) = (server.user("ada"), server.user("bob"));
    let mut hers = Client::new(&ada, "/me/watchlist/changes");
    let mut his = Client::new(&bob, "/me/watchlist/changes");
    assert_eq!((hers.catch_up(9).await, his.catch_up(9).await), (0, 0));
    let entry = json!({ "title": "Alien", "year": 1979 });
    let put = ada.put("/me/watchlist/e-1", &entry).send().await.is(201);
    let answer = hers.take(9).await;
    let put = put.json();
    let expected = json!([{ "entryId": "e-1", "etag": put["etag"], "watchlistEntry": put }]);
    assert_eq!(answer["items"], expected);
    assert_eq!(his.catch_up(9).await, 0);
    ada.delete_at("/me/watchlist/e-1").send().await.is(204);
    let answer = hers.take(9).await;
    assert_eq!(
        answer["items"],
        json!([{ "entryId": "e-1", "deleted": true }])
    );
    assert_eq!(his.catch_up(9).await, 0);
    // Her cursor is none of his.
    his.since.clone_from(&hers.since);
    let since = his.since.unwrap();
    let taken = bob.get(&format!("/me/watchlist/changes?since={since}"));
    taken.send().await.problem(410, "cursor-expired");
}

async fn every_noun_has_a_feed() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    let alien = json!({ "title": "Alien", "year": 1979 });
    let picture = json!({ "contentType": "image/png", "size": 70 });
    ada.add(&alien).send().await.is(201);
    ada.put("/me/watchlist/e-1", &alien).send().await.is(201);
    ada.put("/me/pictures/p-1", &picture).send().await.is(201);
    for (path, member) in [
        ("/movies/changes", "movie"),
        ("/me/watchlist/changes", "watchlistEntry"),
        ("/me/pictures/changes", "picture"),
    ] {
        let answer = changes(&ada, path, "").await;
        let items = answer["items"].as_array().unwrap();
        let [item] = &items[..] else {
            panic!("{path}: {answer}");
        };
        assert_eq!(item["etag"], item[member]["etag"], "{path}");
        assert_eq!(item[member]["version"], 1, "{path}");
    }
}

async fn every_feed_begins_with_nothing() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    for path in feeds() {
        let mut client = Client::new(&ada, path);
        assert_eq!(client.catch_up(100).await, 0, "{path}");
    }
}

/// What is written meanwhile is not missed.
async fn an_interrupted_snapshot_goes_on() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    for n in 0..7 {
        add(&ada, &format!("Movie {n}")).await;
    }
    let mut client = Client::new(&ada, "/movies/changes");
    client.take(3).await;
    ada.delete("Movie 0", 2013).send().await.is(204);
    add(&ada, "Another").await;
    client.take(3).await;
    ada.delete("Movie 6", 2013).send().await.is(204);
    client.catch_up(3).await;
    let mut titles: Vec<_> = client
        .items
        .values()
        .map(|item| item["title"].clone())
        .collect();
    titles.sort_by_key(ToString::to_string);
    let left = [
        "Another", "Movie 1", "Movie 2", "Movie 3", "Movie 4", "Movie 5",
    ];
    assert_eq!(titles, left);
}

async fn a_cursor_is_good_for_30_days() {
    let (server, clock) = TestServer::start_with_a_clock_to_set().await;
    let path = "/movies/changes";
    // A token that is good at the moment of the clock.
    let ada = |days: i64| {
        let mut claims = server.claims(Stage::Development, "ada");
        for name in ["auth_time", "iat", "exp"] {
            claims[name] = json!(claims[name].as_i64().unwrap() + days * 24 * 3600);
        }
        server
            .api()
            .with_token(&server.sign(Stage::Development, &claims))
    };
    let since = changes(&ada(0), path, "").await["nextSince"].clone();
    let again = format!("since={}", since.as_str().unwrap());
    clock.advance(Duration::days(30));
    let next = changes(&ada(30), path, &again).await["nextSince"].clone();
    clock.advance(Duration::seconds(2));
    let expired = ada(30).get(&format!("{path}?{again}")).send().await;
    expired.problem(410, "cursor-expired");
    // Each answer has another cursor, which is good for as long again.
    clock.advance(Duration::days(29));
    let again = format!("since={}", next.as_str().unwrap());
    changes(&ada(59), path, &again).await;
}

async fn what_is_no_cursor_has_expired() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    add(&ada, "Rush").await;
    add(&ada, "50/50").await;
    let page = ada.list("limit=1").send().await.is(200).json();
    let of_a_list = page["nextCursor"].as_str().unwrap().to_owned();
    let other = changes(&ada, "/me/watchlist/changes", "").await["nextSince"].clone();
    let good = changes(&ada, "/movies/changes", "").await["nextSince"].clone();
    let good = good.as_str().unwrap();
    let mut altered = good.to_owned();
    altered.replace_range(
        4..5,
        if altered.as_bytes()[4] == b'A' {
            "B"
        } else {
            "A"
        },
    );
    for path in feeds() {
        for since in ["0", "MA", "%00", "..", &altered, &of_a_list] {
            let answer = ada.get(&format!("{path}?since={since}")).send().await;
            answer.problem(410, "cursor-expired");
        }
    }
    let other = encode(other.as_str().unwrap());
    for (path, since) in [
        ("/movies/changes", other.as_str()),
        ("/me/watchlist/changes", good),
        ("/me/pictures/changes", good),
    ] {
        let answer = ada.get(&format!("{path}?since={since}")).send().await;
        answer.problem(410, "cursor-expired");
    }
}

async fn wrong_parameters_of_a_feed_are_400() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    for path in feeds() {
        for (query, field, code) in [
            ("limit=0", "limit", "out_of_range"),
            ("limit=101", "limit", "out_of_range"),
            ("limit=many", "limit", "invalid_type"),
            ("since=", "since", "too_short"),
            ("cursor=x", "cursor", "unknown_member"),
            ("year=2013", "year", "unknown_member"),
        ] {
            let answer = ada.get(&format!("{path}?{query}")).send().await;
            answer
                .problem(400, "invalid-request")
                .blames(&[(field, code)]);
        }
        let answer = server.api().get(path).send().await;
        answer.problem(401, "unauthorized");
    }
}

/// Plays a log with this many rows of one key each, and a table that has its first movie.
fn log(rows: usize) -> impl Fn(&Asked) -> Canned {
    move |asked| {
        Canned::ok(match asked.target.as_str() {
            "GetItem" => {
                assert_eq!(asked.body()["TableName"], "changes");
                assert_eq!(asked.body()["ConsistentRead"], true);
                let last = json!({ "N": rows.to_string() });
                json!({ "Item": { "epoch": { "S": "an epoch" }, "last": last } })
            }
            "Query" => {
                let values = &asked.body()["ExpressionAttributeValues"];
                let number = |name: &str| values[name]["N"].as_str().unwrap().parse().unwrap();
                let rows = number(":first")..=number(":last");
                let row = |seq: usize| {
                    let title = if seq == 1 {
                        TITLE.to_owned()
                    } else {
                        format!("Movie {seq}")
                    };
                    let key = format!("{YEAR}\t{title}");
                    json!({ "seq": { "N": seq.to_string() }, "keys": { "L": [{ "S": key }] } })
                };
                json!({ "Items": rows.map(row).collect::<Vec<_>>() })
            }
            "BatchGetItem" => json!({ "Responses": { "movies": [item(USER)] } }),
            "Scan" => json!({ "Items": [] }),
            other => panic!("{other}"),
        })
    }
}

async fn on(answer: impl Fn(&Asked) -> Canned + Send + Sync + 'static) -> (Api, Stub, Issuer) {
    let issuer = Issuer::start().await;
    let dynamo = Stub::start(answer).await;
    let api = Service::on_aws(dynamo.url(), "http://127.0.0.1:9", &issuer).api();
    (api, dynamo, issuer)
}

async fn a_poll_without_changes_is_one_call() {
    let (api, dynamo, _issuer) = on(log(0)).await;
    let mut client = Client::new(&api, "/movies/changes");
    client.take(100).await;
    assert_eq!(dynamo.targets(), ["GetItem", "Scan"]);
    dynamo.forget();
    assert_eq!(client.take(100).await["more"], false);
    assert_eq!(dynamo.targets(), ["GetItem"]);
}

async fn a_page_of_changes_is_three_calls() {
    use std::sync::atomic::{AtomicUsize, Ordering};

    static ROWS: AtomicUsize = AtomicUsize::new(0);
    let (api, dynamo, _issuer) = on(|asked| log(ROWS.load(Ordering::Relaxed))(asked)).await;
    let mut client = Client::new(&api, "/movies/changes");
    client.take(100).await;
    ROWS.store(100, Ordering::Relaxed);
    dynamo.forget();
    // A hundred changes are one answer.
    let answer = client.take(100).await;
    assert_eq!(answer["items"].as_array().unwrap().len(), 100);
    assert_eq!(answer["more"], false);
    assert_eq!(answer["items"][0]["movie"]["title"], TITLE);
    let gone = json!({ "title": "Movie 2", "year": YEAR, "deleted": true });
    assert_eq!(answer["items"][1], gone);
    assert_eq!(dynamo.targets(), ["GetItem", "Query", "BatchGetItem"]);
    let asked = dynamo.asked();
    let rows = asked[1].body();
    assert_eq!(rows["TableName"], "changes");
    assert_eq!(rows["ConsistentRead"], true);
    assert_eq!(rows["Limit"], 100);
    let epoch = &rows["ExpressionAttributeValues"][":epoch"];
    assert_eq!(*epoch, json!({ "S": "an epoch" }));
    let movies = &asked[2].body()["RequestItems"]["movies"];
    assert_eq!(movies["ConsistentRead"], true);
    assert_eq!(movies["Keys"].as_array().unwrap().len(), 100);
}

async fn a_log_begins_with_its_first_reader() {
    use std::sync::Mutex;

    let head: Mutex<Option<Value>> = Mutex::new(None);
    let (api, dynamo, _issuer) = on(move |asked| {
        let mut head = head.lock().unwrap();
        Canned::ok(match asked.target.as_str() {
            "GetItem" => json!({ "Item": *head }),
            "PutItem" => {
                *head = Some(asked.body()["Item"].clone());
                json!({})
            }
            _ => json!({ "Items": [] }),
        })
    })
    .await;
    changes(&api, "/movies/changes", "").await;
    let of_movies = put_of(&dynamo);
    assert_eq!(
        of_movies["ConditionExpression"],
        "attribute_not_exists(#key)"
    );
    let item = &of_movies["Item"];
    assert_eq!(item["log"]["S"], "movies");
    assert_eq!(item["seq"]["N"], "0");
    assert_eq!(item["last"]["N"], "0");
    assert_eq!(item.get("expiresAt"), None);
    // A log that is there is not begun again.
    dynamo.forget();
    changes(&api, "/movies/changes", "").await;
    assert_eq!(dynamo.targets(), ["GetItem", "Scan"]);
}

/// The only item that was put.
fn put_of(dynamo: &Stub) -> Value {
    let asked = dynamo.asked().into_iter();
    let mut puts = asked.filter(|asked| asked.target == "PutItem");
    let put = puts.next().unwrap().body().clone();
    assert!(puts.next().is_none());
    put
}

/// The head of a user's log has the user's id, so it does not stay for ever.
async fn the_log_of_a_user_expires() {
    use std::sync::atomic::{AtomicBool, Ordering};

    let begun = AtomicBool::new(false);
    let (api, dynamo, _issuer) = on(move |asked| {
        Canned::ok(match asked.target.as_str() {
            "GetItem" if begun.load(Ordering::Relaxed) => {
                json!({ "Item": { "epoch": { "S": "an epoch" }, "last": { "N": "0" } } })
            }
            "PutItem" => {
                begun.store(true, Ordering::Relaxed);
                json!({})
            }
            _ => json!({ "Items": [] }),
        })
    })
    .await;
    changes(&api, "/me/watchlist/changes", "").await;
    let item = put_of(&dynamo)["Item"].clone();
    assert_eq!(item["log"]["S"], format!("watchlist\t{USER}"));
    let expires_at: i64 = item["expiresAt"]["N"].as_str().unwrap().parse().unwrap();
    let days = (expires_at - tests::issuer::now()) / (24 * 3600);
    assert!((36..=37).contains(&days), "{days}");
}

async fn a_row_that_is_missing_is_410() {
    for missing in [
        json!([]),
        json!([{ "seq": { "N": "2" }, "keys": { "L": [] } }]),
    ] {
        let (api, _dynamo, _issuer) = on(move |asked| match asked.target.as_str() {
            "Query" => Canned::ok(json!({ "Items": missing })),
            "GetItem" => log(3)(asked),
            _ => log(0)(asked),
        })
        .await;
        // A cursor in front of the first row, of another service on the same log.
        let (empty, _empty, _its_issuer) = on(log(0)).await;
        let since = changes(&empty, "/movies/changes", "").await["nextSince"].clone();
        let path = format!("/movies/changes?since={}", since.as_str().unwrap());
        api.get(&path).send().await.problem(410, "cursor-expired");
    }
}

async fn what_dynamodb_leaves_out_is_not_deleted() {
    let (api, _dynamo, _issuer) = on(|asked| match asked.target.as_str() {
        "BatchGetItem" => Canned::ok(json!({ "UnprocessedKeys": asked.body()["RequestItems"] })),
        _ => log(1)(asked),
    })
    .await;
    let (empty, _empty, _its_issuer) = on(log(0)).await;
    let since = changes(&empty, "/movies/changes", "").await["nextSince"].clone();
    let path = format!("/movies/changes?since={}", since.as_str().unwrap());
    api.get(&path).send().await.problem(503, "throttled");
}
