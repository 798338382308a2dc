//! MiniStack: a DynamoDB and a Cognito on this machine.

use std::{
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use tempfile::TempDir;

/// A running MiniStack. It stops when this value goes, and also when this process does.
#[derive(Debug)]
pub(super) struct MiniStack {
    process: Child,
    url: String,
    /// All that it writes.
    _folder: TempDir,
}

/// Ends with whoever holds the other end of its standard input, however that ends.
const LAUNCHER: &str = "
import os, runpy, signal, sys, threading
def end_with_parent():
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)
threading.Thread(target=end_with_parent, daemon=True).start()
runpy.run_module('ministack', run_name='__main__', alter_sys=True)
";

const READY_WITHIN: Duration = Duration::from_mins(1);

impl MiniStack {
    /// Starts one on a free port and waits until it serves.
    pub(super) async fn start(python: &Path) -> anyhow::Result<Self> {
        // Between choosing a port and listening on it, somebody else may take it.
        let mut tries = 3;
        loop {
            tries -= 1;
            let mut ministack = Self::spawn(python)?;
            match ministack.until_ready().await {
                Ok(()) => return Ok(ministack),
                Err(error) if tries == 0 => return Err(error),
                Err(_) => {}
            }
        }
    }

    /// Its endpoint.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    fn spawn(python: &Path) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let process = Command::new(python)
            .args(["-I", "-B", "-c", LAUNCHER])
            .current_dir(folder.path())
            // Nothing of whoever runs the tests, and no state of another instance.
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", folder.path())
            .env("TMPDIR", folder.path())
            .env("STATE_DIR", folder.path().join("state"))
            .env("AUTH", "true")
            .env("BIND_HOST", "127.0.0.1")
            .env("GATEWAY_PORT", port.to_string())
            .env("SERVICES", "dynamodb,cognito-idp")
            .env("MINISTACK_REGION", "eu-west-1")
            .env("IOT_MTLS_ENABLED", "0")
            .env("SFTP_ENABLED", "0")
            .env("LOG_LEVEL", "WARNING")
            .stdin(Stdio::piped())
            .spawn()
            .context("MiniStack does not start")?;
        println!("MiniStack: port {port}, process {}", process.id());
        Ok(Self {
            process,
            url: format!("http://127.0.0.1:{port}"),
            _folder: folder,
        })
    }

    async fn until_ready(&mut self) -> anyhow::Result<()> {
        let http = reqwest::Client::builder().no_proxy().build()?;
        let probe = format!("{}/_ministack/ready", self.url);
        let begun = Instant::now();
        while begun.elapsed() < READY_WITHIN {
            if let Some(status) = self.process.try_wait()? {
                bail!("MiniStack has stopped: {status}");
            }
            let answer = http.get(&probe).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        bail!("MiniStack was not ready within {READY_WITHIN:?}")
    }
}

impl Drop for MiniStack {
    fn drop(&mut self) {
        // It may have stopped by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
