//! Detects the format of a file by its first bytes, because file names are not reliable.

use std::fmt;

use serde::de::IgnoredAny;

use super::{Noun, table};

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

/// Detects the format by the first bytes, or tells why the file is refused.
pub(crate) fn kind(head: &[u8], noun: &Noun) -> Result<Kind, String> {
    // The head may end within a character, which is no fault of the file.
    if str::from_utf8(head).is_err_and(|error| error.error_len().is_some()) {
        let advice = "convert it, for example with `iconv -f WINDOWS-1252 -t UTF-8`";
        return Err(format!("is not UTF-8: {advice}"));
    }
    let text = head.trim_ascii_start();
    match text.first() {
        None => Err("is empty".to_owned()),
        Some(b'[') => Ok(Kind::Array),
        Some(b'{') => Ok(object(text)),
        Some(_) => table(text, noun),
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

/// The format of a file that begins with an object.
fn object(text: &[u8]) -> Kind {
    let members = text.get(1..).unwrap_or_default();
    let mut names = serde_json::Deserializer::from_slice(members).into_iter::<String>();
    if let Some(Ok(name)) = names.next()
        && AROUND_ITEMS.contains(&name.as_str())
    {
        return Kind::Items;
    }
    let mut lines = text.splitn(2, |byte| *byte == b'\n');
    let first = serde_json::from_slice::<IgnoredAny>(lines.next().unwrap_or_default());
    let goes_on = lines
        .next()
        .is_some_and(|rest| !rest.trim_ascii().is_empty());
    if goes_on && first.is_err_and(|error| error.is_eof()) {
        Kind::Values
    } else {
        Kind::Lines
    }
}

/// Only the header identifies CSV, because almost any text could be a table.
fn table(text: &[u8], noun: &Noun) -> Result<Kind, String> {
    for delimiter in *b",;\t" {
        let mut reader = table::reader(text, delimiter);
        let Ok(header) = reader.headers() else {
            continue;
        };
        let columns = table::columns(header, noun);
        if noun
            .key
            .iter()
            .all(|name| columns.iter().any(|column| column.is(name)))
        {
            return match table::refusal(&columns, noun) {
                None => Ok(Kind::Table(delimiter)),
                Some(reason) => Err(reason),
            };
        }
    }
    let names = noun.key.join("` and `");
    let text = String::from_utf8_lossy(text);
    let line = text.lines().next().unwrap_or_default();
    let beginning: String = line.chars().take(20).collect();
    Err(format!(
        "is not JSON, JSON Lines or CSV with a header that names `{names}` (it begins with `{}`)",
        beginning.escape_debug()
    ))
}
