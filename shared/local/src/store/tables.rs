//! Reads and writes the tables of the database.

use std::ops::Bound;

use api::{
    movie::{Movie, MovieKey, Title, UserId, Year},
    page::{Filter, PageRequest},
    store::{KeyPage, StoreError, item::MovieItem},
};
use redb::{
    ReadOnlyTable, ReadableTable as _, Table, TableDefinition, TableError, WriteTransaction,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    records::{EXPIRY, ExpiryKey, RECORDS, RecordKey},
    unavailable,
};

/// A movie's key: redb orders it by year, then by the bytes of the title.
type Key<'a> = (u16, &'a str);

/// Movies: a [`Stored`] as JSON by key.
pub(super) const MOVIES: TableDefinition<'_, Key<'static>, &[u8]> = TableDefinition::new("movies");
/// The key of a movie by the user who added it: user, title, year. redb sorts by them in this order.
type AdderKey<'a> = (&'a str, &'a str, u16);
/// The keys of the movies that were added by a user; a write changes them together with [`MOVIES`].
pub(super) const BY_ADDER: TableDefinition<'_, AdderKey<'static>, ()> =
    TableDefinition::new("movies_by_adder");

/// A movie in its stored form, with the members that only another version of the service knows: an
/// update keeps them, as DynamoDB keeps attributes.
#[derive(Serialize, Deserialize)]
struct Stored {
    #[serde(flatten)]
    item: MovieItem,
    #[serde(flatten)]
    others: Map<String, Value>,
}

/// The tables inside a write transaction.
pub(super) struct Tables<'txn> {
    movies: Table<'txn, Key<'static>, &'static [u8]>,
    by_adder: Table<'txn, AdderKey<'static>, ()>,
    pub(super) records: Table<'txn, RecordKey<'static>, &'static [u8]>,
    pub(super) expiry: Table<'txn, ExpiryKey<'static>, ()>,
    /// The error of a table that could not be written: the transaction must not be committed.
    pub(super) failed: Option<redb::StorageError>,
}

impl<'txn> Tables<'txn> {
    pub(super) fn open(transaction: &'txn WriteTransaction) -> Result<Self, TableError> {
        Ok(Self {
            movies: transaction.open_table(MOVIES)?,
            by_adder: transaction.open_table(BY_ADDER)?,
            records: transaction.open_table(RECORDS)?,
            expiry: transaction.open_table(EXPIRY)?,
            failed: None,
        })
    }

    pub(super) fn get(&self, key: &MovieKey) -> Result<Option<Movie>, StoreError> {
        let found = self.movies.get(movie_key(key)).map_err(unavailable)?;
        found.map(|bytes| read_movie(bytes.value())).transpose()
    }

    /// Writes a movie. `before` is the stored movie that it replaces, if there is one.
    pub(super) fn put(&mut self, before: Option<&Movie>, movie: &Movie) -> Result<(), StoreError> {
        let bytes = to_json(&Stored {
            item: movie.into(),
            others: match before {
                Some(before) => self.others(&before.key)?,
                None => Map::new(),
            },
        })?;
        let done = self
            .movies
            .insert(movie_key(&movie.key), bytes.as_slice())
            .map(drop);
        self.must(done)?;
        let owner_before = before.and_then(|before| before.added_by.as_ref());
        if owner_before == movie.added_by.as_ref() {
            return Ok(());
        }
        self.unlist(&movie.key, owner_before)?;
        let Some(owner) = &movie.added_by else {
            return Ok(());
        };
        let done = self
            .by_adder
            .insert(adder_key(owner, &movie.key), ())
            .map(drop);
        self.must(done)
    }

    /// The members of a stored movie that this version does not know.
    fn others(&self, key: &MovieKey) -> Result<Map<String, Value>, StoreError> {
        let found = self.movies.get(movie_key(key)).map_err(unavailable)?;
        let Some(bytes) = found else {
            return Ok(Map::new());
        };
        serde_json::from_slice(bytes.value())
            .map(|stored: Stored| stored.others)
            .map_err(|error| StoreError::Unavailable(error.into()))
    }

    pub(super) fn remove(&mut self, movie: &Movie) -> Result<(), StoreError> {
        let done = self.movies.remove(movie_key(&movie.key)).map(drop);
        self.must(done)?;
        self.unlist(&movie.key, movie.added_by.as_ref())
    }

    fn unlist(&mut self, key: &MovieKey, owner: Option<&UserId>) -> Result<(), StoreError> {
        let Some(owner) = owner else { return Ok(()) };
        let done = self.by_adder.remove(adder_key(owner, key)).map(drop);
        self.must(done)
    }

    pub(super) fn must(&mut self, done: Result<(), redb::StorageError>) -> Result<(), StoreError> {
        done.map_err(|error| {
            let told = StoreError::Unavailable(error.to_string().into());
            self.failed.get_or_insert(error);
            told
        })
    }
}

/// A movie's key in the table.
pub(super) fn movie_key(key: &MovieKey) -> Key<'_> {
    (key.year.get(), key.title.as_str())
}

fn adder_key<'a>(user: &'a UserId, key: &'a MovieKey) -> AdderKey<'a> {
    (user.as_str(), key.title.as_str(), key.year.get())
}

/// A page of the keys of the movies that a user added.
pub(super) fn added_by(
    table: &ReadOnlyTable<AdderKey<'static>, ()>,
    user: &UserId,
    limit: usize,
    after: Option<&MovieKey>,
) -> Result<KeyPage, StoreError> {
    let start = match after {
        Some(after) => Bound::Excluded(adder_key(user, after)),
        None => Bound::Included((user.as_str(), "", 0)),
    };
    let mut page = KeyPage {
        keys: Vec::with_capacity(limit),
        next: None,
    };
    for entry in table
        .range((start, Bound::Unbounded))
        .map_err(unavailable)?
    {
        let (key, ()) = entry
            .map(|(key, value)| (key, value.value()))
            .map_err(unavailable)?;
        let (of, title, year) = key.value();
        if of != user.as_str() {
            break;
        }
        if page.keys.len() == limit {
            page.next = page.keys.last().cloned();
            break;
        }
        page.keys.push(read_key(year, title)?);
    }
    Ok(page)
}

fn read_key(year: u16, title: &str) -> Result<MovieKey, StoreError> {
    let corrupt = |attribute: &str, invalid: &dyn std::fmt::Display| StoreError::Corrupt {
        key: format!("{year}/{title}"),
        attribute: attribute.to_owned(),
        reason: invalid.to_string(),
    };
    Ok(MovieKey {
        year: Year::parse(year.into()).map_err(|invalid| corrupt("year", &invalid))?,
        title: Title::parse(title).map_err(|invalid| corrupt("title", &invalid))?,
    })
}

/// The range of keys that a page is read from: it sets where the page starts; [`matches`] tells where it ends.
pub(super) fn range(page: &PageRequest) -> (Bound<Key<'_>>, Bound<Key<'_>>) {
    let start = match (&page.after, &page.filter) {
        (Some(after), _) => Bound::Excluded(movie_key(after)),
        (None, Filter::All) => Bound::Unbounded,
        (None, Filter::Year(year)) => Bound::Included((year.get(), "")),
        (None, Filter::TitlePrefix(year, prefix)) => Bound::Included((year.get(), prefix.as_str())),
    };
    (start, Bound::Unbounded)
}

/// True if a movie belongs to a listing.
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

pub(super) fn to_json(value: &impl Serialize) -> Result<Vec<u8>, StoreError> {
    serde_json::to_vec(value).map_err(|error| StoreError::Unavailable(error.into()))
}
