//! The nouns of the service, by their declarations.

use std::{convert::Infallible, str::FromStr};

use http::Method;
use kit::{
    http::{Fault, json::read_json},
    operations::AddRequest,
    resource::{Access, Field, FieldVisitor, Key, PublicForm, Resource},
    value::{Form, Value as _},
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Serialize, Serializer as _};
use serde_json::{Map, Value, value::RawValue};
use service::{
    Operation,
    nouns::{self, NounVisitor},
};
use uuid::Uuid;

/// A resource: the members of its key and those of its fields that have a value, by their names in the API.
pub type Item = Map<String, Value>;

/// A noun, as the tools see it.
#[derive(Debug, Clone)]
pub struct Noun {
    /// The word for one.
    pub one: &'static str,
    /// The word for several.
    pub many: &'static str,
    /// Who may see it.
    pub access: Access,
    pub(crate) partition: &'static str,
    /// The members of the key that requests have: the sort text and, unless it is the user, the partition.
    pub key: Vec<&'static str>,
    /// The names of its fields.
    pub fields: &'static [&'static str],
    /// The members that a record may have.
    pub(crate) members: Vec<(&'static str, Form)>,
    /// The members that a record may have, but that only the service sets.
    pub(crate) passed_over: Vec<&'static str>,
    pub(crate) public: Option<PublicForm>,
    /// Reads the body of a request that adds a resource.
    pub read: fn(&[u8]) -> Result<Item, Vec<Fault>>,
    /// A sample; empty if there is none.
    sample: Item,
    /// The type of the problem of a key under which there is nothing.
    pub not_found: &'static str,
    /// The path of the operation that lists them. One path serves to add and to update a private resource.
    pub list: &'static str,
    /// The path of the operation that finds one.
    pub find: &'static str,
    /// The path of the operation that finds one whose key is in a body.
    pub find_by_body: Option<&'static str>,
    /// The path of the operation that adds one.
    pub add: &'static str,
    /// The path of the operation that changes one.
    pub update: &'static str,
}

impl Noun {
    /// A noun with these operations; `None` if one is missing that imports need.
    fn of<R: Resource>(operations: &[Operation]) -> Option<Self> {
        let path = |method: Method, verb: &str| {
            let mut named = operations.iter().filter(|o| o.id.starts_with(verb));
            named.find(|o| o.method == method).map(|o| o.path)
        };
        let (sort, partition) = (R::Key::SORT, R::Key::PARTITION);
        let mut key = vec![sort];
        let mut passed_over = vec!["etag", "version", "createdAt", "updatedAt"];
        let (add, update) = match R::ACCESS {
            Access::Private => {
                passed_over.push(partition);
                ((Method::PUT, "put"), (Method::PUT, "put"))
            }
            Access::Shared => {
                key.push(partition);
                passed_over.push(R::OWNER);
                ((Method::POST, "add"), (Method::POST, "update"))
            }
        };
        let mut members = vec![
            (sort, <R::Key as Key>::Sort::FORM),
            (partition, <R::Key as Key>::Partition::FORM),
        ];
        members.extend(R::FIELDS.iter().copied().zip(R::FORMS.iter().copied()));
        let samples: Vec<&RawValue> = serde_json::from_str(R::SAMPLES).unwrap_or_default();
        let sample = samples.first();
        let sample = sample.and_then(|sample| read::<R>(sample.get().as_bytes()).ok());
        Some(Self {
            one: R::ONE,
            many: R::MANY,
            access: R::ACCESS,
            partition,
            key,
            fields: R::FIELDS,
            members,
            passed_over,
            public: R::PUBLIC_FORM,
            read: read::<R>,
            sample: sample.unwrap_or_default(),
            not_found: R::NOT_FOUND.slug,
            list: path(Method::GET, "list")?,
            find: path(Method::GET, "find")?,
            find_by_body: path(Method::POST, "find"),
            add: path(add.0, add.1)?,
            update: path(update.0, update.1)?,
        })
    }

    /// The members of the key that requests have.
    #[must_use]
    pub fn key_of(&self, item: &Item) -> Vec<(&'static str, String)> {
        let text = |part: &Value| {
            part.as_str()
                .map_or_else(|| part.to_string(), str::to_owned)
        };
        let key = self.key.iter();
        key.filter_map(|name| Some((*name, text(item.get(*name)?))))
            .collect()
    }

    /// The path and the query of an operation for a resource. The last part of the path of a private resource is its key.
    #[must_use]
    pub fn place(&self, path: &str, item: &Item) -> (String, Vec<(&'static str, String)>) {
        let key = self.key_of(item);
        match (path.split_once('{'), key.first()) {
            (Some((before, _)), Some((_, sort))) => {
                let sort = utf8_percent_encode(sort, NON_ALPHANUMERIC);
                (format!("{before}{sort}"), Vec::new())
            }
            _ => (path.to_owned(), key),
        }
    }

    /// A key under which there is nothing.
    #[must_use]
    pub fn missing_key(&self) -> Item {
        let mut key = self.sample.clone();
        key.retain(|name, _| self.key.contains(&name.as_str()));
        if let Some(sort) = self.key.first() {
            key.insert(
                (*sort).to_owned(),
                format!("missing-{}", Uuid::new_v4()).into(),
            );
        }
        key
    }

    /// Writes a resource for an export.
    ///
    /// # Errors
    /// A member of it has another form than its declaration says.
    pub fn write(&self, item: &Item) -> serde_json::Result<String> {
        if let Some(form) = self.public {
            return (form.write)(item);
        }
        let mut text = Vec::new();
        let members = self.key.iter().chain(self.fields);
        let members = members.filter_map(|name| Some((name, item.get(*name)?)));
        serde_json::Serializer::new(&mut text).collect_map(members)?;
        String::from_utf8(text).map_err(serde::ser::Error::custom)
    }
}

/// Finds a noun by its word for several.
impl FromStr for Noun {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        struct All(Vec<Noun>);

        impl NounVisitor for All {
            fn noun<R: Resource>(&mut self, operations: &[Operation]) {
                self.0.extend(Noun::of::<R>(operations));
            }
        }

        let mut all = All(Vec::new());
        nouns::visit(&mut all);
        let names: Vec<_> = all.0.iter().map(|noun| noun.many).collect();
        let known = format!("there are {}", names.join(", "));
        let mut nouns = all.0.into_iter();
        nouns.find(|noun| noun.many == name).ok_or(known)
    }
}

/// Reads the body of a request that adds a resource.
fn read<R: Resource>(body: &[u8]) -> Result<Item, Vec<Fault>> {
    let AddRequest { key, fields, .. } = read_json::<AddRequest<R>>(body)?;
    let mut item = Collector(Item::new());
    let Ok(()) = fields.visit(&mut item);
    item.add(R::Key::SORT, key.sort());
    item.add(R::Key::PARTITION, key.partition());
    Ok(item.0)
}

struct Collector(Item);

impl Collector {
    fn add(&mut self, name: &str, value: &impl Serialize) {
        // No value fails, because none has a map.
        let value = serde_json::to_value(value).unwrap_or_default();
        self.0.insert(name.to_owned(), value);
    }
}

impl FieldVisitor for Collector {
    type Error = Infallible;

    fn field<F: Field>(&mut self, name: &'static str, field: &F) -> Result<(), Infallible> {
        if let Some(value) = field.stored() {
            self.add(name, value);
        }
        Ok(())
    }
}
