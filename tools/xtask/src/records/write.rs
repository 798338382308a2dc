//! Writes movies in the format of AWS's `moviedata.json`.

use std::io::{self, Write};

use api::{
    movie::{Details, ImageUrl, Info, Name, Rating},
    store::item::write_date,
};
use clap::ValueEnum;
use serde::{Serialize, Serializer};

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
        serde_json::to_writer(&mut self.output, &ExportRecord::from(movie))?;
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

/// A movie in the form of `moviedata.json`, without unknown values.
#[derive(Debug, Serialize)]
struct ExportRecord<'a> {
    year: u16,
    title: &'a str,
    info: ExportInfo<'a>,
}

#[derive(Debug, Serialize)]
struct ExportInfo<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    directors: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    release_date: Option<String>,
    #[serde(
        skip_serializing_if = "Option::is_none",
        serialize_with = "shortest_number"
    )]
    rating: Option<f64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    genres: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    image_url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    plot: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rank: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    running_time_secs: Option<u32>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    actors: Vec<&'a str>,
}

impl<'a> From<&'a Movie> for ExportRecord<'a> {
    fn from(movie: &'a Movie) -> Self {
        // Destructured, so that a new member of `Details` cannot be forgotten here.
        let Details {
            info,
            directors,
            actors,
            genres,
            rating,
            release_date,
            running_time_seconds,
            image_url,
            rank,
        } = &movie.details;
        Self {
            year: movie.key.year.get(),
            title: movie.key.title.as_str(),
            info: ExportInfo {
                directors: names(directors),
                release_date: release_date.map(|date| write_date(date) + "T00:00:00Z"),
                rating: rating.map(Rating::get),
                genres: names(genres),
                image_url: image_url.as_ref().map(ImageUrl::as_str),
                plot: info.as_ref().map(Info::as_str),
                rank: *rank,
                running_time_secs: *running_time_seconds,
                actors: names(actors),
            },
        }
    }
}

fn names(names: &[Name]) -> Vec<&str> {
    names.iter().map(Name::as_str).collect()
}

/// Writes `7` and not `7.0`, as in the file that the movie came from.
#[expect(clippy::ref_option, reason = "serde's signature")]
fn shortest_number<S: Serializer>(number: &Option<f64>, to: S) -> Result<S::Ok, S::Error> {
    match number {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a rating is 0 to 10"
        )]
        Some(number) if number.fract() == 0.0 => to.serialize_u8(*number as u8),
        Some(number) => to.serialize_f64(*number),
        None => to.serialize_none(),
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
