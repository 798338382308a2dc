//! The event that ends every request. It is logged, and the metrics are computed from it.

use std::{sync::Arc, time::Instant};

use axum::response::Response;
use http::{Method, StatusCode};

use super::{TraceId, error::ApiError};
use crate::telemetry::{REQUEST, display_chain, metric::Metric, tally::Used};

/// The most characters of a method's name that are logged; the rest is cut off.
const MAX_METHOD: usize = 32;

/// Marks a success that no metric of its operation counts: a step of a sign-in that is not the last, or a replayed
/// response.
#[derive(Debug, Clone, Copy)]
pub struct WithoutWork;

/// An outcome of a request that a metric may count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The operation was carried out, now and not by an earlier request.
    Done,
    /// The same, and it created something: 201.
    Created,
    /// The proof of identity that the caller sent was not accepted.
    Refused,
}

impl Outcome {
    /// True if a metric of this outcome also counts requests with the other outcome: `Done` counts what created something.
    pub(super) fn includes(self, other: Self) -> bool {
        self == other || (self, other) == (Self::Done, Self::Created)
    }
}

/// The outcome that a metric may count.
pub(super) fn outcome(response: &Response, error: Option<&ApiError>) -> Option<Outcome> {
    let done = || {
        let with_work = response.extensions().get::<WithoutWork>().is_none();
        response.status().is_success() && with_work
    };
    match error {
        Some(error) => (error.problem().refuses_proof).then_some(Outcome::Refused),
        None if !done() => None,
        None if response.status() == StatusCode::CREATED => Some(Outcome::Created),
        None => Some(Outcome::Done),
    }
}

/// The fields of a request's log line. The route is a path of the route table or `-`, because the path that was sent
/// may contain anything.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) id: String,
    pub(super) trace_id: Option<TraceId>,
    pub(super) method: Method,
    pub(super) route: &'static str,
    pub(super) status: u16,
    pub(super) began: Instant,
    pub(super) error: Option<Arc<ApiError>>,
    pub(super) used: Used,
    pub(super) cold_start: bool,
    pub(super) stage: &'static str,
    pub(super) counted: Option<Metric>,
}

impl Line {
    /// Logs the event that ends the request.
    pub(super) fn log(&self) {
        // The level of an event must be a constant, so there are two events of one form.
        macro_rules! event {
            ($level:expr) => {
                tracing::event!(
                    target: REQUEST,
                    $level,
                    request_id = self.id,
                    xray_trace_id = self.trace_id.as_ref().map(|TraceId(id)| id.as_str()),
                    method = shortened(&self.method),
                    route = self.route,
                    status = self.status,
                    micros = u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX),
                    problem = self.error.as_deref().map(|error| error.problem().slug),
                    error = self
                        .error
                        .as_deref()
                        .and_then(std::error::Error::source)
                        .map(display_chain),
                    store_calls = self.used.store_calls,
                    read_units = some(self.used.read_units),
                    write_units = some(self.used.write_units),
                    cold_start = self.cold_start,
                    stage = self.stage,
                    counted = self.counted.map(|metric| metric.name),
                    "request"
                )
            };
        }
        if self.status >= 500 || self.error.as_deref().is_some_and(ApiError::is_ours) {
            event!(tracing::Level::ERROR);
        } else {
            event!(tracing::Level::INFO);
        }
    }
}

/// Shortens a method, which may have any length (RFC 9110, section 9.1). It is in ASCII, so every byte is a character.
fn shortened(method: &Method) -> &str {
    let method = method.as_str();
    method.get(..MAX_METHOD).unwrap_or(method)
}

/// `None` for zero, so that unused units are not logged.
fn some(units: f64) -> Option<f64> {
    (units > 0.0).then_some(units)
}
