//! An answer, and the demands that a test makes on it.

use std::fmt;

use bytes::Bytes;
use http::HeaderMap;
use serde_json::Value;

/// An answer of the service.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Answer {
    /// Demands a status.
    #[track_caller]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self}");
        self
    }

    /// Demands a problem of this status and type.
    #[track_caller]
    pub fn problem(self, status: u16, slug: &str) -> Self {
        let answer = self.is(status);
        let kind = format!("/problems/{slug}");
        assert_eq!(answer.json()["type"], kind.as_str(), "{answer}");
        answer
    }

    /// Demands an invalid request with exactly these faults, each a field and a code.
    #[track_caller]
    pub fn blames(self, faults: &[(&str, &str)]) -> Self {
        let answer = self.problem(400, "invalid-request");
        let problem = answer.json();
        let text = |fault: &Value, member: &str| fault[member].as_str().unwrap().to_owned();
        let mut found: Vec<_> = problem["errors"]
            .as_array()
            .expect("errors")
            .iter()
            .map(|fault| (text(fault, "field"), text(fault, "code")))
            .collect();
        found.sort();
        let mut expected: Vec<_> = faults
            .iter()
            .map(|(field, code)| ((*field).to_owned(), (*code).to_owned()))
            .collect();
        expected.sort();
        assert_eq!(found, expected, "{answer}");
        answer
    }

    /// Demands that a text occurs nowhere in the answer, headers included.
    #[track_caller]
    pub fn lacks(self, text: &str) -> Self {
        assert!(!self.to_string().contains(text), "{text:?} is in\n{self}");
        self
    }

    /// The body as JSON.
    #[track_caller]
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("not JSON: {error}\n{self}"))
    }

    /// The body as JSON, and null if it is not.
    #[must_use]
    pub fn json_or_null(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The value of a header; demands that it does not occur twice.
    #[track_caller]
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        let value = values.next()?;
        assert!(values.next().is_none(), "{name} appears twice\n{self}");
        Some(value.to_str().expect("a header of visible ASCII"))
    }

    /// The entity tag.
    #[track_caller]
    #[must_use]
    pub fn etag(&self) -> String {
        self.header("etag").expect("an ETag").to_owned()
    }

    /// True if it repeats the answer of an earlier request.
    #[must_use]
    pub fn is_replay(&self) -> bool {
        self.header("idempotent-replayed") == Some("true")
    }

    /// The body without the members that differ from one movie to the next: its times, its tag and its owner.
    #[track_caller]
    #[must_use]
    pub fn told(&self) -> Value {
        let mut movie = self.json();
        let members = movie.as_object_mut().expect("an object");
        for name in ["createdAt", "updatedAt", "etag", "addedBy"] {
            assert!(members.remove(name).is_some(), "{name} is missing");
        }
        movie
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "  status {}", self.status)?;
        for (name, value) in &self.headers {
            writeln!(f, "  {name}: {}", String::from_utf8_lossy(value.as_bytes()))?;
        }
        write!(f, "  {}", String::from_utf8_lossy(&self.body))
    }
}
