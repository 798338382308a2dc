//! The program that `cargo dev` runs, as a process of its own.

use std::{ffi::OsStr, process::Stdio};

use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
};

/// The program, at any free port. It ends with this value.
pub(crate) struct Dev {
    pub(crate) process: Child,
    pub(crate) url: String,
}

impl Dev {
    /// Starts it with these options, and waits until it serves.
    pub(crate) async fn start(options: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_dev"))
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
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Self { process, url }
    }

    /// The URL of a path of the stage Development.
    pub(crate) fn api(&self, path: &str) -> String {
        format!("{}/Development{path}", self.url)
    }
}
