//! Walks: runs that choose each step at random, for sizes that are too large to be searched through.

use fastrand::Rng;
use stateright::{Expectation, Model as _};

use crate::{
    feed::Feed,
    world::{Action, World},
};

/// The most steps that happen before nothing happens any more but what the protocol does by itself.
const STEPS: usize = 500;

/// The most steps until all is quiet after that.
const STEPS_TO_THE_END: usize = 5_000;

/// The property that a walk comes to its end: then all is quiet.
pub const COMES_TO_REST: &str = "comes to rest";

/// A run in which a property failed.
#[derive(Debug)]
pub struct Failure {
    /// The property.
    pub property: &'static str,
    /// The steps to it.
    pub steps: Vec<Action>,
}

/// Takes one walk. The same seed takes the same steps.
///
/// # Errors
/// The first property that failed.
pub fn walk(feed: &Feed, seed: u64) -> Result<(), Failure> {
    let mut rng = Rng::with_seed(seed);
    let (mut world, mut steps) = (World::new(feed), Vec::new());
    let properties = feed.properties();
    while !(steps.len() > STEPS && world.is_quiet(feed)) {
        let mut actions = Vec::new();
        world.actions(feed, &mut actions);
        if steps.len() <= STEPS {
            let outside = rng.u8(..10) == 0 && actions.iter().any(Action::is_from_outside);
            actions.retain(|action| action.is_from_outside() == outside);
        } else {
            actions.retain(|action| world.leads_to_the_end(action));
        }
        let action = rng.choice(&actions).filter(|_| steps.len() < STEPS + STEPS_TO_THE_END);
        let Some(action) = action else {
            let property = COMES_TO_REST;
            return Err(Failure { property, steps });
        };
        world.step(feed, action.clone());
        steps.push(action.clone());
        let always = properties.iter().filter(|property| property.expectation == Expectation::Always);
        for property in always {
            if !(property.condition)(feed, &world) {
                let property = property.name;
                return Err(Failure { property, steps });
            }
        }
    }
    Ok(())
}
