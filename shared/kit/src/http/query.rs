//! Reads query strings into request types, and reports every fault in one response.

use axum::extract::FromRequestParts;
use http::{Uri, request::Parts};
use percent_encoding::percent_decode_str;

use super::{
    error::ApiError,
    fault::{self, Fault},
    json::is_integer,
};
use crate::value::{Invalid, has_stray_percent};

/// The largest number of parameters that are read: more than any operation has.
const MAX_PARAMETERS: usize = 64;

/// A request type that is read from a query string.
pub trait ReadParameters: Sized {
    /// Takes the parameters; `None` if a required one is missing or invalid. The faults are kept in `parameters`.
    fn read(parameters: &mut Parameters) -> Option<Self>;
}

/// The only extractor of query strings.
pub struct Query<T>(pub T);

impl<S: Send + Sync, T: ReadParameters> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        read(&parts.uri, T::read).map(Self)
    }
}

/// Reads a query with `take`, which takes the parameters.
///
/// # Errors
/// Every fault of the query.
pub fn read<T>(uri: &Uri, take: impl FnOnce(&mut Parameters) -> Option<T>) -> Result<T, ApiError> {
    let mut parameters = Parameters::parse(uri.query().unwrap_or_default());
    let request = take(&mut parameters);
    let faults = parameters.refuse_the_rest();
    request
        .filter(|_| faults.is_empty())
        .ok_or_else(|| ApiError::invalid(faults))
}

/// The query parameters that were not taken yet, and the faults of the others.
pub struct Parameters {
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
                let message = "has a name that is not percent-encoded UTF-8";
                parameters.refuse(Fault::new("query", "malformed", message));
                continue;
            };
            let name: String = name.chars().take(64).collect();
            let is_known = parameters.left.iter().any(|(known, _)| *known == name);
            match decode(value) {
                None => {
                    let message = "is not percent-encoded UTF-8";
                    parameters.refuse(Fault::new(name, "malformed", message));
                }
                Some(_) if is_known => parameters.refuse(Fault::twice(name)),
                Some(value) => parameters.left.push((name, value)),
            }
        }
        if pairs.next().is_some() {
            let message = format!("has more than {MAX_PARAMETERS} parameters");
            parameters.refuse(Fault::new("query", "too_long", message));
        }
        parameters
    }

    /// True if the parameter was given, with a valid value or not.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.left.iter().any(|(known, _)| known == name)
            || self.faults.iter().any(|fault| fault.field == name)
    }

    /// Takes a parameter and parses it.
    pub fn take<T>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, Invalid>,
    ) -> Option<T> {
        self.take_with(name, |text| {
            parse(text).map_err(|invalid| Fault::invalid(name, invalid))
        })
    }

    /// Takes a required parameter and parses it.
    pub fn take_required<T>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, Invalid>,
    ) -> Option<T> {
        if !self.has(name) {
            self.refuse(Fault::required(name));
        }
        self.take(name, parse)
    }

    /// Takes an integer and parses it.
    pub fn take_integer<T>(
        &mut self,
        name: &str,
        parse: impl FnOnce(i64) -> Result<T, Invalid>,
    ) -> Option<T> {
        self.take_with(name, |text| match text.parse::<i64>() {
            Ok(number) if number.to_string() == text => {
                parse(number).map_err(|invalid| Fault::invalid(name, invalid))
            }
            Err(_) if is_integer(text) => Err(Fault::new(name, "out_of_range", "is out of range")),
            _ => Err(Fault::new(name, "invalid_type", "must be an integer")),
        })
    }

    fn take_with<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&str) -> Result<T, Fault>,
    ) -> Option<T> {
        let at = self.left.iter().position(|(known, _)| known == name)?;
        let (_, text) = self.left.swap_remove(at);
        // A duplicate parameter has a fault already.
        if self.faults.iter().any(|fault| fault.field == name) {
            return None;
        }
        read(&text).map_err(|fault| self.refuse(fault)).ok()
    }

    /// Adds a fault.
    pub fn refuse(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    /// True if no fault was found so far.
    #[must_use]
    pub fn are_good(&self) -> bool {
        self.faults.is_empty()
    }

    fn refuse_the_rest(mut self) -> Vec<Fault> {
        for (name, _) in self.left {
            let message = "is not a parameter of this operation";
            self.faults
                .push(Fault::new(name, "unknown_member", message));
        }
        fault::sort(&mut self.faults);
        self.faults
    }
}

/// Refuses every parameter, for an operation that has none.
pub(super) fn refuse_all(uri: &Uri) -> Vec<Fault> {
    Parameters::parse(uri.query().unwrap_or_default()).refuse_the_rest()
}

/// The extractor for operations without query parameters and without a body. It refuses a query.
pub struct NoQuery;

impl<S: Send + Sync> FromRequestParts<S> for NoQuery {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        read(&parts.uri, |_| Some(Self))
    }
}

/// Decodes `application/x-www-form-urlencoded` text; `None` where a `%` is not followed by two
/// hexadecimal digits or the bytes are not UTF-8.
fn decode(text: &str) -> Option<String> {
    if has_stray_percent(text) {
        return None;
    }
    let text = text.replace('+', " ");
    let decoded = percent_decode_str(&text).decode_utf8().ok()?;
    Some(decoded.into_owned())
}
