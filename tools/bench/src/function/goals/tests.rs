use super::*;

fn goal(is: Option<f64>) -> Goal {
    Goal {
        what: "",
        is,
        at_most: 2.4,
        because: String::new(),
    }
}

#[test]
fn a_goal_is_met_up_to_its_limit_and_never_unmeasured() {
    for (is, met) in [
        (Some(2.3), true),
        (Some(2.4), true),
        (Some(2.41), false),
        (None, false),
    ] {
        assert_eq!(goal(is).is_met(), met, "{is:?}");
    }
}

#[test]
fn a_ratio_says_what_it_was_made_of() {
    let (ours, theirs) = (Duration::from_micros(4_800), Duration::from_millis(2));
    let goal = ratio("cold start", ours, theirs, 2.4);
    assert!(goal.is_met());
    assert_eq!(goal.because, "4.8ms / 2.0ms");
    assert!(!ratio("cold start", ours, Duration::ZERO, 2.4).is_met());
}
