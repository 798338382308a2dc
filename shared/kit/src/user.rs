//! Users, as far as the kit knows them.

use serde::{Deserialize, Serialize};

/// A user, by the opaque `sub` claim of the identity provider.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UserId(String);

impl UserId {
    /// Takes a `sub` claim as it stands.
    #[must_use]
    pub fn new(sub: impl Into<String>) -> Self {
        Self(sub.into())
    }

    /// The `sub` claim.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The user who sent a request, as a verified token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The user.
    pub user: UserId,
    /// True if the user may change and delete what other users own, where a resource allows it.
    pub is_editor: bool,
}
