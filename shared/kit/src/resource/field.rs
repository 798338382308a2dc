use std::{fmt::Debug, ops::Deref};

use serde::{Serialize, de::DeserializeOwned};

use super::Change;
use crate::{
    http::{
        Fault,
        json::{self, Members},
    },
    value::{Form, Line, RawValue, Value},
};

/// The type of a field: an `Option` of a [`Value`], a `Vec` of [`Line`]s, a `bool`, or a [`Required`] value.
pub trait Field: Clone + PartialEq + Debug + Send + Sync + 'static {
    /// The type of the value that a change sets.
    type Value: Clone + PartialEq + Debug + Serialize + DeserializeOwned + Send + Sync + 'static;

    /// The form of its JSON.
    const FORM: Form;

    /// True if a change can remove the value.
    const REMOVABLE: bool = true;

    /// Takes the change of a member of a request. A null removes, and is a fault of a member that cannot be removed.
    fn take(members: &mut Members<'_>, name: &str) -> Change<Self::Value> {
        match members.take_change(name, Self::from_json) {
            Change::Remove if !Self::REMOVABLE => {
                members.require(name);
                Change::Keep
            }
            change => change,
        }
    }

    /// Parses the JSON of a member of a request. Faults are added under the path of the member.
    fn from_json(json: &RawValue, path: &str, faults: &mut Vec<Fault>) -> Option<Self::Value>;

    /// The field of a new resource; `None` if it is required and not set.
    fn new(change: Change<Self::Value>) -> Option<Self>;

    /// Makes a change. A required value cannot be removed, and stays.
    fn change(&mut self, change: &Change<Self::Value>) {
        if !change.is_keep()
            && let Some(field) = Self::new(change.clone())
        {
            *self = field;
        }
    }

    /// The value to store; `None` if there is nothing to store.
    fn stored(&self) -> Option<&Self::Value>;

    /// The value in an answer; `None` if the member is left out.
    fn shown(&self) -> Option<&Self::Value> {
        self.stored()
    }
}

impl<T: Value> Field for Option<T> {
    type Value = T;

    const FORM: Form = T::FORM;

    fn from_json(json: &RawValue, path: &str, faults: &mut Vec<Fault>) -> Option<T> {
        T::from_json(json, path, faults)
    }

    fn new(change: Change<T>) -> Option<Self> {
        Some(change.into_value())
    }

    fn stored(&self) -> Option<&T> {
        self.as_ref()
    }
}

/// A list is always in an answer; an empty one is not stored.
impl Field for Vec<Line> {
    type Value = Self;

    const FORM: Form = Form::List;

    fn from_json(json: &RawValue, path: &str, faults: &mut Vec<Fault>) -> Option<Self> {
        json::list(Line::parse)(json, path, faults)
    }

    fn new(change: Change<Self>) -> Option<Self> {
        Some(change.into_value().unwrap_or_default())
    }

    fn stored(&self) -> Option<&Self> {
        Some(self).filter(|list| !list.is_empty())
    }

    fn shown(&self) -> Option<&Self> {
        Some(self)
    }
}

/// A flag is always in an answer; false is not stored.
impl Field for bool {
    type Value = Self;

    const FORM: Form = Form::Literal;

    fn from_json(json: &RawValue, path: &str, faults: &mut Vec<Fault>) -> Option<Self> {
        Value::from_json(json, path, faults)
    }

    fn new(change: Change<Self>) -> Option<Self> {
        Some(change.into_value().unwrap_or_default())
    }

    fn stored(&self) -> Option<&Self> {
        Some(self).filter(|flag| **flag)
    }

    fn shown(&self) -> Option<&Self> {
        Some(self)
    }
}

/// A value that every resource of its type has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Required<T>(pub T);

impl<T> Deref for Required<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Value> Field for Required<T> {
    type Value = T;

    const FORM: Form = T::FORM;
    const REMOVABLE: bool = false;

    fn from_json(json: &RawValue, path: &str, faults: &mut Vec<Fault>) -> Option<T> {
        T::from_json(json, path, faults)
    }

    fn new(change: Change<T>) -> Option<Self> {
        change.into_value().map(Self)
    }

    fn stored(&self) -> Option<&T> {
        Some(&self.0)
    }
}
