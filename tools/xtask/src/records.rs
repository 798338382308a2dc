//! Reads files of movies in the usual formats: AWS's `moviedata.json` (an array of `{year, title, info}`), JSON Lines,
//! the output and the exports of DynamoDB, CSV; each of them also compressed with gzip.
//!
//! A file is read record by record, so it may be far larger than memory. [`kind`](mod@kind) detects the format once, or
//! refuses the file. The reader of the service, which also checks request bodies, checks each record; so a bad record
//! does not affect the others.

mod answer;
mod check;
mod dynamo;
mod json;
mod kind;
mod position;
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
    answer::read_answer,
    check::{Checker, Movie, Refused},
    kind::{Kind, NotRecords},
    position::Position,
    source::Source,
    write::{ExportFormat, Writer},
};

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
    kind: Kind,
    is_packed: bool,
    bytes_read: Arc<AtomicU64>,
    columns: Option<Columns>,
    reader: Box<dyn Iterator<Item = io::Result<Record>> + Send>,
}

impl Records {
    /// Detects the format of the source.
    ///
    /// # Errors
    /// [`NotRecords`], or an error of the source, both with its name.
    pub(crate) fn of(source: Source) -> anyhow::Result<Self> {
        let name = source.name;
        let refused = |reason| anyhow::Error::new(reason).context(name.clone());
        let unreadable =
            |error: io::Error| anyhow::Error::new(error).context(format!("{name} cannot be read"));
        let (peeked, is_packed) = Peeked::unpacked(source.input).map_err(unreadable)?;
        let kind = kind(&peeked.head, peeked.is_all).map_err(refused)?;
        let input = peeked.without(BYTE_ORDER_MARK).map_err(unreadable)?;
        let mut columns = None;
        let reader: Box<dyn Iterator<Item = _> + Send> = match kind {
            Kind::Array | Kind::Values => Box::new(Elements::new(input, false)),
            Kind::Items => Box::new(Elements::new(input, true)),
            Kind::Lines => Box::new(Lines::new(input)),
            Kind::Table(delimiter) => {
                // Every row needs a line break, also the last one.
                let input = io::Read::chain(input, &b"\n"[..]);
                let rows = Rows::new(input, delimiter).map_err(unreadable)?;
                if let Some(reason) = rows.columns().refusal() {
                    return Err(refused(NotRecords(reason)));
                }
                columns = Some(rows.columns().clone());
                Box::new(rows)
            }
        };
        Ok(Self {
            kind,
            is_packed,
            bytes_read: source.read,
            columns,
            reader,
            name,
        })
    }

    /// The header, if the records come from a table.
    pub(crate) fn columns(&self) -> Option<&Columns> {
        self.columns.as_ref()
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
        self.reader.next()
    }
}
