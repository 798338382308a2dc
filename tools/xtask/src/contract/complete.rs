//! Adds what no operation writes out: the nearest that says a thing wins, and `null` leaves it out.

use anyhow::{Context as _, anyhow, bail, ensure};
use heck::ToUpperCamelCase as _;
use serde_yaml_ng::{Mapping, Value};

use super::{part::Common, problems::Problems};

const METHODS: [&str; 7] = ["get", "put", "post", "delete", "patch", "head", "trace"];
const PREFLIGHT: &str = "options";
const PROBLEM: &str = "application/problem+json";

/// The rules that complete the operations of one part.
#[derive(Debug)]
pub(super) struct Completion<'a> {
    /// The part's own before the kit's.
    pub(super) commons: [&'a Common; 2],
    pub(super) problems: &'a Problems,
    /// Of all parts, as they are written: what references lead to.
    pub(super) components: &'a Mapping,
}

impl Completion<'_> {
    /// The operations of a path, with its preflight.
    pub(super) fn path(&self, path: &str, item: &Mapping) -> anyhow::Result<Mapping> {
        let mut complete = Mapping::new();
        for (method, operation) in item {
            let name = method.as_str().unwrap_or_default();
            let Value::Mapping(operation) = operation else {
                bail!("{name} is no operation");
            };
            if METHODS.contains(&name) {
                let operation = self.operation(operation).with_context(|| name.to_owned())?;
                complete.insert(method.clone(), operation.into());
            } else if name != PREFLIGHT {
                bail!("{name} is no method");
            }
        }
        complete.insert(PREFLIGHT.into(), self.preflight(path, item)?.into());
        Ok(complete)
    }

    fn operation(&self, written: &Mapping) -> anyhow::Result<Mapping> {
        let mut operation = written.clone();
        let [own, kit] = self.commons.map(|common| &common.requests);
        let security = [written, own, kit];
        let security = security.iter().find_map(|place| place.get("security"));
        // Left out, it would open the operation without a word.
        ensure!(
            security.is_none_or(Value::is_sequence),
            "`security` is no list; an open operation has an empty one"
        );
        let is_signed_in = security
            .and_then(Value::as_sequence)
            .is_some_and(|schemes| !schemes.is_empty());
        let has_body = written.contains_key("requestBody");
        let parameters = self.parameters(written)?;
        let has_query = parameters.iter().any(|(_, place, _)| *place == "query");
        let has_key = parameters
            .iter()
            .any(|(_, _, name)| *name == "Idempotency-Key");
        for common in self.commons {
            // The special before the general: what is there already wins.
            for (applies, rule) in [
                (has_key, &common.with_idempotency_key),
                (has_body, &common.with_body),
                (is_signed_in, &common.signed_in),
                (!has_body && !has_query, &common.without_input),
                (true, &common.requests),
                (true, &common.operations),
            ] {
                if applies {
                    fill_operation(&mut operation, rule);
                }
            }
        }
        self.finish(&mut operation);
        Ok(operation)
    }

    /// The answer to the question of a browser, whether it may send what the other operations of the path take.
    fn preflight(&self, path: &str, item: &Mapping) -> anyhow::Result<Mapping> {
        let written = item.get(PREFLIGHT).and_then(Value::as_mapping);
        let mut preflight = written.cloned().unwrap_or_default();
        let mut in_path = Vec::new();
        for operation in item.values().filter_map(Value::as_mapping) {
            for (written, place, _) in self.parameters(operation)? {
                if place == "path" && !in_path.contains(written) {
                    in_path.push(written.clone());
                }
            }
        }
        // `preflightSignIn` for `/auth/sign-in`.
        let last = path.rsplit('/').next().unwrap_or_default();
        let id = format!("preflight{}", last.to_upper_camel_case());
        let summary = format!("CORS preflight for {path}");
        let mut own = Mapping::new();
        own.insert("operationId".into(), id.into());
        own.insert("summary".into(), summary.into());
        if !in_path.is_empty() {
            own.insert("parameters".into(), in_path.into());
        }
        fill(&mut preflight, &own);
        for common in self.commons {
            fill_operation(&mut preflight, &common.preflights);
            fill_operation(&mut preflight, &common.operations);
        }
        self.finish(&mut preflight);
        Ok(preflight)
    }

    /// The parameters of an operation: as written, where it is, its name.
    fn parameters<'b>(
        &'b self,
        operation: &'b Mapping,
    ) -> anyhow::Result<Vec<(&'b Value, &'b str, &'b str)>> {
        let written = operation.get("parameters").and_then(Value::as_sequence);
        let all = written.into_iter().flatten().map(|written| {
            let parameter = self.resolve(written)?;
            let text = |member| {
                let text = parameter.get(member).and_then(Value::as_str);
                text.ok_or_else(|| anyhow!("a parameter has no `{member}`"))
            };
            Ok((written, text("in")?, text("name")?))
        });
        all.collect()
    }

    fn resolve<'b>(&'b self, value: &'b Value) -> anyhow::Result<&'b Value> {
        let Some(reference) = value.get("$ref").and_then(Value::as_str) else {
            return Ok(value);
        };
        reference
            .strip_prefix("#/components/")
            .and_then(|rest| rest.split_once('/'))
            .and_then(|(kind, name)| self.components.get(kind)?.get(name))
            .ok_or_else(|| anyhow!("{reference} is in no part"))
    }

    fn finish(&self, operation: &mut Mapping) {
        leave_out(operation);
        if let Some(Value::Mapping(responses)) = operation.get_mut("responses") {
            leave_out(responses);
            for answer in responses.values_mut() {
                self.answer(answer);
            }
            sort_failures(responses);
        }
    }

    /// Completes an answer, unless it is a reference to one.
    fn answer(&self, answer: &mut Value) {
        let Value::Mapping(answer) = answer else {
            return;
        };
        if is_reference(answer) {
            return;
        }
        for common in self.commons {
            fill(answer, &common.answers);
            let problem = answer
                .get_mut("content")
                .and_then(|content| content.get_mut(PROBLEM));
            if let Some(Value::Mapping(problem)) = problem {
                fill(problem, &common.problems);
            }
        }
        if let Some(Value::Mapping(headers)) = answer.get_mut("headers") {
            leave_out(headers);
        }
    }

    /// Completes a component: an answer, an example of a problem. Others are left as they are.
    pub(super) fn component(&self, kind: &str, component: &mut Value) -> anyhow::Result<()> {
        match kind {
            "responses" => self.answer(component),
            "examples" => {
                if let Some(Value::Mapping(value)) = component.get_mut("value") {
                    let common = self.commons.map(|common| &common.problem_examples);
                    self.problems.complete(value, &common)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Completes an answer of the gateway's own, and writes its problem as the text that it has to be.
    pub(super) fn gateway_response(&self, response: &mut Value) -> anyhow::Result<()> {
        let Value::Mapping(response) = response else {
            bail!("it is no mapping");
        };
        for common in self.commons {
            fill(response, &common.gateway_responses);
        }
        let template = response
            .get_mut("responseTemplates")
            .and_then(|templates| templates.get_mut("application/json"));
        if let Some(template) = template
            && let Value::Mapping(problem) = template
        {
            let status = self.problems.complete(problem, &[])?;
            *template = format!("{}\n", serde_json::to_string_pretty(problem)?).into();
            if let Some(status) = status {
                let own = [("statusCode".into(), status.to_string().into())];
                fill(response, &own.into_iter().collect());
            }
        }
        Ok(())
    }
}

/// Fills an operation. Of answers, `2XX` stands for the successes that it has, and so on.
fn fill_operation(operation: &mut Mapping, common: &Mapping) {
    let mut common = common.clone();
    if let Some(Value::Mapping(wanted)) = common.get_mut("responses") {
        let class = |status: &Value| status.as_str().and_then(|text| text.chars().next());
        let is_range = |status: &Value| status.as_str().is_some_and(|text| text.ends_with("XX"));
        let (ranges, others): (Mapping, Mapping) = std::mem::take(wanted)
            .into_iter()
            .partition(|(status, _)| is_range(status));
        *wanted = others;
        let written = operation.get_mut("responses");
        let written = written.and_then(Value::as_mapping_mut);
        for (status, answer) in written.into_iter().flatten() {
            for (_, wanted) in ranges
                .iter()
                .filter(|(range, _)| class(range) == class(status))
            {
                fill_value(answer, wanted);
            }
        }
    }
    fill(operation, &common);
}

/// Adds what is not there, behind what is.
pub(super) fn fill(own: &mut Mapping, common: &Mapping) {
    for (name, wanted) in common {
        match own.get_mut(name) {
            Some(value) => fill_value(value, wanted),
            None => drop(own.insert(name.clone(), wanted.clone())),
        }
    }
}

fn fill_value(own: &mut Value, wanted: &Value) {
    if let (Value::Mapping(own), Value::Mapping(wanted)) = (own, wanted)
        && !is_reference(own)
        && !is_reference(wanted)
    {
        fill(own, wanted);
    }
}

fn is_reference(value: &Mapping) -> bool {
    value.contains_key("$ref")
}

fn leave_out(members: &mut Mapping) {
    members.retain(|_, value| !value.is_null());
}

/// Puts failures behind the rest, by status.
fn sort_failures(responses: &mut Mapping) {
    let mut all: Vec<_> = std::mem::take(responses).into_iter().collect();
    all.sort_by_key(|(status, _)| {
        let status = status.as_str().unwrap_or_default();
        let fails = status >= "4";
        fails.then(|| status.to_owned())
    });
    responses.extend(all);
}
