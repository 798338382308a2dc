//! The members of a JSON object, taken one by one.

use std::{collections::BTreeMap, fmt};

use secrecy::{ExposeSecret as _, SecretString};
use serde::{
    Deserialize,
    de::{IgnoredAny, MapAccess, Visitor},
};
use serde_json::value::RawValue;

use super::{super::fault::Fault, value::FromJson};
use crate::identity::{MAX_PASSWORD, normal_password};

/// The members of a JSON object that no one has taken yet, and what was wrong with the others.
#[derive(Debug)]
pub struct Members<'a> {
    /// What stands before the names: empty, or `info.`.
    prefix: &'static str,
    left: Vec<(String, &'a RawValue)>,
    faults: Vec<Fault>,
    /// Members that came under another name: the usual one, and the real one.
    renamed: Vec<(&'static str, String)>,
}

impl<'a> Members<'a> {
    pub(super) fn new(object: Object<'a>, prefix: &'static str) -> Self {
        let mut members = Self {
            prefix,
            left: Vec::new(),
            faults: Vec::new(),
            renamed: Vec::new(),
        };
        if object.has_more {
            let message = format!("has more than {MAX_MEMBERS} members");
            let field = if prefix.is_empty() {
                "body"
            } else {
                prefix.trim_end_matches('.')
            };
            members.faults.push(Fault::new(field, "too_long", message));
        }
        for (name, value) in object.members {
            if members.left.iter().any(|(known, _)| *known == name) {
                let field = members.path(&name);
                members.faults.push(Fault::new(
                    field,
                    "duplicate_member",
                    "appears more than once",
                ));
            } else {
                members.left.push((name, value));
            }
        }
        members
    }

    /// Takes a member; null is as good as absent.
    pub fn take<T: FromJson>(&mut self, name: &str) -> Option<T> {
        self.take_nullable(name).flatten()
    }

    /// Takes a member of which null says something: `Some(None)`.
    pub fn take_nullable<T: FromJson>(&mut self, name: &str) -> Option<Option<T>> {
        let raw = self.remove(name)?;
        if raw.get() == "null" {
            return Some(None);
        }
        let path = self.path(name);
        T::from_json(raw, &path, &mut self.faults).map(Some)
    }

    /// Takes a member from here or, under its other name, from `other`; not from both.
    pub fn take_either<T: FromJson>(
        &mut self,
        name: &'static str,
        other: Option<&mut Self>,
        other_name: &str,
    ) -> Option<Option<T>> {
        let Some(other) = other.filter(|other| other.has(other_name)) else {
            return self.take_nullable(name);
        };
        let real_name = other.path(other_name);
        if self.has(name) {
            self.remove(name);
            other.remove(other_name);
            let message = format!("was given twice: as `{name}` and as `{real_name}`");
            self.faults
                .push(Fault::new(real_name, "not_allowed_together", message));
            return None;
        }
        self.renamed.push((name, real_name));
        other.take_nullable(other_name)
    }

    /// Takes a required member.
    pub fn take_required<T: FromJson>(&mut self, name: &str) -> Option<T> {
        let before = self.faults.len();
        let value = self.take(name);
        if value.is_none() && self.faults.len() == before {
            let path = self.path(name);
            self.faults
                .push(Fault::new(path, "required", "is required"));
        }
        value
    }

    /// Takes a required secret of 1 to `max` characters.
    pub fn take_secret(&mut self, name: &str, max: usize) -> Option<SecretString> {
        self.take_secret_in(name, max, SecretString::from)
    }

    /// Takes a required password in its [normal form](normal_password), of 1 to [`MAX_PASSWORD`] characters.
    pub fn take_password(&mut self, name: &str) -> Option<SecretString> {
        self.take_secret_in(name, MAX_PASSWORD, normal_password)
    }

    /// Takes a password that need not be there; null is as good as absent.
    pub fn take_optional_password(&mut self, name: &str) -> Option<SecretString> {
        let given = self
            .left
            .iter()
            .any(|(known, value)| known == name && value.get() != "null");
        if given {
            self.take_password(name)
        } else {
            self.remove(name);
            None
        }
    }

    fn take_secret_in(
        &mut self,
        name: &str,
        max: usize,
        form: fn(String) -> SecretString,
    ) -> Option<SecretString> {
        let before = self.faults.len();
        let secret = self.take::<String>(name).map(form);
        let path = self.path(name);
        let length = |secret: &SecretString| secret.expose_secret().chars().count();
        let fault = match &secret {
            None if self.faults.len() > before => return None,
            None => Fault::new(path, "required", "is required"),
            Some(secret) if length(secret) == 0 => {
                Fault::new(path, "too_short", "must not be empty")
            }
            Some(secret) if length(secret) > max => Fault::new(
                path,
                "too_long",
                format!("must be at most {max} characters long"),
            ),
            Some(_) => return secret,
        };
        self.faults.push(fault);
        None
    }

    /// Takes a member if it is an object; its members' names are then preceded by `prefix`.
    pub fn take_object(&mut self, name: &str, prefix: &'static str) -> Option<Self> {
        let at = self.left.iter().position(|(known, _)| known == name)?;
        let object = serde_json::from_str(self.left.get(at)?.1.get()).ok()?;
        self.left.swap_remove(at);
        Some(Self::new(object, prefix))
    }

    /// Takes over what was wrong with the members of an inner object.
    pub fn absorb(&mut self, mut inner: Self) {
        inner.refuse_the_rest();
        self.faults.append(&mut inner.faults);
    }

    /// Adds a fault of a member.
    pub fn refuse(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    /// How much is wrong so far.
    pub(super) fn count_faults(&self) -> usize {
        self.faults.len()
    }

    /// Whether every member was taken.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.left.is_empty()
    }

    /// Whether [`take_either`](Self::take_either) found the member under its other name.
    #[must_use]
    pub fn was_renamed(&self, name: &str) -> bool {
        self.renamed.iter().any(|(usual, _)| *usual == name)
    }

    /// All that was wrong.
    pub(super) fn into_faults(self) -> Vec<Fault> {
        self.faults
    }

    pub(in crate::http) fn has(&self, name: &str) -> bool {
        self.left.iter().any(|(known, _)| known == name)
    }

    fn remove(&mut self, name: &str) -> Option<&'a RawValue> {
        let at = self.left.iter().position(|(known, _)| known == name)?;
        Some(self.left.swap_remove(at).1)
    }

    fn path(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// Refuses the members that no one has taken.
    pub(super) fn refuse_the_rest(&mut self) {
        for (name, _) in std::mem::take(&mut self.left) {
            let name: String = name.chars().take(64).collect();
            let field = self.path(&name);
            self.faults.push(Fault::new(
                field,
                "unknown_member",
                "is not a member of this request",
            ));
        }
    }

    /// Adds what validation found, under the names that the members came with.
    pub(super) fn add_validation(&mut self, found: Vec<Fault>) {
        for mut fault in found {
            if let Some((usual, real)) = self.renamed.iter().find(|(usual, _)| {
                fault
                    .field
                    .strip_prefix(usual)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('['))
            }) {
                fault.field = fault.field.replacen(usual, real, 1);
            }
            // A member that could not even be read is not also "required".
            if !self.faults.iter().any(|known| known.field == fault.field) {
                self.faults.push(fault);
            }
        }
    }
}

