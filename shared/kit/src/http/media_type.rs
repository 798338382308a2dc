//! Checks the media type and the content coding of a request body.

use std::borrow::Cow;

use http::{HeaderMap, HeaderValue, header};

use super::error::{ApiError, problems};

/// The longest part of a header that an error message quotes, in characters.
const SHOWN: usize = 64;

/// The content codings of request bodies that are decoded before a request reaches the router, as a value of
/// `Accept-Encoding` (RFC 7694). The decoder puts this into the extensions of the request.
#[derive(Debug, Clone, Copy)]
pub struct AcceptedCodings(pub &'static str);

impl AcceptedCodings {
    /// No content coding is decoded.
    pub(super) const NONE: Self = Self("identity");
}

/// The detail for a body without `Content-Type`.
const UNDECLARED: &str =
    "The header `Content-Type` is missing. Send `Content-Type: application/json`.";
/// The detail for a body with more than one.
const DECLARED_TWICE: &str = "The header `Content-Type` came more than once. Send it once, as `Content-Type: application/json`.";

/// Checks that a body is declared as JSON. Parameters are ignored: `application/json` has none, and adding one "really
/// has no effect on compliant recipients" (RFC 8259, section 11).
pub(super) fn json(headers: &HeaderMap, accepted: AcceptedCodings) -> Result<(), ApiError> {
    let unsupported = |detail: Cow<'static, str>| {
        ApiError::from(problems::UNSUPPORTED_MEDIA_TYPE).with_detail(detail)
    };
    let codings = headers.get_all(header::CONTENT_ENCODING).iter();
    let codings: Vec<_> = codings.map(HeaderValue::as_bytes).collect();
    let codings = codings.join(&b", "[..]);
    let identity = |coding: &[u8]| {
        let coding = coding.trim_ascii();
        coding.is_empty() || coding.eq_ignore_ascii_case(b"identity")
    };
    if !codings.split(|byte| *byte == b',').all(identity) {
        let detail = format!(
            "`Content-Encoding: {}` is not supported here, or the body is not what it says. The header `Accept-Encoding` of \
             this answer lists what is.",
            shown(&codings)
        );
        let accepted = HeaderValue::from_static(accepted.0);
        return Err(unsupported(detail.into()).with_header(header::ACCEPT_ENCODING, accepted));
    }
    let mut types = headers.get_all(header::CONTENT_TYPE).iter();
    let declared = match (types.next(), types.next()) {
        (Some(declared), None) => declared.as_bytes(),
        (None, _) => return Err(unsupported(UNDECLARED.into())),
        (Some(_), Some(_)) => return Err(unsupported(DECLARED_TWICE.into())),
    };
    let essence = declared.split(|byte| *byte == b';').next();
    let essence = essence.unwrap_or_default().trim_ascii();
    if essence.eq_ignore_ascii_case(b"application/json") {
        Ok(())
    } else if essence.is_empty() {
        Err(unsupported(UNDECLARED.into()))
    } else {
        let said = shown(essence);
        let detail = format!(
            "The body is declared as `{said}`. Send JSON, with `Content-Type: application/json`."
        );
        Err(unsupported(detail.into()))
    }
}

/// Shortens a header for an error message, and replaces backquotes and all but printable ASCII characters by `?`.
fn shown(sent: &[u8]) -> String {
    let plain = |byte: &u8| match byte {
        b' ' | b'!'..=b'~' if *byte != b'`' => char::from(*byte),
        _ => '?',
    };
    let mut text: String = sent.iter().take(SHOWN).map(plain).collect();
    if sent.len() > SHOWN {
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests;
