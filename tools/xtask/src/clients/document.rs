//! The contract, as the templates of the clients need it.

use std::collections::BTreeSet;

use anyhow::{Context as _, bail};
use heck::ToUpperCamelCase as _;
use serde::Serialize;
use serde_yaml_ng::Value;

/// Everything that a client has.
#[derive(Debug, Serialize)]
pub(super) struct Document {
    version: String,
    /// What is sent and answered.
    models: Vec<Model>,
    /// The sets of texts that may grow.
    values: Vec<OpenSet>,
    operations: Vec<Operation>,
}

/// An object.
#[derive(Debug, Serialize)]
struct Model {
    name: String,
    doc: String,
    members: Vec<Member>,
}

/// A member of an object, or a parameter.
#[derive(Debug, Serialize)]
struct Member {
    name: String,
    doc: String,
    required: bool,
    r#type: Type,
}

/// The type of a value. What only the service checks, such as a length, is not part of it.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
enum Type {
    String,
    Integer,
    Number,
    Boolean,
    /// A moment in UTC, as text.
    Moment,
    Model {
        name: String,
    },
    Values {
        name: String,
    },
    List {
        of: Box<Type>,
    },
    /// From text to this type.
    Map {
        of: Box<Type>,
    },
}

/// A set of texts that may grow.
#[derive(Debug, Serialize)]
struct OpenSet {
    name: String,
    doc: String,
    values: Vec<String>,
}

#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a property that the templates ask for"
)]
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Operation {
    id: String,
    /// The id as the name of a type.
    r#type: String,
    summary: String,
    doc: String,
    method: String,
    path: String,
    path_parameters: Vec<Member>,
    query: Option<Query>,
    /// The model of the body.
    body: Option<String>,
    /// The model of the answer.
    answer: Option<String>,
    /// True if there is a success without a body beside one with a body.
    answer_optional: bool,
    /// True if it needs an access token.
    signed_in: bool,
    /// True if it takes an `Idempotency-Key`.
    idempotency_key: bool,
    if_match: bool,
    if_none_match: bool,
    /// True if it changes nothing, so that it can be repeated.
    safe: bool,
    /// The model of an item, if it gives a list by pages.
    paged: Option<String>,
}

#[derive(Debug, Serialize)]
struct Query {
    name: String,
    members: Vec<Member>,
    /// True if a member is required.
    required: bool,
}

impl Document {
    /// Reads `openapi.yaml`.
    pub(super) fn parse(text: &str) -> anyhow::Result<Self> {
        let contract = serde_yaml_ng::from_str(text)?;
        let mut reader = Reader {
            contract: &contract,
            seen: BTreeSet::new(),
            models: Vec::new(),
            values: Vec::new(),
        };
        let mut operations = Vec::new();
        for (path, item) in mapping(&contract["paths"])? {
            for (method, operation) in mapping(item)? {
                let method = string(method)?;
                // Browsers send preflights by themselves.
                if method != "options" {
                    let operation = reader.operation(string(path)?, method, operation);
                    operations.push(operation.with_context(|| format!("{method} {path:?}"))?);
                }
            }
        }
        // No operation names it among its successes.
        reader.model_of_name("Problem")?;
        Ok(Self {
            version: string(&contract["info"]["version"])?.to_owned(),
            models: reader.models,
            values: reader.values,
            operations,
        })
    }
}

/// Collects the models and the values that are reached.
struct Reader<'a> {
    contract: &'a Value,
    seen: BTreeSet<String>,
    models: Vec<Model>,
    values: Vec<OpenSet>,
}

impl<'a> Reader<'a> {
    fn operation(
        &mut self,
        path: &str,
        method: &str,
        operation: &'a Value,
    ) -> anyhow::Result<Operation> {
        let id = string(&operation["operationId"])?;
        let r#type = id.to_upper_camel_case();
        let (mut path_parameters, mut query, mut headers) =
            (Vec::new(), Vec::new(), BTreeSet::new());
        for parameter in operation["parameters"].as_sequence().into_iter().flatten() {
            let (_, parameter) = self.resolve(parameter)?;
            let name = string(&parameter["name"])?;
            let of = match string(&parameter["in"])? {
                "path" => &mut path_parameters,
                "query" => &mut query,
                "header" => {
                    headers.insert(name);
                    continue;
                }
                place => bail!("{name} is in the {place}, which no client can send"),
            };
            of.push(Member {
                name: name.to_owned(),
                doc: doc(parameter),
                required: parameter["required"].as_bool().unwrap_or_default(),
                r#type: self.type_of(&parameter["schema"], &inner(&r#type, name))?,
            });
        }
        let body = match &operation["requestBody"] {
            Value::Null => None,
            body => Some(self.model(&body["content"]["application/json"]["schema"])?),
        };
        let (mut answer, mut without_body) = (None, false);
        for (status, response) in mapping(&operation["responses"])? {
            if !string(status)?.starts_with(['2', '3']) {
                continue;
            }
            let (_, response) = self.resolve(response)?;
            match &response["content"]["application/json"]["schema"] {
                Value::Null => without_body = true,
                schema => answer = Some(self.model(schema)?),
            }
        }
        let paged = self.paged(&query, answer.as_deref());
        let safe = method == "get" || operation["x-safe"].as_bool().unwrap_or_default();
        Ok(Operation {
            id: id.to_owned(),
            summary: string(&operation["summary"])?.to_owned(),
            doc: doc(operation),
            method: method.to_ascii_uppercase(),
            path: path.to_owned(),
            path_parameters,
            query: (!query.is_empty()).then(|| Query {
                name: format!("{type}Query"),
                required: query.iter().any(|member| member.required),
                members: query,
            }),
            body,
            answer_optional: answer.is_some() && without_body,
            answer,
            signed_in: operation["security"]
                .as_sequence()
                .is_some_and(|of| !of.is_empty()),
            idempotency_key: headers.contains("Idempotency-Key"),
            if_match: headers.contains("If-Match"),
            if_none_match: headers.contains("If-None-Match"),
            safe,
            paged,
            r#type,
        })
    }

