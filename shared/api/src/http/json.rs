//! JSON bodies: from bytes to a request type, with every fault in one answer.
//!
//! A serde derive stops at the first member at fault. Here a body is first taken apart into its
//! members, each still text; then the request type takes the members it knows, one by one, and what
//! goes wrong is collected: wrong types, members that appear twice, members that nobody took. Last,
//! `validator` checks the values.

use std::{borrow::Cow, fmt};

use axum::{
    extract::{FromRequest, Request},
    response::{IntoResponse, Response},
};
use http::header;
use secrecy::SecretString;
use serde::{
    Deserialize,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;
use validator::Validate;

use super::{
    body,
    error::ApiError,
    fault::{Fault, from_validator},
    query,
};

/// A request type that is read from the members of a JSON object.
pub trait ReadMembers: Validate + Sized {
    /// Takes the members; what is wrong with them stays in `members`.
    fn read(members: &mut Members<'_>) -> Self;
}

/// The extractor of JSON bodies, and the only one. An operation with a body has no query.
pub(super) struct Json<T>(pub(super) T);

impl<S: Send + Sync, T: ReadMembers> FromRequest<S> for Json<T> {
    type Rejection = Response;

    async fn from_request(request: Request, _: &S) -> Result<Self, Response> {
        let is_json = is_json(&request);
        let mut faults = query::refuse_all(request.uri());
        let bytes = body::read(request.into_body())
            .await
            .map_err(IntoResponse::into_response)?;
        if !is_json {
            return Err(ApiError::UnsupportedMediaType.into_response());
        }
        match read_json(&bytes) {
            Ok(body) if faults.is_empty() => return Ok(Self(body)),
            Ok(_) => {}
            Err(of_the_body) => faults.extend(of_the_body),
        }
        Err(ApiError::InvalidRequest(faults).into_response())
    }
}

fn is_json(request: &Request) -> bool {
    let mut types = request.headers().get_all(header::CONTENT_TYPE).iter();
    let (Some(declared), None) = (types.next(), types.next()) else {
        return false;
    };
    let Ok(declared) = declared.to_str() else {
        return false;
    };
    let mut parts = declared.split(';').map(str::trim);
    parts
        .next()
        .is_some_and(|essence| essence.eq_ignore_ascii_case("application/json"))
        && parts.all(|parameter| {
            let charset = parameter.to_ascii_lowercase();
            matches!(charset.as_str(), "" | "charset=utf-8" | "charset=\"utf-8\"")
        })
}

/// Reads a request type from a JSON text.
///
/// # Errors
/// Every fault of the text.
pub fn read_json<T: ReadMembers>(bytes: &[u8]) -> Result<T, Vec<Fault>> {
    let fault = |code, message: String| vec![Fault::new("body", code, message)];
    let text = std::str::from_utf8(bytes).map_err(|_| fault("malformed", "is not UTF-8".into()))?;
    let object: Object<'_> = serde_json::from_str(text).map_err(|error| {
        if error.is_data() {
            fault("invalid_type", "must be a JSON object".into())
        } else {
            fault("malformed", format!("is not JSON: {error}"))
        }
    })?;
    let mut members = Members::new(object, "");
    let request = T::read(&mut members);
    members.refuse_the_rest();
    if let Err(errors) = request.validate() {
        members.add_validation(from_validator(&errors));
    }
    if members.faults.is_empty() {
        Ok(request)
    } else {
        Err(members.faults)
    }
}

