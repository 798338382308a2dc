//! The tools that the tests are written with.
//!
//! | module | what it is |
//! | --- | --- |
//! | [`contract`] | `openapi.yaml`: checks every answer, remembers what was exercised |
//! | [`api`] | the API as a client sees it, over HTTP or directly on the router; [`answer`] |
//! | [`every`] | a good request for every operation |
//! | [`server`] | a running local server; [`raw`] sends it requests that no HTTP client would send |
//! | [`person`] | a user with an account on that server |
//! | [`service`] | the service put together for one test: on canned AWS, or broken on purpose |
//! | [`issuer`] | an issuer of access tokens, good and bad |
//! | [`stub`], [`aws`] | a canned HTTP server; canned DynamoDB and Cognito; its [`tls`] and its [`distance`] |
//! | [`runtime_api`] | Lambda's Runtime API, for a function's real binary |
//! | [`ministack`] | the mail that MiniStack sent |
//! | [`logs`] | the log of the service |
//! | [`template`] | the parts of `template.yaml` that the code has to agree with |
//! | [`wire`] | the server of the clients' scenarios, with faults |
//! | [`formats`] | the recorded formats of every release |
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a test fails by panicking, and so do its tools"
)]
#![allow(
    clippy::return_self_not_must_use,
    reason = "a demand on an answer is a statement that may be followed by another"
)]

pub mod answer;
pub mod api;
pub mod aws;
pub mod broken;
pub mod contract;
pub mod distance;
pub mod emulator;
pub mod every;
pub mod formats;
pub mod hosted;
pub mod issuer;
pub mod logs;
pub mod ministack;
pub mod passkey;
pub mod person;
pub mod raw;
pub mod runtime_api;
pub mod server;
pub mod service;
pub mod stub;
pub mod template;
pub mod tls;
pub mod wire;

use std::sync::LazyLock;

use tokio::runtime::Runtime;

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime")
});

/// Runs a test on the one runtime that all tests share.
pub fn block_on<T>(test: impl Future<Output = T>) -> T {
    RUNTIME.block_on(test)
}
