//! The members of a JSON object, taken one by one.

use std::{collections::BTreeMap, fmt};

use secrecy::{ExposeSecret as _, SecretString};
use serde::{
    Deserialize,
    de::{IgnoredAny, MapAccess, Visitor},
};
use serde_json::value::RawValue;

use super::{
    super::fault::{self, Fault},
    value::{Reader, string},
};
use crate::{
    identity::{MAX_PASSWORD, normal_password},
    movie::{Change, Invalid},
};

/// The members of a JSON object that were not taken yet, and the faults of the others.
#[derive(Debug)]
pub struct Members<'a> {
    /// The prefix of the names in faults: empty, or `info.`.
    prefix: &'static str,
    left: Vec<(String, &'a RawValue)>,
    faults: Vec<Fault>,
}

impl<'a> Members<'a> {
    pub(super) fn new(object: Object<'a>, prefix: &'static str) -> Self {
        let mut members = Self {
            prefix,
            left: Vec::new(),
            faults: Vec::new(),
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

    /// Takes an optional member. Null counts as absent.
    pub fn take<T>(&mut self, name: &str, read: impl Reader<T>) -> Option<T> {
        self.take_change(name, read).into_value()
    }

    /// Takes a member for which null means removal.
    pub fn take_change<T>(&mut self, name: &str, read: impl Reader<T>) -> Change<T> {
        let Some(raw) = self.remove(name) else {
            return Change::Keep;
        };
        let path = self.path(name);
        // A duplicate member has a fault already.
        if self.blames(&path) {
            return Change::Keep;
        }
        if raw.get() == "null" {
            return Change::Remove;
        }
        read(raw, &path, &mut self.faults).map_or(Change::Keep, Change::Set)
    }

    /// Takes a member from this object or, as `other_name`, from `other`. A member in both is a fault.
    pub fn take_either<T>(
        &mut self,
        name: &str,
        other: Option<&mut Self>,
        other_name: &str,
        read: impl Reader<T>,
    ) -> Change<T> {
        let Some(other) = other.filter(|other| other.has(other_name)) else {
            return self.take_change(name, read);
        };
        if !self.has(name) {
            return other.take_change(other_name, read);
        }
        self.remove(name);
        other.remove(other_name);
        let real_name = other.path(other_name);
        let message = format!("was given twice: as `{name}` and as `{real_name}`");
        self.refuse(Fault::new(real_name, "not_allowed_together", message));
        Change::Keep
    }

    /// Takes a required member. Null counts as absent.
    pub fn take_required<T>(&mut self, name: &str, read: impl Reader<T>) -> Option<T> {
        let before = self.faults.len();
        let value = self.take(name, read);
        let path = self.path(name);
        if value.is_none() && self.faults.len() == before && !self.blames(&path) {
            self.refuse(Fault::required(path));
        }
        value
    }

    /// Takes a required secret of 1 to `max` characters.
    pub fn take_secret(&mut self, name: &str, max: usize) -> Option<SecretString> {
        let text = self.take_required(name, string)?;
        self.bounded(name, max, text.into())
    }

    /// Takes a required password in its [normal form](normal_password), of 1 to [`MAX_PASSWORD`] characters.
    pub fn take_password(&mut self, name: &str) -> Option<SecretString> {
        let text = self.take_required(name, string)?;
        self.bounded(name, MAX_PASSWORD, normal_password(text))
    }

    /// Takes an optional password, with the same limits as a required one. Null counts as absent.
    pub fn take_optional_password(&mut self, name: &str) -> Option<SecretString> {
        let text = self.take(name, string)?;
        self.bounded(name, MAX_PASSWORD, normal_password(text))
    }

    fn bounded(&mut self, name: &str, max: usize, secret: SecretString) -> Option<SecretString> {
        let length = secret.expose_secret().chars().count();
        if (1..=max).contains(&length) {
            return Some(secret);
        }
        let path = self.path(name);
        self.refuse(if length == 0 {
            Fault::new(path, "too_short", "must not be empty")
        } else {
            Fault::invalid(&path, Invalid::TooLong(max))
        });
        None
    }

    /// Takes a member if it is an object. The names of its members are preceded by `prefix` in faults.
    pub fn take_object(&mut self, name: &str, prefix: &'static str) -> Option<Self> {
        let at = self.left.iter().position(|(known, _)| known == name)?;
        let object = serde_json::from_str(self.left.get(at)?.1.get()).ok()?;
        self.left.swap_remove(at);
        Some(Self::new(object, prefix))
    }

    /// Adds the faults of an inner object, and refuses its members that were not taken.
    pub fn absorb(&mut self, mut inner: Self) {
        inner.refuse_the_rest();
        self.faults.append(&mut inner.faults);
    }

    /// Adds a fault.
    pub fn refuse(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    fn blames(&self, path: &str) -> bool {
        self.faults.iter().any(|fault| fault.field == path)
    }

    /// True if every member was taken.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.left.is_empty()
    }

    /// Refuses the members that were not taken, and returns the request if there is no fault.
    pub(super) fn finish<T>(mut self, request: Option<T>) -> Result<T, Vec<Fault>> {
        self.refuse_the_rest();
        fault::sort(&mut self.faults);
        request
            .filter(|_| self.faults.is_empty())
            .ok_or(self.faults)
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

    /// Refuses the members that were not taken.
    fn refuse_the_rest(&mut self) {
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
}

/// The largest number of members that an object may have: more than any request type has, and few enough for a linear
/// search.
const MAX_MEMBERS: usize = 64;

/// A JSON object, split into its members: each name with the JSON text of its value, in order, duplicates included.
pub(super) struct Object<'a> {
    members: Vec<(String, &'a RawValue)>,
    /// True if there were more than [`MAX_MEMBERS`]; the others were ignored.
    has_more: bool,
}

impl Object<'_> {
    /// Converts the members to a map of strings. If there are too many, a value is no string or a name appears twice,
    /// adds a fault and returns `None`.
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
