//! Where one record ends and the next begins.

use std::{
    fmt,
    io::{self, BufRead},
    path::Path,
};

use api::http::MAX_BODY;

/// How the records are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// A JSON array of objects.
    Array,
    /// An object a line.
    Lines,
}

/// Where a record is in its file; both count from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Position {
    pub(crate) record: u64,
    pub(crate) line: u64,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "record {} (line {})", self.record, self.line)
    }
}

/// A record as it stands in the file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) position: Position,
    pub(crate) text: Result<Vec<u8>, Unreadable>,
}

/// Why not even the text of a record could be had.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unreadable {
    #[error("is longer than {MAX_BODY} bytes, or has no end")]
    TooLong,
    #[error("the file ends in the middle of the array")]
    CutOff,
    #[error("something stands behind the end of the array")]
    Trailing,
}

/// Tells the form of a file: by its name, else by the first character in it.
pub(crate) fn form(path: &Path, input: &mut impl BufRead) -> io::Result<Form> {
    skip_byte_order_mark(input)?;
    let extension = path.extension().unwrap_or_default();
    if extension.eq_ignore_ascii_case("jsonl") || extension.eq_ignore_ascii_case("ndjson") {
        return Ok(Form::Lines);
    }
    // White space may fill a whole buffer only in a file that is not worth guessing about.
    let first = input
        .fill_buf()?
        .iter()
        .find(|byte| !byte.is_ascii_whitespace());
    Ok(if first == Some(&b'[') {
        Form::Array
    } else {
        Form::Lines
    })
}

fn skip_byte_order_mark(input: &mut impl BufRead) -> io::Result<()> {
    const MARK: &[u8] = b"\xEF\xBB\xBF";
    if input.fill_buf()?.starts_with(MARK) {
        input.consume(MARK.len());
    }
    Ok(())
}

/// The records of a file, one after the other.
#[derive(Debug)]
pub(crate) struct Records<R> {
    input: R,
    form: Form,
    state: State,
    record: u64,
    line: u64,
    read: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Start,
    Within,
    Behind,
    Done,
}

impl<R: BufRead> Records<R> {
    pub(crate) fn new(input: R, form: Form) -> Self {
        Self {
            input,
            form,
            state: State::Start,
            record: 0,
            line: 1,
            read: 0,
        }
    }

    /// How many bytes of the file were read so far.
    pub(crate) fn bytes_read(&self) -> u64 {
        self.read
    }

    fn peek(&mut self) -> io::Result<Option<u8>> {
        Ok(self.input.fill_buf()?.first().copied())
    }

    fn step(&mut self, byte: u8) {
        self.input.consume(1);
        self.read += 1;
        if byte == b'\n' {
            self.line += 1;
        }
    }

    fn skip_white_space(&mut self) -> io::Result<Option<u8>> {
        while let Some(byte) = self.peek()? {
            if !byte.is_ascii_whitespace() {
                return Ok(Some(byte));
            }
            self.step(byte);
        }
        Ok(None)
    }

    fn begin(&mut self) -> Position {
        self.record += 1;
        Position {
            record: self.record,
            line: self.line,
        }
    }

    fn next_line(&mut self) -> io::Result<Option<Record>> {
        if self.skip_white_space()?.is_none() {
            return Ok(None);
        }
        let position = self.begin();
        let mut text = Text::default();
        while let Some(byte) = self.peek()? {
            self.step(byte);
            if byte == b'\n' {
                break;
            }
            text.push(byte);
        }
        Ok(Some(Record {
            position,
            text: text.finish(),
        }))
    }

    fn next_element(&mut self) -> io::Result<Option<Record>> {
        if self.state == State::Start {
            self.skip_white_space()?;
            self.step(b'[');
            self.state = State::Within;
            if self.skip_white_space()? == Some(b']') {
                self.step(b']');
                self.state = State::Behind;
            }
        }
        match self.state {
            State::Within => self.element().map(Some),
            State::Behind => {
                self.state = State::Done;
                Ok(self.skip_white_space()?.map(|_| Record {
                    position: self.begin(),
                    text: Err(Unreadable::Trailing),
                }))
            }
            State::Start | State::Done => Ok(None),
        }
    }

    /// Takes everything up to the comma or bracket that ends the element.
    fn element(&mut self) -> io::Result<Record> {
        self.skip_white_space()?;
        let position = self.begin();
        let mut text = Text::default();
        let mut nesting = Nesting::default();
        loop {
            let Some(byte) = self.peek()? else {
                self.state = State::Done;
                let text = Err(Unreadable::CutOff);
                return Ok(Record { position, text });
            };
            self.step(byte);
            match byte {
                b',' if nesting.is_outermost() => break,
                b']' if nesting.is_outermost() => {
                    self.state = State::Behind;
                    break;
                }
                _ => {
                    nesting.follow(byte);
                    text.push(byte);
                }
            }
        }
        Ok(Record {
            position,
            text: text.finish(),
        })
    }
}

impl<R: BufRead> Iterator for Records<R> {
    type Item = io::Result<Record>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.form {
            Form::Array => self.next_element(),
            Form::Lines => self.next_line(),
        }
        .transpose()
    }
}

