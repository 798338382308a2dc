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

/// How often somebody takes a step, compared with others. Each walk draws a pace for everybody, so that in some the relay is slow, in
/// others a client.
const PACES: [usize; 4] = [1, 3, 10, 30];

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
    for number in world.left.numbers() {
        *number *= u8::from(rng.u8(..4) > 0);
    }
    let paces: Vec<_> = (0..4 + feed.clients).map(|_| *rng.choice(&PACES).unwrap_or(&1)).collect();
    while !(steps.len() > STEPS && world.is_quiet(feed)) {
        let mut actions = Vec::new();
        world.actions(feed, &mut actions);
        if steps.len() > STEPS {
            actions.retain(|action| world.leads_to_the_end(action));
        }
        actions.truncate(if steps.len() < STEPS + STEPS_TO_THE_END { actions.len() } else { 0 });
        let action = choose(&mut rng, &paces, &actions);
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

fn choose<'a>(rng: &mut Rng, paces: &[usize], actions: &'a [Action]) -> Option<&'a Action> {
    let mut all = vec![Vec::new(); paces.len()];
    for action in actions {
        all[actor(action)].push(action);
    }
    let pace = |index: usize| if all[index].is_empty() { 0 } else { paces[index] };
    let sum = (0..paces.len()).map(pace).sum::<usize>();
    let mut left = rng.usize(..sum.max(1));
    let chosen = (0..paces.len()).find(|index| {
        let here = left < pace(*index);
        left = left.saturating_sub(pace(*index));
        here
    });
    chosen.and_then(|index| rng.choice(&all[index]).copied())
}

/// Who takes a step.
fn actor(action: &Action) -> usize {
    match action {
        Action::Finish(_) | Action::Replicate(_) | Action::Reset => 1,
        Action::RelayStart(_) | Action::RelayCommit(_) | Action::RelayRow(_) | Action::RelayAcknowledge(_) => 2,
        Action::Send(_) | Action::TimeOut(_) | Action::Compare(_) | Action::Deliver(_) | Action::Lose(_) => 3,
        Action::Ask(client) | Action::Read(client) | Action::ReadInPart(client) | Action::Receive(client) | Action::LosePage(client) => 4 + client,
        _ => 0,
    }
}