/// The members of a JSON object that no one has taken yet, and what was wrong with the others.
#[derive(Debug)]
pub struct Members<'a> {
    /// What stands before the names: empty, or `info.`.
    prefix: &'static str,
    left: Vec<(String, &'a RawValue)>,
    faults: Vec<Fault>,
    /// Members that came under another name: the usual one, and the real one.
    renamed: Vec<(&'static str, String)>,
}

impl<'a> Members<'a> {
    fn new(object: Object<'a>, prefix: &'static str) -> Self {
        let mut members = Self {
            prefix,
            left: Vec::new(),
            faults: Vec::new(),
            renamed: Vec::new(),
        };
        for (name, value) in object.0 {
            if members.left.iter().any(|(known, _)| *known == name) {
                let field = members.path(&name);
                members.faults.push(Fault::new(
                    field,
                    "duplicate_member",
                    "appears more than once",
                ));
            } else {
                members.left.push((name, value));
            }
        }
        members
    }

    /// Takes a member; null is as good as absent.
    pub fn take<T: FromJson>(&mut self, name: &str) -> Option<T> {
        self.take_nullable(name).flatten()
    }

    /// Takes a member of which null says something: `Some(None)`.
    pub fn take_nullable<T: FromJson>(&mut self, name: &str) -> Option<Option<T>> {
        let raw = self.remove(name)?;
        if raw.get() == "null" {
            return Some(None);
        }
        let path = self.path(name);
        T::from_json(raw, &path, &mut self.faults).map(Some)
    }

    /// Takes a member from here or, under its other name, from `other`; not from both.
    pub fn take_either<T: FromJson>(
        &mut self,
        name: &'static str,
        other: Option<&mut Self>,
        other_name: &str,
    ) -> Option<Option<T>> {
        let Some(other) = other.filter(|other| other.has(other_name)) else {
            return self.take_nullable(name);
        };
        let real_name = other.path(other_name);
        if self.has(name) {
            self.remove(name);
            other.remove(other_name);
            let message = format!("was given twice: as `{name}` and as `{real_name}`");
            self.faults
                .push(Fault::new(real_name, "not_allowed_together", message));
            return None;
        }
        self.renamed.push((name, real_name));
        other.take_nullable(other_name)
    }

    /// Takes a required secret of 1 to `max` characters.
    pub fn take_secret(&mut self, name: &str, max: usize) -> Option<SecretString> {
        let before = self.faults.len();
        let secret = self.take::<String>(name);
        let path = self.path(name);
        let fault = match &secret {
            None if self.faults.len() > before => return None,
            None => Fault::new(path, "required", "is required"),
            Some(text) if text.is_empty() => Fault::new(path, "too_short", "must not be empty"),
            Some(text) if text.chars().count() > max => Fault::new(
                path,
                "too_long",
                format!("must be at most {max} characters long"),
            ),
            Some(_) => return secret.map(SecretString::from),
        };
        self.faults.push(fault);
        None
    }

    /// Takes a member if it is an object; its members' names are then preceded by `prefix`.
    pub fn take_object(&mut self, name: &str, prefix: &'static str) -> Option<Self> {
        let at = self.left.iter().position(|(known, _)| known == name)?;
        let object = serde_json::from_str(self.left.get(at)?.1.get()).ok()?;
        self.left.swap_remove(at);
        Some(Self::new(object, prefix))
    }

    /// Takes over what was wrong with the members of an inner object.
    pub fn absorb(&mut self, mut inner: Self) {
        inner.refuse_the_rest();
        self.faults.append(&mut inner.faults);
    }

    /// Adds a fault of a member.
    pub fn refuse(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    /// Whether every member was taken.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.left.is_empty()
    }

    /// Whether [`take_either`](Self::take_either) found the member under its other name.
    #[must_use]
    pub fn was_renamed(&self, name: &str) -> bool {
        self.renamed.iter().any(|(usual, _)| *usual == name)
    }

    fn has(&self, name: &str) -> bool {
        self.left.iter().any(|(known, _)| known == name)
    }

    fn remove(&mut self, name: &str) -> Option<&'a RawValue> {
        let at = self.left.iter().position(|(known, _)| known == name)?;
        Some(self.left.swap_remove(at).1)
    }

    fn path(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    fn refuse_the_rest(&mut self) {
        for (name, _) in std::mem::take(&mut self.left) {
            let name: String = name.chars().take(64).collect();
            let field = self.path(&name);
            self.faults.push(Fault::new(
                field,
                "unknown_member",
                "is not a member of this request",
            ));
        }
    }

    fn add_validation(&mut self, found: Vec<Fault>) {
        for mut fault in found {
            if let Some((usual, real)) = self.renamed.iter().find(|(usual, _)| {
                fault
                    .field
                    .strip_prefix(usual)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('['))
            }) {
                fault.field = fault.field.replacen(usual, real, 1);
            }
            // A member that could not even be read is not also "required".
            if !self.faults.iter().any(|known| known.field == fault.field) {
                self.faults.push(fault);
            }
        }
    }
}

/// A value that a member can have.
pub trait FromJson: Sized {
    /// Reads the value; what is wrong with it goes to `faults` under `path`.
    fn from_json(raw: &RawValue, path: &str, faults: &mut Vec<Fault>) -> Option<Self>;
}

fn read<'a, T: Deserialize<'a>>(
    raw: &'a RawValue,
    path: &str,
    faults: &mut Vec<Fault>,
    expected: &'static str,
) -> Option<T> {
    serde_json::from_str(raw.get())
        .map_err(|error| {
            faults.push(if error.is_data() {
                Fault::new(path, "invalid_type", format!("must be {expected}"))
            } else {
                Fault::new(path, "malformed", "is not well-formed JSON")
            });
        })
        .ok()
}

impl FromJson for String {
    fn from_json(raw: &RawValue, path: &str, faults: &mut Vec<Fault>) -> Option<Self> {
        read(raw, path, faults, "a string")
    }
}

impl FromJson for i64 {
    fn from_json(raw: &RawValue, path: &str, faults: &mut Vec<Fault>) -> Option<Self> {
        read(raw, path, faults, "an integer")
    }
}

impl FromJson for f64 {
    fn from_json(raw: &RawValue, path: &str, faults: &mut Vec<Fault>) -> Option<Self> {
        read(raw, path, faults, "a number")
    }
}

impl FromJson for Vec<String> {
    fn from_json(raw: &RawValue, path: &str, faults: &mut Vec<Fault>) -> Option<Self> {
        let entries: Vec<&RawValue> = read(raw, path, faults, "an array of strings")?;
        let before = faults.len();
        let list = entries
            .into_iter()
            .enumerate()
            .filter_map(|(i, entry)| String::from_json(entry, &format!("{path}[{i}]"), faults))
            .collect();
        (faults.len() == before).then_some(list)
    }
}

/// A year: an integer, or the same as a string of four digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct YearNumber(pub(super) i64);

impl YearNumber {
    /// Reads four digits.
    #[must_use]
    pub(super) fn from_text(text: &str) -> Option<Self> {
        let digits = text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| text.parse().ok().map(Self)).flatten()
    }
}

impl FromJson for YearNumber {
    fn from_json(raw: &RawValue, path: &str, faults: &mut Vec<Fault>) -> Option<Self> {
        const EXPECTED: &str = "an integer, or a string of four digits";
        if !raw.get().starts_with('"') {
            return read(raw, path, faults, EXPECTED).map(Self);
        }
        let text: Cow<'_, str> = read(raw, path, faults, EXPECTED)?;
        let year = Self::from_text(&text);
        if year.is_none() {
            faults.push(Fault::new(
                path,
                "invalid_value",
                format!("must be {EXPECTED}"),
            ));
        }
        year
    }
}

/// A JSON object, taken apart: every member with its text, in order, twins included.
struct Object<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Object<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Taker;

        impl<'de> Visitor<'de> for Taker {
            type Value = Object<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Object(members))
            }
        }

        from.deserialize_map(Taker)
    }
}
