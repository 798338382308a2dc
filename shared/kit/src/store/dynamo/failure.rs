//! Maps DynamoDB's errors to those of a store.

use aws_sdk_dynamodb::{
    error::{ProvideErrorMetadata, SdkError},
    operation::{
        transact_get_items::TransactGetItemsError, transact_write_items::TransactWriteItemsError,
    },
    types::CancellationReason,
};

use super::{AttributeMap, contended};
use crate::store::{Result, StoreError};

/// The meaning of an error that is no failed condition.
pub(super) fn failure<E, R>(error: SdkError<E, R>) -> StoreError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    match error.code() {
        Some(
            "ProvisionedThroughputExceededException"
            | "RequestLimitExceeded"
            | "ThrottlingException"
            | "TransactionConflictException",
        ) => StoreError::Throttled(Box::new(error)),
        _ => StoreError::Unavailable(Box::new(error)),
    }
}

/// The meaning of an error of a write whose condition is that nobody else has written.
pub(super) fn write_failure<E, R>(error: SdkError<E, R>) -> StoreError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    match error.code() {
        Some("ConditionalCheckFailedException") => contended(),
        _ => failure(error),
    }
}

/// The meaning of an error of a read of several items at once.
pub(super) fn read_failure<R>(error: SdkError<TransactGetItemsError, R>) -> StoreError
where
    R: std::fmt::Debug + Send + Sync + 'static,
{
    match error.as_service_error() {
        Some(TransactGetItemsError::TransactionCanceledException(cancelled)) => {
            let reasons = cancelled.cancellation_reasons();
            if any(reasons, &["TransactionConflict"]) {
                // A write of one of the items is at work.
                StoreError::InFlight
            } else {
                of_reasons(reasons)
            }
        }
        _ => failure(error),
    }
}

/// True if one of the reasons has one of these codes.
fn any(reasons: &[CancellationReason], codes: &[&str]) -> bool {
    let mut all = reasons.iter().filter_map(CancellationReason::code);
    all.any(|code| codes.contains(&code))
}

/// The meaning of a cancelled transaction for reasons that say nothing of the items.
fn of_reasons(reasons: &[CancellationReason]) -> StoreError {
    let codes: Vec<_> = reasons.iter().map(CancellationReason::code).collect();
    let text = format!("transaction cancelled: {codes:?}");
    if any(
        reasons,
        &["ThrottlingError", "ProvisionedThroughputExceeded"],
    ) {
        StoreError::Throttled(text.into())
    } else {
        StoreError::Unavailable(text.into())
    }
}

/// The result of a write that was done before if its condition fails.
pub(super) fn done_before<T, E, R>(answer: Result<T, SdkError<E, R>>) -> Result<()>
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    match answer {
        Err(error) if error.code() == Some("ConditionalCheckFailedException") => Ok(()),
        answer => answer.map(drop).map_err(failure),
    }
}

/// True if a transaction was not carried out: a condition failed, or another one was at work.
pub(super) fn is_cancelled<R>(error: &SdkError<TransactWriteItemsError, R>) -> bool {
    matches!(
        error.as_service_error(),
        Some(TransactWriteItemsError::TransactionCanceledException(_))
    )
}

/// The role of an item in a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// The idempotency record.
    Record,
    /// The resource.
    Item,
    /// The check that the user who writes is not leaving.
    Writer,
}

/// Why a transaction did not happen.
pub(super) enum Cancelled {
    /// The record exists: here it is.
    Recorded(AttributeMap),
    /// The condition of the write failed; with the item that it found, where asked for.
    Refused(Option<AttributeMap>),
    /// Another writer was at work on the item or has changed it since it was read, or another write of the same user was at work.
    Contended,
    /// Anything else.
    Failed(StoreError),
}

impl From<StoreError> for Cancelled {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

impl From<Cancelled> for StoreError {
    fn from(cancelled: Cancelled) -> Self {
        match cancelled {
            Cancelled::Failed(error) => error,
            _ => contended(),
        }
    }
}

impl Cancelled {
    /// The meaning for a write whose condition is that the item is as it was just read.
    pub(super) fn after_read(self) -> Self {
        match self {
            Self::Refused(_) => Self::Contended,
            other => other,
        }
    }

    /// Maps the error of a transaction with these parts.
    pub(super) fn of<R: std::fmt::Debug + Send + Sync + 'static>(
        error: SdkError<TransactWriteItemsError, R>,
        parts: &[Part],
    ) -> Self {
        match error.as_service_error() {
            Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
                let reasons = cancelled.cancellation_reasons();
                if reasons.len() == parts.len() {
                    Self::for_reasons(reasons, parts)
                } else {
                    Self::Failed(StoreError::Unavailable(Box::new(error)))
                }
            }
            // The first try of the SDK is still at work.
            Some(TransactWriteItemsError::TransactionInProgressException(_)) => {
                Self::Failed(if parts.contains(&Part::Record) {
                    StoreError::InFlight
                } else {
                    StoreError::Throttled(Box::new(error))
                })
            }
            _ => Self::Failed(failure(error)),
        }
    }

    /// Whoever leaves gets no further. Then the record decides: a retry of a write that happened fails
    /// the condition of the item as well. The reasons are in the order of the items.
    fn for_reasons(reasons: &[CancellationReason], parts: &[Part]) -> Self {
        let of = |part: Part| {
            let mut both = parts.iter().zip(reasons);
            both.find_map(|(of, reason)| (*of == part).then_some(reason))
        };
        let code = |part: Part| of(part).and_then(CancellationReason::code);
        let item = |part: Part| of(part).and_then(|reason| reason.item.clone());
        let codes = [Part::Writer, Part::Record, Part::Item].map(code);
        match codes {
            [Some("ConditionalCheckFailed"), _, _] => Self::Failed(StoreError::Leaving),
            [_, Some("ConditionalCheckFailed"), _] => {
                Self::Recorded(item(Part::Record).unwrap_or_default())
            }
            [_, Some("TransactionConflict"), _] => Self::Failed(StoreError::InFlight),
            [_, _, Some("ConditionalCheckFailed")] => Self::Refused(item(Part::Item)),
            _ if any(reasons, &["TransactionConflict"]) => Self::Contended,
            _ => Self::Failed(of_reasons(reasons)),
        }
    }
}
