//! Records in JSON. `struson` reads them as a stream and knows the position in the file.

use std::io::{self, BufRead, Read, Write};

use struson::{
    reader::{
        JsonReader, JsonReaderPosition, JsonStreamReader, JsonSyntaxError, ReaderError,
        ReaderSettings, SyntaxErrorKind, TransferError, ValueType,
    },
    writer::{JsonStreamWriter, JsonWriter},
};

use super::{
    Position, Record, Unreadable,
    source::{Allowance, Metered},
};

/// The maximum length of a record's text in bytes. A record is longer in DynamoDB's export than in a request.
const MAX_TEXT: usize = 1024 * 1024;

fn settings() -> ReaderSettings {
    ReaderSettings {
        allow_multiple_top_level: true,
        track_path: false,
        // The service checks numbers itself, and names the member at fault.
        restrict_number_values: false,
        ..ReaderSettings::default()
    }
}

/// The position of a value, and its text.
type Taken = (Position, Result<Vec<u8>, Unreadable>);

/// Reads the next value. Its position has no record number yet.
fn take<R: Read>(json: &mut JsonStreamReader<R>) -> Result<Taken, ReaderError> {
    json.peek()?;
    let position = position(&json.current_position(false));
    let mut text = Text::default();
    let mut writer = JsonStreamWriter::new(&mut text);
    json.transfer_to(&mut writer).or_else(|error| match error {
        TransferError::ReaderError(error) => Err(error),
        // `Text` accepts every write.
        TransferError::WriterError(_) => Ok(()),
    })?;
    drop(writer.finish_document());
    let text = if text.too_long {
        Err(Unreadable::TooLong)
    } else {
        Ok(text.bytes)
    };
    Ok((position, text))
}

fn position(at: &JsonReaderPosition) -> Position {
    let (line, column) = at.line_pos.map_or((0, 0), |at| (at.line, at.column));
    Position {
        record: 0,
        line: line + 1,
        column: Some(column + 1),
    }
}

/// The text of a value, of which at most [`MAX_TEXT`] bytes are kept.
#[derive(Debug, Default)]
struct Text {
    bytes: Vec<u8>,
    too_long: bool,
}

