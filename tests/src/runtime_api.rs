//! Lambda's Runtime API on loopback ("Using the Lambda runtime API for custom runtimes", AWS Lambda
//! Developer Guide): hands events to the function that polls it, and takes its answers.

use std::{
    collections::HashMap,
    process::{Output, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, State},
    response::IntoResponse,
    routing::{get, post},
};
use serde_json::Value;
use tokio::{
    net::TcpListener,
    process::{Child, Command},
    sync::{mpsc, oneshot},
};

/// A Runtime API, for one function.
#[derive(Debug, Clone)]
pub struct RuntimeApi {
    address: String,
    events: mpsc::UnboundedSender<(String, Value)>,
    answers: Answers,
    next_id: Arc<AtomicU64>,
}

type Answers = Arc<Mutex<HashMap<String, oneshot::Sender<Value>>>>;
type Queue = Arc<tokio::sync::Mutex<mpsc::UnboundedReceiver<(String, Value)>>>;

impl RuntimeApi {
    /// Starts one that has no events yet.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (events, queue) = mpsc::unbounded_channel();
        let queue: Queue = Arc::new(tokio::sync::Mutex::new(queue));
        let answers = Answers::default();
        let router = Router::new()
            .route(
                "/2018-06-01/runtime/invocation/next",
                get(next).with_state(queue),
            )
            .route(
                "/2018-06-01/runtime/invocation/{id}/{kind}",
                post(answer).with_state(Arc::clone(&answers)),
            )
            .route("/2018-06-01/runtime/init/error", post(|| async { "{}" }));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self {
            address,
            events,
            answers,
            next_id: Arc::default(),
        }
    }

    /// Starts a function's binary with Lambda's own variables and these; with no others.
    #[must_use]
    pub fn start_function(&self, binary: &str, variables: &[(&str, &str)]) -> Function {
        let child = Command::new(binary)
            .env_clear()
            .env("AWS_LAMBDA_RUNTIME_API", &self.address)
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

    /// Hands an event to the function and waits for its answer.
    pub async fn invoke(&self, event: Value) -> Value {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed).to_string();
        let (answer, answered) = oneshot::channel();
        self.answers.lock().unwrap().insert(id.clone(), answer);
        self.events.send((id, event)).unwrap();
        let answered = tokio::time::timeout(Duration::from_mins(1), answered);
        answered.await.expect("the function answers").unwrap()
    }
}

/// A running function; it ends when this is dropped.
#[derive(Debug)]
pub struct Function(Child);

impl Function {
    /// Waits until it ends by itself.
    pub async fn output(self) -> Output {
        self.0.wait_with_output().await.unwrap()
    }

    /// Ends it and gives what it logged.
    pub async fn log(mut self) -> String {
        self.0.start_kill().unwrap();
        String::from_utf8(self.output().await.stdout).unwrap()
    }
}

async fn next(State(queue): State<Queue>) -> impl IntoResponse {
    let (id, event) = queue.lock().await.recv().await.unwrap();
    let headers = [
        ("lambda-runtime-aws-request-id", id),
        ("lambda-runtime-deadline-ms", "4102444800000".to_owned()),
        (
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:eu-west-1:123456789012:function:function:Development".to_owned(),
        ),
    ];
    (headers, Json(event))
}

async fn answer(
    State(answers): State<Answers>,
    Path((id, kind)): Path<(String, String)>,
    body: Bytes,
) {
    let body: Value = serde_json::from_slice(&body).unwrap();
    let sender = answers.lock().unwrap().remove(&id).unwrap();
    let body = if kind == "response" {
        body
    } else {
        serde_json::json!({ kind: body })
    };
    let _ = sender.send(body);
}
