//! Lambda's Runtime API on loopback ("Using the Lambda runtime API for custom runtimes", AWS Lambda
//! Developer Guide): hands events to the function that polls it, takes its answers, and records the times.

use std::{
    collections::HashMap,
    process::{Output, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::Bytes,
    extract::{Path, State},
    response::IntoResponse,
    routing::{get, post},
    serve::ListenerExt as _,
};
use http::header::CONTENT_TYPE;
use kit::clock::{Clock as _, SystemClock};
use nix::{
    sys::{
        signal::{Signal, kill},
        wait::{WaitPidFlag, WaitStatus, waitpid},
    },
    unistd::Pid,
};
use serde_json::Value;
use tokio::{
    net::TcpListener,
    process::{Child, Command},
    sync::{mpsc, oneshot, watch},
    task::JoinHandle,
};

/// A Runtime API, for one function. It stops when its last clone is dropped.
#[derive(Debug, Clone)]
pub struct RuntimeApi(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    address: String,
    shared: Arc<Shared>,
    events: mpsc::UnboundedSender<(String, Bytes)>,
    next_id: AtomicU64,
    server: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    queue: tokio::sync::Mutex<mpsc::UnboundedReceiver<(String, Bytes)>>,
    /// The number of times that the function asked for an event.
    polls: watch::Sender<u64>,
    pending: Mutex<HashMap<String, Pending>>,
    /// The milliseconds from the moment at which an event is given until Lambda ends the function.
    allowed: AtomicI64,
}

/// What the template gives the function.
const ALLOWED: i64 = 15_000;

#[derive(Debug)]
struct Pending {
    /// The times at which the function asked for this event, and got it.
    times: Option<(Instant, Instant)>,
    answer: oneshot::Sender<Invoked>,
}

/// The result of an invocation, and its times.
#[derive(Debug, Clone)]
pub struct Invoked {
    /// The body that the function posted.
    pub body: Bytes,
    /// True if the function reported an error instead of an answer.
    pub is_error: bool,
    /// The time at which the function asked for the event: it was ready.
    pub asked: Instant,
    /// The time at which it got the event.
    pub given: Instant,
    /// The time at which its whole answer had arrived.
    pub answered: Instant,
}

impl RuntimeApi {
    /// Starts one that has no events yet.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (events, queue) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            queue: tokio::sync::Mutex::new(queue),
            polls: watch::Sender::new(0),
            pending: Mutex::default(),
            allowed: AtomicI64::new(ALLOWED),
        });
        let router = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/{kind}", post(answer))
            .route("/2018-06-01/runtime/init/error", post(|| async { "{}" }))
            .with_state(Arc::clone(&shared));
        let listener = listener.tap_io(|stream| {
            let _ = stream.set_nodelay(true);
        });
        let server = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        Self(Arc::new(Inner {
            address,
            shared,
            events,
            next_id: AtomicU64::new(0),
            server,
        }))
    }

    /// Starts a function's binary with Lambda's own variables and these, and no others.
    #[must_use]
    pub fn start_function(&self, binary: &str, variables: &[(&str, &str)]) -> Function {
        self.start_command(Command::new(binary), variables)
    }

    /// Starts a function that is more than a binary, in the same way.
    #[must_use]
    pub fn start_command(&self, mut command: Command, variables: &[(&str, &str)]) -> Function {
        let child = command
            .env_clear()
            .env("AWS_LAMBDA_RUNTIME_API", &self.0.address)
            .env("AWS_LAMBDA_FUNCTION_NAME", "function")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "7")
            .env("AWS_REGION", "eu-west-1")
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .envs(variables.iter().copied())
            // A test's log fits into the pipe, so nobody needs to read it while the function runs.
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        Function(child)
    }

    /// Hands an event to the function and waits for its answer, with its headers as API Gateway sends them: those of
    /// `multiValueHeaders` among `headers`.
    pub async fn invoke(&self, event: Value) -> Value {
        let invoked = self.send(event.to_string().into()).await;
        let mut body: Value = serde_json::from_slice(&invoked.body).unwrap();
        if let Some(every) = body["multiValueHeaders"].as_object().cloned() {
            for (name, values) in every {
                let values = values.as_array().unwrap().iter();
                let values: Vec<_> = values.map(|value| value.as_str().unwrap()).collect();
                body["headers"][name] = values.join(", ").into();
            }
        }
        if invoked.is_error {
            serde_json::json!({ "error": body })
        } else {
            body
        }
    }

    /// Tells the function from now on that Lambda ends it so many milliseconds after it is given an event.
    pub fn allow(&self, milliseconds: i64) {
        let allowed = &self.0.shared.allowed;
        allowed.store(milliseconds, Ordering::Relaxed);
    }

    /// Queues an event at once, even if the function is not running yet. The future resolves with the answer.
    pub fn send(&self, event: Bytes) -> impl Future<Output = Invoked> + use<> {
        let id = self.0.next_id.fetch_add(1, Ordering::Relaxed).to_string();
        let (answer, answered) = oneshot::channel();
        let pending = Pending {
            times: None,
            answer,
        };
        let mut all = self.0.shared.pending.lock().unwrap();
        all.insert(id.clone(), pending);
        drop(all);
        self.0.events.send((id, event)).unwrap();
        async move {
            let answered = tokio::time::timeout(Duration::from_mins(1), answered);
            answered.await.expect("the function answers").unwrap()
        }
    }

    /// Waits until the function has answered every event and asks for the next one.
    pub async fn is_idle(&self) {
        let sent = self.0.next_id.load(Ordering::Relaxed);
        let mut polls = self.0.shared.polls.subscribe();
        let asked = polls.wait_for(|polls| *polls > sent);
        let waited = tokio::time::timeout(Duration::from_mins(1), asked).await;
        waited.expect("the function asks for an event").unwrap();
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// A running function; it ends when this is dropped.
#[derive(Debug)]
pub struct Function(Child);

impl Function {
    /// The id of its process.
    #[must_use]
    pub fn id(&self) -> Option<u32> {
        self.0.id()
    }

    /// Stops it, as Lambda does between two events, and waits until it stands still.
    pub fn freeze(&self) {
        let pid = self.pid();
        kill(pid, Signal::SIGSTOP).expect("a signal");
        let stopped = waitpid(pid, Some(WaitPidFlag::WUNTRACED)).expect("a child");
        assert!(matches!(stopped, WaitStatus::Stopped(..)), "{stopped:?}");
    }

    /// Lets it go on.
    pub fn thaw(&self) {
        kill(self.pid(), Signal::SIGCONT).expect("a signal");
    }

    fn pid(&self) -> Pid {
        let id = self.id().expect("a process that runs");
        Pid::from_raw(id.try_into().expect("an id"))
    }

    /// Reads and discards its log from now on.
    pub fn discard_log(&mut self) {
        let mut stdout = self.0.stdout.take().unwrap();
        let mut stderr = self.0.stderr.take().unwrap();
        tokio::spawn(async move { tokio::io::copy(&mut stdout, &mut tokio::io::sink()).await });
        tokio::spawn(async move { tokio::io::copy(&mut stderr, &mut tokio::io::sink()).await });
    }

    /// Kills it, and waits until it has exited.
    pub async fn stop(mut self) {
        self.0.kill().await.unwrap();
    }

    /// Waits until it exits by itself.
    pub async fn output(self) -> Output {
        self.0.wait_with_output().await.unwrap()
    }

    /// Kills it and returns its log.
    pub async fn log(mut self) -> String {
        self.0.start_kill().unwrap();
        String::from_utf8(self.output().await.stdout).unwrap()
    }
}

/// The id of the X-Ray trace of an invocation: they are numbered from 0.
#[must_use]
pub fn trace_id(invocation: impl std::fmt::Display) -> String {
    format!("1-5759e988-{invocation:0>24}")
}

async fn next(State(shared): State<Arc<Shared>>) -> impl IntoResponse {
    let asked = Instant::now();
    shared.polls.send_modify(|polls| *polls += 1);
    let queued = shared.queue.lock().await.recv().await;
    // No event will come any more: the function waits until it is killed.
    let Some((id, event)) = queued else {
        return std::future::pending().await;
    };
    let now = SystemClock.now().unix_timestamp_nanos() / 1_000_000;
    let ends = now + i128::from(shared.allowed.load(Ordering::Relaxed));
    let headers = [
        ("lambda-runtime-aws-request-id", id.clone()),
        ("lambda-runtime-deadline-ms", ends.to_string()),
        (
            "lambda-runtime-trace-id",
            format!("Root={};Parent=53995c3f42cd8ad8;Sampled=1", trace_id(&id)),
        ),
        (
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:eu-west-1:123456789012:function:function:Development".to_owned(),
        ),
    ];
    if let Some(pending) = shared.pending.lock().unwrap().get_mut(&id) {
        pending.times = Some((asked, Instant::now()));
    }
    (headers, [(CONTENT_TYPE, "application/json")], event)
}

async fn answer(
    State(shared): State<Arc<Shared>>,
    Path((id, kind)): Path<(String, String)>,
    body: Bytes,
) {
    let answered = Instant::now();
    let pending = shared.pending.lock().unwrap().remove(&id).unwrap();
    let (asked, given) = pending.times.expect("an event that was given");
    let _ = pending.answer.send(Invoked {
        body,
        is_error: kind != "response",
        asked,
        given,
        answered,
    });
}
