//! Query strings: from text to a request type, with every fault in one answer.

use axum::{
    extract::FromRequestParts,
    response::{IntoResponse, Response},
};
use http::{Uri, request::Parts};
use validator::Validate;

use super::{
    error::ApiError,
    fault::{Fault, from_validator},
    json::is_integer,
    year::YearNumber,
};

/// How many parameters are read: more than any operation has.
const MAX_PARAMETERS: usize = 64;

/// A request type that is read from a query string.
pub(super) trait ReadParameters: Validate + Sized {
    /// Takes the parameters; what is wrong with them stays in `parameters`.
    fn read(parameters: &mut Parameters) -> Self;
}

/// The extractor of query strings, and the only one.
pub(super) struct Query<T>(pub(super) T);

impl<T: ReadParameters> Query<T> {
    /// Reads the query of a request.
    pub(super) fn read(uri: &Uri) -> Result<Self, ApiError> {
        let mut parameters = Parameters::parse(uri.query().unwrap_or_default());
        let request = T::read(&mut parameters);
        let mut faults = parameters.refuse_the_rest();
        if let Err(errors) = request.validate() {
            for fault in from_validator(&errors) {
                if !faults.iter().any(|known| known.field == fault.field) {
                    faults.push(fault);
                }
            }
        }
        if faults.is_empty() {
            Ok(Self(request))
        } else {
            Err(ApiError::InvalidRequest(faults))
        }
    }
}

impl<S: Send + Sync, T: ReadParameters> FromRequestParts<S> for Query<T> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        Self::read(&parts.uri).map_err(IntoResponse::into_response)
    }
}

/// The query parameters that no one has taken yet, and what was wrong with the others.
pub(super) struct Parameters {
    left: Vec<(String, String)>,
    faults: Vec<Fault>,
}

impl Parameters {
    fn parse(query: &str) -> Self {
        let mut parameters = Self {
            left: Vec::new(),
            faults: Vec::new(),
        };
        let mut pairs = query.split('&').filter(|pair| !pair.is_empty());
        for pair in pairs.by_ref().take(MAX_PARAMETERS) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let Some(name) = decode(name) else {
                parameters.faults.push(Fault::new(
                    "query",
                    "malformed",
                    "has a name that is not percent-encoded UTF-8",
                ));
                continue;
            };
            let name: String = name.chars().take(64).collect();
            let Some(value) = decode(value) else {
                parameters.faults.push(Fault::new(
                    name,
                    "malformed",
                    "is not percent-encoded UTF-8",
                ));
                continue;
            };
            if parameters.left.iter().any(|(known, _)| *known == name) {
                parameters.faults.push(Fault::new(
                    name,
                    "duplicate_member",
                    "appears more than once",
                ));
            } else {
                parameters.left.push((name, value));
            }
        }
        if pairs.next().is_some() {
            let message = format!("has more than {MAX_PARAMETERS} parameters");
            parameters
                .faults
                .push(Fault::new("query", "too_long", message));
        }
        parameters
    }

    /// Whether the parameter was given, rightly or wrongly.
    pub(super) fn has(&self, name: &str) -> bool {
        self.left.iter().any(|(known, _)| known == name)
            || self.faults.iter().any(|fault| fault.field == name)
    }

    /// Takes a parameter.
    pub(super) fn take(&mut self, name: &str) -> Option<String> {
        let at = self.left.iter().position(|(known, _)| known == name)?;
        Some(self.left.swap_remove(at).1)
    }

    /// Takes an integer.
    pub(super) fn take_integer(&mut self, name: &str) -> Option<i64> {
        let text = self.take(name)?;
        let canonical = text
            .parse()
            .ok()
            .filter(|number: &i64| number.to_string() == text);
        if canonical.is_none() {
            self.faults.push(match text.parse::<i64>() {
                Err(_) if is_integer(&text) => Fault::new(name, "out_of_range", "is out of range"),
                _ => Fault::new(name, "invalid_type", "must be an integer"),
            });
        }
        canonical
    }

    /// Takes a year.
    pub(super) fn take_year(&mut self, name: &str) -> Option<i64> {
        let text = self.take(name)?;
        let year = YearNumber::from_text(&text).map(|year| year.0);
        if year.is_none() {
            self.faults.push(Fault::new(
                name,
                "invalid_value",
                "must be a year of four digits",
            ));
        }
        year
    }

    fn refuse_the_rest(mut self) -> Vec<Fault> {
        for (name, _) in self.left {
            self.faults.push(Fault::new(
                name,
                "unknown_member",
                "is not a parameter of this operation",
            ));
        }
        self.faults
    }
}

/// What is wrong with the query of an operation that has no parameters.
pub(super) fn refuse_all(uri: &Uri) -> Vec<Fault> {
    Parameters::parse(uri.query().unwrap_or_default()).refuse_the_rest()
}

/// The extractor for operations without parameters and without a body.
pub(super) struct NoQuery;

impl<S: Send + Sync> FromRequestParts<S> for NoQuery {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        let faults = refuse_all(&parts.uri);
        if faults.is_empty() {
            Ok(Self)
        } else {
            Err(ApiError::InvalidRequest(faults).into_response())
        }
    }
}

/// Decodes `application/x-www-form-urlencoded` text; `None` where a `%` is not followed by two
/// hexadecimal digits or the bytes are not UTF-8.
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || char::from(rest.next()?).to_digit(16);
                u8::try_from(digit()? * 16 + digit()?).ok()?
            }
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}
