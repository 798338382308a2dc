//! Records in CSV (RFC 4180). The first line names the columns.

use std::io::{self, Read};

use csv::{ByteRecord, ReaderBuilder, Terminator};
use serde_json::{Map, Number, Value};

use super::{
    Position, Record, Unreadable,
    source::{Allowance, Metered},
};

/// The separator of the names in a list, as in `MovieLens`. A JSON array is accepted as well.
const BETWEEN_NAMES: char = '|';

/// The member of a movie that a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Member {
    Title,
    Year,
    Text(&'static str),
    Number(&'static str),
    Names(&'static str),
    /// The number of the row, or a member that the service sets.
    Nothing,
}

/// The member of a column. Its name may be that of the API, of AWS's moviedata.json or of pandas (`info.plot`); case,
/// `_`, `-` and spaces are ignored.
fn member(header: &str) -> Option<Member> {
    let name: String = header
        .trim()
        .chars()
        .filter(|c| !matches!(c, '_' | '-' | ' '))
        .flat_map(char::to_lowercase)
        .collect();
    let name = name.strip_prefix("info.").unwrap_or(&name);
    Some(match name {
        "title" => Member::Title,
        "year" => Member::Year,
        "info" | "plot" => Member::Text("plot"),
        "directors" => Member::Names("directors"),
        "actors" => Member::Names("actors"),
        "genres" => Member::Names("genres"),
        "rating" => Member::Number("rating"),
        "releasedate" => Member::Text("release_date"),
        "runningtimeseconds" | "runningtimesecs" => Member::Number("running_time_secs"),
        "imageurl" => Member::Text("image_url"),
        "rank" => Member::Number("rank"),
        "" | "unnamed: 0" | "unnamed:0" | "version" | "createdat" | "updatedat" | "addedby"
        | "etag" => Member::Nothing,
        _ => return None,
    })
}

impl Member {
    /// Its path in the faults that the service reports.
    fn path(self) -> Option<String> {
        match self {
            Self::Title => Some("title".into()),
            Self::Year => Some("year".into()),
            Self::Text(name) | Self::Number(name) | Self::Names(name) => {
                Some(format!("info.{name}"))
            }
            Self::Nothing => None,
        }
    }
}

/// The header of a table.
#[derive(Debug, Clone, Default)]
pub(crate) struct Columns(Vec<(String, Option<Member>)>);

impl Columns {
    fn new(header: &ByteRecord) -> Self {
        let columns = header.iter().map(|name| {
            let name = String::from_utf8_lossy(name).trim().to_owned();
            let member = member(&name);
            (name, member)
        });
        Self(columns.collect())
    }

    /// The columns of a file with these first bytes; `None` if it has no row.
    pub(super) fn of_file(head: &[u8], delimiter: u8) -> Option<Self> {
        let mut header = ByteRecord::new();
        let read = reader(head, delimiter).read_byte_record(&mut header).ok()?;
        read.then(|| Self::new(&header))
    }

    pub(super) fn has(&self, path: &str) -> bool {
        self.0
            .iter()
            .filter_map(|(_, member)| member.and_then(Member::path))
            .any(|known| known == path)
    }

    /// The reason to refuse the table: unknown columns, or two columns for one member.
    pub(super) fn refusal(&self) -> Option<String> {
        let unknown: Vec<_> = self
            .0
            .iter()
            .filter(|(_, member)| member.is_none())
            .map(|(name, _)| format!("`{}`", name.chars().take(64).collect::<String>()))
            .collect();
        if !unknown.is_empty() {
            return Some(format!(
                "has columns that movies do not have: {}; take them out. Movies have title, year, info (or plot), directors, \
                 actors, genres, rating, releaseDate, runningTimeSeconds, imageUrl and rank",
                unknown.join(", ")
            ));
        }
        for (at, (name, member)) in self.0.iter().enumerate() {
            let twin = self.0.iter().take(at).find(|(_, other)| other == member);
            if let (Some((twin, _)), Some(true)) =
                (twin, member.map(|member| member != Member::Nothing))
            {
                return Some(format!(
                    "has two columns for one member: `{twin}` and `{name}`"
                ));
            }
        }
        None
    }

    /// The name of a member in the table.
    pub(super) fn name(&self, path: &str) -> String {
        for (name, member) in &self.0 {
            let Some(known) = member.and_then(Member::path) else {
                continue;
            };
            // The path of a list's entry ends with its index.
            if let Some(rest) = path.strip_prefix(&known)
                && (rest.is_empty() || rest.starts_with('['))
            {
                return format!("{name}{rest}");
            }
        }
        path.to_owned()
    }

    /// The row as a record of AWS's moviedata.json, without its empty cells.
    fn record(&self, row: &[&str]) -> Result<Vec<u8>, Unreadable> {
        if row.len() != self.0.len() {
            return Err(Unreadable::Cells {
                found: row.len(),
                expected: self.0.len(),
            });
        }
        let (mut movie, mut info) = (Map::new(), Map::new());
        for ((header, member), cell) in self.0.iter().zip(row) {
            if cell.trim().is_empty() {
                continue;
            }
            let text = || Value::from(*cell);
            match member {
                Some(Member::Title) => drop(movie.insert("title".into(), text())),
                Some(Member::Year) => drop(movie.insert("year".into(), number(cell))),
                Some(Member::Text(name)) => drop(info.insert((*name).into(), text())),
                Some(Member::Number(name)) => drop(info.insert((*name).into(), number(cell))),
                Some(Member::Names(name)) => {
                    let list = names(cell).ok_or_else(|| Unreadable::NotNames(header.clone()))?;
                    info.insert((*name).into(), list);
                }
                Some(Member::Nothing) | None => {}
            }
        }
        movie.insert("info".into(), info.into());
        Ok(Value::from(movie).to_string().into_bytes())
    }
}

/// The cell as a number. Other text is left to the service, whose message says what is expected.
fn number(cell: &str) -> Value {
    let cell = cell.trim();
    match serde_json::from_str::<Number>(cell) {
        Ok(number) => number.into(),
        Err(_) => cell.into(),
    }
}

fn names(cell: &str) -> Option<Value> {
    if cell.trim_start().starts_with('[') {
        let list: Vec<String> = serde_json::from_str(cell).ok()?;
        return Some(list.into());
    }
    Some(cell.split(BETWEEN_NAMES).map(str::trim).collect())
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
    records: u64,
    ended: bool,
}

impl<R: Read> Rows<R> {
    /// Reads the header.
    pub(super) fn new(input: R, delimiter: u8) -> io::Result<Self> {
        let allowance = Allowance::default();
        let mut input = reader(Metered::new(input, allowance.clone()), delimiter);
        let mut header = ByteRecord::new();
        input.read_byte_record(&mut header)?;
        Ok(Self {
            input,
            allowance,
            columns: Columns::new(&header),
            records: 0,
            ended: false,
        })
    }

    pub(super) fn columns(&self) -> &Columns {
        &self.columns
    }

    fn read(&mut self) -> io::Result<Option<Record>> {
        let mut row = ByteRecord::new();
        loop {
            self.allowance.renew();
            if self.ended {
                return Ok(None);
            }
            let begins_after = self.input.position().line();
            let text = match self.input.read_byte_record(&mut row) {
                Ok(true) => self.record(&row),
                Ok(false) => return Ok(None),
                Err(error) => {
                    self.ended = true;
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
            self.records += 1;
            let within = row.iter().flatten().filter(|byte| **byte == b'\n').count() as u64;
            let ends = self.input.position().line();
            let position = Position {
                record: self.records,
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

impl<R: Read> Iterator for Rows<R> {
    type Item = io::Result<Record>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read().transpose()
    }
}
