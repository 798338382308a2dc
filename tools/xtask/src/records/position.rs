use std::fmt;

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
