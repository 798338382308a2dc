//! Records in CSV (RFC 4180). The first line names the columns.

use std::io::{self, Read};

use csv::{ByteRecord, ReaderBuilder, Terminator};
use kit::value::Form;
use serde_json::{Map, Value};

use super::{
    Noun, Position, Record, Unreadable,
    source::{Allowance, Metered},
};

/// The separator of the entries of a list, as public data sets have it. A JSON array is accepted as well.
const BETWEEN_ENTRIES: char = '|';

/// A column of a table.
#[derive(Debug, Clone)]
struct Column {
    header: String,
    /// The path of its member in the record; `None` for the number of the row, and a member that the service sets.
    path: Option<String>,
    form: Form,
    is_known: bool,
}

impl Column {
    /// The column with this header, which may be the name in the API, in public data or of pandas (`info.plot`); case,
    /// `_`, `-` and spaces are ignored.
    fn new(header: &[u8], noun: &Noun) -> Self {
        let header = String::from_utf8_lossy(header).trim().to_owned();
        let name = plain(&header);
        let object = noun.public.map(|form| plain(form.object) + ".");
        let name = object
            .and_then(|object| name.strip_prefix(&object))
            .unwrap_or(&name);
        let member = noun.members.iter().find_map(|(member, form)| {
            let public = public(noun, member);
            let is_its =
                plain(member) == name || public.is_some_and(|(_, known)| plain(known) == name);
            let path = public.map_or_else(
                || (*member).to_owned(),
                |(object, known)| format!("{object}.{known}"),
            );
            is_its.then_some((path, *form))
        });
        let passed_over = |known: &&str| plain(known) == name;
        Self {
            is_known: member.is_some()
                || ["", "unnamed:0"].contains(&name)
                || noun.passed_over.iter().any(passed_over),
            form: member.as_ref().map_or(Form::Text, |(_, form)| *form),
            path: member.map(|(path, _)| path),
            header,
        }
    }
}

/// A name in lower case, without what is between its words.
fn plain(name: &str) -> String {
    let letters = name.chars().filter(|c| !matches!(c, '_' | '-' | ' '));
    letters.flat_map(char::to_lowercase).collect()
}

/// The object and the name of a field in public data.
fn public(noun: &Noun, field: &str) -> Option<(&'static str, &'static str)> {
    let form = noun.public?;
    let mut members = form.members.iter();
    let (name, _) = members.find(|(_, known)| *known == field)?;
    Some((form.object, name))
}

/// The header of a table.
#[derive(Debug, Clone)]
pub(super) struct Columns(Vec<Column>);

impl Columns {
    fn new(header: &ByteRecord, noun: &Noun) -> Self {
        Self(header.iter().map(|name| Column::new(name, noun)).collect())
    }

    /// The columns of a file with these first bytes; `None` if it has no row.
    pub(super) fn of_file(head: &[u8], delimiter: u8, noun: &Noun) -> Option<Self> {
        let mut header = ByteRecord::new();
        let read = reader(head, delimiter).read_byte_record(&mut header).ok()?;
        read.then(|| Self::new(&header, noun))
    }

    pub(super) fn has(&self, path: &str) -> bool {
        self.0
            .iter()
            .any(|column| column.path.as_deref() == Some(path))
    }

    /// The reason to refuse the table: unknown columns, or two columns for one member.
    pub(super) fn refusal(&self, noun: &Noun) -> Option<String> {
        let unknown = self.0.iter().filter(|column| !column.is_known);
        let unknown = unknown
            .map(|column| format!("`{}`", column.header.chars().take(64).collect::<String>()));
        let unknown: Vec<_> = unknown.collect();
        if !unknown.is_empty() {
            let (many, unknown) = (noun.many, unknown.join(", "));
            return Some(format!(
                "has columns that {many} do not have: {unknown}; take them out. {}",
                known(noun)
            ));
        }
        self.0.iter().enumerate().find_map(|(at, column)| {
            let twin = self
                .0
                .iter()
                .take(at)
                .find(|other| other.path == column.path);
            let (twin, _) = (twin?, column.path.as_ref()?);
            Some(format!(
                "has two columns for one member: `{}` and `{}`",
                twin.header, column.header
            ))
        })
    }

    /// The name of a member in the table.
    pub(super) fn name(&self, path: &str) -> String {
        // The path of a list's entry ends with its index.
        let (member, index) = path.split_at(path.find('[').unwrap_or(path.len()));
        let mut columns = self.0.iter();
        let column = columns.find(|column| column.path.as_deref() == Some(member));
        column.map_or_else(
            || path.to_owned(),
            |column| format!("{}{index}", column.header),
        )
    }

