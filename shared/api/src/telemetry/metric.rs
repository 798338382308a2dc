//! The metrics and their dimensions. Alarms and dashboards name them, so they must stay as stable as the API.

use serde::Serialize;

/// The namespace of all metrics.
pub const NAMESPACE: &str = "Movies";

/// The dimensions of every metric.
pub const BY_VERSION: [&str; 2] = ["FunctionName", "FunctionVersion"];

/// The dimensions that a metric [by route](Metric::by_route) has as well.
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

/// Every metric that the function writes.
pub const METRICS: [Metric; 12] = [
    REQUESTS,
    HTTP_4XX,
    HTTP_5XX,
    LATENCY,
    COLD_STARTS,
    THROTTLES,
    MOVIES_ADDED,
    MOVIES_UPDATED,
    MOVIES_DELETED,
    SIGN_UPS,
    SIGN_INS,
    SIGN_IN_FAILURES,
];

/// Requests, with any outcome.
pub(crate) const REQUESTS: Metric = count("Requests").and_by_route();
/// Responses with a status from 400 to 499.
pub(crate) const HTTP_4XX: Metric = count("Http4xx");
/// Responses with a status from 500 to 599.
pub(crate) const HTTP_5XX: Metric = count("Http5xx");
/// The duration of a request that has a route.
pub(crate) const LATENCY: Metric = Metric {
    unit: Unit::Milliseconds,
    ..count("Latency").and_by_route()
};
/// Requests that were the first of their process.
pub(crate) const COLD_STARTS: Metric = count("ColdStarts");
/// Requests that failed because DynamoDB or Cognito throttled the service.
pub(crate) const THROTTLES: Metric = count("Throttles");
/// Movies added.
pub(crate) const MOVIES_ADDED: Metric = count("MoviesAdded");
/// Movies changed.
pub(crate) const MOVIES_UPDATED: Metric = count("MoviesUpdated");
/// Movies deleted one by one, not those deleted with their owner's account.
pub(crate) const MOVIES_DELETED: Metric = count("MoviesDeleted");
/// Confirmed accounts. Sign-ups are not counted, because they succeed for an address that has an account, too.
pub(crate) const SIGN_UPS: Metric = count("SignUps");
/// Sign-ins through the API that returned tokens.
pub(crate) const SIGN_INS: Metric = count("SignIns");
/// Sign-ins through the API that were refused, at any step.
pub(crate) const SIGN_IN_FAILURES: Metric = count("SignInFailures");

const fn count(name: &'static str) -> Metric {
    Metric {
        name,
        unit: Unit::Count,
        by_route: false,
    }
}

impl Metric {
    const fn and_by_route(self) -> Self {
        Self {
            by_route: true,
            ..self
        }
    }
}
