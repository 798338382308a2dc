//! The local server as a process of its own.

use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use anyhow::Context as _;

/// A running `dev` server. Dropping it stops the server.
#[derive(Debug)]
pub(super) struct DevServer {
    process: Child,
    development: String,
}

impl DevServer {
    /// Starts a server with its data in memory, on a free port.
    pub(super) fn start(program: &Path) -> anyhow::Result<Self> {
        let mut process = Command::new(program)
            .args(["--memory", "--port", "0"])
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("{} does not start", program.display()))?;
        let output = process.stdout.take().context("the server has no output")?;
        let mut lines = BufReader::new(output).lines();
        let url = lines.by_ref().find_map(|line| {
            let line = line.ok()?;
            let word = line.split_whitespace().last()?;
            word.ends_with("/Development").then(|| word.to_owned())
        });
        let server = Self {
            process,
            development: url.context("the server does not tell its address")?,
        };
        // A pipe that is not read fills up, and blocks the server when it logs.
        std::thread::spawn(move || lines.for_each(drop));
        Ok(server)
    }

    /// The base URL of its Development stage.
    pub(super) fn development(&self) -> &str {
        &self.development
    }

    /// The CPU time of the process so far; `None` if the system does not provide it.
    pub(super) fn cpu_time(&self) -> Option<Duration> {
        super::cpu::time_of(self.process.id()).ok()
    }
}

impl Drop for DevServer {
    fn drop(&mut self) {
        // The process may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
