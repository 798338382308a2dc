//! The laptop's server: the program that `cargo dev` runs, killed and started again on the same folder.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};

use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
};

use crate::{
    clock::{Clock, Clocks},
    exchange::{Answer, Request},
    freeze::freeze,
    plan::What,
};

/// The longest time that a client waits for an answer.
const TIMEOUT: Duration = Duration::from_secs(15);

/// The server.
#[derive(Debug)]
pub struct Embedded {
    program: PathBuf,
    folder: PathBuf,
    editors: Vec<String>,
    http: reqwest::Client,
    process: tokio::sync::Mutex<(Child, Clock)>,
    clocks: Clocks,
    /// How far the clock of the process is ahead.
    ahead: AtomicI64,
    url: String,
}

impl Embedded {
    /// Starts it on a folder. These users may write to what others added.
    pub async fn start(
        program: &Path,
        folder: &Path,
        editors: Vec<String>,
        clocks: Clocks,
    ) -> Self {
        let mut clock = clocks.next(0);
        let (process, url) = start(program, folder, &editors, 0, &mut clock).await;
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(TIMEOUT);
        Self {
            program: program.to_owned(),
            folder: folder.to_owned(),
            editors,
            http: http.build().unwrap(),
            ahead: AtomicI64::new(clock.ahead()),
            process: tokio::sync::Mutex::new((process, clock)),
            clocks,
            url,
        }
    }

    /// Sends a request.
    pub async fn call(&self, request: &Request) -> Option<Answer> {
        let url = format!("{}/Development{}", self.url, request.path);
        let mut url = reqwest::Url::parse(&url).ok()?;
        if !request.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&request.query);
        }
        let mut sent = self.http.request(request.method.parse().ok()?, url);
        for (name, value) in &request.headers {
            sent = sent.header(*name, value);
        }
        if let Some(body) = &request.body {
            sent = sent
                .header("content-type", "application/json")
                .body(body.to_string());
        }
        let ahead = self.ahead();
        let answer = sent.send().await.ok()?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let body = answer.bytes().await.ok()?;
        let header = |name: &'static str| headers.get(name)?.to_str().ok();
        let mut answer = Answer::of(status, header, &body);
        // Another process may have answered.
        answer.ahead = Some(ahead).filter(|ahead| *ahead == self.ahead());
        Some(answer)
    }

    /// How many seconds the clock of the process is ahead.
    #[must_use]
    pub fn ahead(&self) -> i64 {
        self.ahead.load(Ordering::SeqCst)
    }

    /// Does something to the process. Gives the clock of the new one, if it was killed.
    pub async fn disrupt(&self, what: What) -> Option<i64> {
        let mut life = self.process.lock().await;
        match what {
            What::Freeze(milliseconds) => {
                freeze(life.0.id(), milliseconds).await;
                None
            }
            What::Kill => {
                life.0.kill().await.unwrap();
                let mut clock = self.clocks.next(0);
                let ahead = clock.ahead();
                self.ahead.store(ahead, Ordering::SeqCst);
                // At the same port, which is a part of the issuer of its tokens.
                let url = reqwest::Url::parse(&self.url).ok();
                let port = url.and_then(|url| url.port()).unwrap_or_default();
                let (again, _) =
                    start(&self.program, &self.folder, &self.editors, port, &mut clock).await;
                *life = (again, clock);
                Some(ahead)
            }
        }
    }

    /// The newest code that was mailed to an address.
    pub async fn mailed(&self, address: &str) -> Option<String> {
        let url = format!("{}/mailbox?stage=Development&email={address}", self.url);
        let letters = self.http.get(url).header("accept", "application/json");
        let letters = letters.send().await.ok()?.bytes().await.ok()?;
        let letters: Value = serde_json::from_slice(&letters).ok()?;
        letters[0]["code"].as_str().map(ToOwned::to_owned)
    }
}

async fn start(
    program: &Path,
    folder: &Path,
    editors: &[String],
    port: u16,
    clock: &mut Clock,
) -> (Child, String) {
    let mut command = Command::new(program);
    let port = port.to_string();
    command.args(["--port", &port, "--data"]).arg(folder);
    for editor in editors {
        command.args(["--editor", editor]);
    }
    let mut process = command
        .envs(clock.variables())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    clock.given_to(process.id());
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let url = loop {
        let line = lines.next_line().await.unwrap();
        let line = line.expect("a banner with the URL");
        if let Some(at) = line.find("http://") {
            break line[at..].trim_end_matches("/Development").to_owned();
        }
    };
    // The rest of what it prints must not fill the pipe.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    (process, url)
}
