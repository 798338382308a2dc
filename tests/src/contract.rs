//! `openapi.yaml`, enforced: every answer that a test gets is checked against it.

mod check;
mod seen;

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex},
};

use http::Method;
use jsonschema::{Draft, Validator};
use serde_json::{Value, json};

use self::seen::Seen;

pub use self::check::Exchange;

static CONTRACT: LazyLock<Contract> =
    LazyLock::new(|| Contract::parse(include_str!("../../openapi.yaml")));

/// The document, and those of its answers that tests have seen.
pub struct Contract {
    /// The document with `nullable` replaced by the type `null` of JSON Schema.
    document: Value,
    /// The document as it is written.
    written: Value,
    schemas: Mutex<HashMap<String, Arc<Validator>>>,
    seen: Mutex<Seen>,
}

/// One operation of the document.
#[derive(Debug, Clone, Copy)]
pub struct Operation<'a> {
    /// The HTTP method.
    pub method: &'a str,
    /// The path behind the stage.
    pub path: &'a str,
    /// The `operationId`.
    pub id: &'a str,
    /// The operation object.
    pub object: &'a Value,
}

impl Contract {
    /// The contract of this repository.
    #[must_use]
    pub fn get() -> &'static Self {
        &CONTRACT
    }

    /// Reads a document.
    #[must_use]
    pub fn parse(yaml: &str) -> Self {
        let written: Value =
            serde_yaml_ng::from_str(yaml).expect("openapi.yaml is YAML with string keys");
        let mut document = written.clone();
        spell_out_nullable(&mut document);
        Self {
            document,
            written,
            schemas: Mutex::default(),
            seen: Mutex::default(),
        }
    }

    /// The document as it is written.
    #[must_use]
    pub fn written(&self) -> &Value {
        &self.written
    }

    /// Every operation.
    #[must_use]
    pub fn operations(&self) -> Vec<Operation<'_>> {
        let mut operations = Vec::new();
        for (path, item) in self.members("/paths") {
            for (method, object) in item.as_object().into_iter().flatten() {
                if let Some(id) = object["operationId"].as_str() {
                    operations.push(Operation {
                        method,
                        path,
                        id,
                        object,
                    });
                }
            }
        }
        operations
    }

    /// The operation of a request, if the document has one. HEAD has the operation of GET.
    #[must_use]
    pub fn operation(&self, method: &Method, path: &str) -> Option<Operation<'_>> {
        let method = if *method == Method::HEAD {
            &Method::GET
        } else {
            method
        };
        let path = documented(path);
        let operations = self.operations();
        // A path without variable parts takes precedence, whatever its methods, as in routers and in the gateway.
        let literal = operations.iter().any(|operation| operation.path == path);
        operations.into_iter().find(|operation| {
            let is_path = if literal {
                operation.path == path
            } else {
                stands_for(operation.path, path)
            };
            is_path && operation.method.eq_ignore_ascii_case(method.as_str())
        })
    }

    /// The examples of the document by name: those of requests, of answers and of problems.
    pub fn examples(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.members("/components/examples")
            .map(|(name, example)| (name.as_str(), &example["value"]))
    }

    /// The target of a `$ref`, or the value itself.
    #[must_use]
    pub fn resolve<'a>(&'a self, value: &'a Value) -> &'a Value {
        match value["$ref"].as_str() {
            Some(reference) => {
                let target = reference
                    .strip_prefix('#')
                    .and_then(|pointer| self.document.pointer(pointer));
                self.resolve(target.expect("every $ref points into the document"))
            }
            None => value,
        }
    }

    /// True if the description of a schema's member has a table that lists a value. `member` is a JSON pointer.
    #[must_use]
    pub fn lists(&self, member: &str, value: &str) -> bool {
        self.document
            .pointer(member)
            .and_then(|member| member["description"].as_str())
            .is_some_and(|table| table.contains(&format!("| `{value}` |")))
    }

    /// The violations of a schema of the document by a value. They do not repeat the value, which may be a person's
    /// address.
    #[must_use]
    pub fn violations(&self, schema: &Value, value: &Value) -> Vec<String> {
        let text = schema.to_string();
        let known = self.schemas.lock().unwrap().get(&text).cloned();
        let validator = known.unwrap_or_else(|| {
            let whole = json!({ "allOf": [schema], "components": self.document["components"] });
            let validator = jsonschema::options()
                // OpenAPI 3.0's schemas are those of Draft 4, by and large.
                .with_draft(Draft::Draft4)
                .should_validate_formats(true)
                .build(&whole)
                .expect("a valid schema");
            let validator = Arc::new(validator);
            let mut schemas = self.schemas.lock().unwrap();
            schemas.insert(text, Arc::clone(&validator));
            validator
        });
        validator
            .iter_errors(value)
            .map(|error| {
                format!(
                    "{} at {:?}",
                    error.masked(),
                    error.instance_path().to_string()
                )
            })
            .collect()
    }

    fn members(&self, pointer: &str) -> impl Iterator<Item = (&String, &Value)> {
        self.document
            .pointer(pointer)
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
    }
}

/// Replaces `nullable` by the type `null` of JSON Schema.
fn spell_out_nullable(value: &mut Value) {
    match value {
        Value::Object(members) => {
            if members.remove("nullable") == Some(Value::Bool(true)) {
                let kind = members["type"].take();
                members["type"] = json!([kind, "null"]);
            }
            members.values_mut().for_each(spell_out_nullable);
        }
        Value::Array(entries) => entries.iter_mut().for_each(spell_out_nullable),
        _ => {}
    }
}

/// True if a path of the document matches one that was sent: `{name}` matches one part that is not empty.
fn stands_for(documented: &str, sent: &str) -> bool {
    let (documented, sent): (Vec<_>, Vec<_>) =
        (documented.split('/').collect(), sent.split('/').collect());
    let fits = |(documented, sent): (&&str, &&str)| {
        documented == sent || documented.starts_with('{') && !sent.is_empty()
    };
    documented.len() == sent.len() && documented.iter().zip(&sent).all(fits)
}

/// Removes the slash at the end of a path, which the document does not have but a client may send.
fn documented(path: &str) -> &str {
    path.strip_suffix('/').unwrap_or(path)
}
