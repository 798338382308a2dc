//! The memory and the handles of a process (proc(5), so on Linux alone).

use std::{
    fmt, fs,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Context as _;

use crate::figures::grouped;

/// The memory that may be used more at the end than after the first fifth: what the allocator and the page cache of the
/// database take late, besides the growth of its files.
const MAY_GROW_KIB: u64 = 8 * 1_024;

/// The pauses in which handles are counted again, and how often.
const PAUSE: Duration = Duration::from_millis(100);
const TRIES: u32 = 50;

/// A watched process.
#[derive(Debug)]
pub(super) struct Process {
    id: u32,
    /// The folder of its data.
    data: PathBuf,
}

impl Process {
    pub(super) fn of(id: u32, data: &Path) -> Self {
        Self {
            id,
            data: data.to_owned(),
        }
    }

    /// Its resident memory in KiB.
    fn resident_kib(&self) -> anyhow::Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id))
            .context("the process is gone, or this is not Linux")?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let number = line.and_then(|line| line.split_whitespace().next());
        let number = number.context("the system does not tell the memory of a process")?;
        Ok(number.parse()?)
    }

    /// The number of its open files and connections.
    fn handles(&self) -> anyhow::Result<usize> {
        let folder = fs::read_dir(format!("/proc/{}/fd", self.id));
        Ok(folder
            .context("the process is gone, or this is not Linux")?
            .count())
    }

    /// The number of its handles, when it has noticed which connections are closed.
    pub(super) async fn settled(&self) -> anyhow::Result<usize> {
        let mut handles = self.handles()?;
        for _ in 0..TRIES {
            tokio::time::sleep(PAUSE).await;
            let now = self.handles()?;
            if now == handles {
                break;
            }
            handles = now;
        }
        Ok(handles)
    }

    /// The size of its data in KiB.
    fn data_kib(&self) -> anyhow::Result<u64> {
        let mut folders = vec![self.data.clone()];
        let mut bytes = 0;
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder)? {
                let entry = entry?;
                let found = entry.metadata()?;
                if found.is_dir() {
                    folders.push(entry.path());
                } else {
                    bytes += found.len();
                }
            }
        }
        Ok(bytes / 1_024)
    }
}

/// The memory and the handles after so many requests.
#[derive(Debug, Default)]
pub(super) struct Curve(Vec<Point>);

#[derive(Debug)]
struct Point {
    requests: u64,
    resident_kib: u64,
    handles: usize,
    data_kib: u64,
}

impl Curve {
    pub(super) fn add(&mut self, requests: u64, process: &Process) -> anyhow::Result<()> {
        self.0.push(Point {
            requests,
            resident_kib: process.resident_kib()?,
            handles: process.handles()?,
            data_kib: process.data_kib()?,
        });
        Ok(())
    }

    /// The demand that memory does not grow: from the first fifth to the end by no more than the data, a little, and these bytes for each
    /// request.
    pub(super) fn memory(&self, bytes_a_request: u64) -> (String, bool) {
        let (Some(early), Some(last)) = (self.0.get(self.0.len() / 5), self.0.last()) else {
            return ("no memory was seen".to_owned(), false);
        };
        let grown = last.resident_kib.saturating_sub(early.resident_kib);
        let data = last.data_kib.saturating_sub(early.data_kib);
        let known = (last.requests - early.requests) * bytes_a_request / 1_024;
        let text = format!(
            "memory grows by {} KiB from {} requests to {}; the data by {} KiB; known: {} KiB",
            grouped(grown),
            grouped(early.requests),
            grouped(last.requests),
            grouped(data),
            grouped(known)
        );
        (text, grown <= data + known + MAY_GROW_KIB)
    }
}

/// A table for a page of Markdown.
impl fmt::Display for Curve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| requests | RSS, KiB | handles | data, KiB |")?;
        write!(f, "| ---: | ---: | ---: | ---: |")?;
        for point in &self.0 {
            write!(
                f,
                "\n| {} | {} | {} | {} |",
                grouped(point.requests),
                grouped(point.resident_kib),
                point.handles,
                grouped(point.data_kib)
            )?;
        }
        Ok(())
    }
}