    /// The row as JSON, without its empty cells.
    fn record(&self, row: &[&str]) -> Result<Vec<u8>, Unreadable> {
        if row.len() != self.0.len() {
            return Err(Unreadable::Cells {
                found: row.len(),
                expected: self.0.len(),
            });
        }
        let mut record = Value::from(Map::new());
        for (column, cell) in self.0.iter().zip(row) {
            let Some(path) = column.path.as_ref().filter(|_| !cell.trim().is_empty()) else {
                continue;
            };
            let value = match column.form {
                Form::Text => Value::from(*cell),
                Form::Literal => literal(cell),
                Form::List => {
                    list(cell).ok_or_else(|| Unreadable::NotNames(column.header.clone()))?
                }
            };
            match path.split_once('.') {
                Some((object, name)) => record[object][name] = value,
                None => record[path] = value,
            }
        }
        Ok(record.to_string().into_bytes())
    }
}

/// The members that a table of a noun may have.
fn known(noun: &Noun) -> String {
    let names = noun.key.iter().chain(noun.fields).map(|name| {
        match public(noun, name).filter(|(_, public)| plain(public) != plain(name)) {
            Some((_, public)) => format!("{name} (or {public})"),
            None => (*name).to_owned(),
        }
    });
    let mut names: Vec<_> = names.collect();
    let last = names.pop().unwrap_or_default();
    let (first, others) = noun.many.split_at(1);
    format!(
        "{}{others} have {} and {last}",
        first.to_uppercase(),
        names.join(", ")
    )
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

/// Only a line feed ends a line; a carriage return before it is removed later. So lines are counted correctly in files
/// that use both.
fn reader<R: Read>(input: R, delimiter: u8) -> csv::Reader<R> {
    ReaderBuilder::new()
        .delimiter(delimiter)
        .terminator(Terminator::Any(b'\n'))
        .has_headers(false)
        .flexible(true)
        .from_reader(input)
}

/// The rows of a table.
pub(super) struct Rows<R> {
    input: csv::Reader<Metered<R>>,
    allowance: Allowance,
    columns: Columns,
}

impl<R: Read> Rows<R> {
    /// Reads the header.
    pub(super) fn new(input: R, delimiter: u8, noun: &Noun) -> io::Result<Self> {
        let allowance = Allowance::default();
        let mut input = reader(Metered::new(input, allowance.clone()), delimiter);
        let mut header = ByteRecord::new();
        input.read_byte_record(&mut header)?;
        Ok(Self {
            input,
            allowance,
            columns: Columns::new(&header, noun),
        })
    }

    pub(super) fn columns(&self) -> &Columns {
        &self.columns
    }

    pub(super) fn read(&mut self) -> io::Result<Option<Record>> {
        let mut row = ByteRecord::new();
        loop {
            self.allowance.renew();
            let begins_after = self.input.position().line();
            let text = match self.input.read_byte_record(&mut row) {
                Ok(true) => self.record(&row),
                Ok(false) => return Ok(None),
                Err(error) => {
                    let error = match error.into_kind() {
                        csv::ErrorKind::Io(error) => error,
                        kind => io::Error::other(format!("{kind:?}")),
                    };
                    if !Allowance::is_used_up(&error) {
                        return Err(error);
                    }
                    Some(Err(Unreadable::Endless))
                }
            };
            let Some(text) = text else { continue };
            let within = row.iter().flatten().filter(|byte| **byte == b'\n').count() as u64;
            let ends = self.input.position().line();
            let position = Position {
                record: 0,
                // The reader has skipped the blank lines before the row.
                line: match text {
                    Err(Unreadable::Endless) => begins_after,
                    _ => ends.saturating_sub(1 + within),
                },
                column: None,
            };
            return Ok(Some(Record { position, text }));
        }
    }

    /// The text of a row; `None` if all its cells are empty, as spreadsheets often leave rows.
    fn record(&self, row: &ByteRecord) -> Option<Result<Vec<u8>, Unreadable>> {
        let cells: Result<Vec<_>, _> = row.iter().map(str::from_utf8).collect();
        let Ok(mut cells) = cells else {
            return Some(Err(Unreadable::NotUtf8));
        };
        if let Some(last) = cells.last_mut() {
            *last = last.strip_suffix('\r').unwrap_or(last);
        }
        if cells.iter().all(|cell| cell.trim().is_empty()) {
            return None;
        }
        Some(self.columns.record(&cells))
    }
}
