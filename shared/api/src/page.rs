//! Pages of a listing, and the cursor that leads from one to the next.

use aws_lc_rs::digest;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::movie::{Movie, MovieKey, Title, TitlePrefix, UserId, Year};

/// Which movies to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    /// Every movie.
    All,
    /// The movies of one year.
    Year(Year),
    /// The movies of one year whose titles begin so.
    TitlePrefix(Year, TitlePrefix),
}

impl Filter {
    /// Whether the movie with this key is listed.
    #[must_use]
    pub fn matches(&self, key: &MovieKey) -> bool {
        match self {
            Self::All => true,
            Self::Year(year) => key.year == *year,
            Self::TitlePrefix(year, prefix) => {
                key.year == *year && key.title.as_str().starts_with(prefix.as_str())
            }
        }
    }
}

/// One page of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    /// Which movies.
    pub filter: Filter,
    /// How many at most, 1 to [`PageRequest::MAX_LIMIT`].
    pub limit: u8,
    /// The last movie of the page before; the page starts behind it, whether it still exists or not.
    pub after: Option<MovieKey>,
}

impl PageRequest {
    /// The largest page.
    pub const MAX_LIMIT: u8 = 100;
    /// The page size when none is asked for.
    pub const DEFAULT_LIMIT: u8 = 50;
}

/// A page of movies.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// The movies; within a year by title, in the order of its UTF-8 bytes.
    pub movies: Vec<Movie>,
    /// Where the next page starts; `None` when there is none.
    pub next: Option<MovieKey>,
}

/// The cursor is not one that this listing gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a cursor of this listing")]
pub struct NotACursor;

const CHECKSUM: usize = 8;

/// Writes the cursor behind a movie: base64url of its year, its title and a checksum over both and
/// the filter. The checksum finds tampering and a cursor used with other parameters; it guards no
/// secret, since every caller may read every movie.
#[must_use]
pub fn write_cursor(filter: &Filter, last: &MovieKey) -> String {
    write(&filter.scope(), last)
}

/// Reads a cursor that [`write_cursor`] wrote for the same filter.
///
/// # Errors
/// [`NotACursor`] for every other text.
pub fn read_cursor(filter: &Filter, text: &str) -> Result<MovieKey, NotACursor> {
    // DynamoDB refuses to start outside of what it lists.
    read(&filter.scope(), text)
        .and_then(|key| filter.matches(&key).then_some(key).ok_or(NotACursor))
}

/// Writes the cursor behind a movie in the list of those that a user added.
#[must_use]
pub fn write_cursor_of(user: &UserId, last: &MovieKey) -> String {
    write(&scope_of(user), last)
}

/// Reads a cursor that [`write_cursor_of`] wrote for the same user.
///
/// # Errors
/// [`NotACursor`] for every other text.
pub fn read_cursor_of(user: &UserId, text: &str) -> Result<MovieKey, NotACursor> {
    read(&scope_of(user), text)
}

impl Filter {
    /// What tells the cursors of this listing from those of others.
    fn scope(&self) -> Vec<u8> {
        let (year, prefix) = match self {
            Self::All => (0, ""),
            Self::Year(year) => (year.get(), ""),
            Self::TitlePrefix(year, prefix) => (year.get(), prefix.as_str()),
        };
        [
            b"cursor 1\0".as_slice(),
            &year.to_be_bytes(),
            prefix.as_bytes(),
        ]
        .concat()
    }
}

fn scope_of(user: &UserId) -> Vec<u8> {
    [b"added by\0", user.as_str().as_bytes()].concat()
}

fn write(scope: &[u8], last: &MovieKey) -> String {
    let mut bytes = last.year.get().to_be_bytes().to_vec();
    bytes.extend_from_slice(last.title.as_str().as_bytes());
    let sum = checksum(scope, &bytes);
    bytes.extend_from_slice(&sum);
    URL_SAFE_NO_PAD.encode(&bytes)
}

fn read(scope: &[u8], text: &str) -> Result<MovieKey, NotACursor> {
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| NotACursor)?;
    let (key, sum) = bytes.split_last_chunk::<CHECKSUM>().ok_or(NotACursor)?;
    if checksum(scope, key) != *sum {
        return Err(NotACursor);
    }
    let (year, title) = key.split_first_chunk::<2>().ok_or(NotACursor)?;
    let title = std::str::from_utf8(title).map_err(|_| NotACursor)?;
    Ok(MovieKey {
        year: Year::parse(u16::from_be_bytes(*year).into()).map_err(|_| NotACursor)?,
        title: Title::parse(title).map_err(|_| NotACursor)?,
    })
}

fn checksum(scope: &[u8], key: &[u8]) -> [u8; CHECKSUM] {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(scope);
    context.update(&[0]);
    context.update(key);
    let mut sum = [0; CHECKSUM];
    sum.copy_from_slice(&context.finish().as_ref()[..CHECKSUM]);
    sum
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(year: i64, title: &str) -> MovieKey {
        MovieKey {
            year: Year::parse(year).unwrap(),
            title: Title::parse(title).unwrap(),
        }
    }

    #[test]
    fn a_cursor_serves_its_own_listing_only() {
        let year = Year::parse(1999).unwrap();
        let filters = [
            Filter::All,
            Filter::Year(year),
            Filter::Year(Year::parse(2000).unwrap()),
            Filter::TitlePrefix(year, TitlePrefix::parse("The").unwrap()),
        ];
        for written in &filters {
            let the_matrix = key(1999, "The Matrix");
            let cursor = write_cursor(written, &the_matrix);
            for read in &filters {
                let good = read == written && written.matches(&the_matrix);
                assert_eq!(
                    read_cursor(read, &cursor).is_ok(),
                    good,
                    "{written:?}, {read:?}"
                );
            }
        }
    }

    #[test]
    fn a_cursor_of_what_a_user_added_serves_that_user_only() {
        let (ada, eve) = (UserId::new("ada".to_owned()), UserId::new("eve".to_owned()));
        let the_matrix = key(1999, "The Matrix");
        let cursor = write_cursor_of(&ada, &the_matrix);
        assert_eq!(read_cursor_of(&ada, &cursor), Ok(the_matrix.clone()));
        assert_eq!(read_cursor_of(&eve, &cursor), Err(NotACursor));
        assert_eq!(read_cursor(&Filter::All, &cursor), Err(NotACursor));
        let of_all = write_cursor(&Filter::All, &the_matrix);
        assert_eq!(read_cursor_of(&ada, &of_all), Err(NotACursor));
    }

    proptest! {
        #[test]
        fn a_cursor_round_trips(year in 1888_i64..=2100, title in "\\PC{1,60}") {
            prop_assume!(Title::parse(&title).is_ok());
            let key = key(year, &title);
            let cursor = write_cursor(&Filter::All, &key);
            prop_assert_eq!(read_cursor(&Filter::All, &cursor), Ok(key));
        }

        #[test]
        fn a_cursor_with_one_character_changed_is_refused(at in any::<prop::sample::Index>(), to in "[A-Za-z0-9_-]") {
            let cursor = write_cursor(&Filter::All, &key(2009, "Fast & Furious"));
            let at = at.index(cursor.len());
            let mut changed = cursor.clone();
            changed.replace_range(at..=at, &to);
            prop_assume!(changed != cursor);
            prop_assert_eq!(read_cursor(&Filter::All, &changed), Err(NotACursor));
        }

        #[test]
        fn any_text_is_refused_without_a_panic(text in any::<String>()) {
            prop_assert_eq!(read_cursor(&Filter::All, &text), Err(NotACursor));
        }
    }
}
