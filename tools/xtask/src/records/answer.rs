//! A movie in a response of the API.

use serde_json::value::RawValue;
use std::collections::BTreeMap;

use super::{Movie, check::explain};

/// The members of a movie that only the service sets.
pub(super) const OF_THE_SERVICE: [&str; 5] =
    ["etag", "version", "createdAt", "updatedAt", "addedBy"];

/// Reads a movie from a response. Without the members that the service sets it has the form of a request, so the same
/// code reads it.
pub(crate) fn read_answer(body: &[u8]) -> Result<Movie, String> {
    let malformed = |error: serde_json::Error| format!("the answer is not a movie: {error}");
    let mut members: BTreeMap<String, &RawValue> =
        serde_json::from_slice(body).map_err(malformed)?;
    for name in OF_THE_SERVICE {
        members.remove(name);
    }
    let body = serde_json::to_vec(&members).map_err(malformed)?;
    Movie::read(body).map_err(|faults| {
        let faults = explain(&faults).join("; ");
        format!("the answer has what this version does not know: {faults}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &str = r#"{"title":"Rush","year":2013,"info":"Two drivers","directors":[],"actors":[],"genres":["Drama"],"rating":8.3,"releaseDate":"2013-09-02","etag":"\"3-61fb994eb4d40\"","version":3,"createdAt":"2026-01-01T00:00:00.000000Z","updatedAt":"2026-01-01T00:00:00.000000Z","addedBy":"someone"}"#;

    #[test]
    fn an_answer_is_the_movie_that_was_sent() {
        let sent = r#"{"year":2013,"title":"Rush","info":{"genres":["Drama"],"plot":"Two drivers","rating":8.3,"release_date":"2013-09-02T00:00:00Z"}}"#;
        let sent = Movie::read(sent.into()).unwrap();
        let found = read_answer(ANSWER.as_bytes()).unwrap();
        assert_eq!(found.key, sent.key);
        assert_eq!(found.fields, sent.fields);
    }

    #[test]
    fn a_member_of_a_newer_service_is_not_dropped_in_silence() {
        let newer = ANSWER.replace("\"rating\"", "\"stars\"");
        let error = read_answer(newer.as_bytes()).unwrap_err();
        assert!(error.contains("`stars`"), "{error}");
    }
}
