//! The embedded stand-ins for AWS, and the server that `cargo dev` runs. The Lambda function does
//! not link this crate, so it can never fall back to it.

pub mod authenticator;
pub mod database;
pub mod files;
pub mod identity;
pub mod mailbox;
pub mod server;
pub mod store;
pub mod tour;
