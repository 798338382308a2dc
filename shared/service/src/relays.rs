//! What follows a write, for the tables of all nouns.

use std::{collections::BTreeMap, sync::Arc};

use kit::{resource::Resource, store::dynamo::Relay};

use crate::{
    Operation,
    app::Tables,
    nouns::{self, NounVisitor},
};

/// The relays of the tables, by their names.
#[must_use]
pub fn of(tables: &Tables<'_>) -> BTreeMap<String, Arc<dyn Relay>> {
    struct Relays<'a>(&'a Tables<'a>, BTreeMap<String, Arc<dyn Relay>>);

    impl NounVisitor for Relays<'_> {
        fn noun<R: Resource>(&mut self, _: &[Operation]) {
            let Self(tables, relays) = self;
            let table = tables.table::<R>();
            relays.insert(table.name().to_owned(), Arc::new(table));
        }
    }

    let mut relays = Relays(tables, BTreeMap::new());
    nouns::visit(&mut relays);
    relays.1
}
