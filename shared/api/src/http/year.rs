//! A year on the wire.

/// A year: an integer, or the same as a string of four digits. Whether it is a year in which a
/// movie can have been released is not known yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct YearNumber(pub(super) i64);

impl YearNumber {
    /// Reads four digits.
    pub(super) fn from_text(text: &str) -> Option<Self> {
        let digits = text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| text.parse().ok().map(Self)).flatten()
    }
}
