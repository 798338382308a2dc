//! The errors of stores as problems.

use crate::{
    http::{ApiError, problems},
    resource::Resource,
    store::StoreError,
};

impl ApiError {
    /// The error of a store of `R`.
    #[must_use]
    pub fn of_store<R: Resource>(error: StoreError) -> Self {
        match error {
            StoreError::AlreadyExists => R::EXISTS.into(),
            StoreError::NotFound => R::NOT_FOUND.into(),
            other => other.into(),
        }
    }
}

/// The errors of a store that are the same for every resource.
impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotOwner => problems::FORBIDDEN.into(),
            StoreError::KeyReused => problems::KEY_REUSED.into(),
            StoreError::InFlight => ApiError::from(problems::REQUEST_IN_FLIGHT).passing(),
            StoreError::Leaving => problems::SESSION_ENDED.into(),
            StoreError::Throttled(_) => {
                ApiError::from(problems::THROTTLED).because(error).passing()
            }
            StoreError::Unavailable(_) => ApiError::from(problems::UNAVAILABLE)
                .because(error)
                .passing(),
            StoreError::RevisionMismatch => problems::VERSION_MISMATCH.into(),
            StoreError::AlreadyExists | StoreError::NotFound | StoreError::Corrupt { .. } => {
                Self::internal(error)
            }
        }
    }
}
