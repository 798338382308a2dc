//! Reads files of resources in the usual formats: JSON, JSON Lines, the output and the exports of DynamoDB, CSV; each of
//! them also compressed with gzip.
//!
//! A file is read record by record, so it may be far larger than memory. The format is detected once, or
//! refuses the file. The reader of the service, which also checks request bodies, checks each record; so a bad record
//! does not affect the others.

mod check;
mod json;
mod kind;
mod noun;
mod source;
mod table;
#[cfg(test)]
mod tests;

use std::{fmt, io, ops::ControlFlow};

use anyhow::{Context as _, anyhow};

use self::{kind::Kind, source::Bytes};

pub use self::{
    check::{Checker, read_answer},
    noun::{Item, Noun},
    source::Source,
};

/// The position of a record in its file. The numbers count from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// The number of the record.
    pub record: u64,
    /// The number of the line on which it begins.
    pub line: u64,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "record {} (line {})", self.record, self.line)
    }
}

/// A record as JSON, or the reason for which it cannot be read.
pub type Text = Result<Vec<u8>, String>;

/// Takes the line and the text of a record. After a `Break` no further record is read.
type Take<'a> = dyn FnMut(u64, Text) -> ControlFlow<()> + 'a;

/// The text of a record that never ends, which ends the reading.
const ENDLESS: &str =
    "has no end: is a quotation mark or a bracket missing? Nothing behind it was read";

/// A file of records.
pub struct Records {
    name: String,
    noun: Noun,
    kind: Kind,
    is_packed: bool,
    input: Bytes,
}

impl Records {
    /// Detects the format of the source, which has resources of this noun.
    ///
    /// # Errors
    /// The source cannot be read, or is no list of records. The error has the name of the source.
    pub fn of(source: Source, noun: &Noun) -> anyhow::Result<Self> {
        let name = source.name;
        let opened = source::unpacked(source.input);
        let (head, input, is_packed) = opened.with_context(|| format!("{name} cannot be read"))?;
        let kind =
            kind::kind(&head, noun).map_err(|reason| anyhow!(reason).context(name.clone()))?;
        Ok(Self {
            noun: noun.clone(),
            name,
            kind,
            is_packed,
            input,
        })
    }

    /// Hands over each record, until `take` wants no more.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn each(self, mut take: impl FnMut(Position, Text) -> ControlFlow<()>) -> io::Result<()> {
        let mut record = 0;
        let take: &mut Take<'_> = &mut |line, text| {
            record += 1;
            take(Position { record, line }, text)
        };
        match self.kind {
            Kind::Array | Kind::Items | Kind::Values => json::each(self.input, self.kind, take),
            Kind::Lines => json::each_line(self.input, take),
            Kind::Table(delimiter) => table::each(self.input, delimiter, &self.noun, take),
        }
    }
}

/// Shows the name and the format of the file.
impl fmt::Display for Records {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let packed = if self.is_packed { ", gzip" } else { "" };
        write!(f, "{}: {}{packed}", self.name, self.kind)
    }
}
