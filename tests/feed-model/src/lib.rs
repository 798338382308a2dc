//! x
pub mod client; pub mod feed; pub mod log; pub mod properties; pub mod push; pub mod reader; pub mod relay; pub mod table; pub mod walk; pub mod world;

use stateright::{Model, Property};
use crate::{feed::Feed, world::{Action, World}};

impl Model for Feed {
    type State = World;
    type Action = Action;

    fn init_states(&self) -> Vec<World> {
        vec![World::new(self)]
    }

    fn actions(&self, world: &World, actions: &mut Vec<Action>) {
        world.actions(self, actions);
    }

    fn next_state(&self, world: &World, action: Action) -> Option<World> {
        let mut world = world.clone();
        world.step(self, action);
        Some(world)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        properties::all()
    }
}
