//! The input of an import: a file or the standard input, compressed with gzip or not.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Cursor, Read},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use anyhow::Context as _;
use flate2::read::MultiGzDecoder;

/// A stream of bytes.
pub(super) type Bytes = Box<dyn Read + Send>;

/// The number of bytes by which the format of a file is detected.
const HEAD: usize = 64 * 1024;

const GZIP: &[u8] = b"\x1F\x8B";

/// A file, or the standard input.
pub(crate) struct Source {
    pub(super) name: String,
    pub(super) input: Bytes,
    pub(crate) size: Option<u64>,
    /// The number of bytes that were read so far.
    pub(crate) read: Arc<AtomicU64>,
}

impl Source {
    /// Opens the file; `-` is the standard input.
    pub(crate) fn open(path: &Path) -> anyhow::Result<Self> {
        if path == Path::new("-") {
            return Ok(Self::new("the standard input", Box::new(io::stdin()), None));
        }
        let name = path.display().to_string();
        let file = File::open(path).with_context(|| format!("cannot open {name}"))?;
        let size = file.metadata()?.len();
        Ok(Self::new(&name, Box::new(file), Some(size)))
    }

    pub(crate) fn new(name: &str, input: Bytes, size: Option<u64>) -> Self {
        let read = Arc::new(AtomicU64::new(0));
        Self {
            name: name.to_owned(),
            input: Box::new(Counted {
                input,
                read: Arc::clone(&read),
            }),
            size,
            read,
        }
    }
}

struct Counted {
    input: Bytes,
    read: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        self.read.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

/// The first bytes of an input, true if they are the whole input, and the whole input from its start.
pub(super) struct Peeked {
    pub(super) head: Vec<u8>,
    pub(super) is_all: bool,
    pub(super) all: Bytes,
}

impl Peeked {
    fn new(mut input: Bytes) -> io::Result<Self> {
        let mut head = Vec::new();
        input.by_ref().take(HEAD as u64).read_to_end(&mut head)?;
        Ok(Self {
            is_all: head.len() < HEAD,
            all: Box::new(Cursor::new(head.clone()).chain(input)),
            head,
        })
    }

    /// Decompresses the input if it is gzip; true if it was.
    pub(super) fn unpacked(input: Bytes) -> io::Result<(Self, bool)> {
        let peeked = Self::new(input)?;
        if peeked.head.starts_with(GZIP) {
            let packed = BufReader::with_capacity(HEAD, peeked.all);
            let unpacked = MultiGzDecoder::new(packed);
            return Ok((Self::new(Box::new(unpacked))?, true));
        }
        Ok((peeked, false))
    }

    /// The whole input without these first bytes, buffered.
    pub(super) fn without(self, beginning: &[u8]) -> io::Result<impl BufRead + Send + 'static> {
        let mut input = BufReader::with_capacity(HEAD, self.all);
        if self.head.starts_with(beginning) {
            input.fill_buf()?;
            input.consume(beginning.len());
        }
        Ok(input)
    }
}

/// The number of bytes that a record may still read. Without a limit, a missing quotation mark would read the rest of
/// the file into memory.
#[derive(Debug, Clone)]
pub(super) struct Allowance(Arc<AtomicU64>);

#[derive(Debug, thiserror::Error)]
#[error("a record has no end")]
struct UsedUp;

impl Allowance {
    /// More than the maximum text of a record and the buffers of its readers.
    const BYTES: u64 = 8 * 1024 * 1024;

    /// Renews the allowance at the end of a record.
    pub(super) fn renew(&self) {
        self.0.store(Self::BYTES, Ordering::Relaxed);
    }

    pub(super) fn is_used_up(error: &io::Error) -> bool {
        matches!(error.get_ref(), Some(inner) if inner.is::<UsedUp>())
    }
}

impl Default for Allowance {
    fn default() -> Self {
        Self(Arc::new(AtomicU64::new(Self::BYTES)))
    }
}

/// A reader that fails when the allowance is used up.
#[derive(Debug)]
pub(super) struct Metered<R> {
    input: R,
    allowance: Allowance,
}

impl<R> Metered<R> {
    pub(super) fn new(input: R, allowance: Allowance) -> Self {
        Self { input, allowance }
    }
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.allowance.0.load(Ordering::Relaxed);
        if left == 0 {
            return Err(io::Error::other(UsedUp));
        }
        let read = self.input.read(buffer)?;
        let left = left.saturating_sub(read as u64);
        self.allowance.0.store(left, Ordering::Relaxed);
        Ok(read)
    }
}
