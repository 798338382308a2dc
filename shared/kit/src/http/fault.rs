//! The faults of a request, member by member.

use std::borrow::Cow;

use serde::Serialize;

use crate::value::Invalid;

/// One thing that is wrong with a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// The place: a path such as `info.rating` or `actors[2]`, the name of a query parameter or a header, or `body` for
    /// the body as a whole.
    pub field: String,
    /// The kind of fault, for programs.
    pub code: &'static str,
    /// The description, for people.
    pub message: Cow<'static, str>,
    /// True if a value is wrong or missing; false if the form of the request is wrong.
    #[serde(skip)]
    of_value: bool,
}

impl Fault {
    /// Creates a fault of the request's form, which is sorted before those of values.
    pub fn new(
        field: impl Into<String>,
        code: &'static str,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            field: field.into(),
            code,
            message: message.into(),
            of_value: false,
        }
    }

    /// A required member that is missing.
    #[must_use]
    pub fn required(field: impl Into<String>) -> Self {
        Self {
            of_value: true,
            ..Self::new(field, "required", "is required")
        }
    }

    /// A member or a parameter that appears more than once.
    #[must_use]
    pub(super) fn twice(field: String) -> Self {
        Self::new(field, "duplicate_member", "appears more than once")
    }

    /// A value that a domain type refused.
    #[must_use]
    pub fn invalid(field: &str, invalid: Invalid) -> Self {
        Self {
            of_value: true,
            ..Self::new(field, invalid.code(), invalid.to_string())
        }
    }
}

/// Sorts faults: those of the form first, as they were found, then those of values, by field.
pub(super) fn sort(faults: &mut [Fault]) {
    let field = |fault: &Fault| fault.of_value.then(|| fault.field.clone());
    faults.sort_by_cached_key(field);
}
