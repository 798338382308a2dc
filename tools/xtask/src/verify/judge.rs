//! The rules for a response.

use http::{HeaderMap, HeaderValue};
use tests::{
    answer::Answer,
    contract::{Contract, Exchange},
};

use super::checks::{Ask, Checks};
use crate::client;

/// The expected response.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    pub(super) statuses: &'static [u16],
    /// The last part of the expected problem type; `None` if any is accepted.
    problem: Option<&'static str>,
}

impl Wanted {
    pub(super) const OK: Self = Self::status(&[200]);

    pub(super) const fn status(statuses: &'static [u16]) -> Self {
        Self {
            statuses,
            problem: None,
        }
    }

    pub(super) const fn problem(statuses: &'static [u16], problem: &'static str) -> Self {
        Self {
            statuses,
            problem: Some(problem),
        }
    }
}

/// API Gateway renames `WWW-Authenticate` in responses that it passes on, as `openapi.yaml` says.
const REMAPPED: &str = "x-amzn-remapped-www-authenticate";

/// A response as the contract reads it: lines of the same header are joined, as RFC 9110 allows, and headers with
/// values other than visible ASCII are left out.
pub(super) fn read(answer: client::Answer) -> Answer {
    let mut headers = HeaderMap::new();
    for name in answer.headers.keys() {
        let lines = answer.headers.get_all(name).iter();
        let Ok(lines) = lines
            .map(HeaderValue::to_str)
            .collect::<Result<Vec<_>, _>>()
        else {
            continue;
        };
        if let Ok(value) = lines.join(", ").parse() {
            headers.insert(name, value);
        }
    }
    if let Some(challenge) = headers.remove(REMAPPED) {
        headers
            .entry(http::header::WWW_AUTHENTICATE)
            .or_insert(challenge);
    }
    Answer {
        status: answer.status.as_u16(),
        headers,
        body: answer.body,
    }
}

impl Checks {
    /// The faults of a response.
    pub(super) fn faults(&self, ask: &Ask, wanted: Wanted, answer: &Answer) -> Vec<String> {
        let status = answer.status;
        let is_wanted = wanted.statuses.contains(&status);
        let statuses: Vec<_> = wanted.statuses.iter().map(u16::to_string).collect();
        let statuses = statuses.join(" or ");
        let by = answer.header("x-served-by").unwrap_or("gateway");
        if self.emulated_gateway && by == "gateway" {
            // Only the status of an emulator is checked. API Gateway itself responds 403 to an unknown path, unless it
            // is configured otherwise.
            let is_unknown = status == 403 && wanted.statuses.contains(&404);
            if is_unknown || (status >= 400 && is_wanted) {
                return Vec::new();
            }
            return vec![format!(
                "{status} of the gateway itself instead of {statuses}"
            )];
        }
        if !is_wanted {
            let title = &answer.json_or_null()["title"];
            let title = title.as_str().map(|title| format!(" ({title})"));
            let title = title.unwrap_or_default();
            return vec![format!("{status}{title} instead of {statuses}")];
        }
        let mut faults = Contract::get().check(&Exchange {
            method: &ask.method,
            path: &ask.path,
            headers: &ask.headers,
            answer,
        });
        if let Some(problem) = wanted.problem {
            let kind = &answer.json_or_null()["type"];
            if *kind != format!("/problems/{problem}") {
                faults.push(format!("the problem is {kind}, not /problems/{problem}"));
            }
        }
        // Browsers must not guess the type of a response, and caches must not keep it.
        if answer.header("x-content-type-options") != Some("nosniff") {
            faults.push("no X-Content-Type-Options: nosniff".to_owned());
        }
        let cache = answer.header("cache-control").unwrap_or_default();
        if !may_be_kept(ask, status) && !cache.contains("no-store") {
            faults.push(format!("Cache-Control is {cache:?}, not no-store"));
        }
        let allowed = answer.header("access-control-allow-origin");
        if allowed != Some("*") && allowed != Some(&self.origin) {
            faults.push(format!(
                "pages of {} may not call: Access-Control-Allow-Origin is {}; --origin names another",
                self.origin,
                allowed.unwrap_or("not there"),
            ));
        }
        faults
    }
}

/// True if `openapi.yaml` documents a `Cache-Control` of its own for the response.
fn may_be_kept(ask: &Ask, status: u16) -> bool {
    let contract = Contract::get();
    contract
        .operation(&ask.method, &ask.path)
        .and_then(|operation| operation.object["responses"].get(status.to_string()))
        .is_some_and(|response| !contract.resolve(response)["headers"]["Cache-Control"].is_null())
}
