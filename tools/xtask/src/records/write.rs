//! Writes movies in the format of AWS's `moviedata.json`.

use std::io::{self, Write};

use clap::ValueEnum;

use movies::public_data::PublicMovie;

use super::Movie;

/// The format of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportFormat {
    /// An array, one movie a line
    Json,
    /// JSON Lines: one movie a line
    Jsonl,
}

/// Writes movies one by one.
#[derive(Debug)]
pub(crate) struct Writer<W> {
    output: W,
    format: ExportFormat,
    written: u64,
}

impl<W: Write> Writer<W> {
    pub(crate) fn new(output: W, format: ExportFormat) -> Self {
        Self {
            output,
            format,
            written: 0,
        }
    }

    pub(crate) fn write(&mut self, movie: &Movie) -> io::Result<()> {
        let before = match (self.format, self.written) {
            (ExportFormat::Json, 0) => "[\n",
            (ExportFormat::Json, _) => ",\n",
            (ExportFormat::Jsonl, 0) => "",
            (ExportFormat::Jsonl, _) => "\n",
        };
        self.output.write_all(before.as_bytes())?;
        let record = PublicMovie::new(&movie.key, &movie.fields);
        serde_json::to_writer(&mut self.output, &record)?;
        self.written += 1;
        Ok(())
    }

    /// Ends the file; returns the number of movies in it, and the output.
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

#[cfg(test)]
mod tests {
    use super::*;

    const FULL: &str = r#"{"year":2013,"title":"Rush","info":{"directors":["Ron Howard"],"release_date":"2013-09-02T00:00:00Z","rating":8.3,"genres":["Action","Biography"],"image_url":"http://example.com/rush.jpg","plot":"Two drivers, one title.","rank":2,"running_time_secs":7380,"actors":["Daniel Bruhl","Chris Hemsworth"]}}"#;
    const BARE: &str = r#"{"year":2014,"title":"Bare","info":{}}"#;
    const WHOLE_RATING: &str = r#"{"year":2015,"title":"Whole","info":{"rating":7}}"#;

    fn write(format: ExportFormat, records: &[&str]) -> String {
        let mut writer = Writer::new(Vec::new(), format);
        for record in records {
            let movie = Movie::read(record.as_bytes().to_vec()).unwrap();
            writer.write(&movie).unwrap();
        }
        let (written, output) = writer.finish().unwrap();
        assert_eq!(written, u64::try_from(records.len()).unwrap());
        String::from_utf8(output).unwrap()
    }

    #[test]
    fn what_is_exported_is_what_was_imported() {
        let expected = format!("{FULL}\n{BARE}\n{WHOLE_RATING}\n");
        let written = write(ExportFormat::Jsonl, &[FULL, BARE, WHOLE_RATING]);
        assert_eq!(written, expected);
    }

    #[test]
    fn an_array_has_one_movie_a_line() {
        let expected = format!("[\n{BARE},\n{WHOLE_RATING}\n]\n");
        let written = write(ExportFormat::Json, &[BARE, WHOLE_RATING]);
        assert_eq!(written, expected);
    }

    #[test]
    fn nothing_is_an_empty_array_or_no_line() {
        assert_eq!(write(ExportFormat::Json, &[]), "[]\n");
        assert_eq!(write(ExportFormat::Jsonl, &[]), "");
    }
}
