//! Reads files of resources in the usual formats: a JSON array, JSON Lines, the output and the exports of DynamoDB, CSV; each
//! of them also compressed with gzip.
//!
//! A file is read record by record, so it may be far larger than memory. [`kind`](mod@kind) detects the format once, or
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
mod write;

use std::{
    fmt, io,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use kit::http::MAX_BODY;

use self::{
    json::{Elements, Lines},
    kind::{BYTE_ORDER_MARK, kind},
    source::Peeked,
    table::{Columns, Rows},
};

pub(crate) use self::{
    check::{Checker, explain, read_answer},
    kind::{Kind, NotRecords},
    noun::{IMPORTER, Item, Noun, item},
    source::Source,
    write::{ExportFormat, Writer},
};

/// The position of a record in its file. All numbers count from 1; columns count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Position {
    pub(crate) record: u64,
    pub(crate) line: u64,
    /// `None` if every record begins a line.
    pub(crate) column: Option<u64>,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "record {} (line {}", self.record, self.line)?;
        if let Some(column) = self.column {
            write!(f, ", column {column}")?;
        }
        f.write_str(")")
    }
}

/// A record of the file, as JSON.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) position: Position,
    pub(crate) text: Result<Vec<u8>, Unreadable>,
}

/// The reason for which the text of a record cannot be read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unreadable {
    #[error("is longer than {MAX_BODY} bytes")]
    TooLong,
    #[error("has no end: is a quotation mark or a bracket missing? Nothing behind it was read")]
    Endless,
    #[error("is not JSON: {0}")]
    NotJson(String),
    #[error("is not JSON: {0}. Nothing behind it was read")]
    NotJsonFromHere(String),
    #[error("is not UTF-8")]
    NotUtf8,
    #[error(
        "has {found} cells, the header has {expected}: a cell with a separator, quotation mark or line break must stand in quotation marks"
    )]
    Cells { found: usize, expected: usize },
    #[error("`{0}` must be names with | between them, or a JSON array of strings")]
    NotNames(String),
}

/// The records of a file, one after the other.
pub(crate) struct Records {
    name: String,
    noun: Noun,
    kind: Kind,
    is_packed: bool,
    bytes_read: Arc<AtomicU64>,
    /// The header, if the records come from a table.
    columns: Option<Columns>,
    reader: Box<dyn FnMut() -> io::Result<Option<Record>> + Send>,
    read: u64,
    ended: bool,
}

impl Records {
    /// Detects the format of the source, which has resources of this noun.
    ///
    /// # Errors
    /// [`NotRecords`], or an error of the source, both with its name.
    pub(crate) fn of(source: Source, noun: &Noun) -> anyhow::Result<Self> {
        let name = source.name;
        let refused = |reason| anyhow::Error::new(reason).context(name.clone());
        let unreadable =
            |error: io::Error| anyhow::Error::new(error).context(format!("{name} cannot be read"));
        let (peeked, is_packed) = Peeked::unpacked(source.input).map_err(unreadable)?;
        let kind = kind(&peeked.head, peeked.is_all, noun).map_err(refused)?;
        let input = peeked.without(BYTE_ORDER_MARK).map_err(unreadable)?;
        let mut columns = None;
        let reader: Box<dyn FnMut() -> _ + Send> = match kind {
            Kind::Array | Kind::Values | Kind::Items => {
                let mut elements = Elements::new(input, kind == Kind::Items);
                Box::new(move || elements.read())
            }
            Kind::Lines => {
                let mut lines = Lines::new(input);
                Box::new(move || lines.read())
            }
            Kind::Table(delimiter) => {
                // Every row needs a line break, also the last one.
                let input = io::Read::chain(input, &b"\n"[..]);
                let mut rows = Rows::new(input, delimiter, noun).map_err(unreadable)?;
                if let Some(reason) = rows.columns().refusal(noun) {
                    return Err(refused(NotRecords(reason)));
                }
                columns = Some(rows.columns().clone());
                Box::new(move || rows.read())
            }
        };
        Ok(Self {
            noun: noun.clone(),
            kind,
            is_packed,
            bytes_read: source.read,
            columns,
            reader,
            read: 0,
            ended: false,
            name,
        })
    }

    /// The number of bytes of the file that were read so far.
    pub(crate) fn bytes_read(&self) -> u64 {
        self.bytes_read.load(Ordering::Relaxed)
    }
}

/// Shows the name and the format of the file.
impl fmt::Display for Records {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let packed = if self.is_packed { ", gzip" } else { "" };
        write!(f, "{}: {}{packed}", self.name, self.kind)
    }
}

impl Iterator for Records {
    type Item = io::Result<Record>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let mut next = (self.reader)().transpose();
        self.read += 1;
        self.ended = match &mut next {
            Some(Ok(record)) => {
                record.position.record = self.read;
                let text = record.text.as_ref();
                matches!(
                    text,
                    Err(Unreadable::Endless | Unreadable::NotJsonFromHere(_))
                )
            }
            _ => true,
        };
        next
    }
}
