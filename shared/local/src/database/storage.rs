//! The storage of a database: a file or memory.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    fs::OpenOptions,
    io,
    ops::{Bound, Range},
    path::Path,
    sync::Arc,
};

use parking_lot::Mutex;
use redb::{
    BackendError, StorageBackend,
    backends::{FileBackend, InMemoryBackend},
};

/// Opens the same storage at each call.
pub type Storage = Arc<dyn Fn() -> Result<Arc<dyn StorageBackend>, redb::Error> + Send + Sync>;

/// The storage in an existing file.
pub(super) fn in_file(path: &Path) -> Storage {
    let path = path.to_owned();
    Arc::new(move || {
        let file = OpenOptions::new().read(true).write(true).open(&path)?;
        Ok(Arc::new(FileBackend::new(file)?))
    })
}

/// Storage in memory, which outlives the database that is opened in it.
pub(super) fn in_memory() -> Storage {
    let memory: Arc<dyn StorageBackend> = Arc::new(InMemoryBackend::new());
    Arc::new(move || Ok(Arc::clone(&memory)))
}

/// Forwards to the inner storage the locks that redb needs for a file with one user: the lock of the whole file.
macro_rules! forward_locks {
    () => {
        fn close(&self) -> io::Result<()> {
            self.0.close()
        }

        fn try_lock_range(&self, from: Bound<u64>, to: Bound<u64>) -> Result<bool, BackendError> {
            self.0.try_lock_range(from, to)
        }

        fn unlock_range(&self, from: Bound<u64>, to: Bound<u64>) -> Result<(), BackendError> {
            self.0.unlock_range(from, to)
        }
    };
}

/// The last error of some storage.
pub(super) type LastError = Arc<Mutex<Option<io::Error>>>;

/// Storage that keeps its last error: redb itself at times only says that there was one.
#[derive(Debug)]
pub(super) struct Watched(Arc<dyn StorageBackend>, LastError);

impl Watched {
    pub(super) fn new(backend: Arc<dyn StorageBackend>, last_error: LastError) -> Self {
        Self(backend, last_error)
    }

    fn look_at<T>(&self, result: io::Result<T>) -> io::Result<T> {
        if let Err(error) = &result {
            // An `io::Error` cannot be cloned; this is all that the log needs of it.
            *self.1.lock() = Some(io::Error::new(error.kind(), error.to_string()));
        }
        result
    }
}

impl StorageBackend for Watched {
    fn len(&self) -> io::Result<u64> {
        self.look_at(self.0.len())
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.look_at(self.0.read(offset, out))
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.look_at(self.0.set_len(len))
    }

    fn sync_data(&self) -> io::Result<()> {
        self.look_at(self.0.sync_data())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.look_at(self.0.write(offset, data))
    }

    forward_locks!();
}

/// The size in bytes of a block of an [`Untouched`].
const BLOCK: usize = 4096;

/// Storage that is never changed: writes are kept in memory, and dropped with this value.
#[derive(Debug)]
pub(super) struct Untouched(Arc<dyn StorageBackend>, Mutex<Written>);

/// The blocks that were written, and the length that results.
#[derive(Debug)]
struct Written {
    len: u64,
    /// By block number.
    blocks: BTreeMap<u64, Vec<u8>>,
}

impl Untouched {
    pub(super) fn new(backend: Arc<dyn StorageBackend>) -> io::Result<Self> {
        let len = backend.len()?;
        let blocks = BTreeMap::new();
        Ok(Self(backend, Mutex::new(Written { len, blocks })))
    }

    /// A block before any write, with zeros after the end of the storage.
    fn before(&self, block: u64) -> io::Result<Vec<u8>> {
        let start = block * BLOCK as u64;
        let there = within_a_block(self.0.len()?.saturating_sub(start));
        let mut bytes = vec![0; BLOCK];
        self.0.read(start, &mut bytes[..there])?;
        Ok(bytes)
    }
}

/// A number of bytes, limited to the size of a block.
fn within_a_block(bytes: u64) -> usize {
    usize::try_from(bytes).map_or(BLOCK, |bytes| bytes.min(BLOCK))
}

/// The parts of a range of bytes that are in one block each: block number, place in the block, and place in the range.
fn blocks_of(offset: u64, len: usize) -> impl Iterator<Item = (u64, Range<usize>, Range<usize>)> {
    let mut done = 0;
    std::iter::from_fn(move || {
        let at = offset + done as u64;
        let within = within_a_block(at % BLOCK as u64);
        let count = (BLOCK - within).min(len - done);
        done += count;
        (count > 0).then_some((
            at / BLOCK as u64,
            within..within + count,
            done - count..done,
        ))
    })
}

impl StorageBackend for Untouched {
    fn len(&self) -> io::Result<u64> {
        Ok(self.1.lock().len)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let written = self.1.lock();
        if offset + out.len() as u64 > written.len {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        for (block, within, place) in blocks_of(offset, out.len()) {
            match written.blocks.get(&block) {
                Some(bytes) => out[place].copy_from_slice(&bytes[within]),
                None => out[place].copy_from_slice(&self.before(block)?[within]),
            }
        }
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut written = self.1.lock();
        // Bytes that are cut off must be zero if the storage grows again.
        for block in len / BLOCK as u64..written.len.div_ceil(BLOCK as u64) {
            let mut bytes = match written.blocks.remove(&block) {
                Some(bytes) => bytes,
                None => self.before(block)?,
            };
            let kept = within_a_block(len.saturating_sub(block * BLOCK as u64));
            bytes[kept..].fill(0);
            written.blocks.insert(block, bytes);
        }
        written.len = len;
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut written = self.1.lock();
        for (block, within, place) in blocks_of(offset, data.len()) {
            let bytes = match written.blocks.entry(block) {
                Entry::Occupied(bytes) => bytes.into_mut(),
                Entry::Vacant(none) => none.insert(self.before(block)?),
            };
            bytes[within].copy_from_slice(&data[place]);
        }
        Ok(())
    }

    forward_locks!();
}
