use proptest::prelude::*;

use super::*;
use crate::input::tests::inputs;

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1.0)
}

/// By hand, for a million finds at 256 MB on arm64.
#[test]
fn a_million_finds_cost_what_a_pocket_calculator_says() {
    let money = of(&inputs(), SHOWN, Operation::Find, MILLION);
    // 4 ms + 0.365 ms / (256 / 1,769) = 6.52 ms; 7 are billed, of a quarter of a gigabyte: 0.00175 GB-s.
    assert!(near(money.time, 1e6 * 0.001_75 * 0.000_013_333_4));
    // 30 ms + 3.0 ms / (256 / 1,769) = 50.7, so 51: 0.01275 GB-s, of one request in a hundred.
    assert!(near(money.cold_starts, 1e4 * 0.012_75 * 0.000_013_333_4));
    assert!(near(money.gateway, 3.50) && near(money.invocations, 0.20));
    assert!(near(money.reads, 0.125) && near(money.writes, 0.0));
    assert!(near(money.logs, 2.06 * 0.50)); // 860 + 520 + 680 bytes
    assert!(near(money.traces, 0.25)); // 50,000 of them
    assert!(near(money.traffic, 1.3 * 0.09));
    let sum = 3.50 + 0.20 + 0.023_333_45 + 0.001_700_008_5 + 0.125 + 1.03 + 0.25 + 0.117;
    assert!(near(money.sum(), sum), "{}", money.sum());
}

#[test]
fn the_guide_shows_what_the_command_prints() {
    let guide = include_str!("../../../../docs/cost.md");
    for line in table(&inputs()).lines() {
        assert!(guide.contains(line), "docs/cost.md has no line `{line}`");
    }
}

#[test]
fn a_refusal_by_the_gateway_costs_only_what_is_written_and_sent() {
    let money = of(&inputs(), SHOWN, Operation::UnauthorizedAtGateway, MILLION);
    let rest = Money {
        logs: 0.0,
        traces: 0.0,
        traffic: 0.0,
        ..money
    };
    assert!(near(rest.sum(), 0.0) && money.logs > 0.0, "{money:?}");
}

#[test]
fn a_core_has_1769_megabytes_and_one_thread_uses_no_more() {
    let millis = |memory| Machine { memory, ..SHOWN }.millis(1_000.0, 5.0);
    assert!(near(millis(1_769), 6.0) && near(millis(10_240), 6.0));
    assert!(near(millis(128), 5.0 + 1_769.0 / 128.0));
}

proptest! {
    #[test]
    fn money_is_additive(a in 0.0..1e9, b in 0.0..1e9, which in 0..Operation::ALL.len()) {
        let inputs = inputs();
        let of = |requests| of(&inputs, SHOWN, Operation::ALL[which].0, requests);
        prop_assert!(near(of(a).sum() + of(b).sum(), of(a + b).sum()));
    }

    #[test]
    fn more_memory_for_as_long_costs_more(less in 128_u32..10_240, more in 1_u32..5_000, wait in 1.0..1e3) {
        // The whole duration is waiting time, which no processor shortens.
        let cost = |memory| Machine { memory, ..SHOWN }.gigabyte_seconds(wait);
        prop_assert!(cost(less + more) > cost(less));
    }

    #[test]
    fn more_memory_is_never_slower(less in 128_u32..10_240, more in 1_u32..5_000, cpu in 0.0..1e6) {
        let millis = |memory| Machine { memory, ..SHOWN }.millis(cpu, 5.0);
        prop_assert!(millis(less + more) <= millis(less));
    }
}
