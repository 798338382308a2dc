//! A program that simulates AWS, on a free port of this machine.

use std::{
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use tempfile::TempDir;

/// A running simulator. It stops when this value is dropped, and also when this process ends.
#[derive(Debug)]
pub(crate) struct Simulator {
    process: Child,
    url: String,
    /// The folder of all files that it writes.
    _folder: TempDir,
}

/// The program of a simulator.
pub(crate) trait Program {
    /// Its name.
    const NAME: &'static str;
    /// The path of a GET request that succeeds when it is ready.
    const READY: &'static str;

    /// The command that starts it at a port, with a folder for its files. It has to end when its standard input does.
    fn command(&self, port: u16, folder: &Path) -> Command;
}

const READY_WITHIN: Duration = Duration::from_mins(1);
const ENDED_WITHIN: Duration = Duration::from_secs(5);

impl Simulator {
    /// Starts a program on a free port, and waits until it is ready.
    pub(crate) async fn start<P: Program>(program: &P) -> anyhow::Result<Self> {
        // Another process may take the port before the program listens on it.
        let mut tries = 3;
        loop {
            tries -= 1;
            let mut simulator = Self::spawn(program)?;
            match simulator.until_ready::<P>().await {
                Ok(()) => return Ok(simulator),
                Err(error) if tries == 0 => return Err(error),
                Err(_) => {}
            }
        }
    }

    /// The URL of its endpoint.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    fn spawn<P: Program>(program: &P) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let process = program
            .command(port, folder.path())
            .current_dir(folder.path())
            .stdin(Stdio::piped())
            .spawn()
            .with_context(|| format!("{} does not start", P::NAME))?;
        println!("{}: port {port}, process {}", P::NAME, process.id());
        Ok(Self {
            process,
            url: url(port),
            _folder: folder,
        })
    }

    async fn until_ready<P: Program>(&mut self) -> anyhow::Result<()> {
        let http = reqwest::Client::builder().no_proxy().build()?;
        let probe = format!("{}{}", self.url, P::READY);
        let begun = Instant::now();
        while begun.elapsed() < READY_WITHIN {
            if let Some(status) = self.process.try_wait()? {
                bail!("{} has stopped: {status}", P::NAME);
            }
            let answer = http.get(&probe).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        bail!("{} was not ready within {READY_WITHIN:?}", P::NAME)
    }
}

impl Drop for Simulator {
    /// Closes the input of the program, which then ends itself and what it has started.
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let begun = Instant::now();
        while begun.elapsed() < ENDED_WITHIN {
            if !matches!(self.process.try_wait(), Ok(None)) {
                return;
            }
            std::thread::park_timeout(Duration::from_millis(20));
        }
        // It may have ended in the meantime.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The URL of a port of this machine.
pub(crate) fn url(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}

/// A command without the variables of the user, and without the state of another instance.
pub(crate) fn isolated(program: &Path, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", folder)
        .env("TMPDIR", folder);
    command
}
