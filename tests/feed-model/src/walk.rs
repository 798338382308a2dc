//! Walks: runs that choose each step at random, for sizes that are too large to be searched through.
//!
//! They are not the checker's own simulation, because that ends a run that comes back to a state, as every idle poll does.

use fastrand::Rng;
use stateright::{Expectation, Model as _};

use crate::{feed::Feed, search::Finding, step::Step, world::World};

/// How many walks are taken: those with the seeds from 0.
pub const WALKS: u64 = 1_000;

/// The steps after which nothing more comes from outside, and nothing is lost.
const STEPS: usize = 500;

/// The steps after which all must be quiet.
const LAST_STEP: usize = 5_500;

/// How often somebody takes a step, compared with others. Each walk draws a pace for everybody, so that in some the relay is slow,
/// and in others a client.
const PACES: [usize; 4] = [1, 3, 10, 30];

/// The property that a walk comes to its end: when nothing more comes from outside and nothing is lost, all gets quiet.
pub const COMES_TO_REST: &str = "comes to rest";

/// Takes one walk. The same seed takes the same steps.
///
/// # Errors
/// The first property that does not hold.
pub fn walk(feed: &Feed, seed: u64) -> Result<(), Finding> {
    let mut rng = Rng::with_seed(seed);
    let (mut world, mut steps, mut possible) = (World::new(feed), Vec::new(), Vec::new());
    // What happens too often hides the rest: so many snapshots are taken that no bug of the changes is seen.
    for times in &mut world.left {
        *times *= u8::from(rng.u8(..4) > 0);
    }
    let mut always = feed.properties();
    always.retain(|property| property.expectation == Expectation::Always);
    let actors = 4 + feed.clients;
    let paces: Vec<_> = (0..actors)
        .map(|_| PACES[rng.usize(..PACES.len())])
        .collect();
    while steps.len() < STEPS || !world.is_quiet() {
        possible.clear();
        world.steps(feed, &mut possible);
        if steps.len() >= STEPS {
            possible.retain(|step| steps.len() < LAST_STEP && leads_to_the_end(&world, step));
        }
        let Some(step) = choose(&mut rng, &paces, &possible) else {
            let property = COMES_TO_REST;
            return Err(Finding { property, steps });
        };
        world.take(feed, step);
        steps.push(step.clone());
        let mut failed = always
            .iter()
            .filter(|property| !(property.condition)(feed, &world));
        if let Some(property) = failed.next().map(|property| property.name) {
            return Err(Finding { property, steps });
        }
    }
    Ok(())
}

/// Chooses who takes a step, by the paces, and one of the steps that are possible.
fn choose<'a>(rng: &mut Rng, paces: &[usize], possible: &'a [Step]) -> Option<&'a Step> {
    let of = |who: usize| possible.iter().filter(move |step| actor(step) == who);
    let actors = (0..paces.len()).filter(|actor| of(*actor).next().is_some());
    let drawn: Vec<_> = actors.flat_map(|actor| vec![actor; paces[actor]]).collect();
    let steps: Vec<_> = of(rng.choice(drawn)?).collect();
    rng.choice(steps)
}

/// Who takes a step: the world outside, the store, the relays, the push, or the pull of a client.
fn actor(step: &Step) -> usize {
    match step {
        step if step.event().is_some() => 0,
        Step::RelayStart(_) | Step::Relay(_) => 2,
        Step::Send(_) | Step::TimeOut(_) | Step::Compare(_) | Step::Deliver(_) | Step::Lose(_) => 3,
        Step::Ask(client)
        | Step::Read(client, _)
        | Step::Receive(client)
        | Step::LosePage(client) => 4 + client,
        _ => 1,
    }
}

/// True if the protocol takes a step itself, nothing is lost by it, and it is no poll of a client that has everything.
fn leads_to_the_end(world: &World, step: &Step) -> bool {
    match step {
        Step::Ask(client) => !world.has_all(&world.clients[*client]),
        Step::Read(_, true) | Step::LosePage(_) | Step::Lose(_) => false,
        step => step.event().is_none(),
    }
}
