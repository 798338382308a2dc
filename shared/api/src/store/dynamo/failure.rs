//! What DynamoDB's errors mean to a store.

use aws_sdk_dynamodb::{
    error::{ProvideErrorMetadata, SdkError},
    operation::transact_write_items::TransactWriteItemsError,
    types::CancellationReason,
};

use super::Item;
use crate::store::StoreError;

/// The meaning of an error that is no failed condition.
pub(super) fn failure<E, R>(error: SdkError<E, R>) -> StoreError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    match error.code() {
        // A read found a transaction at work on its items.
        Some("TransactionCanceledException") => StoreError::InFlight,
        Some(
            "ProvisionedThroughputExceededException"
            | "RequestLimitExceeded"
            | "ThrottlingException"
            | "TransactionConflictException",
        ) => StoreError::Throttled(Box::new(error)),
        _ => StoreError::Unavailable(Box::new(error)),
    }
}

/// Why a transaction of an idempotency record and a write did not happen.
pub(super) enum Cancelled {
    /// The record exists: here it is.
    Recorded(Item),
    /// The condition of the write failed; with the item that it found, where asked for.
    Refused(Option<Item>),
    /// Another writer was at work on the movie.
    Contended,
    /// Anything else.
    Failed(StoreError),
}

impl<R: std::fmt::Debug + Send + Sync + 'static> From<SdkError<TransactWriteItemsError, R>>
    for Cancelled
{
    fn from(error: SdkError<TransactWriteItemsError, R>) -> Self {
        match error.as_service_error() {
            Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
                match cancelled.cancellation_reasons() {
                    [record, write] => Self::from_reasons(record, write),
                    _ => Self::Failed(StoreError::Unavailable(Box::new(error))),
                }
            }
            Some(TransactWriteItemsError::TransactionInProgressException(_)) => {
                Self::Failed(StoreError::InFlight)
            }
            _ => Self::Failed(failure(error)),
        }
    }
}

impl Cancelled {
    /// The record decides first: a retry of a write that happened fails both conditions.
    fn from_reasons(record: &CancellationReason, write: &CancellationReason) -> Self {
        match (record.code(), write.code()) {
            (Some("ConditionalCheckFailed"), _) => {
                Self::Recorded(record.item.clone().unwrap_or_default())
            }
            (Some("TransactionConflict"), _) => Self::Failed(StoreError::InFlight),
            (_, Some("ConditionalCheckFailed")) => Self::Refused(write.item.clone()),
            (_, Some("TransactionConflict")) => Self::Contended,
            (record_code, write_code) => {
                let codes = format!("transaction cancelled: {record_code:?}, {write_code:?}");
                let throttled = [record_code, write_code].into_iter().flatten().any(|code| {
                    matches!(code, "ThrottlingError" | "ProvisionedThroughputExceeded")
                });
                Self::Failed(if throttled {
                    StoreError::Throttled(codes.into())
                } else {
                    StoreError::Unavailable(codes.into())
                })
            }
        }
    }
}
