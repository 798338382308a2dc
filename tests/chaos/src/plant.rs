//! Planted bugs. Each is what a bug in the service or in a client would do, done at the proxy or in the lab's own client, so that no
//! switch for it is in any program that is released.

use std::{collections::HashMap, io, sync::Arc};

use bytes::Bytes;
use fastrand::Rng;
use http::{HeaderMap, StatusCode};
use parking_lot::Mutex;
use serde_json::{Value, json};

use crate::wire::{Got, Sent, json_of};

/// Declares the bugs: the name on the command line, and what it does.
macro_rules! bugs {
    ($($Bug:ident $name:literal: $does:literal;)+) => {
        /// A bug to plant.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Bug {
            $(#[doc = $does] $Bug,)+
        }

        impl Bug {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$Bug),+];

            /// Its name on the command line.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$Bug => $name),+ }
            }

            /// What it does.
            #[must_use]
            pub fn does(self) -> &'static str {
                match self { $(Self::$Bug => $does),+ }
            }
        }
    };
}

bugs! {
    ReadThenWrite "read-then-write": "The service reads an item and then writes it without a condition.";
    RecordAfterItem "record-after-item": "The idempotency record is written after the item, in a call of its own that may fail.";
    AcknowledgeFirst "acknowledge-first": "A write is acknowledged before it is carried out, and some are then lost.";
    KeyNotChecked "key-not-checked": "The idempotency record is written whether there is one or not, and not read.";
    SwallowedMismatch "swallowed-412": "A client takes a 412 for success.";
    NewKeyOnRetry "new-key-on-retry": "A client repeats a write with a new idempotency key.";
    NewKeyInTypeScript "new-key-in-typescript": "The client in TypeScript repeats a write with a new idempotency key.";
    UnsafeRetry "unsafe-retry": "The SDK repeats a write that has no idempotency key.";
    RefusalNotRecorded "refusal-not-recorded": "A refusal is told, and not recorded under its idempotency key.";
    StaleRead "stale-read": "Reads of items are eventually consistent.";
    NoGapCheck "no-gap-check": "The feed goes on behind rows of the log that are missing.";
    LeavingNotChecked "leaving-not-checked": "A write does not check whether its user is leaving.";
    SignOutIgnored "sign-out-ignored": "A sign-out is acknowledged, and the refresh token stays good.";
}

impl std::str::FromStr for Bug {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = Self::ALL.iter().copied().find(|bug| bug.name() == name);
        found.ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|bug| bug.name()).collect();
            format!("no such bug; there are {}", names.join(", "))
        })
    }
}

/// The bug that is planted at the proxy, if one is.
#[derive(Debug, Clone)]
pub struct Planted {
    bug: Option<Bug>,
    random: Arc<Mutex<Rng>>,
    /// The last answers to reads, for those that are stale.
    read: Arc<Mutex<HashMap<Bytes, Got>>>,
}

impl Planted {
    /// Plants a bug.
    #[must_use]
    pub fn new(bug: Option<Bug>, seed: u64) -> Self {
        Self {
            bug,
            random: Arc::new(Mutex::new(Rng::with_seed(seed ^ 0xb06))),
            read: Arc::default(),
        }
    }

    fn one_in(&self, count: u32) -> bool {
        self.random.lock().u32(..count) == 0
    }

    /// Carries a request out as the bug does.
    pub(crate) async fn carry_out<F>(
        &self,
        mut sent: Sent,
        forward: impl Fn(Sent) -> F,
    ) -> io::Result<Got>
    where
        F: Future<Output = io::Result<Got>>,
    {
        let target = sent.target.as_str();
        let is_write = matches!(target, "TransactWriteItems" | "UpdateItem" | "DeleteItem");
        match self.bug {
            Some(Bug::ReadThenWrite) if is_write => edit(&mut sent, |body| {
                writes_of_nouns(body, without_condition);
            }),
            Some(Bug::KeyNotChecked) if is_write => edit(&mut sent, |body| {
                for write in parts(body).filter(|write| is_record(write)) {
                    without_condition(write);
                }
            }),
            Some(Bug::KeyNotChecked) if target == "TransactGetItems" => {
                let got = forward(sent).await?;
                return Ok(edited(got, |body| body["Responses"][0] = json!({})));
            }
            Some(Bug::LeavingNotChecked) if target == "TransactWriteItems" => {
                let mut checks = false;
                edit(&mut sent, |body| {
                    if let Some(items) = body["TransactItems"].as_array_mut() {
                        let count = items.len();
                        items.retain(|item| item.get("ConditionCheck").is_none());
                        checks = items.len() < count;
                    }
                });
                let got = forward(sent).await?;
                // The check is the last part, and each part has a reason.
                return Ok(edited(got, |body| {
                    if let Some(reasons) = body["CancellationReasons"].as_array_mut()
                        && checks
                    {
                        reasons.push(json!({ "Code": "None" }));
                    }
                }));
            }
            Some(Bug::RecordAfterItem) if target == "TransactWriteItems" => {
                return self.record_after_item(sent, forward).await;
            }
            Some(Bug::RefusalNotRecorded)
                if target == "TransactWriteItems" && is_refusal(&sent) =>
            {
                return Ok(ok());
            }
            Some(Bug::AcknowledgeFirst) if is_write && self.one_in(20) => {
                return Ok(ok());
            }
            Some(Bug::UnsafeRetry)
                if matches!(target, "UpdateItem" | "DeleteItem") && self.one_in(4) =>
            {
                forward(sent.clone()).await?;
            }
            Some(Bug::StaleRead) if matches!(target, "GetItem" | "TransactGetItems") => {
                let body = sent.body.clone();
                let before = self.read.lock().get(&body).cloned();
                if let Some(before) = before
                    && self.one_in(6)
                {
                    return Ok(before);
                }
                let got = forward(sent).await?;
                self.read.lock().insert(body, got.clone());
                return Ok(got);
            }
            Some(Bug::NoGapCheck) if target == "Query" && is_of_log(&sent) => {
                let got = forward(sent).await?;
                let lose = self.one_in(2);
                return Ok(edited(got, |body| {
                    if lose {
                        lose_a_row(body);
                    }
                }));
            }
            Some(Bug::SignOutIgnored) if target == "RevokeToken" => return Ok(ok()),
            _ => {}
        }
        forward(sent).await
    }

