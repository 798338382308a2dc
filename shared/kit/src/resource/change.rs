use serde::Serialize;

/// The change of one field.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(untagged)]
pub enum Change<T> {
    /// The field keeps its value.
    #[default]
    #[serde(skip)]
    Keep,
    /// The field gets this value.
    Set(T),
    /// The value is removed.
    Remove,
}

impl<T> Change<T> {
    /// The value to set, if there is one.
    #[must_use]
    pub fn into_value(self) -> Option<T> {
        match self {
            Self::Set(value) => Some(value),
            Self::Keep | Self::Remove => None,
        }
    }

    /// True if the field keeps its value.
    #[must_use]
    pub fn is_keep(&self) -> bool {
        matches!(self, Self::Keep)
    }

    /// The change to this value, or to none.
    #[must_use]
    pub fn to(value: Option<T>) -> Self {
        value.map_or(Self::Remove, Self::Set)
    }
}
