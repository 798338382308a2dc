//! Entity tags and the conditions that clients put on them (RFC 9110, sections 8.8.3 and 13.1).

use http::{HeaderMap, HeaderName, HeaderValue, header};

use super::{both::ReadHeaders, fault::Fault};
use crate::{idempotency::IdempotencyKey, resource::Revision};

/// The header `Idempotency-Key`.
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The largest number of entity tags in a condition.
const MAX_TAGS: usize = 10;

/// The entity tag of a revision, quotes included, as in `ETag` and `If-Match`.
#[must_use]
pub fn etag_text(revision: Revision) -> String {
    format!("\"{revision}\"")
}

/// The `ETag` of a revision.
#[must_use]
pub fn etag(revision: Revision) -> HeaderValue {
    HeaderValue::try_from(etag_text(revision)).unwrap_or(HeaderValue::from_static("\"\""))
}

/// The `Idempotency-Key` header of a write.
pub struct IdempotencyKeyHeader(pub Option<IdempotencyKey>);

impl ReadHeaders for IdempotencyKeyHeader {
    fn read(headers: &HeaderMap) -> Result<Self, Vec<Fault>> {
        let mut values = headers.get_all(IDEMPOTENCY_KEY).iter();
        let fault = |message| vec![Fault::new("Idempotency-Key", "invalid_value", message)];
        match (values.next(), values.next()) {
            (None, _) => Ok(Self(None)),
            (Some(value), None) => IdempotencyKey::parse(value.as_bytes())
                .map(|key| Self(Some(key)))
                .ok_or_else(|| fault("must be 1 to 64 visible ASCII characters")),
            (Some(_), Some(_)) => Err(fault("must be sent once")),
        }
    }
}

/// The headers of a write.
pub type WriteHeaders = (IdempotencyKeyHeader, IfMatch);

/// `If-Match` of a write.
pub struct IfMatch {
    /// The revisions that the resource must be in; `None` for any.
    pub revisions: Option<Vec<Revision>>,
    /// True if the resource must exist: the header was sent.
    pub must_exist: bool,
}

impl ReadHeaders for IfMatch {
    fn read(headers: &HeaderMap) -> Result<Self, Vec<Fault>> {
        match Tags::parse(headers, &header::IF_MATCH) {
            Ok(tags @ (None | Some(Tags::Any))) => Ok(Self {
                revisions: None,
                must_exist: tags.is_some(),
            }),
            // The comparison is strong: a weak tag matches nothing.
            Ok(Some(Tags::Listed(tags))) => {
                let strong = tags.iter().filter(|tag| !tag.weak);
                Ok(Self {
                    revisions: Some(strong.filter_map(|tag| tag.revision).collect()),
                    must_exist: true,
                })
            }
            Err(message) => Err(vec![Fault::new("If-Match", "malformed", message)]),
        }
    }
}

impl<A: ReadHeaders, B: ReadHeaders> ReadHeaders for (A, B) {
    fn read(headers: &HeaderMap) -> Result<Self, Vec<Fault>> {
        match (A::read(headers), B::read(headers)) {
            (Ok(a), Ok(b)) => Ok((a, b)),
            (Err(mut faults), Err(more)) => {
                faults.extend(more);
                Err(faults)
            }
            (Err(faults), Ok(_)) | (Ok(_), Err(faults)) => Err(faults),
        }
    }
}

/// `If-None-Match` of a read.
#[derive(Default)]
pub struct IfNoneMatch(Option<Tags>);

impl IfNoneMatch {
    /// True if the client has this revision already. The comparison is weak.
    #[must_use]
    pub fn has(&self, revision: Revision) -> bool {
        match &self.0 {
            None => false,
            Some(Tags::Any) => true,
            Some(Tags::Listed(tags)) => tags.iter().any(|tag| tag.revision == Some(revision)),
        }
    }
}

impl ReadHeaders for IfNoneMatch {
    fn read(headers: &HeaderMap) -> Result<Self, Vec<Fault>> {
        Tags::parse(headers, &header::IF_NONE_MATCH)
            .map(Self)
            .map_err(|message| vec![Fault::new("If-None-Match", "malformed", message)])
    }
}

enum Tags {
    Any,
    Listed(Vec<Tag>),
}

struct Tag {
    weak: bool,
    /// `None` for a tag that is not in the form of a revision.
    revision: Option<Revision>,
}

impl Tags {
    fn parse(headers: &HeaderMap, name: &HeaderName) -> Result<Option<Self>, &'static str> {
        const FORM: &str = "must be * or a list of entity tags in double quotes";
        let mut tags = Vec::new();
        let mut any = false;
        let mut values = headers.get_all(name).iter().peekable();
        if values.peek().is_none() {
            return Ok(None);
        }
        for value in values {
            let mut rest = value.to_str().map_err(|_| FORM)?.trim();
            if rest == "*" {
                any = true;
                continue;
            }
            // Empty elements are allowed in lists (RFC 9110, section 5.6.1).
            loop {
                rest = rest.trim_start_matches([' ', '\t', ',']);
                if rest.is_empty() {
                    break;
                }
                let (weak, quoted) = match rest.strip_prefix("W/") {
                    Some(quoted) => (true, quoted),
                    None => (false, rest),
                };
                let opaque = quoted.strip_prefix('"').ok_or(FORM)?;
                let (opaque, behind) = opaque.split_once('"').ok_or(FORM)?;
                if !opaque.bytes().all(|b| b.is_ascii_graphic()) {
                    return Err(FORM);
                }
                tags.push(Tag {
                    weak,
                    revision: Revision::parse(opaque),
                });
                if tags.len() > MAX_TAGS {
                    return Err("must not list more than 10 entity tags");
                }
                rest = behind.trim_start_matches([' ', '\t']);
                if !rest.is_empty() && !rest.starts_with(',') {
                    return Err(FORM);
                }
            }
        }
        match (any, tags.is_empty()) {
            (true, true) => Ok(Some(Self::Any)),
            (false, false) => Ok(Some(Self::Listed(tags))),
            _ => Err(FORM),
        }
    }
}
