//! The server's connections, tested with raw bytes instead of an HTTP client.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod beyond;
mod early;
mod hostile;
mod patience;
mod wire;
