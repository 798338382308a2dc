//! What API Gateway wraps around a request, and what it wants back: the event becomes a request of HTTP with its stage, its
//! id, its trace and the address that it came from, and the response becomes an answer.
//!
//! `lambda_http` could do it, for every kind of event, at twice the cost: see `docs/adr/0023-events-are-read-here.md`.

mod answer;
mod event;

pub(crate) use self::{
    answer::Answer,
    event::{Event, Unread},
};
