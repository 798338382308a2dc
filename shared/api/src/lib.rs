//! The service: everything that both the Lambda function and the local server run.
//!
//! The steps of a request, in order:
//!
//! | step | where |
//! | --- | --- |
//! | request id, CORS, panics, problem bodies | [`http`], `http/respond.rs` |
//! | the log line of a request, the metrics | `http/line.rs` -> [`telemetry`] |
//! | the route table | [`http::routes`] |
//! | the caller: header -> verified token | `http/caller.rs` -> [`token`] -> [`token::jwks`] |
//! | body or query -> request type, every fault at once | `http/json.rs`, `http/query.rs` |
//! | request type -> domain type | `http/movies/request.rs` -> [`movie`] |
//! | handler | `http/movies.rs`, `http/auth.rs`, `http/me.rs` |
//! | the export and the deletion of an account with its movies | [`account`] |
//! | the trait for accounts, and its implementation | [`identity::Identity`], [`identity::cognito`] |
//! | the trait for movies, and its implementation | [`store::MovieStore`], [`store::dynamo`] |
//! | domain type -> stored item | [`store::item`] |
//!
//! [`app::App`] assembles the running service. The settings, and with them the [`stage::Stage`], are in
//! [`config::Config`].

pub mod account;
pub mod app;
pub mod aws;
pub mod clock;
pub mod config;
mod decimal;
pub mod http;
pub mod idempotency;
pub mod identity;
pub mod log;
pub mod movie;
pub mod page;
pub mod stage;
pub mod store;
pub mod telemetry;
pub mod token;
