//! The checker itself: histories of a store that keeps its promises pass, and those of one that breaks a promise fail.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, and so do its tools"
)]

mod simulated;

use chaos::{
    check::{Promise, check, sessions::GRACE},
    history::{self, Act, Event, Outcome},
};
use proptest::prelude::*;
use simulated::{BUGS, Bug, simulate};

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_a_good_store_answers_is_linearizable(seed: u64) {
        let (events, _) = simulate(seed, None);
        let verdicts = check(&events);
        prop_assert!(verdicts.is_good(), "{verdicts:#?}");
    }

    #[test]
    fn a_store_that_breaks_a_promise_once_is_caught(seed: u64, bug in prop::sample::select(&BUGS[..])) {
        let (events, shows) = simulate(seed, Some(bug));
        prop_assume!(shows);
        let verdicts = check(&events);
        prop_assert!(!verdicts.violations.is_empty(), "{bug:?}: {events:#?}");
    }

    #[test]
    fn a_history_is_read_as_it_was_written(seed: u64) {
        let (events, _) = simulate(seed, None);
        let mut lines = Vec::new();
        history::write(&events, &mut lines).unwrap();
        prop_assert_eq!(history::read(&lines[..]).unwrap(), events);
    }

    #[test]
    fn what_is_shown_of_a_violation_breaks_the_promise_by_itself(seed in 0_u64..500) {
        let (events, _) = simulate(seed, Some(Bug::LosesAnAcknowledgedWrite));
        let verdicts = check(&events);
        for violation in &verdicts.violations {
            if violation.promise == Promise::Linearizable {
                prop_assert!(violation.events.len() < events.len());
                prop_assert!(!check(&violation.events).violations.is_empty(), "{violation}");
            }
        }
    }
}

/// Each bug shows in most of the histories, so that the property above is no empty one.
#[test]
fn every_bug_shows_in_some_history() {
    for bug in BUGS {
        let shown = (0..100).filter(|seed| simulate(*seed, Some(bug)).1).count();
        assert!(shown > 20, "{bug:?}: {shown}");
    }
}

fn event(invoke: u64, at: u64, act: Act, outcome: Outcome) -> Event {
    Event {
        process: 0,
        invoke,
        returned: Some(invoke + 1),
        at,
        until: Some(at),
        user: "ada".to_owned(),
        act,
        outcome,
    }
}

fn sign_in(invoke: u64, token: &str) -> Event {
    let token = token.to_owned();
    event(invoke, 0, Act::SignIn, Outcome::Tokens { token })
}

fn refresh(invoke: u64, at: u64, old: &str, new: Option<&str>) -> Event {
    let token = old.to_owned();
    let outcome = match new {
        Some(token) => Outcome::Tokens {
            token: token.to_owned(),
        },
        None => Outcome::Ended,
    };
    event(invoke, at, Act::Refresh { token }, outcome)
}

fn promises(events: &[Event]) -> Vec<Promise> {
    let violations = check(events).violations.into_iter();
    violations.map(|violation| violation.promise).collect()
}

#[test]
fn an_exchanged_token_may_come_again_within_the_grace_alone() {
    let soon = [
        sign_in(0, "a"),
        refresh(2, 0, "a", Some("b")),
        refresh(4, GRACE, "a", Some("c")),
    ];
    assert_eq!(promises(&soon), []);
    let late = [
        sign_in(0, "a"),
        refresh(2, 0, "a", Some("b")),
        refresh(4, GRACE + 1, "a", Some("c")),
    ];
    assert_eq!(promises(&late), [Promise::Sessions]);
    let refused = [
        sign_in(0, "a"),
        refresh(2, 0, "a", Some("b")),
        refresh(4, GRACE + 1, "a", None),
    ];
    assert_eq!(promises(&refused), []);
}

#[test]
fn the_grace_is_measured_by_the_clock_of_the_server() {
    let restart = |invoke, at, ahead| event(invoke, at, Act::Restart, Outcome::Clock { ahead });
    let exchanged = |ahead, later, again_at| {
        [
            restart(0, 0, ahead),
            sign_in(2, "a"),
            refresh(4, 1_000, "a", Some("b")),
            restart(6, 2_000, later),
            refresh(8, again_at, "a", Some("c")),
        ]
    };
    let back = |again_at| promises(&exchanged(0, -30, again_at));
    assert_eq!(back(1_000 + 30_000 + GRACE), []);
    assert_eq!(back(1_000 + 30_000 + GRACE + 1), [Promise::Sessions]);
    let on = |again_at| promises(&exchanged(-30, 30, again_at));
    assert_eq!(on(3_000), [Promise::Sessions]);
    // A clock that is off all the time makes no difference.
    let off = |again_at| promises(&exchanged(30, 30, again_at));
    assert_eq!(off(1_000 + GRACE), []);
    assert_eq!(off(1_000 + GRACE + 1), [Promise::Sessions]);
}

#[test]
fn while_the_server_starts_either_clock_may_hold() {
    let mut restart = event(6, 2_000, Act::Restart, Outcome::Clock { ahead: 30 });
    restart.until = Some(4_000);
    let history = |again_at| {
        [
            event(0, 0, Act::Restart, Outcome::Clock { ahead: 0 }),
            sign_in(2, "a"),
            refresh(4, 1_000, "a", Some("b")),
            restart.clone(),
            refresh(8, again_at, "a", Some("c")),
        ]
    };
    assert_eq!(promises(&history(4_000)), []);
    assert_eq!(promises(&history(4_001)), [Promise::Sessions]);
}

#[test]
fn no_token_of_a_session_works_after_it_was_ended() {
    let out = event(
        4,
        0,
        Act::SignOut {
            token: "b".to_owned(),
        },
        Outcome::Done {
            tag: None,
            value: None,
            replayed: false,
        },
    );
    let begin = [sign_in(0, "a"), refresh(2, 0, "a", Some("b")), out.clone()];
    let works = [&begin[..], &[refresh(6, 0, "b", Some("c"))]].concat();
    assert_eq!(promises(&works), [Promise::Sessions]);
    let refused = [&begin[..], &[refresh(6, 0, "b", None)]].concat();
    assert_eq!(promises(&refused), []);
    // At the same time, either may be first.
    let mut overlapping = refresh(6, 0, "b", Some("c"));
    overlapping.invoke = 3;
    let overlapping = [&begin[..], &[overlapping]].concat();
    assert_eq!(promises(&overlapping), []);
}

#[test]
fn nothing_of_a_deleted_user_works_or_is_left() {
    let gone = event(
        2,
        0,
        Act::DeleteAccount,
        Outcome::Done {
            tag: None,
            value: None,
            replayed: false,
        },
    );
    let again = sign_in(4, "b");
    assert_eq!(
        promises(&[sign_in(0, "a"), gone.clone(), again]),
        [Promise::Leaving]
    );
    let look = |faults: &[&str]| {
        let faults = faults.iter().map(|fault| (*fault).to_owned()).collect();
        event(6, 0, Act::Remains, Outcome::Found { faults })
    };
    assert_eq!(promises(&[gone.clone(), look(&[])]), []);
    assert_eq!(
        promises(&[gone, look(&["a watchlist entry"])]),
        [Promise::Leaving]
    );
}
