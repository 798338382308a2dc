//! What a record says, judged as the service would judge it.

use std::{
    collections::HashMap,
    fmt,
    hash::{BuildHasher, RandomState},
};

use api::{
    http::{AddMovieRequest, Fault, read_json},
    movie::{Details, MovieKey},
};

use super::{Position, split::Record};

/// A movie that the service would take, and the request that says so.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Movie {
    pub(crate) key: MovieKey,
    pub(crate) details: Details,
    /// The record as it stands in the file: a body for `addMovie`.
    pub(crate) body: Vec<u8>,
}

impl Movie {
    /// Reads the body of an `addMovie` request.
    pub(crate) fn read(body: Vec<u8>) -> Result<Self, Vec<Fault>> {
        let request: AddMovieRequest = read_json(&body)?;
        let (key, details) = request
            .into_movie()
            .map_err(|invalid| vec![Fault::invalid("body", invalid)])?;
        Ok(Self { key, details, body })
    }
}

/// Why a record is not taken: everything that is wrong with it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refused(pub(crate) Vec<String>);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("; "))
    }
}

/// Judges the records of one file.
#[derive(Debug, Default)]
pub(crate) struct Checker {
    /// Which record had which key. Two hashes of 64 bits stand for the key, to be sparing with
    /// memory: no two of a billion movies would meet.
    seen: HashMap<(u64, u64), Position>,
    hashers: (RandomState, RandomState),
}

impl Checker {
    /// Judges the next record.
    pub(crate) fn check(&mut self, record: Record) -> Result<Movie, Refused> {
        let text = record
            .text
            .map_err(|unreadable| Refused(vec![unreadable.to_string()]))?;
        let movie = Movie::read(text).map_err(|faults| Refused(explain(&faults)))?;
        let hash = (
            self.hashers.0.hash_one(&movie.key),
            self.hashers.1.hash_one(&movie.key),
        );
        if let Some(first) = self.seen.get(&hash) {
            let reason = format!("has the year and title of {first}");
            return Err(Refused(vec![reason]));
        }
        self.seen.insert(hash, record.position);
        Ok(movie)
    }
}

pub(super) fn explain(faults: &[Fault]) -> Vec<String> {
    faults
        .iter()
        .map(|fault| match fault.field.as_str() {
            "body" => fault.message.to_string(),
            field => format!("`{field}` {}", fault.message),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Records, split::Form},
        *,
    };

    fn check(lines: &str) -> Vec<Result<Movie, Refused>> {
        let mut checker = Checker::default();
        Records::new(lines.as_bytes(), Form::Lines)
            .map(|record| checker.check(record.unwrap()))
            .collect()
    }

    fn refusals(lines: &str) -> Vec<String> {
        check(lines)
            .into_iter()
            .filter_map(Result::err)
            .map(|refused| refused.to_string())
            .collect()
    }

    #[test]
    fn every_fault_of_a_record_is_named() {
        let found = refusals(r#"{"year": 1700, "info": {"rating": 11, "stars": 3}}"#);
        assert_eq!(found.len(), 1);
        for fault in [
            "`year`",
            "`title` is required",
            "`info.rating`",
            "`info.stars`",
        ] {
            assert!(found[0].contains(fault), "{fault}: {found:?}");
        }
    }

    #[test]
    fn a_record_that_is_not_json_is_refused() {
        let found = refusals("{\"year\": 20I6}");
        assert!(found[0].starts_with("is not JSON"), "{found:?}");
    }

    #[test]
    fn the_second_of_two_records_with_one_key_is_refused() {
        let lines = "{\"year\": 2013, \"title\": \"Rush\"}\n\n{\"year\": \"2013\", \"title\": \" Rush \", \"rating\": 8}";
        let found = check(lines);
        assert!(found[0].is_ok());
        assert_eq!(
            found[1].as_ref().unwrap_err().to_string(),
            "has the year and title of record 1 (line 1)"
        );
    }

    #[test]
    fn both_shapes_of_a_record_say_the_same() {
        let nested = r#"{"year": 2013, "title": "Rush", "info": {"plot": "Two drivers", "running_time_secs": 7380, "release_date": "2013-09-02T00:00:00Z"}}"#;
        let flat = r#"{"year": "2013", "title": "Rush", "info": "Two drivers", "runningTimeSeconds": 7380, "releaseDate": "2013-09-02"}"#;
        let read = |text: &str| Movie::read(text.into()).unwrap();
        assert_eq!(read(nested).key, read(flat).key);
        assert_eq!(read(nested).details, read(flat).details);
    }
}
