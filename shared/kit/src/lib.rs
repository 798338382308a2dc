//! The kit: what a resource needs, whatever noun it is.
//!
//! A noun declares its fields with [`resource!`] and names its operations in a route table. A request flows down once:
//!
//! | step | where |
//! | --- | --- |
//! | request id, CORS, panics, problem bodies, log line | [`http::router`] |
//! | the row of the route table | [`http::Route`] |
//! | the caller | [`operations::Authenticate`] |
//! | body or query to request type, every fault at once | [`http::json`], [`http::query`] |
//! | the operation | [`operations`] |
//! | the time that all its calls have | [`deadline`] |
//! | the lists that resources are found in | [`search`] |
//! | files that belong to resources | [`files`] |
//! | the feed of changes | [`changes`] |
//! | the store's promises, and how DynamoDB keeps them | [`store::Store`], [`store::dynamo`] |
//! | entity to stored item | [`resource::Item`] |
//!
//! The kit knows no noun and no account operation.

// The macros name the crate as nouns do.
#[cfg(test)]
extern crate self as kit;

pub mod belongings;
pub mod changes;
pub mod clock;
pub mod deadline;
pub mod decimal;
pub mod files;
pub mod http;
pub mod idempotency;
pub mod log;
pub mod operations;
pub mod page;
pub mod resource;
#[cfg(test)]
mod sample;
pub mod search;
pub mod stage;
pub mod store;
pub mod telemetry;
pub mod user;
pub mod value;

pub use serde;

/// The cause of an error, for the log.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;
