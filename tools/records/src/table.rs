//! Records in CSV (RFC 4180). The first line names the columns.

use std::io::{self, Read};

use csv::{ReaderBuilder, StringRecord, Terminator};
use kit::value::Form;
use serde_json::{Map, Value};

use super::{
    ENDLESS, Noun, Take, Text,
    source::{Bytes, Meter, Metered},
};

/// The separator of the entries of a list, as public data sets have it. A JSON array is accepted as well.
const BETWEEN_ENTRIES: char = '|';

/// A column of a table.
pub(crate) struct Column {
    header: String,
    /// The path of its member in the record, and the form of its value; `None` for the number of the row, and a member
    /// that the service sets.
    member: Option<(String, Form)>,
    is_known: bool,
}

impl Column {
    /// The column with this header, which may be the name in the API, in public data or of pandas (`info.plot`); case,
    /// `_`, `-` and spaces are ignored.
    fn new(header: &str, noun: &Noun) -> Self {
        let name = plain(header);
        let object = noun.public.map(|form| plain(form.object) + ".");
        let name = object
            .and_then(|object| name.strip_prefix(&object))
            .unwrap_or(&name);
        let is_its = |known: &str| plain(known) == name;
        let member = noun.members.iter().find_map(|(member, form)| {
            let public = noun.public.and_then(|form| {
                let mut members = form.members.iter();
                let (name, _) = members.find(|(_, field)| field == member)?;
                Some((form.object, *name))
            });
            let (path, is_public) = match public {
                Some((object, name)) => (format!("{object}.{name}"), is_its(name)),
                None => ((*member).to_owned(), false),
            };
            (is_public || is_its(member)).then_some((path, *form))
        });
        Self {
            is_known: member.is_some()
                || ["", "unnamed:0"].contains(&name)
                || noun.passed_over.iter().any(|known| is_its(known)),
            member,
            header: header.trim().to_owned(),
        }
    }

    fn path(&self) -> Option<&str> {
        self.member.as_ref().map(|(path, _)| path.as_str())
    }

    /// True if it has the member with this path.
    pub(crate) fn is(&self, path: &str) -> bool {
        self.path() == Some(path)
    }
}

/// A name in lower case, without what is between its words.
fn plain(name: &str) -> String {
    let letters = name.trim().chars();
    let letters = letters.filter(|c| !matches!(c, '_' | '-' | ' '));
    letters.flat_map(char::to_lowercase).collect()
}

/// The columns that a header names.
pub(crate) fn columns(header: &StringRecord, noun: &Noun) -> Vec<Column> {
    header.iter().map(|name| Column::new(name, noun)).collect()
}

/// The reason to refuse a table: unknown columns, or two columns for one member.
pub(crate) fn refusal(columns: &[Column], noun: &Noun) -> Option<String> {
    let unknown = columns.iter().filter(|column| !column.is_known);
    let unknown: Vec<_> = unknown.map(|column| column.header.as_str()).collect();
    if !unknown.is_empty() {
        let (many, unknown) = (noun.many, unknown.join("`, `"));
        return Some(format!(
            "has columns that {many} do not have: `{unknown}`; take them out"
        ));
    }
    columns.iter().enumerate().find_map(|(at, column)| {
        let path = column.path()?;
        let twin = columns[..at].iter().find(|other| other.is(path))?;
        Some(format!(
            "has two columns for one member: `{}` and `{}`",
            twin.header, column.header
        ))
    })
}

/// A reader of a table. Only a line feed ends a line, so that lines are counted correctly in files that use both ends;
/// a carriage return before it belongs to the last cell.
pub(crate) fn reader<R: Read>(input: R, delimiter: u8) -> csv::Reader<R> {
    ReaderBuilder::new()
        .delimiter(delimiter)
        .terminator(Terminator::Any(b'\n'))
        .flexible(true)
        .from_reader(input)
}

/// Reads the rows of a table.
pub(crate) fn each(
    input: Bytes,
    delimiter: u8,
    noun: &Noun,
    take: &mut Take<'_>,
) -> io::Result<()> {
    let meter = Meter::new();
    // Every row needs a line break, also the last one.
    let input = Metered(input.chain(&b"\n"[..]), &meter);
    let mut rows = reader(input, delimiter);
    let columns = columns(rows.headers()?, noun);
    let mut row = StringRecord::new();
    loop {
        meter.renew();
        let begins_after = rows.position().line();
        let text = match rows.read_record(&mut row) {
            Ok(false) => return Ok(()),
            // Spreadsheets often leave rows of empty cells.
            Ok(true) if row.iter().all(|cell| cell.trim().is_empty()) => continue,
            Ok(true) => record(&columns, &row),
            Err(_) if meter.is_used_up() => {
                let _ = take(begins_after, Err(ENDLESS.to_owned()));
                return Ok(());
            }
            Err(error) if error.is_io_error() => return Err(error.into()),
            Err(_) => Err("is not UTF-8".to_owned()),
        };
        // The reader has skipped the blank lines before the row.
        let within = row
            .iter()
            .flat_map(str::bytes)
            .filter(|byte| *byte == b'\n');
        let line = rows.position().line() - 1 - within.count() as u64;
        if take(line, text).is_break() {
            return Ok(());
        }
    }
}

/// The row as JSON, without its empty cells.
fn record(columns: &[Column], row: &StringRecord) -> Text {
    if row.len() != columns.len() {
        return Err(format!(
            "has {} cells, the header has {}: a cell with a separator, quotation mark or line break must stand in quotation marks",
            row.len(),
            columns.len()
        ));
    }
    let mut record = Value::from(Map::new());
    for (column, cell) in columns.iter().zip(row) {
        let cell = cell.strip_suffix('\r').unwrap_or(cell);
        let Some((path, form)) = column.member.as_ref().filter(|_| !cell.trim().is_empty()) else {
            continue;
        };
        let value = match form {
            Form::Text => Value::from(cell),
            Form::Literal => literal(cell),
            Form::List => list(cell).ok_or_else(|| {
                let header = &column.header;
                format!("`{header}` must be names with | between them, or a JSON array of strings")
            })?,
        };
        match path.split_once('.') {
            Some((object, name)) => record[object][name] = value,
            None => record[path] = value,
        }
    }
    Ok(record.to_string().into_bytes())
}

/// The cell as a number, true or false. Other text is left to the service, whose message says what is expected.
fn literal(cell: &str) -> Value {
    let cell = cell.trim();
    let value = serde_json::from_str(&cell.to_lowercase()).ok();
    value
        .filter(|value: &Value| value.is_number() || value.is_boolean())
        .unwrap_or_else(|| cell.into())
}

fn list(cell: &str) -> Option<Value> {
    if cell.trim_start().starts_with('[') {
        let list: Vec<String> = serde_json::from_str(cell).ok()?;
        return Some(list.into());
    }
    Some(cell.split(BETWEEN_ENTRIES).map(str::trim).collect())
}
