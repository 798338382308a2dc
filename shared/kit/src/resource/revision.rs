use std::fmt;

use time::OffsetDateTime;

/// A state of a resource: the number of its writes since it was added, and the moment of the addition.
///
/// The moment tells a resource from one that was deleted and added again under the same key, whose
/// versions start over. Its text form, `<version>-<microseconds since 1970 in hexadecimal>`, is the
/// opaque part of the API's entity tag (RFC 9110, section 8.8.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revision {
    /// 1 when added, one more at each update.
    pub version: u64,
    /// The moment of the addition.
    pub created_at: OffsetDateTime,
}

impl Revision {
    /// The state of a resource that is added at the moment `now`.
    #[must_use]
    pub fn first(now: OffsetDateTime) -> Self {
        Self {
            version: 1,
            created_at: now,
        }
    }

    /// The state after one more write.
    #[must_use]
    pub fn next(self) -> Self {
        Self {
            version: self.version.saturating_add(1),
            ..self
        }
    }

    /// Parses the text of a revision; `None` if no revision writes it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (version, micros) = text.split_once('-')?;
        let version = version.parse().ok()?;
        let nanos = i128::from(i64::from_str_radix(micros, 16).ok()?) * 1_000;
        let created_at = OffsetDateTime::from_unix_timestamp_nanos(nanos).ok()?;
        let revision = Self {
            version,
            created_at,
        };
        // One revision, one text: `+1-a` and `01-0A` are nobody's entity tag.
        (revision.to_string() == text).then_some(revision)
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}-{:x}",
            self.version,
            self.created_at.unix_timestamp_nanos() / 1_000
        )
    }
}

#[cfg(test)]
mod tests;
