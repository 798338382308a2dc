//! Searches: every state of a small size, in the order of the number of steps to it.

use stateright::{Checker as _, HasDiscoveries, Model as _};

use crate::{feed::Feed, properties::ENDS, step::Step};

/// A property that does not hold, and the steps to where it does not.
#[derive(Debug)]
pub struct Finding {
    /// The property.
    pub property: &'static str,
    /// The steps.
    pub steps: Vec<Step>,
}

/// Searches until a property does not hold, and gives the fewest steps to there.
#[must_use]
pub fn shortest(feed: Feed) -> Option<Finding> {
    let search = feed.checker().finish_when(HasDiscoveries::AnyFailures);
    let found = search.spawn_bfs().join().discoveries().into_iter();
    let found = found.filter(|(property, _)| *property != ENDS);
    let found = found.map(|(property, path)| Finding {
        property,
        steps: path.into_actions(),
    });
    found.min_by_key(|finding| (finding.steps.len(), finding.property))
}
