//! Detects the format of a file by its first bytes, because file names are not reliable.

use std::fmt;

use struson::reader::{
    JsonReader, JsonStreamReader, JsonSyntaxError, ReaderError, SyntaxErrorKind, ValueType,
};

use super::{Noun, table::Columns};

/// The format of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A JSON array of records.
    Array,
    /// JSON objects with an array of records in `Items`, as `aws dynamodb scan` prints them, or in `items`, as in a
    /// page of this API.
    Items,
    /// JSON records one after the other, each over several lines.
    Values,
    /// JSON Lines: one record a line.
    Lines,
    /// CSV with a header, and this delimiter between the cells.
    Table(u8),
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Array => "a JSON array",
            Self::Items => "JSON with `Items`",
            Self::Values => "JSON records one after the other",
            Self::Lines => "JSON Lines",
            Self::Table(b'\t') => "CSV with tabs",
            Self::Table(b';') => "CSV with semicolons",
            Self::Table(_) => "CSV",
        })
    }
}

/// The reason to refuse a file. The text follows the name of the file.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct NotRecords(pub(super) String);

const CONVERT: &str = "save it as CSV in UTF-8, or as JSON";
const UNPACK: &str = "unpack it first; of compressed files only gzip is read";
const UTF_8: &str = "convert it to UTF-8, for example with `iconv -f UTF-16 -t UTF-8`";

/// The first bytes of other formats that users may take for lists of records; the name of each, and advice.
const OTHERS: [(&[u8], &str, &str); 16] = [
    (b"PAR1", "a Parquet file", CONVERT),
    (
        b"PK\x03\x04",
        "an Excel workbook or another ZIP archive",
        CONVERT,
    ),
    (b"\xD0\xCF\x11\xE0", "an old Excel workbook", CONVERT),
    (b"SQLite format 3\0", "an SQLite database", CONVERT),
    (b"Obj\x01", "an Avro file", CONVERT),
    (b"ARROW1", "an Arrow or Feather file", CONVERT),
    (
        b"\xE0\x01\x00\xEA",
        "binary Ion",
        "export the table as DynamoDB JSON",
    ),
    (b"%PDF", "a PDF", CONVERT),
    (b"\x1F\x8B", "packed with gzip twice", "unpack it once"),
    (b"BZh", "packed with bzip2", UNPACK),
    (b"\xFD7zXZ\0", "packed with xz", UNPACK),
    (b"\x28\xB5\x2F\xFD", "packed with Zstandard", UNPACK),
    (b"7z\xBC\xAF\x27\x1C", "a 7-Zip archive", UNPACK),
    (b"\xFF\xFE", "UTF-16", UTF_8),
    (b"\xFE\xFF", "UTF-16", UTF_8),
    (
        b"<",
        "HTML or XML",
        "the address of the file may have led to a page about it",
    ),
];

pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Detects the format by the first bytes; `all` is true if they are the whole file.
pub(super) fn kind(head: &[u8], all: bool, noun: &Noun) -> Result<Kind, NotRecords> {
    let text = head.strip_prefix(BYTE_ORDER_MARK).unwrap_or(head);
    let text = text.trim_ascii_start();
    let is = |what: &str, advice: &str| Err(NotRecords(format!("is {what}: {advice}")));
    for (beginning, what, advice) in OTHERS {
        if head.starts_with(beginning) || text.starts_with(beginning) {
            return is(what, advice);
        }
    }
    if text.is_empty() {
        return Err(NotRecords("is empty".into()));
    }
    if text.iter().take(8).any(|byte| *byte == 0) {
        return is("binary, or UTF-16", UTF_8);
    }
    // The head may end within a character, which is no fault of the file.
    if let Err(error) = str::from_utf8(text)
        && (all || error.error_len().is_some())
    {
        let fault = head.len() - text.len() + error.valid_up_to();
        let before = head.get(..fault).unwrap_or_default();
        let line = before.split(|byte| *byte == b'\n').count();
        return Err(NotRecords(format!(
            "is not UTF-8 (line {line}): convert it, for example with `iconv -f WINDOWS-1252 -t UTF-8`"
        )));
    }
    match text.first() {
        Some(b'[') => Ok(Kind::Array),
        Some(b'{') => object(text, all),
        _ => table(text, noun),
    }
}

/// The members of an object that contains a list of records.
const AROUND_ITEMS: [&str; 8] = [
    "Items",
    "items",
    "Count",
    "count",
    "ScannedCount",
    "ConsumedCapacity",
    "LastEvaluatedKey",
    "ResponseMetadata",
];

fn object(text: &[u8], all: bool) -> Result<Kind, NotRecords> {
    if let Ok(Some((name, is_list))) = first_member(text) {
        if AROUND_ITEMS.contains(&name.as_str()) {
            return Ok(Kind::Items);
        }
        if is_list {
            let name: String = name.chars().take(64).collect();
            return Err(NotRecords(format!(
                "is one JSON object with a list in `{name}`: give the list alone, for example from `jq '.\"{name}\"' FILE`"
            )));
        }
    }
    let end = text.iter().position(|byte| *byte == b'\n');
    let line = match end {
        Some(end) => text.get(..end).unwrap_or(text),
        // The line is longer than the head, or the only one of the file.
        None => return Ok(Kind::Lines),
    };
    let mut json = JsonStreamReader::new(line);
    let read = json
        .skip_value()
        .and_then(|()| json.consume_trailing_whitespace());
    let goes_on = matches!(
        read,
        Err(ReaderError::SyntaxError(JsonSyntaxError {
            kind: SyntaxErrorKind::IncompleteDocument,
            ..
        }))
    );
    let last = all
        && text
            .get(end.unwrap_or_default()..)
            .is_none_or(|rest| rest.trim_ascii().is_empty());
    Ok(if goes_on && !last {
        Kind::Values
    } else {
        Kind::Lines
    })
}

/// The name of an object's first member, and true if that member is a list of objects.
fn first_member(text: &[u8]) -> Result<Option<(String, bool)>, ReaderError> {
    let mut json = JsonStreamReader::new(text);
    json.begin_object()?;
    if !json.has_next()? {
        return Ok(None);
    }
    let name = json.next_name_owned()?;
    let mut is_list = false;
    if json.peek().is_ok_and(|value| value == ValueType::Array) {
        json.begin_array()?;
        is_list = json.has_next().unwrap_or(false)
            && json.peek().is_ok_and(|value| value == ValueType::Object);
    }
    Ok(Some((name, is_list)))
}

/// Only the header identifies CSV, because almost any text could be a table.
fn table(text: &[u8], noun: &Noun) -> Result<Kind, NotRecords> {
    let names = noun.key.iter().map(|name| format!("`{name}`"));
    let names = names.collect::<Vec<_>>().join(" and ");
    for delimiter in *b",;\t" {
        let Some(columns) = Columns::of_file(text, delimiter, noun) else {
            continue;
        };
        let mut missing = noun.key.clone();
        missing.retain(|name| !columns.has(name));
        match missing.first() {
            None => return Ok(Kind::Table(delimiter)),
            Some(name) if missing.len() < noun.key.len() => {
                return Err(NotRecords(format!(
                    "is CSV without a column `{name}`: the first line must name the columns, {names} among them"
                )));
            }
            Some(_) => {}
        }
    }
    let text = String::from_utf8_lossy(text);
    let line = text.lines().next().unwrap_or_default();
    let beginning: String = line.chars().take(20).collect();
    Err(NotRecords(format!(
        "is not JSON, JSON Lines or CSV with a header that names {names} (it begins with `{}`)",
        beginning.escape_debug()
    )))
}
