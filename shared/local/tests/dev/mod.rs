//! The program that `cargo dev` runs, as a process of its own.

use std::{
    ffi::OsStr,
    process::Stdio,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
};

/// The program, at any free port. It ends when this value is dropped.
pub(crate) struct Dev {
    pub(crate) process: Child,
    pub(crate) url: String,
    /// The lines that it has printed since it started to serve.
    #[allow(dead_code, reason = "not every test reads them")]
    pub(crate) log: Arc<Mutex<Vec<String>>>,
}

impl Dev {
    /// Starts it with these options, and waits until it serves.
    pub(crate) async fn start(options: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        Self::run(Command::new(env!("CARGO_BIN_EXE_dev")), options).await
    }

    /// Starts it by this command, and waits until it serves.
    pub(crate) async fn run(
        mut command: Command,
        options: impl IntoIterator<Item = impl AsRef<OsStr>>,
    ) -> Self {
        let mut process = command
            .args(["--port", "0"])
            .args(options)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let url = loop {
            let line = lines
                .next_line()
                .await
                .unwrap()
                .expect("a banner with the URL");
            if let Some(at) = line.find("http://") {
                let url = line[at..].trim_end_matches("/Development");
                break url.to_owned();
            }
        };
        // The rest of what it prints must not fill the pipe.
        let log = Arc::new(Mutex::new(Vec::new()));
        let printed = Arc::clone(&log);
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                printed.lock().unwrap().push(line);
            }
        });
        Self { process, url, log }
    }

    /// The URL of a path of the stage Development.
    pub(crate) fn api(&self, path: &str) -> String {
        format!("{}/Development{path}", self.url)
    }
}
