//! The contract compared with what was released, and the comparison itself: changes of which it is known whether they
//! break an app.

use std::fs;

use anyhow::ensure;
use programs::{checkout::root, tools::Tools};
use serde_yaml_ng::Value;

use super::Counts;
use crate::contract_diff;

/// A change of the contract, and true if it breaks an app that was built before.
type Case = (&'static str, fn(&mut Value), bool);

const CASES: &[Case] = &[
    (
        "a response loses an optional member",
        |c| remove(schema(c, "WatchlistEntryResponse"), "note"),
        true,
    ),
    (
        "a response gains a member",
        |c| add(schema(c, "WatchlistEntryResponse")),
        false,
    ),
    (
        "a request gains an optional member",
        |c| add(schema(c, "PutWatchlistEntryRequest")),
        false,
    ),
    (
        "a request loses a member",
        |c| remove(schema(c, "PutWatchlistEntryRequest"), "note"),
        true,
    ),
    (
        "a request needs another member",
        |c| require(schema(c, "PutWatchlistEntryRequest"), "note"),
        true,
    ),
    (
        "an operation loses a parameter",
        |c| remove(&mut c["paths"]["/me/export"]["get"], "parameters"),
        true,
    ),
    (
        "a response loses a header",
        |c| remove(headers(c), "ETag"),
        true,
    ),
    (
        "an operation has another id",
        |c| c["paths"]["/me"]["get"]["operationId"] = "getMe".into(),
        true,
    ),
    (
        "an operation is gone",
        |c| remove(&mut c["paths"]["/me"], "get"),
        true,
    ),
    (
        "a path is new",
        |c| c["paths"]["/you"]["get"] = c["paths"]["/health"]["get"].clone(),
        false,
    ),
];

/// Runs the cases, and compares with the last release.
pub(super) fn run(tools: &Tools) -> anyhow::Result<Counts> {
    let path = root().join("openapi.yaml");
    let contract = fs::read_to_string(&path)?;
    let folder = tempfile::tempdir()?;
    let changed = folder.path().join("changed.yaml");
    let mut counts = Counts::default();
    for (name, change, breaks) in CASES {
        let mut document = serde_yaml_ng::from_str(&contract)?;
        change(&mut document);
        fs::write(&changed, serde_yaml_ng::to_string(&document)?)?;
        let found = contract_diff::breaks(tools, &path.display().to_string(), &changed)?;
        ensure!(
            found == *breaks,
            "{name}: it breaks apps: {breaks}, but oasdiff says {found}"
        );
        counts = counts + Counts::PASSED;
    }
    ensure!(
        !contract_diff::breaks_release(tools)?,
        "openapi.yaml breaks apps that were built for the last release"
    );
    Ok(counts + Counts::PASSED)
}

fn schema<'a>(contract: &'a mut Value, name: &str) -> &'a mut Value {
    &mut contract["components"]["schemas"][name]
}

fn headers(contract: &mut Value) -> &mut Value {
    &mut contract["paths"]["/me/watchlist/{entryId}"]["put"]["responses"]["201"]["headers"]
}

fn add(schema: &mut Value) {
    schema["properties"]["tagline"]["type"] = "string".into();
}

fn require(schema: &mut Value, member: &str) {
    if let Some(required) = schema["required"].as_sequence_mut() {
        required.push(member.into());
    }
}

/// Removes a member of an object, or the member of a schema.
fn remove(value: &mut Value, member: &str) {
    let of = if value.get("properties").is_some() {
        &mut value["properties"]
    } else {
        value
    };
    if let Some(members) = of.as_mapping_mut() {
        members.remove(member);
    }
}
