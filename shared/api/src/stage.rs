//! The two stages of the service, and how a function knows its own.

/// A stage of the service. Neither knows the other's movies, accounts or tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Always the newest code.
    Development,
    /// What people use.
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

    /// The stage with this name, spelled exactly so.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.name() == name)
    }

    /// The stage that a version of the function serves: the code that can still change serves
    /// Development, a published version, which is a number, serves Production. Lambda sets the
    /// version when a function starts; nothing that a request carries can.
    #[must_use]
    pub fn of_version(version: &str) -> Option<Self> {
        match version {
            "$LATEST" => Some(Self::Development),
            number if number.parse::<u64>().is_ok() => Some(Self::Production),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_tells_the_stage() {
        for (version, stage) in [
            ("$LATEST", Some(Stage::Development)),
            ("1", Some(Stage::Production)),
            ("4711", Some(Stage::Production)),
            ("", None),
            ("$latest", None),
            ("LATEST", None),
            ("Production", None),
            ("1.0", None),
            ("-1", None),
        ] {
            assert_eq!(Stage::of_version(version), stage, "{version}");
        }
    }

    #[test]
    fn a_stage_is_found_by_its_exact_name() {
        for stage in Stage::ALL {
            assert_eq!(Stage::named(stage.name()), Some(stage));
        }
        for name in ["", "production", "Production ", "$default"] {
            assert_eq!(Stage::named(name), None, "{name}");
        }
    }
}
