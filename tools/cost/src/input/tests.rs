use proptest::prelude::*;

use super::*;

/// The inputs of the repository.
pub(crate) fn inputs() -> Inputs {
    Inputs::read().unwrap()
}

const TIERS: [Tier; 2] = [
    Tier {
        up_to: Some(10.0),
        price: 2.0,
    },
    Tier {
        up_to: None,
        price: 1.0,
    },
];

#[test]
fn a_tier_ends_where_the_next_begins() {
    for (quantity, cost) in [(0.0, 0.0), (4.0, 8.0), (10.0, 20.0), (13.0, 23.0)] {
        assert!((tiered(&TIERS, quantity) - cost).abs() < 1e-9, "{quantity}");
    }
}

proptest! {
    #[test]
    fn more_never_costs_less(less in 0.0..100.0, more in 0.0..100.0) {
        prop_assert!(tiered(&TIERS, less + more) >= tiered(&TIERS, less));
    }
}

/// `up_to` may be left out, so a misspelt `upto` would go unnoticed.
#[test]
fn a_misspelt_input_is_refused() {
    let prices = include_str!("../../inputs/prices.yaml");
    assert!(serde_yaml_ng::from_str::<Prices>(prices).is_ok());
    let wrong = prices.replacen("up_to", "upto", 1);
    assert!(serde_yaml_ng::from_str::<Prices>(&wrong).is_err());
}