    /// The model of an item, if the query takes a cursor and the answer is a page.
    fn paged(&self, query: &[Member], answer: Option<&str>) -> Option<String> {
        let page = self
            .models
            .iter()
            .find(|model| Some(model.name.as_str()) == answer)?;
        let member = |name: &str| page.members.iter().find(|member| member.name == name);
        member("nextCursor")?;
        query.iter().find(|member| member.name == "cursor")?;
        match &member("items")?.r#type {
            Type::List { of } => match &**of {
                Type::Model { name } => Some(name.clone()),
                _ => None,
            },
            _ => None,
        }
    }

    /// The target of a reference with its name, or the value itself.
    fn resolve(&self, value: &'a Value) -> anyhow::Result<(Option<&'a str>, &'a Value)> {
        let Some(reference) = value["$ref"].as_str() else {
            return Ok((None, value));
        };
        let path = reference
            .strip_prefix("#/")
            .context("a reference to another file")?;
        let target = path
            .split('/')
            .fold(self.contract, |value, name| &value[name]);
        let name = path.rsplit('/').next();
        let (inner, target) = self.resolve(target)?;
        Ok((inner.or(name), target))
    }

    fn type_of(&mut self, schema: &'a Value, unnamed: &str) -> anyhow::Result<Type> {
        let (name, schema) = self.resolve(schema)?;
        Ok(match string(&schema["type"])? {
            "object" if schema["properties"].is_null() => Type::Map {
                of: Box::new(self.type_of(&schema["additionalProperties"], unnamed)?),
            },
            "object" => {
                let name = name.context("an object without a name of its own")?;
                self.model_of_name(name)?;
                Type::Model {
                    name: name.to_owned(),
                }
            }
            "array" => Type::List {
                of: Box::new(self.type_of(&schema["items"], unnamed)?),
            },
            "string" => match schema["enum"].as_sequence() {
                Some(values) => {
                    let name = name.unwrap_or(unnamed);
                    if self.seen.insert(name.to_owned()) {
                        let values = values.iter().map(|value| Ok(string(value)?.to_owned()));
                        self.values.push(OpenSet {
                            name: name.to_owned(),
                            doc: doc(schema),
                            values: values.collect::<anyhow::Result<_>>()?,
                        });
                    }
                    Type::Values {
                        name: name.to_owned(),
                    }
                }
                None if name == Some("Moment") => Type::Moment,
                None => Type::String,
            },
            "integer" => Type::Integer,
            "number" => Type::Number,
            "boolean" => Type::Boolean,
            other => bail!("no client can have the type {other}"),
        })
    }

    /// The name of the model that a schema refers to.
    fn model(&mut self, schema: &'a Value) -> anyhow::Result<String> {
        match self.type_of(schema, "")? {
            Type::Model { name } => Ok(name),
            other => bail!("a body is an object with a name, and not {other:?}"),
        }
    }

    fn model_of_name(&mut self, name: &str) -> anyhow::Result<()> {
        if !self.seen.insert(name.to_owned()) {
            return Ok(());
        }
        let schema = &self.contract["components"]["schemas"][name];
        let required: Vec<_> = schema["required"]
            .as_sequence()
            .into_iter()
            .flatten()
            .collect();
        let mut members = Vec::new();
        for (member, schema) in mapping(&schema["properties"])? {
            let text = string(member)?;
            let (_, resolved) = self.resolve(schema)?;
            members.push(Member {
                name: text.to_owned(),
                doc: doc(resolved),
                required: required.contains(&member),
                r#type: self.type_of(schema, &inner(name, text))?,
            });
        }
        self.models.push(Model {
            name: name.to_owned(),
            doc: doc(schema),
            members,
        });
        Ok(())
    }
}

/// The name of a type that the contract does not name.
fn inner(owner: &str, member: &str) -> String {
    format!("{owner}{}", member.to_upper_camel_case())
}

fn doc(value: &Value) -> String {
    value["description"]
        .as_str()
        .unwrap_or_default()
        .trim()
        .to_owned()
}

fn string(value: &Value) -> anyhow::Result<&str> {
    value
        .as_str()
        .with_context(|| format!("{value:?} is no text"))
}

fn mapping(value: &Value) -> anyhow::Result<&serde_yaml_ng::Mapping> {
    value
        .as_mapping()
        .with_context(|| format!("{value:?} is no object"))
}
