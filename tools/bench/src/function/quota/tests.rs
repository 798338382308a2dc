use super::*;

#[test]
fn the_share_is_in_proportion_to_the_memory() {
    for (memory, micros) in [(128, 1_447), (256, 2_894), (512, 5_788), (1_769, 20_000)] {
        assert_eq!(Memory(memory).quota().as_micros(), micros, "{memory}");
    }
}

#[test]
fn a_limit_that_does_not_limit_is_no_proof() {
    for (slowdown, holds) in [
        (1.0, false),
        (5.0, false),
        (6.9, true),
        (7.5, true),
        (9.0, false),
    ] {
        assert_eq!(is_limited(slowdown, Memory(256)), holds, "{slowdown}");
    }
}

/// On a machine with control groups, only this test covers the duty cycle.
#[test]
fn a_duty_cycle_slows_a_loop_down() {
    let cores = Cores::split().unwrap();
    let quota = Quota::DutyCycle(DutyCycle::default());
    let slowdown = slowdown(&quota, cores, Memory(256), 2_000_000).unwrap();
    assert!(slowdown > 2.0, "{slowdown}");
}
