use super::*;
use crate::input::{Architecture, tests::inputs};

const MACHINE: Machine = Machine {
    memory: 256,
    architecture: Architecture::Arm64,
};

/// By hand: a user's peak is 300 / 2,592,000 * 3 requests a second.
#[test]
fn limits_are_full_where_a_pocket_calculator_says() {
    let inputs = inputs();
    let found = reached(&inputs, MACHINE);
    let full = |what: &str| {
        let row = found.iter().find(|row| row.limit.what == what);
        row.unwrap().full_at_users
    };
    for (what, users) in [
        ("API Gateway: one method", 50.0 / 0.5 * 2_880.0),
        ("API Gateway: account", 10_000.0 * 2_880.0),
        ("Cognito: sign-in", 120.0 / 0.01 * 2_880.0),
        ("Cognito: refresh", 120.0 / 0.09 * 2_880.0),
        // 15 of 100 requests read 7 units of one partition.
        (
            "DynamoDB: first page of the newest year",
            3_000.0 / 1.05 * 2_880.0,
        ),
    ] {
        assert!(
            (full(what) / users - 1.0).abs() < 1e-9,
            "{what}: {}",
            full(what)
        );
    }
}

#[test]
fn the_first_to_break_comes_first_and_each_says_what_then() {
    let inputs = inputs();
    let found = reached(&inputs, MACHINE);
    assert!(found.is_sorted_by(|a, b| a.full_at_users <= b.full_at_users));
    for Reached { limit, .. } in &found {
        assert!(!limit.then.is_empty(), "{}", limit.what);
    }
}

#[test]
fn the_guide_shows_what_the_command_prints() {
    let guide = include_str!("../../../../docs/cost.md");
    let told = table(&inputs(), MACHINE, 1_000);
    for line in told.lines() {
        assert!(guide.contains(line), "docs/cost.md has no line `{line}`");
    }
}
