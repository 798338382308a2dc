//! The input of an import: a file or the standard input, compressed with gzip or not.

use std::{
    cell::Cell,
    fs::File,
    io::{self, BufReader, Cursor, Read},
    path::Path,
};

use anyhow::Context as _;
use flate2::bufread::MultiGzDecoder;

/// A stream of bytes.
pub(crate) type Bytes = BufReader<Box<dyn Read + Send>>;

/// The number of bytes by which the format of a file is detected.
const HEAD: usize = 64 * 1024;

const GZIP: &[u8] = b"\x1F\x8B";
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// A file, or the standard input.
pub struct Source {
    /// Its name, for messages.
    pub name: String,
    /// Its bytes.
    pub input: Box<dyn Read + Send>,
    /// The number of its bytes, if it is a file.
    pub size: Option<u64>,
}

impl Source {
    /// Opens the file; `-` is the standard input.
    ///
    /// # Errors
    /// It cannot be opened.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        if path == Path::new("-") {
            return Ok(Self {
                name: "the standard input".to_owned(),
                input: Box::new(io::stdin()),
                size: None,
            });
        }
        let name = path.display().to_string();
        let file = File::open(path).with_context(|| format!("cannot open {name}"))?;
        Ok(Self {
            size: Some(file.metadata()?.len()),
            input: Box::new(file),
            name,
        })
    }
}

/// Decompresses the input if it is gzip. Returns its first bytes, the whole input, and true if it was compressed.
pub(crate) fn unpacked(input: Box<dyn Read + Send>) -> io::Result<(Vec<u8>, Bytes, bool)> {
    let (head, all) = peek(input)?;
    if !head.starts_with(GZIP) {
        return Ok((head, all, false));
    }
    let (head, all) = peek(Box::new(MultiGzDecoder::new(all)))?;
    Ok((head, all, true))
}

/// The first bytes of an input, and the whole of it, both without a byte order mark.
fn peek(mut input: Box<dyn Read + Send>) -> io::Result<(Vec<u8>, Bytes)> {
    let mut head = Vec::new();
    input.by_ref().take(HEAD as u64).read_to_end(&mut head)?;
    if head.starts_with(BYTE_ORDER_MARK) {
        head.drain(..BYTE_ORDER_MARK.len());
    }
    let all: Box<dyn Read + Send> = Box::new(Cursor::new(head.clone()).chain(input));
    Ok((head, BufReader::with_capacity(HEAD, all)))
}

/// The maximum size of a record in bytes, and of the buffers of its readers. Without a limit, a missing quotation mark
/// would read the rest of the file into memory.
pub(crate) const MAX_RECORD: u64 = 8 * 1024 * 1024;

/// Counts what a [`Metered`] reads.
pub(crate) struct Meter {
    /// The number of bytes that the record may still have.
    left: Cell<u64>,
    /// The line up to which the file is read.
    line: Cell<u64>,
}

impl Meter {
    pub(crate) fn new() -> Self {
        Self {
            left: Cell::new(MAX_RECORD),
            line: Cell::new(1),
        }
    }

    /// Begins a new record.
    pub(crate) fn renew(&self) {
        self.left.set(MAX_RECORD);
    }

    pub(crate) fn is_used_up(&self) -> bool {
        self.left.get() == 0
    }

    pub(crate) fn line(&self) -> u64 {
        self.line.get()
    }
}

/// A reader that fails when a record is longer than [`MAX_RECORD`].
pub(crate) struct Metered<'a, R>(pub(crate) R, pub(crate) &'a Meter);

impl<R: Read> Read for Metered<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Self(input, meter) = self;
        if meter.is_used_up() {
            return Err(io::Error::other("a record has no end"));
        }
        let read = input.read(buffer)?;
        let left = meter.left.get().saturating_sub(read as u64);
        meter.left.set(left);
        let breaks = buffer[..read].iter().filter(|byte| **byte == b'\n');
        meter.line.set(meter.line() + breaks.count() as u64);
        Ok(read)
    }
}
