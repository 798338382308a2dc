//! The operations and the DynamoDB units of each. They must match the calls in `shared/kit/src/store/dynamo`.

use serde::Deserialize;

use crate::{input::Load, units::Units};

/// An operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub(crate) enum Operation {
    /// A consistent read of one resource.
    Find,
    /// A page of one partition, or of all.
    ListPage,
    /// A page of a search, or of an order that a list serves.
    SearchPage,
    Add,
    /// With an `Idempotency-Key`, as all `WithKey` operations.
    AddWithKey,
    /// Of members by which no movie is searched.
    Update,
    /// Of the rating, by which movies are searched.
    UpdateRating,
    UpdateWithKey,
    Delete,
    DeleteWithKey,
    SignIn,
    Refresh,
    /// Refused by the function: the token belongs to the other stage.
    Unauthorized,
    /// Refused by the gateway's authorizer: the token is missing, expired or forged.
    UnauthorizedAtGateway,
    /// The preflight request of a browser.
    Preflight,
}

impl TryFrom<String> for Operation {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        let mut all = Self::ALL.into_iter();
        all.find(|(_, known)| *known == name)
            .map(|(operation, _)| operation)
            .ok_or_else(|| format!("no operation is named `{name}`"))
    }
}

impl Operation {
    /// All operations with their names, which are those of the benchmark.
    pub(crate) const ALL: [(Self, &str); 15] = [
        (Self::Find, "find"),
        (Self::ListPage, "list page"),
        (Self::SearchPage, "search page"),
        (Self::Add, "add"),
        (Self::AddWithKey, "add with a key"),
        (Self::Update, "update"),
        (Self::UpdateRating, "update a rating"),
        (Self::UpdateWithKey, "update with a key"),
        (Self::Delete, "delete"),
        (Self::DeleteWithKey, "delete with a key"),
        (Self::SignIn, "sign in"),
        (Self::Refresh, "refresh"),
        (Self::Unauthorized, "401"),
        (Self::UnauthorizedAtGateway, "401 at the gateway"),
        (Self::Preflight, "preflight"),
    ];

    /// The units of the table of movies, without its index.
    pub(crate) fn of_movies(self, load: &Load) -> Units {
        let movie = load.movie_bytes;
        match self {
            Self::Find => Units::read(movie),
            Self::ListPage => Units::read(load.page_movies * movie),
            // Each item of a batch is rounded up for itself.
            Self::SearchPage => Units::read(movie).times(load.page_movies),
            Self::Update => Units::write(movie),
            Self::Add | Self::AddWithKey => Units::write(movie).in_transaction(),
            // The movie is read first, because its entries in the index have to be known.
            Self::UpdateRating | Self::Delete => {
                Units::read(movie) + Units::write(movie).in_transaction()
            }
            Self::UpdateWithKey | Self::DeleteWithKey => {
                Units::read(movie).in_transaction() + Units::write(movie).in_transaction()
            }
            _ => Units::default(),
        }
    }

    /// The units of the table of idempotency records. Deletions by time to live are free.
    pub(crate) fn of_records(self, load: &Load) -> Units {
        let with_movie = Units::write(load.record_bytes + load.movie_bytes).in_transaction();
        // The check that the user is not being deleted. It is an item of the transaction, and costs the minimum because
        // it mostly finds no item.
        let check = Units::write(0.0).in_transaction();
        match self {
            Self::Add => check,
            Self::AddWithKey => check + with_movie,
            // The look-up of an existing record. It costs the minimum because mostly there is none.
            Self::UpdateWithKey => Units::read(0.0).in_transaction() + check + with_movie,
            Self::DeleteWithKey => {
                let record = Units::write(load.record_bytes).in_transaction();
                Units::read(0.0).in_transaction() + check + record
            }
            _ => Units::default(),
        }
    }

    /// The units of the index `ByOwner`. It has keys only, so an update does not write to it. It is written after the
    /// transaction, so each write counts once.
    fn of_index(self, load: &Load) -> Units {
        match self {
            Self::Add | Self::AddWithKey | Self::Delete | Self::DeleteWithKey => {
                Units::write(load.index_bytes)
            }
            _ => Units::default(),
        }
    }

    /// The units of the table that searches read. Each entry is an item of the transaction.
    pub(crate) fn of_search(self, load: &Load) -> Units {
        let entry = Units::write(load.entry_bytes).in_transaction();
        match self {
            Self::SearchPage => Units::read(load.page_movies * load.entry_bytes),
            Self::Add | Self::AddWithKey | Self::Delete | Self::DeleteWithKey => {
                entry.times(load.entries)
            }
            // Each is deleted at one place and put at another.
            Self::UpdateRating => entry.times(2.0 * load.entries_by_rating),
            _ => Units::default(),
        }
    }

    /// The units of all tables and the index.
    pub(crate) fn units(self, load: &Load) -> Units {
        self.of_movies(load) + self.of_records(load) + self.of_index(load) + self.of_search(load)
    }

    /// True if the request reaches the function.
    pub(crate) fn is_invoked(self) -> bool {
        self != Self::UnauthorizedAtGateway
    }
}

#[cfg(test)]
mod tests;
