/// Lists every environment variable that is missing or wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("set these environment variables: {}", .0.join("; "))]
pub struct ConfigError(pub(super) Vec<String>);

impl ConfigError {
    pub(crate) fn missing(name: &str) -> Self {
        Self(vec![format!("{name} (missing)")])
    }

    pub(crate) fn wrong(name: &str, why: &str) -> Self {
        Self(vec![format!("{name} ({why})")])
    }
}
