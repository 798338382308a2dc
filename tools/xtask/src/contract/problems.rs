//! The kinds of problem that the parts name in `x-problems`.

use anyhow::{Context as _, anyhow};
use serde::Deserialize;
use serde_yaml_ng::{Mapping, Value};

use super::{complete::fill, part::Part};

/// The place of the table in a description.
const TABLE: &str = "{x-problems}";

/// The beginning of every `type`.
const PREFIX: &str = "/problems/";

/// A kind of problem.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Problem {
    status: u16,
    title: String,
    /// Left out where it differs from case to case.
    detail: Option<String>,
    /// The row of the table: when it comes, and what to do.
    meaning: String,
}

/// All kinds, by status; of one status in the order of the parts.
#[derive(Debug)]
pub(super) struct Problems(Vec<(String, Problem)>);

impl Problems {
    pub(super) fn of(parts: &[Part]) -> anyhow::Result<Self> {
        let mut all = Vec::new();
        for part in parts {
            for (kind, problem) in &part.problems {
                let kind = kind.as_str().unwrap_or_default();
                let problem = serde_yaml_ng::from_value(problem.clone())
                    .with_context(|| format!("{}: {kind}", part.file))?;
                all.push((kind.to_owned(), problem));
            }
        }
        all.sort_by_key(|(_, problem): &(_, Problem)| problem.status);
        Ok(Self(all))
    }

    /// Adds what its type says to a problem, then what `common` says. Returns the status, or nothing if it is no problem.
    pub(super) fn complete(
        &self,
        problem: &mut Mapping,
        common: &[&Mapping],
    ) -> anyhow::Result<Option<u16>> {
        let kind = problem.get("type").and_then(Value::as_str);
        let Some(kind) = kind.filter(|kind| kind.starts_with(PREFIX)) else {
            return Ok(None);
        };
        let (_, known) = self
            .0
            .iter()
            .find(|(name, _)| name == kind)
            .ok_or_else(|| anyhow!("{kind} is in no part's x-problems"))?;
        let mut rest = Mapping::new();
        rest.insert("title".into(), known.title.as_str().into());
        rest.insert("status".into(), known.status.into());
        if let Some(detail) = &known.detail {
            rest.insert("detail".into(), detail.as_str().into());
        }
        fill(problem, &rest);
        for common in common {
            fill(problem, common);
        }
        let order = ["type", "title", "status", "detail", "instance", "errors"];
        let place = |name: &Value| order.iter().position(|known| name == known);
        let mut members: Vec<_> = std::mem::take(problem).into_iter().collect();
        members.sort_by_key(|(name, _)| place(name).unwrap_or(order.len()));
        problem.extend(members);
        Ok(Some(known.status))
    }

    /// Puts the table in its place, wherever that is.
    pub(super) fn put_table(&self, value: &mut Value) {
        match value {
            Value::String(text) if text.contains(TABLE) => {
                *text = text.replace(TABLE, &self.table());
            }
            Value::Sequence(items) => items.iter_mut().for_each(|item| self.put_table(item)),
            Value::Mapping(members) => members
                .values_mut()
                .for_each(|member| self.put_table(member)),
            _ => {}
        }
    }

    fn table(&self) -> String {
        let head = "| type | status | meaning, and what to do |\n| --- | --- | --- |".to_owned();
        let rows = self.0.iter().map(|(kind, problem)| {
            format!("\n| `{kind}` | {} | {} |", problem.status, problem.meaning)
        });
        head + &rows.collect::<String>()
    }
}
