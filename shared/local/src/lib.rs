//! The embedded stand-ins for AWS, and the server that `cargo dev` runs. The Lambda function does
//! not link this crate, so it can never fall back to it.

pub mod store;