/// How deep in objects, arrays and strings a byte is.
#[derive(Debug, Default)]
struct Nesting {
    depth: usize,
    in_string: bool,
    escaped: bool,
}

impl Nesting {
    fn is_outermost(&self) -> bool {
        self.depth == 0 && !self.in_string
    }

    fn follow(&mut self, byte: u8) {
        if self.in_string {
            let escaped = std::mem::take(&mut self.escaped);
            match byte {
                // JSON has no line break in a string: here a quotation mark is missing. Taking the
                // string to end keeps the fault inside its record.
                b'\n' => self.in_string = false,
                _ if escaped => {}
                b'\\' => self.escaped = true,
                b'"' => self.in_string = false,
                _ => {}
            }
            return;
        }
        match byte {
            b'"' => self.in_string = true,
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
    }
}

/// The text of a record, of which no more is kept than a request may hold.
#[derive(Debug, Default)]
struct Text {
    bytes: Vec<u8>,
    too_long: bool,
}

impl Text {
    fn push(&mut self, byte: u8) {
        if self.bytes.len() < MAX_BODY {
            self.bytes.push(byte);
        } else if !byte.is_ascii_whitespace() {
            self.too_long = true;
        }
    }

    fn finish(mut self) -> Result<Vec<u8>, Unreadable> {
        if self.too_long {
            return Err(Unreadable::TooLong);
        }
        self.bytes.truncate(self.bytes.trim_ascii_end().len());
        Ok(self.bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Line and text of every record.
    fn split(text: &str, form: Form) -> Vec<(u64, Result<String, Unreadable>)> {
        Records::new(text.as_bytes(), form)
            .map(|record| {
                let record = record.unwrap();
                let text = record.text.map(|text| String::from_utf8(text).unwrap());
                (record.position.line, text)
            })
            .collect()
    }

    fn ok(line: u64, text: &str) -> (u64, Result<String, Unreadable>) {
        (line, Ok(text.to_owned()))
    }

    #[test]
    fn an_array_is_split_into_its_elements() {
        let text = " [\n{\"a\": [1, {\"b\": \"]},\\\"\"}]},\n\n  {} , 7]\n";
        let expected = [
            ok(2, "{\"a\": [1, {\"b\": \"]},\\\"\"}]}"),
            ok(4, "{}"),
            ok(4, "7"),
        ];
        assert_eq!(split(text, Form::Array), expected);
    }

    #[test]
    fn an_empty_array_has_no_elements() {
        assert_eq!(split("[ \n ]", Form::Array), []);
    }

    #[test]
    fn lines_are_split_and_blank_ones_skipped() {
        let text = "{\"a\": \"[,\"}\r\n\n  {}  \n7";
        let expected = [ok(1, "{\"a\": \"[,\"}"), ok(3, "{}"), ok(4, "7")];
        assert_eq!(split(text, Form::Lines), expected);
    }

    #[test]
    fn a_fault_in_one_element_leaves_the_others_alone() {
        for bad in [
            "{\"year\": 20I6}",
            "{\"title\": \"no end\n}",
            "{}}",
            "\"\\",
            "",
        ] {
            let text = format!("[{{\"a\":1}},{bad}\n,{{\"b\":2}}]");
            let found = split(&text, Form::Array);
            assert_eq!(found.len(), 3, "{bad}: {found:?}");
            assert_eq!(found.first(), Some(&ok(1, "{\"a\":1}")), "{bad}");
            assert_eq!(found.get(1).unwrap().1.as_deref(), Ok(bad), "{bad}");
            assert_eq!(found.last().unwrap().1.as_deref(), Ok("{\"b\":2}"), "{bad}");
        }
    }

    #[test]
    fn what_is_cut_off_or_trails_is_reported() {
        let cut_off = |line| (line, Err(Unreadable::CutOff));
        assert_eq!(
            split("[{},\n{\"a\"", Form::Array),
            [ok(1, "{}"), cut_off(2)]
        );
        assert_eq!(split("[", Form::Array), [cut_off(1)]);
        let trailing = (2, Err(Unreadable::Trailing));
        assert_eq!(split("[{}]\n[{}]", Form::Array), [ok(1, "{}"), trailing]);
    }

    #[test]
    fn an_endless_record_is_not_kept() {
        let long = format!("{{\"a\": \"{}\"}}", "x".repeat(MAX_BODY));
        for form in [Form::Array, Form::Lines] {
            let text = match form {
                Form::Array => format!("[{long}\n,7]"),
                Form::Lines => format!("{long}\n7"),
            };
            let expected = [(1, Err(Unreadable::TooLong)), ok(2, "7")];
            assert_eq!(split(&text, form), expected, "{form:?}");
        }
    }

    #[test]
    fn the_form_is_told_by_the_name_or_the_first_character() {
        for (name, text, expected) in [
            ("movies.json", " \n[", Form::Array),
            ("movies.json", "\u{feff}[", Form::Array),
            ("movies.json", "{}", Form::Lines),
            ("movies.jsonl", "[", Form::Lines),
            ("movies.NDJSON", "{}", Form::Lines),
            ("movies", "[]", Form::Array),
            ("movies", "", Form::Lines),
        ] {
            let found = form(Path::new(name), &mut text.as_bytes()).unwrap();
            assert_eq!(found, expected, "{name} {text:?}");
        }
    }
}
