//! The log of the service and of its libraries, at the finest level.

use std::{
    io,
    sync::{Mutex, MutexGuard},
};

use tracing::level_filters::LevelFilter;
use tracing_subscriber::{
    Layer as _,
    filter::{FilterExt as _, dynamic_filter_fn},
    fmt::MakeWriter,
    layer::SubscriberExt as _,
    util::SubscriberInitExt as _,
};

static LOG: Mutex<Log> = Mutex::new(Log {
    readers: 0,
    texts: [String::new(), String::new()],
});

struct Log {
    readers: usize,
    texts: [String; 2],
}

/// The events to capture.
#[derive(Debug, Clone, Copy)]
pub enum Source {
    /// Every event of the process.
    Everything,
    /// Those that the Lambda function logs at its finest level.
    Function,
}

fn log() -> MutexGuard<'static, Log> {
    LOG.lock().expect("no panic while logging")
}

/// Makes the process's log readable. Call it once, before any test runs.
pub fn install() {
    let lines = |source| {
        tracing_subscriber::fmt::layer()
            .with_ansi(false)
            .without_time()
            .with_writer(Writer(source))
    };
    let while_read = || dynamic_filter_fn(|_, _| log().readers > 0);
    let of_the_function = service::telemetry::events(LevelFilter::TRACE).and(while_read());
    let layers = vec![
        lines(Source::Everything).with_filter(while_read()).boxed(),
        lines(Source::Function).with_filter(of_the_function).boxed(),
    ];
    tracing_subscriber::registry().with(layers).init();
}

/// The log since its start, that of all other tests included. Nothing is recorded while there is no capture.
#[derive(Debug)]
#[must_use]
pub struct Capture {
    source: Source,
    begin: usize,
}

impl Capture {
    /// Starts to capture.
    pub fn start(source: Source) -> Self {
        let mut log = log();
        log.readers += 1;
        Self {
            source,
            begin: log.texts[source as usize].len(),
        }
    }

    /// The text that was logged since the start.
    #[must_use]
    pub fn text(&self) -> String {
        log().texts[self.source as usize][self.begin..].to_owned()
    }

    /// The lines that hold a word, such as a request id.
    #[must_use]
    pub fn lines_with(&self, word: &str) -> String {
        let lines = self.text();
        lines
            .lines()
            .filter(|line| line.contains(word))
            .collect::<Vec<_>>()
            .join("\n")
    }
}

impl Drop for Capture {
    fn drop(&mut self) {
        let mut log = log();
        log.readers -= 1;
        if log.readers == 0 {
            log.texts = Default::default();
        }
    }
}

#[derive(Clone, Copy)]
struct Writer(Source);

impl io::Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        log().texts[self.0 as usize].push_str(&String::from_utf8_lossy(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Writer {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        *self
    }
}
