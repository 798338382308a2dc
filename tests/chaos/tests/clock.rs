//! The clocks of a run, and what shows that one is off.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, and so do its tools"
)]

use std::path::Path;

use chaos::{
    clock::{Clocks, MOST, ahead},
    exchange::{Answer, Request},
    moments::Moments,
};
use kit::value::read_moment;
use serde_json::json;

#[test]
fn a_seed_gives_its_clocks_again() {
    let of = |seed| -> Vec<_> { (0..50).map(|life| ahead(seed, 3, life)).collect() };
    assert_eq!(of(7), of(7));
    assert_ne!(of(7), of(8));
    let mut clocks = of(7);
    clocks.sort_unstable();
    assert_eq!((clocks[0], clocks[49]), (-MOST, MOST));
    assert!(clocks.contains(&0));
}

#[test]
fn a_clock_that_is_off_is_handed_over_in_the_environment() {
    let clocks = Clocks::new(Some(Path::new("/lib/libfaketime.so")), 1);
    let all: Vec<_> = (0..40).map(|process| clocks.next(process)).collect();
    for clock in &all {
        let variables = clock.variables();
        let value = |wanted| {
            let mut found = variables.iter().filter(|(name, _)| *name == wanted);
            found.next().map(|(_, value)| value.as_str())
        };
        let off = clock.ahead() != 0;
        let offset = format!("{:+}", clock.ahead());
        assert_eq!(value("FAKETIME"), off.then_some(offset.as_str()));
        assert_eq!(value("LD_PRELOAD"), off.then_some("/lib/libfaketime.so"));
    }
    let chosen = clocks.chosen();
    assert_eq!(chosen.values().sum::<u64>(), 40);
    assert!(chosen.len() > 3, "{chosen:?}");
}

#[test]
fn without_libfaketime_all_clocks_are_right() {
    let clocks = Clocks::new(None, 1);
    for process in 0..40 {
        let clock = clocks.next(process);
        assert_eq!((clock.ahead(), clock.variables()), (0, Vec::new()));
    }
}

/// What is thought of a moment that a process stored at noon, whose clock is so many seconds ahead: the numbers of those that are right,
/// off and wrong.
fn seen(moment: &str, ahead: i64) -> (u64, u64, usize) {
    let noon = read_moment("2026-12-01T12:00:00.000000Z").unwrap();
    let answer = Answer {
        status: 201,
        etag: None,
        retry_after: None,
        replayed: false,
        body: json!({ "updatedAt": moment }),
        ahead: Some(ahead),
    };
    let mut moments = Moments::default();
    let add = Request::new("POST", "/movies/add-movie");
    moments.see(&add, &answer, noon..=noon);
    let find = Request::new("GET", "/movies/findbytitleandyear");
    moments.see(&find, &answer, noon..=noon);
    let Moments { right, off, wrong } = moments;
    (right, off, wrong.len())
}

#[test]
fn a_moment_is_of_the_clock_that_its_process_has() {
    assert_eq!(seen("2026-12-01T12:00:00.500000Z", 0), (1, 0, 0));
    assert_eq!(seen("2026-12-01T12:00:20.500000Z", 20), (0, 1, 0));
    assert_eq!(seen("2026-12-01T11:59:30.000000Z", -30), (0, 1, 0));
    // The clock was not turned, or another one was.
    assert_eq!(seen("2026-12-01T12:00:00.500000Z", 20), (0, 0, 1));
    assert_eq!(seen("2026-12-01T12:00:20.500000Z", 0), (0, 0, 1));
    assert_eq!(seen("noon", 0), (0, 0, 1));
}
