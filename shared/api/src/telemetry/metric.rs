//! The metrics, and what they are told apart by. Alarms and dashboards name them, so they are a promise
//! like that of the API.

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
    /// What its values count.
    pub unit: Unit,
    /// Whether it is also told apart by route.
    #[serde(skip)]
    pub by_route: bool,
}

/// What the values of a metric count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Unit {
    /// Events.
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

/// Requests, whatever came of them.
pub(crate) const REQUESTS: Metric = count("Requests").and_by_route();
/// Answers with a status from 400 to 499.
pub(crate) const HTTP_4XX: Metric = count("Http4xx");
/// Answers with a status from 500 to 599.
pub(crate) const HTTP_5XX: Metric = count("Http5xx");
/// How long the service took for a request that has a route.
pub(crate) const LATENCY: Metric = Metric {
    unit: Unit::Milliseconds,
    ..count("Latency").and_by_route()
};
/// Requests that were the first of their process.
pub(crate) const COLD_STARTS: Metric = count("ColdStarts");
/// Requests that were given up because DynamoDB or Cognito was asked too much.
pub(crate) const THROTTLES: Metric = count("Throttles");
/// Movies added.
pub(crate) const MOVIES_ADDED: Metric = count("MoviesAdded");
/// Movies changed.
pub(crate) const MOVIES_UPDATED: Metric = count("MoviesUpdated");
/// Movies deleted one by one, not those that went with their owner's account.
pub(crate) const MOVIES_DELETED: Metric = count("MoviesDeleted");
/// Accounts confirmed. (A sign-up is accepted for an address that has an account already.)
pub(crate) const SIGN_UPS: Metric = count("SignUps");
/// Sign-ins through the API that gave tokens.
pub(crate) const SIGN_INS: Metric = count("SignIns");
/// Sign-ins through the API that were refused, at whichever step.
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
