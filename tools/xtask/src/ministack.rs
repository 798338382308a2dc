//! MiniStack, which simulates AWS on this machine.

use std::{
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use tempfile::TempDir;

/// A running MiniStack. It stops when this value is dropped, and also when this process ends.
#[derive(Debug)]
pub(crate) struct MiniStack {
    process: Child,
    url: String,
    /// The folder of all files that it writes.
    _folder: TempDir,
}

const LAUNCHER: &str = include_str!("ministack/launcher.py");

/// The services that the tests and the stack need, besides those that every MiniStack has.
const SERVICES: &str = "apigateway,cloudformation,cloudfront,cognito-idp,dynamodb,dynamodbstreams,iam,lambda,logs,monitoring,s3,ses,sns,sts";

/// The region of the simulated AWS.
pub(crate) const REGION: &str = "eu-west-1";

const READY_WITHIN: Duration = Duration::from_mins(1);
const ENDED_WITHIN: Duration = Duration::from_secs(5);

impl MiniStack {
    /// Starts MiniStack on a free port, and waits until it is ready.
    pub(crate) async fn start(python: &Path) -> anyhow::Result<Self> {
        // Another process may take the port before MiniStack listens on it.
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

    /// The URL of its endpoint.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    fn spawn(python: &Path) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let url = format!("http://127.0.0.1:{port}");
        let process = Command::new(python)
            .args(["-I", "-B", "-c", LAUNCHER])
            .current_dir(folder.path())
            // Without the variables of the user, and without the state of another instance.
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", folder.path())
            .env("TMPDIR", folder.path())
            .env("STATE_DIR", folder.path().join("state"))
            .env("AUTH", "true")
            .env("BIND_HOST", "127.0.0.1")
            .env("GATEWAY_PORT", port.to_string())
            .env("SERVICES", SERVICES)
            .env("MINISTACK_REGION", REGION)
            // The functions inherit this environment, and find MiniStack by it.
            .env("AWS_ENDPOINT_URL", &url)
            .env("IOT_MTLS_ENABLED", "0")
            .env("SFTP_ENABLED", "0")
            .env("LOG_LEVEL", "WARNING")
            .stdin(Stdio::piped())
            .spawn()
            .context("MiniStack does not start")?;
        println!("MiniStack: port {port}, process {}", process.id());
        Ok(Self {
            process,
            url,
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
    /// Closes the input of MiniStack, which then ends its functions and itself.
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
