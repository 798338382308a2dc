//! The operations, and what each takes of DynamoDB: read from `shared/api/src/store/dynamo`, which has to agree.

use serde::{Deserialize, Serialize};

use crate::{input::Load, units::Units};

/// An operation, as the benchmark names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) enum Operation {
    /// One movie, consistently.
    #[serde(rename = "find")]
    Find,
    /// A page of a year, or of all.
    #[serde(rename = "list page")]
    ListPage,
    #[serde(rename = "add")]
    Add,
    /// With an `Idempotency-Key`; the same below.
    #[serde(rename = "add with a key")]
    AddWithKey,
    #[serde(rename = "update")]
    Update,
    #[serde(rename = "update with a key")]
    UpdateWithKey,
    #[serde(rename = "delete")]
    Delete,
    #[serde(rename = "delete with a key")]
    DeleteWithKey,
    #[serde(rename = "sign in")]
    SignIn,
    #[serde(rename = "refresh")]
    Refresh,
    /// Refused by the function: a token of the other stage.
    #[serde(rename = "401")]
    Unauthorized,
    /// Refused by the gateway's authorizer: no token, an old one, a forged one.
    #[serde(rename = "401 at the gateway")]
    UnauthorizedAtGateway,
    /// A browser's question before a call.
    #[serde(rename = "preflight")]
    Preflight,
}

impl Operation {
    pub(crate) const ALL: [Self; 13] = [
        Self::Find,
        Self::ListPage,
        Self::Add,
        Self::AddWithKey,
        Self::Update,
        Self::UpdateWithKey,
        Self::Delete,
        Self::DeleteWithKey,
        Self::SignIn,
        Self::Refresh,
        Self::Unauthorized,
        Self::UnauthorizedAtGateway,
        Self::Preflight,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Find => "find",
            Self::ListPage => "list page",
            Self::Add => "add",
            Self::AddWithKey => "add with a key",
            Self::Update => "update",
            Self::UpdateWithKey => "update with a key",
            Self::Delete => "delete",
            Self::DeleteWithKey => "delete with a key",
            Self::SignIn => "sign in",
            Self::Refresh => "refresh",
            Self::Unauthorized => "401",
            Self::UnauthorizedAtGateway => "401 at the gateway",
            Self::Preflight => "preflight",
        }
    }

    /// What it takes of the movies' table itself.
    pub(crate) fn of_movies(self, load: &Load) -> Units {
        let movie = load.movie_bytes;
        match self {
            Self::Find => Units::read(movie),
            Self::ListPage => Units::read(load.page_movies * movie),
            Self::Update | Self::Delete => Units::write(movie),
            Self::Add | Self::AddWithKey | Self::DeleteWithKey => {
                Units::write(movie).in_transaction()
            }
            Self::UpdateWithKey => {
                Units::read(movie).in_transaction() + Units::write(movie).in_transaction()
            }
            _ => Units::default(),
        }
    }

    /// What it takes of the table of idempotency records. Its time to live deletes for nothing.
    pub(crate) fn of_records(self, load: &Load) -> Units {
        let with_movie = Units::write(load.record_bytes + load.movie_bytes).in_transaction();
        // That the user who writes is not leaving: a check is an item of the transaction as a write is,
        // and costs the least there is, for there is mostly nothing.
        let check = Units::write(0.0).in_transaction();
        match self {
            Self::Add => check,
            Self::AddWithKey => check + with_movie,
            // Is there a record already? It costs the least there is, for there is mostly none.
            Self::UpdateWithKey => Units::read(0.0).in_transaction() + check + with_movie,
            Self::DeleteWithKey => check + Units::write(load.record_bytes).in_transaction(),
            _ => Units::default(),
        }
    }

    /// What it takes of the index `ByAdder`: keys only, so an update leaves it alone. It is written after a transaction,
    /// not in it, hence once.
    fn of_index(self, load: &Load) -> Units {
        match self {
            Self::Add | Self::AddWithKey | Self::Delete | Self::DeleteWithKey => {
                Units::write(load.index_bytes)
            }
            _ => Units::default(),
        }
    }

    /// All that it takes.
    pub(crate) fn units(self, load: &Load) -> Units {
        self.of_movies(load) + self.of_records(load) + self.of_index(load)
    }

    /// Whether the function is called.
    pub(crate) fn is_invoked(self) -> bool {
        self != Self::UnauthorizedAtGateway
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::tests::inputs;

    #[test]
    fn names_are_those_of_the_benchmark() {
        for operation in Operation::ALL {
            let name = serde_json::to_value(operation).unwrap();
            assert_eq!(name, operation.name());
        }
    }

    #[test]
    fn an_operation_takes_what_the_store_asks_for() {
        let load = inputs().load;
        // (operation, read units, write units), by hand: 551 bytes a movie, 724 a record with one.
        for (operation, reads, writes) in [
            (Operation::Find, 1.0, 0.0),
            (Operation::ListPage, 7.0, 0.0), // 50 * 551 = 27,550 bytes; 6.7 times 4 KB
            (Operation::Add, 0.0, 5.0),      // 2 movie, 2 check, 1 index
            (Operation::AddWithKey, 0.0, 7.0), // 2 movie, 2 record, 2 check, 1 index
            (Operation::Update, 0.0, 1.0),
            (Operation::UpdateWithKey, 4.0, 6.0), // 2 + 2 to look, 2 movie, 2 record, 2 check
            (Operation::Delete, 0.0, 2.0),
            (Operation::DeleteWithKey, 0.0, 7.0),
            (Operation::SignIn, 0.0, 0.0),
            (Operation::Unauthorized, 0.0, 0.0),
        ] {
            assert_eq!(
                operation.units(&load),
                Units { reads, writes },
                "{operation:?}"
            );
        }
    }
}
