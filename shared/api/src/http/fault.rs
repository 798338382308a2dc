//! What is wrong with a request, member by member.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use validator::{ValidationError, ValidationErrors, ValidationErrorsKind};

use crate::movie::Invalid;

/// One thing that is wrong with a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// Where: a path such as `info.rating` or `actors[2]`, the name of a query parameter or a
    /// header, or `body` for the body as a whole.
    pub field: String,
    /// What, for programs.
    pub code: Cow<'static, str>,
    /// What, for people.
    pub message: Cow<'static, str>,
}

impl Fault {
    /// A fault.
    pub fn new(
        field: impl Into<String>,
        code: &'static str,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            field: field.into(),
            code: code.into(),
            message: message.into(),
        }
    }

    /// A value that a domain type refused.
    #[must_use]
    pub fn invalid(field: &str, invalid: Invalid) -> Self {
        Self::new(field, invalid.code(), invalid.to_string())
    }
}

/// The faults that `validator` found, with the names that the members have on the wire.
pub(super) fn from_validator(errors: &ValidationErrors) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (field, kind) in errors.errors() {
        match kind {
            ValidationErrorsKind::Field(errors) => {
                faults.extend(errors.iter().flat_map(|error| from_error(field, error)));
            }
            // The nested structs of request types are a matter of our code, not of the wire.
            ValidationErrorsKind::Struct(nested) => faults.extend(from_validator(nested)),
            ValidationErrorsKind::List(list) => {
                faults.extend(list.values().flat_map(|nested| from_validator(nested)));
            }
        }
    }
    faults.sort_by(|a, b| a.field.cmp(&b.field));
    faults
}

fn from_error(field: &str, error: &ValidationError) -> Vec<Fault> {
    let parameter = |name| {
        error
            .params
            .get(name)
            .map(ToString::to_string)
            .unwrap_or_default()
    };
    // A rule about the whole request may name the member that it blames.
    let field = error
        .params
        .get("field")
        .and_then(|field| field.as_str())
        .unwrap_or(field);
    let field = if field == "__all__" {
        "body".to_owned()
    } else {
        camel_case(field)
    };
    if let Some(entries) = error.params.get("entries") {
        let entries = Vec::<EntryFault>::deserialize(entries).unwrap_or_default();
        return entries.into_iter().map(|entry| entry.of(&field)).collect();
    }
    let (code, message): (Cow<'static, str>, Cow<'static, str>) = match error.code.as_ref() {
        "required" => (
            "required".into(),
            error.message.clone().unwrap_or("is required".into()),
        ),
        "range" => (
            "out_of_range".into(),
            format!(
                "must be between {} and {}",
                parameter("min"),
                parameter("max")
            )
            .into(),
        ),
        _ => (
            error.code.clone(),
            error.message.clone().unwrap_or("is not valid".into()),
        ),
    };
    vec![Fault {
        field,
        code,
        message,
    }]
}

/// What is wrong with an entry of a list; `validator` carries it as a parameter of its error.
#[derive(Serialize, Deserialize)]
pub(super) struct EntryFault {
    index: usize,
    code: String,
    message: String,
}

impl EntryFault {
    pub(super) fn new(index: usize, invalid: Invalid) -> Self {
        Self {
            index,
            code: invalid.code().to_owned(),
            message: invalid.to_string(),
        }
    }

    fn of(self, list: &str) -> Fault {
        Fault {
            field: format!("{list}[{}]", self.index),
            code: self.code.into(),
            message: self.message.into(),
        }
    }
}

fn camel_case(snake: &str) -> String {
    let mut words = snake.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| {
        let (initial, rest) = word.split_at(word.len().min(1));
        name + &initial.to_ascii_uppercase() + rest
    })
}