/// How many members an object may have: more than any request type knows, and few enough that
/// looking through them costs nothing.
const MAX_MEMBERS: usize = 64;

/// A JSON object, taken apart: every member with its text, in order, twins included.
pub(super) struct Object<'a> {
    members: Vec<(String, &'a RawValue)>,
    /// Whether there were more than [`MAX_MEMBERS`]; the others were passed over.
    has_more: bool,
}

impl Object<'_> {
    /// The members as a map of texts; `None`, and a fault, if one is no text or appears twice.
    pub(super) fn into_texts(
        self,
        path: &str,
        faults: &mut Vec<Fault>,
    ) -> Option<BTreeMap<String, String>> {
        let before = faults.len();
        if self.has_more {
            let message = format!("has more than {MAX_MEMBERS} members");
            faults.push(Fault::new(path, "too_long", message));
        }
        let mut map = BTreeMap::new();
        for (name, value) in self.members {
            let Ok(text) = serde_json::from_str(value.get()) else {
                faults.push(Fault::new(
                    path,
                    "invalid_type",
                    "must be an object of strings",
                ));
                return None;
            };
            if map.insert(name, text).is_some() {
                let message = "has a member that appears more than once";
                faults.push(Fault::new(path, "duplicate_member", message));
                return None;
            }
        }
        (faults.len() == before).then_some(map)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Object<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Taker;

        impl<'de> Visitor<'de> for Taker {
            type Value = Object<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<'de>, A::Error> {
                let mut members = Vec::new();
                while members.len() < MAX_MEMBERS {
                    match map.next_entry()? {
                        Some(member) => members.push(member),
                        None => {
                            return Ok(Object {
                                members,
                                has_more: false,
                            });
                        }
                    }
                }
                let mut has_more = false;
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {
                    has_more = true;
                }
                Ok(Object { members, has_more })
            }
        }

        from.deserialize_map(Taker)
    }
}
