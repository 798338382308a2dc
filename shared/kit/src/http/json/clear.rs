//! The member `clear`: the names of members to remove, for clients that cannot send null.

use super::{super::fault::Fault, list, members::Members};
use crate::resource::Change;

const CLEAR: &str = "clear";

/// The names of members to remove.
#[derive(Debug)]
pub struct Clear {
    /// The names that `remove` has not matched yet, with their positions in the list.
    left: Vec<(usize, String)>,
    known: Vec<&'static str>,
    /// True if the list was empty or there was no list.
    empty: bool,
}

impl Members<'_> {
    /// Takes the names of members to remove.
    pub fn take_clear(&mut self) -> Clear {
        let given = self.has(CLEAR);
        let names = self.take_change(CLEAR, list(|name| Ok(name.to_owned())));
        Clear {
            empty: match &names {
                Change::Keep => !given,
                Change::Set(names) => names.is_empty(),
                Change::Remove => true,
            },
            left: names
                .into_value()
                .into_iter()
                .flatten()
                .enumerate()
                .collect(),
            known: Vec::new(),
        }
    }
}

impl Clear {
    /// True if nothing is to be removed. A list that could not be read does not count as empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.empty
    }

    /// Removes a member if it is named, as if it were null. A member that is named and set is a fault.
    pub fn remove<T>(
        &mut self,
        name: &'static str,
        member: &mut Change<T>,
        members: &mut Members<'_>,
    ) {
        self.known.push(name);
        let named = self.left.extract_if(.., |(_, left)| *left == name);
        let Some((at, _)) = named.collect::<Vec<_>>().into_iter().next() else {
            return;
        };
        if matches!(member, Change::Set(_)) {
            let message = format!("`{name}` cannot be set and removed at once");
            let field = format!("{CLEAR}[{at}]");
            members.refuse(Fault::new(field, "not_allowed_together", message));
        } else {
            *member = Change::Remove;
        }
    }

    /// Refuses the names that are no members.
    pub fn refuse_the_rest(self, members: &mut Members<'_>) {
        let known = self.known.join(", ");
        for (at, name) in self.left {
            let name: String = name.chars().take(64).collect();
            let message = format!("`{name}` is not a member that can be removed ({known})");
            let field = format!("{CLEAR}[{at}]");
            members.refuse(Fault::new(field, "invalid_value", message));
        }
    }
}
