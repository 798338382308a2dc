//! The service: everything that both the Lambda function and the local server run.
//!
//! A request flows down once:
//!
//! | step | where |
//! | --- | --- |
//! | request id, CORS, panics, problem bodies | [`http`], `http/respond.rs` |
//! | the line that a request ends in, the metrics | `http/line.rs` -> [`telemetry`] |
//! | the route table | [`http::routes`] |
//! | who calls: header -> verified token | `http/caller.rs` -> [`token`] -> [`token::jwks`] |
//! | body or query -> request type, every fault at once | `http/json.rs`, `http/query.rs` |
//! | request type -> domain type | `http/movies/request.rs` -> [`movie`] |
//! | handler | `http/movies.rs`, `http/auth.rs`, `http/me.rs` |
//! | what concerns an account and its movies together | [`account`] |
//! | the identity provider's promise, and how it is kept | [`identity::Identity`], [`identity::cognito`] |
//! | the store's promise, and how it is kept | [`store::MovieStore`], [`store::dynamo`] |
//! | domain type -> stored item | [`store::item`] |
//!
//! The running service is assembled in [`app::App`]; the settings are in [`config::Config`], and the [`stage::Stage`]
//! follows from the function's version.

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
