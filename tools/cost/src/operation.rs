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

    /// The units of the table of movies, without its index. The relay reads what was written.
    pub(crate) fn of_movies(self, load: &Load) -> Units {
        let movie = load.movie_bytes;
        match self {
            Self::Find => Units::read(movie),
            Self::ListPage => Units::read(load.page_movies * movie),
            // Each item of a batch is rounded up for itself.
            Self::SearchPage => Units::read(movie).times(load.page_movies),
            Self::Update | Self::UpdateRating | Self::Delete => {
                Units::write(movie) + Units::read(movie)
            }
            Self::Add | Self::AddWithKey | Self::DeleteWithKey => {
                Units::write(movie).in_transaction() + Units::read(movie)
            }
            // A transaction does not return what it wrote, so the movie is read first.
            Self::UpdateWithKey => {
                Units::read(movie).in_transaction()
                    + Units::write(movie).in_transaction()
                    + Units::read(movie)
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
            Self::DeleteWithKey => check + Units::write(load.record_bytes).in_transaction(),
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

    /// The entries in the lists of searches that the relay writes; `None` if nothing is written.
    fn entries(self, load: &Load) -> Option<f64> {
        match self {
            Self::Add | Self::AddWithKey | Self::Delete | Self::DeleteWithKey => Some(load.entries),
            // Each is deleted at one place and put at another.
            Self::UpdateRating => Some(2.0 * load.entries_by_rating),
            Self::Update | Self::UpdateWithKey => Some(0.0),
            _ => None,
        }
    }

    /// The units of the table that searches read. The relay reads what is kept of the movie; if that changes, it is written before the
    /// entries and after them.
    pub(crate) fn of_search(self, load: &Load) -> Units {
        let kept = Units::read(load.terms_bytes);
        match self.entries(load) {
            Some(entries) if entries > 0.0 => {
                let twice = Units::write(2.0 * load.terms_bytes) + Units::write(load.terms_bytes);
                kept + twice + Units::write(load.entry_bytes).times(entries)
            }
            Some(_) => kept,
            None if self == Self::SearchPage => Units::read(load.page_movies * load.entry_bytes),
            None => Units::default(),
        }
    }

    /// The batches of the relay that one request makes.
    pub(crate) fn batches(self, load: &Load) -> f64 {
        self.entries(load)
            .map_or(0.0, |_| 1.0 / load.changes_of_batch)
    }

    /// The units of the table of the logs of changes: for each batch the head is read, and moved in a transaction with a new row.
    pub(crate) fn of_changes(self, load: &Load) -> Units {
        let row = load.row_bytes + load.row_key_bytes * load.changes_of_batch;
        let append = Units::write(load.row_bytes) + Units::write(row);
        (Units::read(load.row_bytes) + append.in_transaction()).times(self.batches(load))
    }

    /// The write units of the relay.
    pub(crate) fn relayed(self, load: &Load) -> f64 {
        self.of_search(load).writes + self.of_changes(load).writes
    }

    /// The units of all tables and the index.
    pub(crate) fn units(self, load: &Load) -> Units {
        self.of_movies(load)
            + self.of_records(load)
            + self.of_index(load)
            + self.of_search(load)
            + self.of_changes(load)
    }

    /// True if the request reaches the function.
    pub(crate) fn is_invoked(self) -> bool {
        self != Self::UnauthorizedAtGateway
    }
}

#[cfg(test)]
mod tests;
