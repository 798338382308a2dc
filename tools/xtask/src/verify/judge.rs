//! The rules for a response.

use std::borrow::Cow;

use http::{HeaderMap, HeaderValue, Method};
use tests::{
    answer::Answer,
    contract::{Contract, Exchange},
};

use crate::client;

/// The gateway, which responds to requests that do not reach the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gateway {
    /// API Gateway with the gateway responses of `openapi.yaml`, or no gateway.
    Documented,
    /// An emulator, which has responses of its own.
    Emulated,
}

/// The request of a check.
#[derive(Debug, Clone)]
pub(super) struct Ask {
    pub(super) method: Method,
    /// The path after the stage, without the query.
    pub(super) path: Cow<'static, str>,
    pub(super) query: Vec<(&'static str, String)>,
    pub(super) headers: HeaderMap,
    pub(super) body: Option<Cow<'static, str>>,
}

/// The expected response.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    pub(super) statuses: &'static [u16],
    /// The last part of the expected problem type; `None` if any is accepted.
    pub(super) problem: Option<&'static str>,
}

impl Wanted {
    pub(super) const OK: Self = Self {
        statuses: &[200],
        problem: None,
    };

    pub(super) const fn problem(statuses: &'static [u16], problem: &'static str) -> Self {
        Self {
            statuses,
            problem: Some(problem),
        }
    }
}

/// Checks responses.
#[derive(Debug, Clone)]
pub(super) struct Judge {
    /// The origin that every request sends, so that every response must have CORS headers.
    pub(super) origin: String,
    pub(super) gateway: Gateway,
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

impl Judge {
    /// The faults of a response.
    pub(super) fn faults(&self, ask: &Ask, wanted: Wanted, answer: &Answer) -> Vec<String> {
        if self.is_an_emulator(answer) {
            return emulator(wanted, answer.status);
        }
        if !wanted.statuses.contains(&answer.status) {
            return vec![another_status(wanted, answer)];
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
        faults.extend(security(ask, answer));
        faults.extend(self.origin(answer));
        faults
    }

    fn is_an_emulator(&self, answer: &Answer) -> bool {
        let by = answer.header("x-served-by").unwrap_or("gateway");
        self.gateway == Gateway::Emulated && by == "gateway"
    }

    fn origin(&self, answer: &Answer) -> Option<String> {
        match answer.header("access-control-allow-origin") {
            Some("*") => None,
            Some(origin) if origin == self.origin => None,
            allowed => Some(format!(
                "pages of {} may not call: Access-Control-Allow-Origin is {}; --origin names another",
                self.origin,
                allowed.unwrap_or("not there"),
            )),
        }
    }
}

/// The fault of an emulator's response, of which only the status is checked. API Gateway itself responds 403 to an
/// unknown path, unless it is configured otherwise.
fn emulator(wanted: Wanted, status: u16) -> Vec<String> {
    let unknown = status == 403 && wanted.statuses.contains(&404);
    if unknown || (status >= 400 && wanted.statuses.contains(&status)) {
        Vec::new()
    } else {
        vec![format!(
            "{status} of the gateway itself instead of {}",
            one_of(wanted.statuses)
        )]
    }
}

fn another_status(wanted: Wanted, answer: &Answer) -> String {
    let title = &answer.json_or_null()["title"];
    let title = title.as_str().map(|title| format!(" ({title})"));
    format!(
        "{}{} instead of {}",
        answer.status,
        title.unwrap_or_default(),
        one_of(wanted.statuses)
    )
}

fn one_of(statuses: &[u16]) -> String {
    let statuses: Vec<_> = statuses.iter().map(u16::to_string).collect();
    statuses.join(" or ")
}

/// The faults of the headers that keep responses out of caches, and browsers from guessing their type.
fn security(ask: &Ask, answer: &Answer) -> Vec<String> {
    let mut faults = Vec::new();
    if answer.header("x-content-type-options") != Some("nosniff") {
        faults.push("no X-Content-Type-Options: nosniff".to_owned());
    }
    let cache = answer.header("cache-control").unwrap_or_default();
    if !may_be_kept(ask, answer.status) && !cache.contains("no-store") {
        faults.push(format!("Cache-Control is {cache:?}, not no-store"));
    }
    faults
}

/// True if `openapi.yaml` documents a `Cache-Control` of its own for the response.
fn may_be_kept(ask: &Ask, status: u16) -> bool {
    let contract = Contract::get();
    contract
        .operation(&ask.method, &ask.path)
        .and_then(|operation| operation.object["responses"].get(status.to_string()))
        .is_some_and(|response| !contract.resolve(response)["headers"]["Cache-Control"].is_null())
}
