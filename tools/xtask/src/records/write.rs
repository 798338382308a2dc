//! Writes the file of an export.

use std::io::{self, Write};

use clap::ValueEnum;

use super::{Item, Noun};

/// The format of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportFormat {
    /// An array, one record a line
    Json,
    /// JSON Lines: one record a line
    Jsonl,
}

/// Writes records one by one.
#[derive(Debug)]
pub(crate) struct Writer<W> {
    output: W,
    format: ExportFormat,
    noun: Noun,
    written: u64,
}

impl<W: Write> Writer<W> {
    pub(crate) fn new(output: W, format: ExportFormat, noun: &Noun) -> Self {
        Self {
            output,
            format,
            noun: noun.clone(),
            written: 0,
        }
    }

    pub(crate) fn write(&mut self, item: &Item) -> io::Result<()> {
        let before = match (self.format, self.written) {
            (ExportFormat::Json, 0) => "[\n",
            (ExportFormat::Json, _) => ",\n",
            (ExportFormat::Jsonl, 0) => "",
            (ExportFormat::Jsonl, _) => "\n",
        };
        let record = self.noun.write(item)?;
        write!(self.output, "{before}{record}")?;
        self.written += 1;
        Ok(())
    }

    /// Ends the file; returns the number of records in it, and the output.
    pub(crate) fn finish(mut self) -> io::Result<(u64, W)> {
        let end = match (self.format, self.written) {
            (ExportFormat::Json, 0) => "[]\n",
            (ExportFormat::Json, _) => "\n]\n",
            (ExportFormat::Jsonl, 0) => "",
            (ExportFormat::Jsonl, _) => "\n",
        };
        self.output.write_all(end.as_bytes())?;
        self.output.flush()?;
        Ok((self.written, self.output))
    }
}
