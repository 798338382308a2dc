//! What the service tells of itself: one line a request, and the metrics that are made of it
//! (`docs/adr/0011-one-line-a-request-is-log-and-metrics.md`).
//!
//! A request ends in one event of the target [`REQUEST`], with the facts: who it was, how it went, what
//! it used. Who subscribes decides the form: the Lambda function writes JSON that CloudWatch reads the
//! [`metric`]s from, the local server a line for people.

pub(crate) mod lines;
pub mod metric;
pub mod tally;
pub(crate) mod work;

/// The target of the event that ends every request. It is logged at every log level: the metrics are
/// made of it.
pub const REQUEST: &str = "api::request";

/// The Lambda function that runs, by which the metrics are told apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// `AWS_LAMBDA_FUNCTION_NAME`.
    pub name: String,
    /// `AWS_LAMBDA_FUNCTION_VERSION`: `$LATEST` or a number.
    pub version: String,
}
