//! A file to import: any bytes instead of JSON, JSON Lines, CSV and what DynamoDB exports.

use std::{
    io::{self, Cursor, Read, Write as _},
    ops::ControlFlow,
};

use flate2::{Compression, write::GzEncoder};
use records::{Checker, Item, Noun, Position, Records, Source};
use service::nouns::NOUNS;

/// The outcome of a file: its format, each record, and the error that ended the reading.
type Outcome = Result<
    (
        String,
        Vec<(Position, Result<Item, String>)>,
        Option<String>,
    ),
    String,
>;

/// Positions count; a compressed file, and one that comes in small parts, has the same records; and what is imported and
/// exported can be imported again.
pub(crate) fn run(data: &[u8]) {
    for facts in NOUNS {
        let noun: Noun = facts.many.parse().expect("a noun");
        let outcome = read(&noun, Box::new(Cursor::new(data.to_vec())));
        let parts = Parts(Cursor::new(data.to_vec()));
        assert_eq!(read(&noun, Box::new(parts)), outcome, "in small parts");
        if !is_packed(data) {
            let packed = read(&noun, Box::new(Cursor::new(packed(data))));
            let plain = |outcome: Outcome| {
                outcome.map(|(kind, items, end)| (kind.replace(", gzip", ""), items, end))
            };
            assert_eq!(plain(packed), plain(outcome.clone()), "compressed");
        }
        let Ok((_, records, _)) = outcome else {
            continue;
        };
        let lines = data.split(|byte| *byte == b'\n').count() as u64;
        let is_packed = is_packed(data);
        for (at, (position, _)) in (1..).zip(&records) {
            assert_eq!(position.record, at);
            let is_in_file = (1..=lines).contains(&position.line);
            assert!(is_packed || is_in_file, "{position} of {lines} lines");
        }
        let items: Vec<Item> = records
            .into_iter()
            .filter_map(|(_, item)| item.ok())
            .collect();
        if items.is_empty() {
            continue;
        }
        let lines = items.iter().map(|item| noun.write(item).expect("a record"));
        let export = format!("[{}]", lines.collect::<Vec<_>>().join(",\n"));
        let again = read(&noun, Box::new(Cursor::new(export.into_bytes())));
        let (_, again, _) = again.expect("an export is an array");
        let again: Vec<_> = again.into_iter().map(|(_, item)| item).collect();
        assert_eq!(again, items.into_iter().map(Ok).collect::<Vec<_>>());
    }
}

fn read(noun: &Noun, input: Box<dyn Read + Send>) -> Outcome {
    let source = Source {
        name: "a file".to_owned(),
        input,
        size: None,
    };
    let records = Records::of(source, noun).map_err(|error| format!("{error:#}"))?;
    let kind = records.to_string();
    let mut checker = Checker::new(noun);
    let mut all = Vec::new();
    let end = records.each(|position, text| {
        all.push((position, checker.check(position, text)));
        ControlFlow::Continue(())
    });
    Ok((kind, all, end.err().map(|error| error.to_string())))
}

/// True if a file is compressed, whatever stands before.
fn is_packed(data: &[u8]) -> bool {
    let data = data.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(data);
    data.starts_with(b"\x1F\x8B")
}

fn packed(data: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    packer.write_all(data).expect("memory");
    packer.finish().expect("memory")
}

/// An input that gives three bytes at a time.
struct Parts(Cursor<Vec<u8>>);

impl Read for Parts {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = buffer.len().min(3);
        self.0.read(&mut buffer[..most])
    }
}
