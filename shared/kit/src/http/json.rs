//! Reads JSON bodies into request types, and reports every fault in one response.
//!
//! A serde derive stops at the first fault. Here, a body is first split into its members, whose values are still JSON
//! text. Then the request type takes each member that it knows and parses it into its domain type. Every fault is
//! collected: wrong types, values that the domain type refuses, duplicate members, unknown members.

mod clear;
mod members;
mod value;

use axum::{
    body::Body,
    extract::{FromRequest, Request},
};
use bytes::Bytes;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};

pub use self::{
    clear::Clear,
    members::{Members, Object},
    value::{
        Reader, decimal, deserialize, integer, is_integer, list, read_integer, string, text, valid,
    },
};

use super::{
    error::{ApiError, problems},
    fault::Fault,
    media_type::{self, AcceptedCodings},
    query,
};

/// The largest body that is read, in bytes.
pub const MAX_BODY: usize = 256 * 1024;

/// A request type that is read from the members of a JSON object.
pub trait ReadMembers: Sized {
    /// Takes the members; `None` if a required one is missing or invalid. The faults are kept in `members`.
    fn read(members: &mut Members<'_>) -> Option<Self>;
}

impl<A: ReadMembers, B: ReadMembers> ReadMembers for (A, B) {
    fn read(members: &mut Members<'_>) -> Option<Self> {
        let (a, b) = (A::read(members), B::read(members));
        Some((a?, b?))
    }
}

impl<A: ReadMembers, B: ReadMembers, C: ReadMembers> ReadMembers for (A, B, C) {
    fn read(members: &mut Members<'_>) -> Option<Self> {
        let ((a, b), c) = <((A, B), C)>::read(members)?;
        Some((a, b, c))
    }
}

/// The only extractor of JSON bodies. It refuses query parameters, because an operation with a body has none.
pub struct Json<T>(pub T);

impl<T: ReadMembers> Json<T> {
    /// Reads the body of a request.
    pub(super) async fn read(request: Request) -> Result<Self, ApiError> {
        let accepted = request.extensions().get::<AcceptedCodings>();
        let accepted = accepted.copied().unwrap_or(AcceptedCodings::NONE);
        let declared = media_type::json(request.headers(), accepted);
        let mut faults = query::refuse_all(request.uri());
        let bytes = read_body(request.into_body()).await?;
        declared?;
        match read_json(&bytes) {
            Ok(body) if faults.is_empty() => return Ok(Self(body)),
            Ok(_) => {}
            Err(of_the_body) => faults.extend(of_the_body),
        }
        Err(ApiError::invalid(faults))
    }
}

impl<S: Send + Sync, T: ReadMembers> FromRequest<S> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        Self::read(request).await
    }
}

async fn read_body(body: Body) -> Result<Bytes, ApiError> {
    match Limited::new(body, MAX_BODY).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(problems::BODY_TOO_LARGE.into()),
        Err(_) => {
            let message = "did not arrive whole";
            Err(ApiError::fault(Fault::new("body", "malformed", message)))
        }
    }
}

/// Reads a request type from a JSON text.
///
/// # Errors
/// Every fault of the text.
pub fn read_json<T: ReadMembers>(bytes: &[u8]) -> Result<T, Vec<Fault>> {
    let fault = |code, message: String| vec![Fault::new("body", code, message)];
    let text = utf8(bytes).map_err(|message| fault("malformed", message))?;
    let object: Object<'_> = serde_json::from_str(text).map_err(|error| {
        if error.is_data() {
            fault("invalid_type", "must be a JSON object".into())
        } else {
            fault("malformed", format!("is not JSON: {error}"))
        }
    })?;
    let mut members = Members::new(object);
    let request = T::read(&mut members);
    members.finish(request)
}

/// Reads a JSON text, which must be in UTF-8 without a byte order mark (RFC 8259, section 8.1).
fn utf8(bytes: &[u8]) -> Result<&str, String> {
    let wrong = match bytes {
        [0xef, 0xbb, 0xbf, ..] => "begins with a byte order mark: leave it out",
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, _, ..] | [_, 0, ..] => {
            "is in UTF-16 or UTF-32: send it in UTF-8"
        }
        _ => {
            return std::str::from_utf8(bytes)
                .map_err(|error| format!("is not UTF-8 from byte {} on", error.valid_up_to() + 1));
        }
    };
    Err(wrong.to_owned())
}
