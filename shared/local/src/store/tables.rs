//! What is in the database, and how it is written.

use std::ops::Bound;

use api::{
    idempotency::{Fingerprint, Once},
    movie::{Movie, MovieKey},
    page::{Filter, PageRequest},
    store::{StoreError, Written, item::MovieItem},
};
use redb::{ReadableTable as _, Table, TableDefinition, WriteTransaction};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::unavailable;

/// A movie's key: redb orders it by year, then by the bytes of the title.
type Key<'a> = (u16, &'a str);

/// Movies: a [`MovieItem`] as JSON by key.
pub(super) const MOVIES: TableDefinition<'_, Key<'static>, &[u8]> = TableDefinition::new("movies");
/// Idempotency records: a [`Record`] as JSON by id.
const RECORDS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("idempotency");
/// The ids of idempotency records by the second at which they expire.
const EXPIRY: TableDefinition<'_, (i64, &str), ()> = TableDefinition::new("idempotency_expiry");

/// How many expired records a write clears away: more than one, so that they cannot pile up.
const CLEARED_AT_ONCE: usize = 4;

/// The result of a write that happens once.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Record {
    fingerprint: String,
    expires_at: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    movie: Option<MovieItem>,
}

impl Record {
    pub(super) fn into_movie(self) -> Result<Written<Movie>, StoreError> {
        let movie = self.movie.ok_or_else(|| corrupt("movie", &"missing"))?;
        movie.try_into().map(Written::before)
    }
}

/// The tables inside a write transaction.
pub(super) struct Tables<'txn> {
    movies: Table<'txn, Key<'static>, &'static [u8]>,
    records: Table<'txn, &'static str, &'static [u8]>,
    expiry: Table<'txn, (i64, &'static str), ()>,
    /// Whether a table could not be read or written, so that the transaction must not be committed.
    pub(super) failed: bool,
}

impl<'txn> Tables<'txn> {
    pub(super) fn open(transaction: &'txn WriteTransaction) -> Result<Self, redb::TableError> {
        Ok(Self {
            movies: transaction.open_table(MOVIES)?,
            records: transaction.open_table(RECORDS)?,
            expiry: transaction.open_table(EXPIRY)?,
            failed: false,
        })
    }

    pub(super) fn get(&self, key: &MovieKey) -> Result<Option<Movie>, StoreError> {
        let found = self.movies.get(movie_key(key)).map_err(unavailable)?;
        found.map(|bytes| read_movie(bytes.value())).transpose()
    }

    pub(super) fn put(&mut self, movie: &Movie) -> Result<(), StoreError> {
        let bytes = to_json(&MovieItem::from(movie))?;
        let done = self
            .movies
            .insert(movie_key(&movie.key), bytes.as_slice())
            .map(drop);
        self.must(done)
    }

    pub(super) fn remove(&mut self, key: &MovieKey) -> Result<(), StoreError> {
        let done = self.movies.remove(movie_key(key)).map(drop);
        self.must(done)
    }

    /// The record of an earlier write with this idempotency key, if it is still kept.
    pub(super) fn recorded(
        &self,
        once: Option<&Once>,
        now: OffsetDateTime,
    ) -> Result<Option<Record>, StoreError> {
        let Some(once) = once else { return Ok(None) };
        let found = self.records.get(once.id.as_str()).map_err(unavailable)?;
        let Some(bytes) = found else { return Ok(None) };
        let record: Record =
            serde_json::from_slice(bytes.value()).map_err(|error| corrupt("record", &error))?;
        if record.expires_at <= now.unix_timestamp() {
            return Ok(None);
        }
        if Fingerprint::from_stored(record.fingerprint.clone()) != once.fingerprint {
            return Err(StoreError::KeyReused);
        }
        Ok(Some(record))
    }

    /// Records the result of a write that happens once.
    pub(super) fn record(
        &mut self,
        once: Option<&Once>,
        movie: Option<&Movie>,
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let Some(once) = once else { return Ok(()) };
        let done = self.clear_expired(now);
        self.must(done)?;
        let record = Record {
            fingerprint: once.fingerprint.as_str().to_owned(),
            expires_at: Once::expires_at(now),
            movie: movie.map(MovieItem::from),
        };
        let bytes = to_json(&record)?;
        let before = self
            .records
            .insert(once.id.as_str(), bytes.as_slice())
            .map(|before| before.and_then(|bytes| expiry_of(bytes.value())));
        // An expired record that was still there: its expiry must not clear away the new one.
        let done = before.and_then(|before| match before {
            Some(at) => self.expiry.remove((at, once.id.as_str())).map(drop),
            None => Ok(()),
        });
        self.must(done)?;
        let done = self
            .expiry
            .insert((record.expires_at, once.id.as_str()), ())
            .map(drop);
        self.must(done)
    }

    fn clear_expired(&mut self, now: OffsetDateTime) -> Result<(), redb::StorageError> {
        for _ in 0..CLEARED_AT_ONCE {
            let Some((key, ())) = self.expiry.first()?.map(|(key, value)| {
                let (at, id) = key.value();
                ((at, id.to_owned()), value.value())
            }) else {
                break;
            };
            if key.0 > now.unix_timestamp() {
                break;
            }
            self.expiry.remove((key.0, key.1.as_str()))?;
            self.records.remove(key.1.as_str())?;
        }
        Ok(())
    }

    fn must(&mut self, done: Result<(), redb::StorageError>) -> Result<(), StoreError> {
        self.failed |= done.is_err();
        done.map_err(unavailable)
    }
}

/// A movie's key in the table.
pub(super) fn movie_key(key: &MovieKey) -> Key<'_> {
    (key.year.get(), key.title.as_str())
}

/// Where a page starts; [`matches`] tells where it ends.
pub(super) fn range(page: &PageRequest) -> (Bound<Key<'_>>, Bound<Key<'_>>) {
    let start = match (&page.after, &page.filter) {
        (Some(after), _) => Bound::Excluded(movie_key(after)),
        (None, Filter::All) => Bound::Unbounded,
        (None, Filter::Year(year)) => Bound::Included((year.get(), "")),
        (None, Filter::TitlePrefix(year, prefix)) => Bound::Included((year.get(), prefix.as_str())),
    };
    (start, Bound::Unbounded)
}

/// Whether a movie belongs to a listing.
pub(super) fn matches(filter: &Filter, (year, title): Key<'_>) -> bool {
    match filter {
        Filter::All => true,
        Filter::Year(wanted) => year == wanted.get(),
        Filter::TitlePrefix(wanted, prefix) => {
            year == wanted.get() && title.starts_with(prefix.as_str())
        }
    }
}

/// Reads a stored movie.
pub(super) fn read_movie(bytes: &[u8]) -> Result<Movie, StoreError> {
    MovieItem::read(&mut serde_json::Deserializer::from_slice(bytes), || {
        "a movie".to_owned()
    })
}

fn expiry_of(record: &[u8]) -> Option<i64> {
    serde_json::from_slice(record)
        .ok()
        .map(|record: Record| record.expires_at)
}

fn to_json(value: &impl Serialize) -> Result<Vec<u8>, StoreError> {
    serde_json::to_vec(value).map_err(|error| StoreError::Unavailable(error.into()))
}

fn corrupt(attribute: &str, reason: &dyn std::fmt::Display) -> StoreError {
    StoreError::Corrupt {
        key: "an idempotency record".to_owned(),
        attribute: attribute.to_owned(),
        reason: reason.to_string(),
    }
}
