//! The log line of each request, and the metrics that are computed from it
//! (`docs/adr/0011-one-line-a-request-is-log-and-metrics.md`).
//!
//! Each request ends with one event of the target [`REQUEST`]. Its fields say which request it was, how it ended and
//! what it used of the store. The subscriber decides the form: the Lambda function writes JSON from which CloudWatch
//! reads the [`metric`]s, the local server writes a line for people.

pub(crate) mod lines;
pub mod metric;
pub mod tally;

/// The target of the event that ends every request. It is logged at every log level, because the metrics are computed
/// from it.
pub const REQUEST: &str = "request";

/// The target of an event whose fields include values of metrics, under their names: of a function that serves no requests. It is
/// logged at every log level too.
pub const MEASURED: &str = "measured";

/// The Lambda function that runs. Its name and version are dimensions of the metrics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// `AWS_LAMBDA_FUNCTION_NAME`.
    pub name: String,
    /// `AWS_LAMBDA_FUNCTION_VERSION`: `$LATEST` or a number.
    pub version: String,
    /// The namespace of its metrics.
    pub namespace: &'static str,
    /// The metrics of its own: those that count the outcomes of operations, or those of [`MEASURED`].
    pub metrics: Vec<metric::Metric>,
}

/// An error and its causes in one line.
#[must_use]
pub fn display_chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}
