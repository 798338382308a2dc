//! The parts as one document.

use std::collections::BTreeMap;

use anyhow::{Context as _, anyhow, bail, ensure};
use serde_yaml_ng::{Mapping, Value};

use super::{complete::Completion, part::Part, problems::Problems};

/// The kinds of component, in the order of the document.
const KINDS: [&str; 9] = [
    "securitySchemes",
    "parameters",
    "requestBodies",
    "headers",
    "schemas",
    "responses",
    "examples",
    "links",
    "callbacks",
];

/// The document that the parts make together.
pub(super) fn join<'a>(parts: &'a [Part]) -> anyhow::Result<Mapping> {
    let kit = parts.first().context("there is no part")?;
    let mut owners = Owners::default();
    for part in parts {
        owners.claim_what_is_written(part)?;
    }
    let problems = Problems::of(parts)?;
    let written = components(parts, |_, _, _| Ok(()))?;
    let completion = |part: &'a Part| Completion {
        commons: [&part.common, &kit.common],
        problems: &problems,
        components: &written,
    };

    let (mut tags, mut paths, mut gateway) = (Vec::new(), Mapping::new(), Mapping::new());
    for part in parts.iter().rev() {
        let completion = completion(part);
        tags.extend(part.tags.iter().cloned());
        for (path, item) in &part.paths {
            let name = path.as_str().unwrap_or_default();
            let place = || format!("{}: {name}", part.file);
            let item = item.as_mapping().with_context(place)?;
            let item = completion.path(name, item).with_context(place)?;
            owners.claim_operations(&item, part).with_context(place)?;
            paths.insert(path.clone(), item.into());
        }
        for (name, response) in &part.gateway_responses {
            let mut response = response.clone();
            completion
                .gateway_response(&mut response)
                .with_context(|| format!("{}: {name:?}", part.file))?;
            gateway.insert(name.clone(), response);
        }
    }
    let components = components(parts, |part, kind, component| {
        completion(part).component(kind, component)
    })?;

    let mut document = Mapping::new();
    let one = |of: fn(&Part) -> Option<Value>| parts.iter().find_map(of);
    for (name, value) in [
        ("openapi", one(|part| part.openapi.clone())),
        ("info", one(|part| part.info.clone())),
        ("servers", one(|part| part.servers.clone())),
        ("tags", Some(tags.into())),
        ("paths", Some(paths.into())),
        ("components", Some(components.into())),
        (
            "x-amazon-apigateway-gateway-responses",
            Some(gateway.into()),
        ),
    ] {
        if let Some(mut value) = value {
            problems.put_table(&mut value);
            document.insert(name.into(), value);
        }
    }
    Ok(document)
}

/// The components of all parts, each completed.
fn components<'a>(
    parts: &'a [Part],
    complete: impl Fn(&'a Part, &str, &mut Value) -> anyhow::Result<()>,
) -> anyhow::Result<Mapping> {
    let mut all = Mapping::new();
    for kind in KINDS {
        let mut of_kind = Mapping::new();
        for part in parts.iter().rev() {
            let components = part.components.get(kind).and_then(Value::as_mapping);
            for (name, component) in components.into_iter().flatten() {
                let mut component = component.clone();
                complete(part, kind, &mut component)
                    .with_context(|| format!("{}: {kind}: {name:?}", part.file))?;
                of_kind.insert(name.clone(), component);
            }
        }
        if !of_kind.is_empty() {
            all.insert(kind.into(), of_kind.into());
        }
    }
    Ok(all)
}

/// Which part says what.
#[derive(Debug, Default)]
struct Owners(BTreeMap<String, String>);

impl Owners {
    /// Refuses what another part says.
    fn claim(&mut self, what: String, part: &Part) -> anyhow::Result<()> {
        match self.0.get(&what) {
            Some(other) if *other == part.file => bail!("{what} is in {other} twice"),
            Some(other) => bail!("{what} is in {other} and in {}", part.file),
            None => {
                self.0.insert(what, part.file.clone());
                Ok(())
            }
        }
    }

    fn claim_what_is_written(&mut self, part: &Part) -> anyhow::Result<()> {
        for (name, value) in [
            ("openapi", &part.openapi),
            ("info", &part.info),
            ("servers", &part.servers),
        ] {
            if value.is_some() {
                self.claim(format!("`{name}`"), part)?;
            }
        }
        for tag in &part.tags {
            let name = tag.get("name").map_or("", text);
            self.claim(format!("the tag {name}"), part)?;
        }
        for (what, members) in [
            ("the path", &part.paths),
            ("the problem", &part.problems),
            ("the gateway's answer", &part.gateway_responses),
        ] {
            for name in members.keys() {
                self.claim(format!("{what} {}", text(name)), part)?;
            }
        }
        for (kind, components) in &part.components {
            let kind = text(kind);
            ensure!(
                KINDS.contains(&kind),
                "{}: `{kind}` is no kind of component",
                part.file
            );
            let components = components
                .as_mapping()
                .ok_or_else(|| anyhow!("{}: `{kind}` has no components", part.file))?;
            for name in components.keys() {
                self.claim(format!("the component {kind}/{}", text(name)), part)?;
            }
        }
        Ok(())
    }

    fn claim_operations(&mut self, item: &Mapping, part: &Part) -> anyhow::Result<()> {
        for operation in item.values() {
            let id = operation.get("operationId").and_then(Value::as_str);
            let id = id.context("an operation has no operationId")?;
            self.claim(format!("the operationId {id}"), part)?;
        }
        Ok(())
    }
}

fn text(name: &Value) -> &str {
    name.as_str().unwrap_or_default()
}
