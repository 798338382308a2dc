//! Lambda freezes the function between two events, for any time. Its peers go on: the connections that it had may be closed, reset
//! or dead when it thaws.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tests::{
    aws,
    stub::{Asked, Canned, Reply, Stub},
    tls::Authority,
};

use super::{
    start::certificate,
    world::{World, post, rest, with_header, with_query},
};

/// Longer than any request takes.
const NEVER: Duration = Duration::from_mins(5);

/// A request of each kind, and its status.
fn requests() -> [(&'static str, Value, u16); 6] {
    const FIND: &str = "/movies/findbytitleandyear";
    let movie = json!({ "title": aws::TITLE, "year": aws::YEAR });
    let list = rest("Production", "/movies", "/movies");
    let add = post("/movies/add-movie", &movie);
    let change = json!({ "title": aws::TITLE, "year": aws::YEAR, "info": "-" });
    let update = post("/movies/update-movie", &change);
    let account = json!({ "email": "ada@example.com", "password": "correct-Horse-7-battery" });
    [
        ("find", rest("Production", FIND, FIND), 200),
        ("list", with_query(list, &Value::Null), 200),
        ("add", with_header(add, "Idempotency-Key", "k"), 201),
        (
            "update with a key",
            with_header(update.clone(), "Idempotency-Key", "k"),
            200,
        ),
        ("update", update, 200),
        ("sign in", post("/auth/sign-in", &account), 200),
    ]
}

fn answer(asked: &Asked) -> Canned {
    let item = aws::item("someone");
    Canned::ok(match asked.target.as_str() {
        "GetItem" => json!({ "Item": item }),
        "Scan" => json!({ "Items": [item], "Count": 1, "ScannedCount": 1 }),
        "TransactGetItems" => json!({ "Responses": [{}, { "Item": item }] }),
        "UpdateItem" => json!({ "Attributes": item }),
        "AdminInitiateAuth" => aws::tokens(),
        _ => json!({}),
    })
}

/// Every request finds a connection that was closed while the function was frozen, three times.
async fn is_noticed(world: World, variables: &[(&str, &str)]) {
    let mut function = world.start_function_with("7", variables);
    function.discard_log();
    let find = &requests()[0].1;
    for round in 0..3 {
        for (name, event, status) in requests() {
            world.runtime_api.invoke(find.clone()).await;
            world.runtime_api.is_idle().await;
            let opened = world.dynamo.connections();
            world.dynamo.forget();

            function.freeze();
            world.dynamo.close_connections().await;
            let answer = world.runtime_api.send(event.to_string().into());
            function.thaw();
            let answer: Value = serde_json::from_slice(&answer.await.body).unwrap();

            assert_eq!(answer["statusCode"], status, "{name} {round}: {answer}");
            assert_eq!(world.dynamo.connections(), opened + 1, "{name} {round}");
            let targets = world.dynamo.targets();
            let calls = if name == "update with a key" { 2 } else { 1 };
            assert_eq!(targets.len(), calls, "{name} {round}: {targets:?}");
        }
    }
}

#[test]
fn a_connection_that_was_closed_meanwhile_fails_no_request() {
    tests::block_on(async {
        is_noticed(World::on(Stub::start(answer)).await, &[]).await;
    });
}

#[test]
fn a_connection_with_tls_that_was_closed_meanwhile_fails_no_request() {
    tests::block_on(async {
        let authority = Authority::generate();
        let trusted = certificate(&authority);
        let world = World::on(Stub::start_with_tls(&authority, answer)).await;
        let trusted = trusted.path().display().to_string();
        is_noticed(world, &[("SSL_CERT_FILE", &trusted)]).await;
    });
}

#[test]
fn a_connection_that_was_reset_meanwhile_fails_no_request() {
    tests::block_on(async {
        is_noticed(World::on(Stub::start_with_resets(answer)).await, &[]).await;
    });
}

/// Nothing tells that a connection is dead when what was between the two forgot it. Who may ask again does, over another one. An
/// owner's update without a key may have happened, so it is 503, in time.
#[test]
fn a_connection_that_is_dead_without_a_sign_is_replaced_where_that_is_safe() {
    tests::block_on(async {
        let dead = Arc::new(AtomicUsize::new(0));
        let is_dead = Arc::clone(&dead);
        let aws = Stub::start(move |asked| {
            let mut reply = Reply::from(answer(asked));
            if asked.connection <= is_dead.load(Ordering::SeqCst) {
                reply.delay = NEVER;
            }
            reply
        });
        let world = World::on(aws).await;
        let function = world.start_function("7");
        let find = &requests()[0].1;
        for (name, event, status) in requests() {
            world.runtime_api.invoke(find.clone()).await;
            world.runtime_api.is_idle().await;
            function.freeze();
            dead.store(world.dynamo.connections(), Ordering::SeqCst);
            function.thaw();
            let began = Instant::now();
            let answer = world.runtime_api.invoke(event).await;
            let took = began.elapsed();
            let (status, limit) = match name {
                "update" => (503, 5_000),
                "sign in" => (status, 3_500),
                _ => (status, 2_000),
            };
            assert_eq!(answer["statusCode"], status, "{name}: {answer}");
            assert!(took < Duration::from_millis(limit), "{name}: {took:?}");
        }
    });
}
