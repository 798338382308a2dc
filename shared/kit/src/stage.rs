//! The two stages of the service.

/// A stage of the service. The stages share no data, accounts or tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// The stage that always runs the newest code.
    Development,
    /// The stage for users.
    Production,
}

impl Stage {
    /// Both stages.
    pub const ALL: [Self; 2] = [Self::Development, Self::Production];

    /// Its name, which is the first part of its paths.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Development => "Development",
            Self::Production => "Production",
        }
    }

    /// Returns the stage with exactly this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.name() == name)
    }
}

#[cfg(test)]
mod tests;
