//! The server's connections, spoken to without an HTTP client's manners.
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
