//! The clients that are the project's own: `apps/clients/typescript`, in one process of Node that does what it is told.
//!
//! It hides its attempts, so a call is one request in the history, from the call to its answer, with its idempotency key if the lab chose it.

use std::{
    collections::HashMap,
    path::PathBuf,
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use parking_lot::Mutex;
use serde_json::{Map, Value, json};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    process::{Child, ChildStdin, Command},
    sync::oneshot,
};

use crate::{
    exchange::{Answer, Request},
    front::Front,
    lab::Lab,
    plan::Luck,
    session::{PASSWORD, User},
};

/// What is needed to start it.
#[derive(Debug, Clone)]
pub struct Program {
    /// The program of Node.
    pub node: PathBuf,
    /// The script that reads what is to be done.
    pub script: PathBuf,
    /// The client, as JavaScript.
    pub client: PathBuf,
}

/// The process, and what is between it and the service.
#[derive(Debug)]
pub struct TypeScript {
    front: Front,
    input: tokio::sync::Mutex<ChildStdin>,
    /// Who waits for an answer, by the id of the call.
    waiting: Arc<Mutex<HashMap<u64, oneshot::Sender<Value>>>>,
    calls: AtomicU64,
    _process: Child,
}

/// One of its clients.
#[derive(Debug, Clone)]
pub struct Device {
    number: u32,
    user: User,
    typescript: Arc<TypeScript>,
}

impl TypeScript {
    /// Starts it.
    pub async fn start(program: &Program, lab: Arc<Lab>) -> Arc<Self> {
        let bug = lab.bug;
        let front = Front::start(lab).await;
        let mut process = Command::new(&program.node)
            .arg(&program.script)
            .arg(&program.client)
            .arg(front.url())
            .args(bug.map(crate::plant::Bug::name))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("node starts");
        let input = process.stdin.take().expect("a pipe");
        let mut lines = BufReader::new(process.stdout.take().expect("a pipe")).lines();
        let waiting: Arc<Mutex<HashMap<u64, oneshot::Sender<Value>>>> = Arc::default();
        let of_lines = Arc::clone(&waiting);
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                let answer: Value = serde_json::from_str(&line).expect("JSON");
                let id = answer["id"].as_u64().expect("the id of a call");
                let waits = of_lines.lock().remove(&id).expect("a call");
                // Who called may have gone.
                let _ = waits.send(answer);
            }
            // The process has ended: whoever waits gets an error.
            of_lines.lock().clear();
        });
        Arc::new(Self {
            front,
            input: input.into(),
            waiting,
            calls: AtomicU64::new(0),
            _process: process,
        })
    }

    /// The client of this number.
    #[must_use]
    pub fn device(self: &Arc<Self>, number: u32, user: User) -> Device {
        Device {
            number,
            user,
            typescript: Arc::clone(self),
        }
    }

    /// Lets it do something. `None` if its client got no answer that it understands.
    async fn ask(&self, mut call: Value) -> Option<Answer> {
        let id = self.calls.fetch_add(1, Ordering::SeqCst);
        call["id"] = id.into();
        let (waits, answered) = oneshot::channel();
        self.waiting.lock().insert(id, waits);
        let line = format!("{call}\n");
        let mut input = self.input.lock().await;
        input.write_all(line.as_bytes()).await.expect("node runs");
        drop(input);
        let answer = answered.await.expect("node runs");
        if let Some(fault) = answer["fault"].as_str() {
            panic!("the client in TypeScript: {fault}");
        }
        Some(Answer {
            status: u16::try_from(answer["status"].as_u64()?).ok()?,
            etag: answer["etag"].as_str().map(ToOwned::to_owned),
            retry_after: None,
            replayed: answer["replayed"] == true,
            body: answer["body"].clone(),
            ahead: None,
        })
    }
}

impl Device {
    /// Calls an operation with this idempotency key, or one that the client makes.
    pub async fn call(
        &self,
        request: &Request,
        key: Option<&str>,
        luck: &[Luck],
    ) -> Option<Answer> {
        self.expect(luck);
        let query = request.query.iter();
        let query: Map<_, _> = query
            .map(|(name, value)| ((*name).to_owned(), value.as_str().into()))
            .collect();
        let mut headers = request.headers.iter();
        let if_match = headers
            .find(|(name, _)| *name == "If-Match")
            .map(|(_, value)| value);
        let mut call = json!({
            "number": self.number,
            "operation": format!("{} {}", request.method, request.resource),
            "query": query,
            "entryId": request.path.rsplit('/').next(),
        });
        for (name, value) in [
            ("key", key.map(Value::from)),
            ("ifMatch", if_match.map(|tag| tag.as_str().into())),
            ("body", request.body.clone()),
        ] {
            if let Some(value) = value {
                call[name] = value;
            }
        }
        self.typescript.ask(call).await
    }

    /// Signs in, once.
    pub async fn sign_in(&self, luck: &[Luck]) -> Option<Answer> {
        self.expect(luck);
        let (email, number) = (&self.user.email, self.number);
        let call =
            json!({ "number": number, "flow": "signIn", "email": email, "password": PASSWORD });
        self.typescript.ask(call).await
    }

    /// Signs out. Nobody learns whether the service was told.
    pub async fn sign_out(&self, luck: &[Luck]) {
        self.expect(luck);
        let call = json!({ "number": self.number, "flow": "signOut" });
        self.typescript.ask(call).await;
    }

    /// Exchanges the refresh token.
    pub async fn refresh(&self, luck: &[Luck]) -> Option<Answer> {
        self.expect(luck);
        let call = json!({ "number": self.number, "flow": "refresh" });
        self.typescript.ask(call).await
    }

    /// The newest refresh token.
    #[must_use]
    pub fn newest(&self) -> Option<String> {
        self.typescript.front.newest(self.number)
    }

    /// Takes the refresh token that was exchanged last, and the time of that.
    #[must_use]
    pub fn spent(&self) -> Option<(String, u64)> {
        self.typescript.front.spent(self.number)
    }

    /// Tries to exchange a refresh token past the client.
    pub async fn try_token(&self, token: &str) -> Option<Answer> {
        let request = Request::new("POST", "/auth/refresh").json(json!({ "refreshToken": token }));
        self.typescript.front.send(self.number, &request).await
    }

    fn expect(&self, luck: &[Luck]) {
        let Self { number, user, .. } = self;
        self.typescript.front.expect(*number, &user.name, luck);
    }
}
