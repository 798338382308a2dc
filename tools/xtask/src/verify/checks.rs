//! The checks, one request each.
//!
//! No request here can change anything, however a deployment behaves: requests to operations that write have neither a
//! valid token nor a valid body.

use std::collections::BTreeSet;

use anyhow::Context as _;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use local::server::Stage;
use records::{Item, Noun};
use serde_json::Value;
use service::nouns::NOUNS;
use tests::{answer::Answer, contract::Contract, every};

use super::{
    judge::{self, Wanted},
    report::{Outcome, Row, Tally},
};
use crate::client::{self, Address, CallError};

/// The checks of a deployment.
#[derive(Debug)]
pub(super) struct Checks {
    pub(super) http: reqwest::Client,
    pub(super) address: Address,
    /// The origin that every request sends, so that every response must have CORS headers.
    pub(super) origin: String,
    /// True if the gateway is an emulator, which has responses of its own.
    pub(super) emulated_gateway: bool,
    /// The `Authorization` header with a valid token.
    pub(super) token: Option<HeaderValue>,
    /// The stage that is expected.
    pub(super) stage: Option<Stage>,
    /// The user pool that the stage must name.
    pub(super) user_pool: Option<String>,
}

const JSON: &str = "application/json";

/// The version that a function of `cargo dev` reports.
const LOCAL: &str = "local";

/// A path that never existed.
const NOWHERE: &str = "/verify/no-such-path";

const NO_TOKEN: &str = "no --token-env";

/// The request of a check.
#[derive(Debug, Clone, Default)]
pub(super) struct Ask {
    pub(super) method: Method,
    /// The path after the stage, without the query.
    pub(super) path: String,
    query: Vec<(&'static str, String)>,
    pub(super) headers: HeaderMap,
    body: String,
    /// True if it is sent with the valid token. Without a token, its check is skipped.
    signed_in: bool,
}

fn ask(method: Method, path: &str) -> Ask {
    Ask {
        method,
        path: path.to_owned(),
        ..Ask::default()
    }
}

fn get(path: &str) -> Ask {
    ask(Method::GET, path)
}

impl Ask {
    fn with(mut self, name: HeaderName, value: &'static str) -> Self {
        self.headers.insert(name, HeaderValue::from_static(value));
        self
    }

    fn body(self, media_type: &'static str, body: impl Into<String>) -> Self {
        Self {
            body: body.into(),
            ..self.with(header::CONTENT_TYPE, media_type)
        }
    }

    fn signed_in(self) -> Self {
        Self {
            signed_in: true,
            ..self
        }
    }
}

/// A run of the checks, which shows and counts each of them.
struct Run<'a, S> {
    checks: &'a Checks,
    show: S,
    tally: Tally,
}

impl Checks {
    /// Runs all checks, and shows each. Fails if the deployment does not respond.
    pub(super) async fn run(&self, show: impl FnMut(&Row)) -> anyhow::Result<Tally> {
        self.send(&get("/health"))
            .await
            .with_context(|| format!("{} cannot be verified", self.address))?;
        let mut run = Run {
            checks: self,
            show,
            tally: Tally::default(),
        };
        run.service().await;
        run.stage().await;
        run.signed_out().await;
        run.preflights().await;
        run.refusals().await;
        run.signed_in().await;
        Ok(run.tally)
    }

    async fn send(&self, ask: &Ask) -> Result<Answer, CallError> {
        let mut request = self
            .http
            .request(ask.method.clone(), self.address.of(&ask.path))
            .query(&ask.query)
            .headers(ask.headers.clone())
            .header(header::ORIGIN, &self.origin);
        if let Some(token) = self.token.as_ref().filter(|_| ask.signed_in) {
            request = request.header(header::AUTHORIZATION, token);
        }
        if !ask.body.is_empty() {
            request = request.body(ask.body.clone());
        }
        client::send(request).await.map(judge::read)
    }
}

