//! x
pub mod client;
pub mod feed;
pub mod log;
pub mod properties;
pub mod push;
pub mod reader;
pub mod relay;
pub mod search;
pub mod step;
pub mod table;
pub mod walk;
pub mod world;

use crate::{feed::Feed, step::Step, world::World};
use stateright::{Model, Property};

impl Model for Feed {
    type State = World;
    type Action = Step;

    fn init_states(&self) -> Vec<World> {
        vec![World::new(self)]
    }

    fn actions(&self, world: &World, steps: &mut Vec<Step>) {
        world.steps(self, steps);
    }

    fn next_state(&self, world: &World, step: Step) -> Option<World> {
        let mut world = world.clone();
        world.take(self, &step);
        Some(world)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        properties::all()
    }
}
