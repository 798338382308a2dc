use proptest::prelude::*;

use super::*;
use crate::input::{Architecture, tests::inputs};

const MACHINE: Machine = Machine {
    memory: 256,
    architecture: Architecture::Arm64,
};

fn dollars(requests: f64, what: &str) -> f64 {
    let lines = bill(&inputs(), MACHINE, requests);
    lines.iter().find(|line| line.what == what).unwrap().dollars
}

#[test]
fn a_billion_requests_pay_by_tiers_and_traces_by_the_second() {
    // 333 M at 3.50 and 667 M at 2.80; the first of 2,592,000 seconds and 5 % of the rest.
    for (what, expected) in [
        ("API Gateway, REST", 3_033.10),
        // The same of 100 M batches of the relay: 59,924,800 in all.
        ("X-Ray", 299.62),
        ("Cognito Essentials", 50_000.01),
        ("Metrics", 23.68),
        // 2.9 read units and 3.6 write units a request.
        ("DynamoDB, reads", 362.5),
        ("DynamoDB, writes", 2_250.0),
    ] {
        let found = dollars(1e9, what);
        assert!((found - expected).abs() < 0.005, "{what}: {found}");
    }
}

proptest! {
    #[test]
    fn more_requests_never_cost_less(few in 1e3..1e9, more in 0.0..1e9) {
        // The share of cold starts is assumed to fall in steps, so they are left out.
        let sum = |requests| {
            let lines = bill(&inputs(), MACHINE, requests);
            lines.iter().filter(|line| line.what != "Lambda, cold starts").map(|line| line.dollars).sum::<f64>()
        };
        prop_assert!(sum(few + more) >= sum(few) - 1e-6);
    }
}

/// The table of the guide must equal the computed bill.
#[test]
fn the_guide_has_the_same_bill() {
    let guide = include_str!("../../../../docs/first-deploy.md");
    let months = MONTHS.map(|(_, requests)| bill(&inputs(), MACHINE, requests));
    for (i, line) in months[0].iter().enumerate() {
        let start = format!("| {} |", line.what);
        let row = guide.lines().find(|row| row.starts_with(&start));
        let row = row.unwrap_or_else(|| panic!("no row `{start}`"));
        let cells: Vec<_> = row.split('|').map(str::trim).collect();
        for (month, cell) in months.iter().zip(&cells[3..6]) {
            let expected = number(month[i].dollars, 2);
            let said = cell.split_whitespace().next_back().unwrap();
            assert_eq!(said, expected, "{row}");
        }
    }
    for lines in &months {
        let sum = number(sums(lines)[0], 2);
        assert!(guide.contains(&format!("**{sum}**")), "no sum {sum}");
    }
}
