//! The checks, one request each.
//!
//! No request here can change anything, however a deployment behaves: requests to operations that write have neither a
//! valid token nor a valid body.

use std::{collections::BTreeSet, time::Instant};

use anyhow::Context as _;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use local::server::Stage;
use serde_json::Value;
use service::nouns::NOUNS;
use tests::{
    answer::Answer,
    contract::{Contract, Operation},
    every,
};

use super::{
    judge::{self, Ask, Judge, Wanted},
    report::{Outcome, Row, Tally},
};
use crate::{
    client::{self, Address, CallError},
    records::{Item, Noun},
};

/// The checks of a deployment.
#[derive(Debug)]
pub(super) struct Checks {
    pub(super) http: reqwest::Client,
    pub(super) address: Address,
    pub(super) judge: Judge,
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

fn ask(method: Method, path: &'static str) -> Ask {
    Ask {
        method,
        path: path.into(),
        query: Vec::new(),
        headers: HeaderMap::new(),
        body: None,
    }
}

impl Ask {
    fn with(mut self, name: HeaderName, value: &'static str) -> Self {
        self.headers.insert(name, HeaderValue::from_static(value));
        self
    }

    fn query(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    fn body(self, media_type: &'static str, body: impl Into<String>) -> Self {
        let mut ask = self.with(header::CONTENT_TYPE, media_type);
        ask.body = Some(body.into().into());
        ask
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
        self.send(&ask(Method::GET, "/health"))
            .await
            .with_context(|| format!("{} cannot be verified", self.address))?;
        let tally = Tally::default();
        let checks = self;
        let mut run = Run {
            checks,
            show,
            tally,
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
            .header(header::ORIGIN, &self.judge.origin);
        if let Some(body) = &ask.body {
            request = request.body(body.clone().into_owned());
        }
        client::send(request).await.map(judge::read)
    }

    fn with_token(&self, mut ask: Ask) -> Option<Ask> {
        let token = self.token.clone()?;
        ask.headers.insert(header::AUTHORIZATION, token);
        Some(ask)
    }
}

impl<S: FnMut(&Row)> Run<'_, S> {
    async fn service(&mut self) {
        self.check_with("runs", &ask(Method::GET, "/health"), Wanted::OK, |answer| {
            let status = &answer.json_or_null()["status"];
            (status != "ok").then(|| format!("status is {status}, not \"ok\""))
        })
        .await;
        let configuration = ask(Method::GET, "/auth/configuration");
        self.check("tells how to sign in", &configuration, Wanted::OK)
            .await;
        if let Some(url) = self.checks.address.in_the_clear("/health") {
            self.without_tls(&url).await;
        }
    }

    async fn without_tls(&mut self, url: &str) {
        let begun = Instant::now();
        let answer = client::send(self.checks.http.get(url)).await;
        let reasons = without_tls(answer.ok());
        let health = ask(Method::GET, "/health");
        self.tell(&health, "is not served without TLS", begun, reasons);
    }

    async fn stage(&mut self) {
        let Some(stage) = self.checks.stage else {
            return;
        };
        let mut version = String::new();
        let what = format!("is {}, by its version", stage.name());
        let health = ask(Method::GET, "/health");
        self.check_with(&what, &health, Wanted::OK, |answer| {
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
        let configuration = ask(Method::GET, "/auth/configuration");
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
            let mut ask = ask_of(&every.0);
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
            let methods: Vec<_> = operations
                .iter()
                .filter(|every| every.0.path == path)
                .map(|every| every.0.method.to_uppercase())
                .collect();
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
        let nowhere = ask(Method::GET, NOWHERE);
        let wanted = Wanted::problem(&[404], "not-found");
        self.check("is no path", &nowhere, wanted).await;

        let sign_in = || ask(Method::POST, "/auth/sign-in");
        let invalid = Wanted::problem(&[400], "invalid-request");
        let malformed = sign_in().body(JSON, "{\"email\": ");
        self.check("refuses malformed JSON", &malformed, invalid)
            .await;
        let empty = sign_in().body(JSON, "{}");
        self.check_with("names every missing member", &empty, invalid, |answer| {
            let faults = answer.json_or_null()["errors"].take();
            let fields: BTreeSet<_> = faults
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|fault| fault["field"].as_str())
                .collect();
            (fields != BTreeSet::from(["email", "password"]))
                .then(|| format!("`errors` names {fields:?}, not email and password"))
        })
        .await;
        let text = sign_in().body("text/plain", "no sign-in");
        let wanted = Wanted::problem(&[415], "unsupported-media-type");
        self.check("refuses what is no JSON", &text, wanted).await;

        let refresh = ask(Method::POST, "/auth/refresh").body(JSON, r#"{"refreshToken": "junk"}"#);
        let wanted = Wanted {
            statuses: &[400, 401],
            problem: None,
        };
        self.check("needs a good refresh token", &refresh, wanted)
            .await;
    }

    /// Requests that read, with the given token.
    async fn signed_in(&mut self) {
        let Ok(noun) = NOUNS[0].many.parse::<Noun>() else {
            return;
        };
        let list = ask(Method::GET, noun.list).query("limit", "20");
        let what = format!("lists {}", noun.many);
        let page = self.read(&what, list, Wanted::OK);
        let page = page.await.unwrap_or_default();

        let what = format!("does not find a missing {}", noun.one);
        let key = noun.missing_key();
        let missing = Wanted::problem(&[404], noun.not_found);
        if let Some(path) = noun.find_by_body {
            let find = ask(Method::POST, path).body(JSON, Value::from(key.clone()).to_string());
            self.read(&what, find, missing).await;
        }
        self.read(&what, find(&noun, &key), missing).await;

        let profile = ask(Method::GET, "/me");
        self.read("tells who is signed in", profile, Wanted::OK)
            .await;
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
            let find = ask(Method::GET, noun.find);
            self.skip(&find, &what, why);
            return self.skip(&find, CURRENT, why);
        };
        let mut find = find(noun, listed);
        let mut tag = None;
        self.read_with(&what, find.clone(), Wanted::OK, |answer| {
            tag = answer.headers.get(header::ETAG).cloned();
            let told = &answer.json_or_null()["etag"];
            (told.as_str() != answer.header("etag"))
                .then(|| "its member `etag` is not the header ETag".to_owned())
        })
        .await;
        let Some(tag) = tag else {
            return self.skip(&find, CURRENT, "no entity tag was answered");
        };
        find.headers.insert(header::IF_NONE_MATCH, tag);
        let wanted = Wanted {
            statuses: &[304],
            problem: None,
        };
        self.read(CURRENT, find, wanted).await;
    }

    /// Runs a check with the token; returns the body if it passed.
    async fn read(&mut self, what: &str, ask: Ask, wanted: Wanted) -> Option<Value> {
        self.read_with(what, ask, wanted, |_| None).await
    }

    /// The same, with one more rule for the answer.
    async fn read_with(
        &mut self,
        what: &str,
        ask: Ask,
        wanted: Wanted,
        more: impl FnOnce(&Answer) -> Option<String>,
    ) -> Option<Value> {
        let Some(ask) = self.checks.with_token(ask.clone()) else {
            self.skip(&ask, what, NO_TOKEN);
            return None;
        };
        let answer = self.check_with(what, &ask, wanted, more).await?;
        Some(answer.json_or_null())
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
        let begun = Instant::now();
        let answer = match self.checks.send(ask).await {
            Ok(answer) => answer,
            Err(error) => {
                let reason = format!("no answer: {:#}", anyhow::Error::from(error));
                self.tell(ask, what, begun, vec![reason]);
                return None;
            }
        };
        let mut faults = self.checks.judge.faults(ask, wanted, &answer);
        if wanted.statuses.contains(&answer.status) {
            faults.extend(more(&answer));
        }
        let passed = faults.is_empty();
        self.tell(ask, what, begun, faults);
        passed.then_some(answer)
    }

    fn tell(&mut self, ask: &Ask, what: &str, begun: Instant, faults: Vec<String>) {
        let took = begun.elapsed();
        let outcome = if faults.is_empty() {
            Outcome::Ok(took)
        } else {
            Outcome::Failed(faults, took)
        };
        self.row(ask, what, outcome);
    }

    fn skip(&mut self, ask: &Ask, what: &str, why: &'static str) {
        self.row(ask, what, Outcome::Skipped(why));
    }

    fn row(&mut self, ask: &Ask, what: &str, outcome: Outcome) {
        self.tally.count(&outcome);
        (self.show)(&Row {
            method: ask.method.clone(),
            path: ask.path.clone().into_owned(),
            what: what.to_owned(),
            outcome,
        });
    }
}

/// The request that finds a resource.
fn find(noun: &Noun, item: &Item) -> Ask {
    let mut find = ask(Method::GET, noun.find);
    let (path, query) = noun.place(noun.find, item);
    (find.path, find.query) = (path.into(), query);
    find
}

fn ask_of(operation: &Operation<'static>) -> Ask {
    let method = operation.method.to_uppercase();
    ask(method.parse().unwrap_or_default(), operation.path)
}

/// The fault of a version that does not belong to the stage: Development runs `$LATEST`, Production a numbered version.
/// `cargo dev` has no versions.
fn another_stage(stage: Stage, by: &str, version: &str) -> Option<String> {
    let is_of = match stage {
        Stage::Development => version == "$LATEST",
        Stage::Production => version.parse::<u64>().is_ok(),
    };
    if version == LOCAL || is_of {
        return None;
    }
    let versions = match stage {
        Stage::Development => "$LATEST",
        Stage::Production => "a version with a number",
    };
    Some(format!(
        "X-Served-By is {by:?}, and {} is served by {versions}",
        stage.name()
    ))
}

/// The fault of a successful response without TLS.
pub(super) fn without_tls(answer: Option<client::Answer>) -> Vec<String> {
    match answer {
        Some(answer) if answer.status.is_success() => {
            vec![format!("{} over plain HTTP", answer.status)]
        }
        _ => Vec::new(),
    }
}

/// The fault of a response to a preflight.
fn preflight(answer: &Answer, methods: &[String]) -> Option<String> {
    let documented = Contract::get()
        .written()
        .pointer("/components/headers/AccessControlAllowHeaders/example");
    let headers = words(documented.and_then(Value::as_str).unwrap_or_default());
    let methods = words(&methods.join(","));
    let lacking = [
        ("access-control-allow-methods", methods),
        ("access-control-allow-headers", headers),
    ];
    let lacking: Vec<_> = lacking
        .into_iter()
        .filter_map(|(name, wanted)| {
            let allowed = words(answer.header(name).unwrap_or_default());
            let lacking: Vec<_> = wanted.difference(&allowed).cloned().collect();
            (!lacking.is_empty()).then(|| format!("{name} lacks {}", lacking.join(", ")))
        })
        .collect();
    (!lacking.is_empty()).then(|| lacking.join("; "))
}

fn words(list: &str) -> BTreeSet<String> {
    let words = list.split(',').map(|word| word.trim().to_ascii_lowercase());
    words.filter(|word| !word.is_empty()).collect()
}