impl<S: FnMut(&Row)> Run<'_, S> {
    async fn service(&mut self) {
        self.check_with("runs", &get("/health"), Wanted::OK, |answer| {
            let status = &answer.json_or_null()["status"];
            (status != "ok").then(|| format!("status is {status}, not \"ok\""))
        })
        .await;
        let configuration = get("/auth/configuration");
        self.check("tells how to sign in", &configuration, Wanted::OK)
            .await;
    }

    async fn stage(&mut self) {
        let Some(stage) = self.checks.stage else {
            return;
        };
        let mut version = String::new();
        let what = format!("is {}, by its version", stage.name());
        self.check_with(&what, &get("/health"), Wanted::OK, |answer| {
            let by = answer.header("x-served-by").unwrap_or_default();
            version.push_str(by.rsplit('/').next().unwrap_or_default());
            another_stage(stage, by, &version)
        })
        .await;
        let user_pool = match version.as_str() {
            LOCAL => Some(format!("local_{}", stage.name())),
            _ => self.checks.user_pool.clone(),
        };
        let Some(user_pool) = user_pool else {
            return;
        };
        let what = format!("is {}, by its user pool", stage.name());
        let configuration = get("/auth/configuration");
        self.check_with(&what, &configuration, Wanted::OK, |answer| {
            let told = &answer.json_or_null()["userPoolId"];
            (*told != *user_pool).then(|| format!("the user pool is {told}, not {user_pool}"))
        })
        .await;
    }

    /// Every operation that takes a token, without a token and with an invalid one.
    async fn signed_out(&mut self) {
        let wanted = Wanted::problem(&[401], "unauthorized");
        for every in every::operations() {
            if !every.is_for_signed_in_callers() {
                continue;
            }
            let method = every.0.method.to_uppercase();
            let mut ask = ask(method.parse().unwrap_or_default(), every.0.path);
            if every.has_body() {
                // Every operation refuses this body, even one that needs no token by mistake.
                ask = ask.body(JSON, "{}");
            }
            self.check("needs a token", &ask, wanted).await;
            let ask = ask.with(header::AUTHORIZATION, "Bearer junk");
            self.check("needs a good token", &ask, wanted).await;
        }
    }

    async fn preflights(&mut self) {
        let operations = every::operations();
        let paths: BTreeSet<_> = operations.iter().map(|every| every.0.path).collect();
        for path in paths {
            let on_path = operations.iter().filter(|every| every.0.path == path);
            let methods: Vec<_> = on_path.map(|every| every.0.method.to_uppercase()).collect();
            let mut ask = ask(Method::OPTIONS, path).with(
                header::ACCESS_CONTROL_REQUEST_HEADERS,
                "authorization,content-type",
            );
            if let Some(method) = methods.first().and_then(|method| method.parse().ok()) {
                let name = header::ACCESS_CONTROL_REQUEST_METHOD;
                ask.headers.insert(name, method);
            }
            self.check_with("lets web pages call", &ask, Wanted::OK, |answer| {
                preflight(answer, &methods)
            })
            .await;
        }
    }

    /// Invalid requests. None of them is a valid sign-in, so none counts as an attempt of a user.
    async fn refusals(&mut self) {
        let wanted = Wanted::problem(&[404], "not-found");
        self.check("is no path", &get(NOWHERE), wanted).await;

        let sign_in =
            |media_type, body: &str| ask(Method::POST, "/auth/sign-in").body(media_type, body);
        let invalid = Wanted::problem(&[400], "invalid-request");
        let malformed = sign_in(JSON, "{\"email\": ");
        self.check("refuses malformed JSON", &malformed, invalid)
            .await;
        let empty = sign_in(JSON, "{}");
        self.check_with("names every missing member", &empty, invalid, |answer| {
            let faults = answer.json_or_null()["errors"].take();
            let faults = faults.as_array().into_iter().flatten();
            let fields: BTreeSet<_> = faults.filter_map(|fault| fault["field"].as_str()).collect();
            (fields != BTreeSet::from(["email", "password"]))
                .then(|| format!("`errors` names {fields:?}, not email and password"))
        })
        .await;
        let text = sign_in("text/plain", "no sign-in");
        let wanted = Wanted::problem(&[415], "unsupported-media-type");
        self.check("refuses what is no JSON", &text, wanted).await;

        let refresh = ask(Method::POST, "/auth/refresh").body(JSON, r#"{"refreshToken": "junk"}"#);
        let wanted = Wanted::status(&[400, 401]);
        self.check("needs a good refresh token", &refresh, wanted)
            .await;
    }

    /// Requests that read, with the given token.
    async fn signed_in(&mut self) {
        let Ok(noun) = NOUNS[0].many.parse::<Noun>() else {
            return;
        };
        let mut list = get(noun.list).signed_in();
        list.query.push(("limit", "20".to_owned()));
        let what = format!("lists {}", noun.many);
        let page = self.check(&what, &list, Wanted::OK).await;
        let page = page.map(|answer| answer.json_or_null());

        let what = format!("does not find a missing {}", noun.one);
        let key = noun.missing_key();
        let missing = Wanted::problem(&[404], noun.not_found);
        if let Some(path) = noun.find_by_body {
            let find = ask(Method::POST, path).body(JSON, Value::from(key.clone()).to_string());
            self.check(&what, &find.signed_in(), missing).await;
        }
        self.check(&what, &find(&noun, &key), missing).await;

        let profile = get("/me").signed_in();
        self.check("tells who is signed in", &profile, Wanted::OK)
            .await;
        let page = page.unwrap_or_default();
        self.entity_tag(&noun, page["items"][0].as_object()).await;
    }

    /// Reads a resource that was listed, and once more with its entity tag.
    async fn entity_tag(&mut self, noun: &Noun, listed: Option<&Item>) {
        const CURRENT: &str = "answers 304 to a current entity tag";
        let what = format!("finds a {} that was listed", noun.one);
        let Some(listed) = listed else {
            let why = match self.checks.token {
                Some(_) => "none was listed",
                None => NO_TOKEN,
            };
            let find = get(noun.find);
            self.row(&find, &what, Outcome::Skipped(why));
            return self.row(&find, CURRENT, Outcome::Skipped(why));
        };
        let mut find = find(noun, listed);
        let mut tag = None;
        self.check_with(&what, &find, Wanted::OK, |answer| {
            tag = answer.headers.get(header::ETAG).cloned();
            let told = &answer.json_or_null()["etag"];
            (told.as_str() != answer.header("etag"))
                .then(|| "its member `etag` is not the header ETag".to_owned())
        })
        .await;
        let Some(tag) = tag else {
            return self.row(
                &find,
                CURRENT,
                Outcome::Skipped("no entity tag was answered"),
            );
        };
        find.headers.insert(header::IF_NONE_MATCH, tag);
        self.check(CURRENT, &find, Wanted::status(&[304])).await;
    }

    /// Runs a check; returns the response if it passed.
    async fn check(&mut self, what: &str, ask: &Ask, wanted: Wanted) -> Option<Answer> {
        self.check_with(what, ask, wanted, |_| None).await
    }

    /// The same, with one more rule for the answer.
    async fn check_with(
        &mut self,
        what: &str,
        ask: &Ask,
        wanted: Wanted,
        more: impl FnOnce(&Answer) -> Option<String>,
    ) -> Option<Answer> {
        if ask.signed_in && self.checks.token.is_none() {
            self.row(ask, what, Outcome::Skipped(NO_TOKEN));
            return None;
        }
        let answer = match self.checks.send(ask).await {
            Ok(answer) => answer,
            Err(error) => {
                let reason = format!("no answer: {:#}", anyhow::Error::from(error));
                self.row(ask, what, Outcome::Failed(vec![reason]));
                return None;
            }
        };
        let mut faults = self.checks.faults(ask, wanted, &answer);
        if wanted.statuses.contains(&answer.status) {
            faults.extend(more(&answer));
        }
        let passed = faults.is_empty();
        self.row(
            ask,
            what,
            if passed {
                Outcome::Ok
            } else {
                Outcome::Failed(faults)
            },
        );
        passed.then_some(answer)
    }

    fn row(&mut self, ask: &Ask, what: &str, outcome: Outcome) {
        self.tally.count(&outcome);
        (self.show)(&Row {
            method: ask.method.clone(),
            path: ask.path.clone(),
            what: what.to_owned(),
            outcome,
        });
    }
}

