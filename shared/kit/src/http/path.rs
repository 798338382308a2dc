//! The part of a path that varies.

use axum::extract::{FromRequestParts, RawPathParams};
use http::request::Parts;

use super::{error::ApiError, fault::Fault, query::refuse_all};
use crate::value::Invalid;

/// Parses the part of the path with this name, of an operation that has no query.
///
/// # Errors
/// Every fault of the part and of the query.
pub async fn parameter<S: Send + Sync, T>(
    parts: &mut Parts,
    state: &S,
    name: &'static str,
    parse: impl FnOnce(&str) -> Result<T, Invalid>,
) -> Result<T, ApiError> {
    let mut faults = refuse_all(&parts.uri);
    // Selected by name, because an outer router may have path parameters of its own.
    let value = match RawPathParams::from_request_parts(parts, state).await {
        Ok(parts) => {
            let mut named = parts.iter().filter(|(known, _)| *known == name);
            let text = named.next().map(|(_, text)| text).unwrap_or_default();
            parse(text).map_err(|invalid| Fault::invalid(name, invalid))
        }
        Err(_) => Err(Fault::new(
            name,
            "malformed",
            "is not percent-encoded UTF-8",
        )),
    };
    match value {
        Ok(value) if faults.is_empty() => return Ok(value),
        Ok(_) => {}
        Err(fault) => faults.push(fault),
    }
    Err(ApiError::invalid(faults))
}
