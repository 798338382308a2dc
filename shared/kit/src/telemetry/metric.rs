//! The metrics and their dimensions. Alarms and dashboards name them, so they must stay as stable as the API.

use serde::Serialize;

/// The dimensions of every metric.
pub const BY_VERSION: [&str; 2] = ["FunctionName", "FunctionVersion"];

/// The second set of dimensions of a metric that is counted [by route](Metric::by_route), beside [`BY_VERSION`].
pub const BY_ROUTE: [&str; 3] = ["FunctionName", "FunctionVersion", "Route"];

/// A metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Metric {
    /// Its name.
    pub name: &'static str,
    /// The unit of its values.
    pub unit: Unit,
    /// True if it also has the dimension `Route`.
    #[serde(skip)]
    pub by_route: bool,
}

/// The unit of a metric's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Unit {
    /// A number of events.
    Count,
    /// Thousandths of a second.
    Milliseconds,
}

/// The metrics that are the same for every operation.
pub const METRICS: [Metric; 6] = [
    REQUESTS,
    HTTP_4XX,
    HTTP_5XX,
    LATENCY,
    COLD_STARTS,
    THROTTLES,
];

/// Requests, with any outcome.
pub(crate) const REQUESTS: Metric = Metric::count("Requests").and_by_route();
/// Responses with a status from 400 to 499.
pub(crate) const HTTP_4XX: Metric = Metric::count("Http4xx");
/// Responses with a status from 500 to 599.
pub(crate) const HTTP_5XX: Metric = Metric::count("Http5xx");
/// The duration of a request that has a route.
pub(crate) const LATENCY: Metric = Metric::milliseconds("Latency").and_by_route();
/// Requests that were the first of their process.
pub(crate) const COLD_STARTS: Metric = Metric::count("ColdStarts");
/// Requests that failed because DynamoDB or Cognito throttled the service.
pub(crate) const THROTTLES: Metric = Metric::count("Throttles");
impl Metric {
    /// A metric that counts events.
    #[must_use]
    pub const fn count(name: &'static str) -> Self {
        Self {
            name,
            unit: Unit::Count,
            by_route: false,
        }
    }

    /// A metric of times.
    #[must_use]
    pub const fn milliseconds(name: &'static str) -> Self {
        Self {
            unit: Unit::Milliseconds,
            ..Self::count(name)
        }
    }

    const fn and_by_route(self) -> Self {
        Self {
            by_route: true,
            ..self
        }
    }
}