    async fn record_after_item<F>(
        &self,
        mut sent: Sent,
        forward: impl Fn(Sent) -> F,
    ) -> io::Result<Got>
    where
        F: Future<Output = io::Result<Got>>,
    {
        let mut body = json_of(&sent.body);
        let Some(items) = body["TransactItems"].as_array_mut() else {
            return forward(sent).await;
        };
        let at = items.iter().position(|item| is_record(&item["Put"]));
        let Some(record) = at.map(|at| items.remove(at)["Put"].take()) else {
            return forward(sent).await;
        };
        let item = sent.clone().with(&body);
        sent = sent.for_target("PutItem").with(&record);
        let got = forward(item).await?;
        if !got.status.is_success() {
            // The reasons are counted from the record on.
            return Ok(edited(got, |body| {
                if let Some(reasons) = body["CancellationReasons"].as_array_mut() {
                    reasons.insert(0, json!({ "Code": "None" }));
                }
            }));
        }
        if self.one_in(5) {
            return Err(io::Error::other("the function ended between the two"));
        }
        forward(sent).await?;
        Ok(got)
    }
}

/// Changes the body of a request.
fn edit(sent: &mut Sent, change: impl FnOnce(&mut Value)) {
    let mut body = json_of(&sent.body);
    change(&mut body);
    *sent = sent.clone().with(&body);
}

fn edited(got: Got, change: impl FnOnce(&mut Value)) -> Got {
    let mut body = json_of(&got.body);
    change(&mut body);
    Got {
        body: body.to_string().into(),
        ..got
    }
}

fn ok() -> Got {
    Got {
        status: StatusCode::OK,
        headers: HeaderMap::new(),
        body: Bytes::from_static(b"{}"),
    }
}

/// The writes of a transaction, or the one write.
fn parts(body: &mut Value) -> Box<dyn Iterator<Item = &mut Value> + '_> {
    if body.get("TransactItems").is_none() {
        return Box::new(std::iter::once(body));
    }
    let items = body["TransactItems"].as_array_mut().into_iter().flatten();
    Box::new(items.flat_map(|item| {
        item.as_object_mut()
            .into_iter()
            .flatten()
            .map(|(_, write)| write)
    }))
}

fn writes_of_nouns(body: &mut Value, change: fn(&mut Value)) {
    for write in parts(body) {
        let table = write["TableName"].as_str().unwrap_or_default();
        if ["movies-", "watchlist-"]
            .iter()
            .any(|noun| table.starts_with(noun))
        {
            change(write);
        }
    }
}

fn is_record(write: &Value) -> bool {
    let table = write["TableName"].as_str().unwrap_or_default();
    table.starts_with("idempotency-") && write.get("Item").is_some()
}

fn is_refusal(sent: &Sent) -> bool {
    let mut body = json_of(&sent.body);
    parts(&mut body).any(|write| is_record(write) && write["Item"].get("refused").is_some())
}

/// Takes the condition from a write, and the names and values that only the condition uses, which DynamoDB would refuse.
fn without_condition(write: &mut Value) {
    let Some(write) = write.as_object_mut() else {
        return;
    };
    write.remove("ConditionExpression");
    let action = write.get("UpdateExpression").and_then(Value::as_str);
    let action = action.unwrap_or_default().to_owned();
    for member in ["ExpressionAttributeNames", "ExpressionAttributeValues"] {
        let Some(names) = write.get_mut(member).and_then(Value::as_object_mut) else {
            continue;
        };
        names.retain(|name, _| uses(&action, name));
        if names.is_empty() {
            write.remove(member);
        }
    }
}

/// True if an expression has a name as a whole word.
fn uses(expression: &str, name: &str) -> bool {
    let ends = |rest: &str| !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
    expression
        .match_indices(name)
        .any(|(at, _)| ends(&expression[at + name.len()..]))
}

fn is_of_log(sent: &Sent) -> bool {
    let body = json_of(&sent.body);
    body["TableName"]
        .as_str()
        .is_some_and(|table| table.starts_with("changes-"))
}

/// Loses the first of several rows, and numbers the others as if it had never been.
fn lose_a_row(body: &mut Value) {
    let Some(rows) = body["Items"].as_array_mut().filter(|rows| rows.len() > 1) else {
        return;
    };
    for at in (1..rows.len()).rev() {
        let number = rows[at - 1]["seq"].clone();
        rows[at]["seq"] = number;
    }
    rows.remove(0);
    body["Count"] = body["Items"].as_array().map_or(0, Vec::len).into();
}
