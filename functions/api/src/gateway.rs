//! What API Gateway wraps around a request, and what it wants back: the event becomes a request of HTTP with its stage, its
//! id, its trace and the address that it came from, and the response becomes an answer.
//!
//! It is read here rather than by `lambda_http`, which tries one format after the other, goes through a URL of its own and
//! reads headers twice (`docs/adr/0001-axum-behind-lambda.md`).

mod answer;
mod event;

pub(crate) use self::{
    answer::Answer,
    event::{Event, Unread},
};
