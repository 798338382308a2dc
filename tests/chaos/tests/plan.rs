//! The plan of a run.

use chaos::plan::{Deed, Plan};

#[test]
fn a_seed_gives_its_plan_again() {
    let plan = Plan::new(7, 5_000);
    assert_eq!(plan, Plan::new(7, 5_000));
    assert_ne!(plan.clients, Plan::new(8, 5_000).clients);
    assert_eq!(plan.clients.len(), 16);
    let steps: usize = plan.clients.iter().map(Vec::len).sum();
    assert!((4_900..=5_000).contains(&steps), "{steps}");
}

#[test]
fn no_two_writes_have_the_same_value() {
    let plan = Plan::new(1, 20_000);
    let values = plan.clients.iter().flatten();
    let mut values: Vec<_> = values
        .filter_map(|step| match step.deed {
            Deed::Write { value, .. } | Deed::ComeAndGo(value) => Some(value),
            _ => None,
        })
        .collect();
    let count = values.len();
    values.sort_unstable();
    values.dedup();
    assert_eq!(values.len(), count);
}