impl Write for Text {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + bytes.len() > MAX_TEXT {
            self.too_long = true;
        } else {
            self.bytes.extend_from_slice(bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The position and the reason of malformed JSON, or the error of the file.
fn fault(error: ReaderError) -> io::Result<(Position, String)> {
    let (at, reason) = match error {
        ReaderError::SyntaxError(JsonSyntaxError { kind, location }) => (location, reason(kind)),
        ReaderError::MaxNestingDepthExceeded { location, .. } => {
            (location, "it is nested too deep")
        }
        ReaderError::IoError { error, location } if error.kind() == io::ErrorKind::InvalidData => {
            (location, "a character is not UTF-8")
        }
        ReaderError::IoError { error, .. } => return Err(error),
        ReaderError::UnexpectedValueType { location, .. }
        | ReaderError::UnexpectedStructure { location, .. }
        | ReaderError::UnsupportedNumberValue { location, .. } => {
            (location, "this is not expected here")
        }
        error => return Err(io::Error::other(error)),
    };
    Ok((position(&at), reason.to_owned()))
}

fn reason(kind: SyntaxErrorKind) -> &'static str {
    match kind {
        SyntaxErrorKind::InvalidLiteral | SyntaxErrorKind::MalformedJson => {
            "no JSON value begins like this (NaN, Infinity and None are none)"
        }
        SyntaxErrorKind::CommentsNotEnabled => "JSON has no comments",
        SyntaxErrorKind::TrailingDataAfterLiteral
        | SyntaxErrorKind::MalformedNumber
        | SyntaxErrorKind::TrailingDataAfterNumber => "this is not a number, true, false or null",
        SyntaxErrorKind::UnexpectedClosingBracket => "this bracket closes nothing",
        SyntaxErrorKind::UnexpectedComma => "this comma separates nothing",
        SyntaxErrorKind::MissingComma => "a comma is missing",
        SyntaxErrorKind::TrailingCommaNotEnabled => "the comma before this separates nothing",
        SyntaxErrorKind::UnexpectedColon | SyntaxErrorKind::MissingColon => {
            "a colon is missing or in the wrong place"
        }
        SyntaxErrorKind::ExpectingMemberNameOrObjectEnd => {
            "the name of a member in double quotation marks, or } is expected"
        }
        SyntaxErrorKind::NotEscapedControlCharacter => {
            "a line break or control character in a string must be escaped"
        }
        SyntaxErrorKind::UnknownEscapeSequence
        | SyntaxErrorKind::MalformedEscapeSequence
        | SyntaxErrorKind::UnpairedSurrogatePairEscapeSequence => "JSON has no such escape",
        SyntaxErrorKind::IncompleteDocument => "it ends in the middle of a value",
        SyntaxErrorKind::TrailingData => "something stands behind the value",
        _ => "it is malformed",
    }
}

/// JSON Lines. A line that is not JSON does not affect the others.
#[derive(Debug)]
pub(super) struct Lines<R> {
    input: R,
    line: u64,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(input: R) -> Self {
        Self { input, line: 0 }
    }

    pub(super) fn read(&mut self) -> io::Result<Option<Record>> {
        loop {
            let Some((line, too_long)) = self.line()? else {
                return Ok(None);
            };
            self.line += 1;
            if line.trim_ascii().is_empty() && !too_long {
                continue;
            }
            let mut at = Position {
                record: 0,
                line: self.line,
                column: Some(1),
            };
            let text = if too_long {
                Err(Unreadable::TooLong)
            } else {
                read_line(&line, &mut at)?
            };
            return Ok(Some(Record { position: at, text }));
        }
    }

    /// The next line, and true if it is longer than `MAX_TEXT`; then only a part of it is kept.
    fn line(&mut self) -> io::Result<Option<(Vec<u8>, bool)>> {
        let mut line = Vec::new();
        let mut limited = self.input.by_ref().take(MAX_TEXT as u64 + 1);
        if limited.read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        let too_long = line.len() > MAX_TEXT && !line.ends_with(b"\n");
        if too_long {
            self.input.skip_until(b'\n')?;
        }
        if line.ends_with(b"\n") {
            line.pop();
        }
        Ok(Some((line, too_long)))
    }
}

/// The text of a line. Sets the column of `at` to that of the value or of its fault.
fn read_line(line: &[u8], at: &mut Position) -> io::Result<Result<Vec<u8>, Unreadable>> {
    let mut json = JsonStreamReader::new(line);
    let taken = take(&mut json).and_then(|taken| {
        json.consume_trailing_whitespace()?;
        Ok(taken)
    });
    match taken {
        Ok((found, text)) => {
            at.column = found.column;
            Ok(text)
        }
        Err(error) => {
            let (found, reason) = fault(error)?;
            at.column = found.column;
            Ok(Err(Unreadable::NotJson(reason)))
        }
    }
}

/// Records in an array, in the `Items` of an object, or one after the other. After malformed JSON the next record
/// cannot be found, so the first fault of that kind ends the reading.
pub(super) struct Elements<R: Read> {
    json: JsonStreamReader<Metered<R>>,
    allowance: Allowance,
    has_items: bool,
    /// True until the first value is looked for, which needs no look whether there is another.
    is_first: bool,
    place: Place,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Outside,
    InObject,
    InArray { of_object: bool },
}

impl<R: Read> Elements<R> {
    pub(super) fn new(input: R, has_items: bool) -> Self {
        let allowance = Allowance::default();
        Self {
            json: JsonStreamReader::new_custom(Metered::new(input, allowance.clone()), settings()),
            allowance,
            has_items,
            is_first: true,
            place: Place::Outside,
        }
    }

    pub(super) fn read(&mut self) -> io::Result<Option<Record>> {
        self.allowance.renew();
        let (position, text) = match self.find() {
            Ok(None) => return Ok(None),
            Ok(Some(found)) => found,
            Err(ReaderError::IoError { error, location }) if Allowance::is_used_up(&error) => {
                (position(&location), Err(Unreadable::Endless))
            }
            Err(error) => {
                let (position, reason) = fault(error)?;
                (position, Err(Unreadable::NotJsonFromHere(reason)))
            }
        };
        Ok(Some(Record { position, text }))
    }

    fn find(&mut self) -> Result<Option<Taken>, ReaderError> {
        loop {
            let is_first = std::mem::take(&mut self.is_first);
            let has_next = is_first || self.json.has_next()?;
            match self.place {
                Place::Outside if !has_next => return Ok(None),
                Place::Outside => match self.json.peek()? {
                    ValueType::Array => {
                        self.json.begin_array()?;
                        self.place = Place::InArray { of_object: false };
                    }
                    ValueType::Object if self.has_items => {
                        self.json.begin_object()?;
                        self.place = Place::InObject;
                    }
                    _ => return take(&mut self.json).map(Some),
                },
                Place::InObject if !has_next => {
                    self.json.end_object()?;
                    self.place = Place::Outside;
                }
                Place::InObject => {
                    let is_items = matches!(self.json.next_name()?, "Items" | "items");
                    if is_items && self.json.peek()? == ValueType::Array {
                        self.json.begin_array()?;
                        self.place = Place::InArray { of_object: true };
                    } else {
                        self.json.skip_value()?;
                    }
                }
                Place::InArray { of_object } if !has_next => {
                    self.json.end_array()?;
                    self.place = if of_object {
                        Place::InObject
                    } else {
                        Place::Outside
                    };
                }
                Place::InArray { .. } => return take(&mut self.json).map(Some),
            }
        }
    }
}
