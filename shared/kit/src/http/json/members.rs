//! The members of a JSON object, taken one by one.

use std::{borrow::Cow, collections::BTreeMap, fmt};

use secrecy::{ExposeSecret as _, SecretString};
use serde::{
    Deserialize,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;

use super::{
    super::fault::{self, Fault},
    value::{Reader, string},
};
use crate::{resource::Change, value::Invalid};

/// A member that nobody has taken.
#[derive(Debug)]
struct Member<'a> {
    name: String,
    /// The path by which faults name it: the name, unless it was nested.
    path: String,
    json: Cow<'a, RawValue>,
}

/// The members of a JSON object that have not been taken yet, and the faults of the others.
#[derive(Debug)]
pub struct Members<'a> {
    left: Vec<Member<'a>>,
    faults: Vec<Fault>,
}

impl<'a> Members<'a> {
    pub(super) fn new(object: Object<'a>) -> Self {
        let mut members = Self {
            left: Vec::new(),
            faults: Vec::new(),
        };
        if object.has_more {
            let message = format!("has more than {MAX_MEMBERS} members");
            members.refuse(Fault::new("body", "too_long", message));
        }
        for (name, value) in object.members {
            members.add(name.clone(), name, Cow::Borrowed(value));
        }
        members
    }

    /// Adds a member, or the fault that it appears twice.
    fn add(&mut self, name: String, path: String, json: Cow<'a, RawValue>) {
        if self.left.iter().any(|known| known.path == path) {
            self.refuse(Fault::twice(path));
        } else {
            self.left.push(Member { name, path, json });
        }
    }

    /// Takes a member, if it is an object, and puts its own members beside the others. `rename` gives the name and the value of
    /// each, or `None` for one that is unknown. A member that was given at both places is a fault.
    pub fn flatten(
        &mut self,
        object: &str,
        rename: impl Fn(&str, &'a RawValue) -> Option<(&'static str, Cow<'a, RawValue>)>,
    ) {
        let nested = self.left.iter().position(|member| member.name == object);
        let nested = nested.and_then(|at| match self.left[at].json {
            Cow::Borrowed(json) => Some((at, serde_json::from_str::<Object<'a>>(json.get()).ok()?)),
            Cow::Owned(_) => None,
        });
        let Some((at, nested)) = nested else { return };
        self.left.swap_remove(at);
        if nested.has_more {
            let message = format!("has more than {MAX_MEMBERS} members");
            self.refuse(Fault::new(object, "too_long", message));
        }
        for (name, json) in nested.members {
            let path = format!("{object}.{name}");
            let Some((name, json)) = rename(&name, json) else {
                self.add(path.clone(), path, Cow::Borrowed(json));
                continue;
            };
            let outer = self.left.iter().position(|known| known.path == name);
            if let Some(at) = outer {
                let message = format!("was given twice: as `{name}` and as `{path}`");
                self.left.swap_remove(at);
                self.refuse(Fault::new(path, "not_allowed_together", message));
            } else {
                self.add(name.to_owned(), path, json);
            }
        }
    }

    /// Takes a member; null is the same as absent.
    pub fn take<T>(&mut self, name: &str, read: impl Reader<T>) -> Option<T> {
        self.take_change(name, read).into_value()
    }

    /// Takes a member of which null means removal.
    pub fn take_change<T>(&mut self, name: &str, read: impl Reader<T>) -> Change<T> {
        let Some(at) = self.left.iter().position(|member| member.name == name) else {
            return Change::Keep;
        };
        let Member { path, json, .. } = self.left.swap_remove(at);
        // A duplicate member is refused already.
        if self.blames(&path) {
            return Change::Keep;
        }
        if json.get() == "null" {
            return Change::Remove;
        }
        read(&json, &path, &mut self.faults).map_or(Change::Keep, Change::Set)
    }

    /// Takes a required member. Null counts as absent.
    pub fn take_required<T>(&mut self, name: &str, read: impl Reader<T>) -> Option<T> {
        let before = self.faults.len();
        let value = self.take(name, read);
        if value.is_none() && self.faults.len() == before {
            self.require(name);
        }
        value
    }

    /// Refuses the request, because a required member is missing, unless the member is at fault already.
    pub fn require(&mut self, name: &str) {
        if !self.blames(name) {
            self.refuse(Fault::required(name));
        }
    }

    /// Takes a required secret of 1 to `max` characters.
    pub fn take_secret(&mut self, name: &str, max: usize) -> Option<SecretString> {
        let text = self.take_required(name, string)?;
        self.bounded(name, max, text.into())
    }

    /// Refuses a secret that does not have 1 to `max` characters.
    pub fn bounded(
        &mut self,
        name: &str,
        max: usize,
        secret: SecretString,
    ) -> Option<SecretString> {
        let length = secret.expose_secret().chars().count();
        if (1..=max).contains(&length) {
            return Some(secret);
        }
        self.refuse(if length == 0 {
            Fault::new(name, "too_short", "must not be empty")
        } else {
            Fault::invalid(name, Invalid::TooLong(max))
        });
        None
    }

    /// Adds a fault of a member.
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
        for Member { path, .. } in std::mem::take(&mut self.left) {
            let field: String = path.chars().take(64).collect();
            let message = "is not a member of this request";
            self.refuse(Fault::new(field, "unknown_member", message));
        }
        fault::sort(&mut self.faults);
        request
            .filter(|_| self.faults.is_empty())
            .ok_or(self.faults)
    }

    /// True if nobody has taken this member yet.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.left.iter().any(|member| member.name == name)
    }
}

/// The largest number of members that an object may have: more than any request type has, and few enough for a linear
/// search.
const MAX_MEMBERS: usize = 64;

/// A JSON object, split into its members: each name with the JSON text of its value, in order, duplicates included.
pub struct Object<'a> {
    members: Vec<(String, &'a RawValue)>,
    /// True if there were more than [`MAX_MEMBERS`]; the others were ignored.
    has_more: bool,
}

impl Object<'_> {
    /// Converts the members, at most 64, to a map of strings. If a value is no string or a name appears twice, adds a
    /// fault and returns `None`.
    pub fn into_texts(
        self,
        path: &str,
        faults: &mut Vec<Fault>,
    ) -> Option<BTreeMap<String, String>> {
        let mut map = BTreeMap::new();
        for (name, value) in self.members {
            let Ok(text) = serde_json::from_str(value.get()) else {
                let message = "must be an object of strings";
                faults.push(Fault::new(path, "invalid_type", message));
                return None;
            };
            if map.insert(name, text).is_some() {
                let message = "has a member that appears more than once";
                faults.push(Fault::new(path, "duplicate_member", message));
                return None;
            }
        }
        Some(map)
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
                let (mut members, mut has_more) = (Vec::new(), false);
                while let Some(member) = map.next_entry()? {
                    if members.len() < MAX_MEMBERS {
                        members.push(member);
                    } else {
                        has_more = true;
                    }
                }
                Ok(Object { members, has_more })
            }
        }

        from.deserialize_map(Taker)
    }
}