/// The request that finds a resource.
fn find(noun: &Noun, item: &Item) -> Ask {
    let (path, query) = noun.place(noun.find, item);
    Ask {
        query,
        ..get(&path).signed_in()
    }
}

/// The fault of a version that does not belong to the stage: Development runs `$LATEST`, Production a numbered version.
/// `cargo dev` has no versions.
fn another_stage(stage: Stage, by: &str, version: &str) -> Option<String> {
    let (is_of, versions) = match stage {
        Stage::Development => (version == "$LATEST", "$LATEST"),
        Stage::Production => (version.parse::<u64>().is_ok(), "a version with a number"),
    };
    let name = stage.name();
    (version != LOCAL && !is_of)
        .then(|| format!("X-Served-By is {by:?}, and {name} is served by {versions}"))
}

/// The fault of a response to a preflight.
fn preflight(answer: &Answer, methods: &[String]) -> Option<String> {
    let documented = Contract::get()
        .written()
        .pointer("/components/headers/AccessControlAllowHeaders/example");
    let headers = documented.and_then(Value::as_str).unwrap_or_default();
    let methods = methods.join(",");
    let lacking = [
        ("access-control-allow-methods", methods.as_str()),
        ("access-control-allow-headers", headers),
    ];
    let lacking = lacking.map(|(name, wanted)| {
        let allowed = words(answer.header(name).unwrap_or_default());
        let lacking: Vec<_> = words(wanted).difference(&allowed).cloned().collect();
        (!lacking.is_empty()).then(|| format!("{name} lacks {}", lacking.join(", ")))
    });
    let lacking: Vec<_> = lacking.into_iter().flatten().collect();
    (!lacking.is_empty()).then(|| lacking.join("; "))
}

fn words(list: &str) -> BTreeSet<String> {
    let words = list.split(',').map(|word| word.trim().to_ascii_lowercase());
    words.filter(|word| !word.is_empty()).collect()
}
