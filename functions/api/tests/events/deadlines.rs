//! The time that Lambda gives the function, and a store that is dead.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tests::{
    runtime_api::RuntimeApi,
    stub::{Canned, Reply, Stub},
};
use tokio::net::TcpListener;

use super::world::{BINARY, World, borrowed, rest, variables};

const FIND: &str = "/movies/findbytitleandyear";
/// Longer than any request takes.
const NEVER: Duration = Duration::from_mins(5);
/// The time in which every request is answered.
const IN_TIME: Duration = Duration::from_secs(5);

async fn dead_store() -> World {
    World::on(Stub::start(|_| Reply {
        delay: NEVER,
        ..Canned::ok(json!({})).into()
    }))
    .await
}

fn find() -> Value {
    rest("Production", FIND, FIND)
}

/// Demands that the service has given up.
#[track_caller]
fn is_unavailable(answer: &Value) {
    assert_eq!(answer["statusCode"], 503, "{answer}");
    assert_eq!(answer["headers"]["retry-after"], "1", "{answer}");
    let body = answer["body"].as_str().unwrap();
    assert!(body.contains("/problems/unavailable"), "{body}");
}

/// The client of a cold start waits for the connection as well.
#[test]
fn a_store_that_never_answers_is_503_in_time_from_the_start_on() {
    tests::block_on(async {
        let world = dead_store().await;
        let began = Instant::now();
        let _function = world.start_function("7");
        for _ in 0..2 {
            let began_anew = Instant::now();
            is_unavailable(&world.runtime_api.invoke(find()).await);
            assert!(began_anew.elapsed() < IN_TIME);
        }
        assert!(began.elapsed() < IN_TIME * 2);
    });
}

/// A connection that the kernel accepts, and on which nobody shakes hands.
#[test]
fn a_start_waits_for_no_handshake_that_does_not_come() {
    tests::block_on(async {
        let world = World::new().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let nobody = format!("https://{}", listener.local_addr().unwrap());
        let variables = variables("7", &world.keys_url(), &nobody);
        let runtime_api = RuntimeApi::start().await;
        let began = Instant::now();
        let _function = runtime_api.start_function(BINARY, &borrowed(&variables));
        is_unavailable(&runtime_api.invoke(find()).await);
        let took = began.elapsed();
        assert!(took < IN_TIME, "{took:?}");
    });
}

#[test]
fn a_request_ends_before_lambda_ends_the_function() {
    const ALLOWED: u64 = 1_500;
    tests::block_on(async {
        let world = dead_store().await;
        let _function = world.start_function("7");
        world.runtime_api.is_idle().await;
        // The first event waits for the connection.
        is_unavailable(&world.runtime_api.invoke(find()).await);
        world.runtime_api.allow(ALLOWED.try_into().unwrap());
        let invoked = world.runtime_api.send(find().to_string().into()).await;
        let took = invoked.answered - invoked.given;
        assert!(took < Duration::from_millis(ALLOWED), "{took:?}");
        // It uses the time that it has.
        assert!(took > Duration::from_millis(ALLOWED / 2), "{took:?}");
        let answer: Value = serde_json::from_slice(&invoked.body).unwrap();
        assert_eq!(answer["statusCode"], 503, "{answer}");
    });
}

#[test]
fn a_clock_that_is_wrong_fails_no_request() {
    tests::block_on(async {
        let world = World::new().await;
        let _function = world.start_function("7");
        for allowed in [-3_600_000, 3_600_000] {
            world.runtime_api.allow(allowed);
            let answer = world.runtime_api.invoke(find()).await;
            assert_eq!(answer["statusCode"], 200, "{answer}");
        }
    });
}
