//! All idempotency records of a user, and the note that the user is leaving.

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_dynamodb::{
    operation::put_item::PutItemError,
    types::{
        AttributeValue, DeleteRequest, ReturnValuesOnConditionCheckFailure as OnFailure,
        WriteRequest,
    },
};
use serde::Deserialize;
use time::OffsetDateTime;

use super::{
    AttributeMap, DynamoStore,
    batch::write_items,
    contended, expression,
    failure::failure,
    items::{known, moment, part},
    unavailable,
};
use crate::{
    idempotency::{self, Once},
    store::{MAX_REMEMBERED, Records, Remembered, Result, StoreError},
    user::UserId,
};

/// The pauses before each try of the note that a user is leaving, which conflicts with writes of that user.
const PAUSES: [Duration; 5] = [
    Duration::ZERO,
    Duration::from_millis(50),
    Duration::from_millis(100),
    Duration::from_millis(200),
    Duration::from_millis(400),
];

#[async_trait]
impl Records for DynamoStore {
    async fn begin_leaving(&self, user: &UserId, now: OffsetDateTime) -> Result<OffsetDateTime> {
        // The record keeps seconds.
        let to_the_second = now.replace_nanosecond(0).unwrap_or(now);
        for pause in PAUSES {
            tokio::time::sleep(pause).await;
            let noted = match put_leaving(self, user, to_the_second, now, true).await {
                Err(NotPut::Kept(begun_at)) => {
                    let begun_at = begun_at.unwrap_or(to_the_second);
                    put_leaving(self, user, begun_at, now, false).await
                }
                noted => noted,
            };
            match noted {
                Ok(begun_at) => return Ok(begun_at),
                // Writes of the user check the note at this moment: try again.
                Err(NotPut::Kept(_) | NotPut::Conflict) => {}
                Err(NotPut::Failed(error)) => return Err(error),
            }
        }
        Err(contended())
    }

    async fn is_leaving(&self, user: &UserId, now: OffsetDateTime) -> Result<bool> {
        let key = expression::record_key(&Once::leaving(user));
        let request = self.client.get_item().table_name(&self.tables.idempotency);
        let request = request.set_key(Some(key)).consistent_read(true);
        let answer = request.send().await.map_err(failure)?;
        // DynamoDB deletes expired items some time later, so the expiry is checked here.
        let expires_at = answer.item().and_then(|item| moment(item, "expiresAt"));
        Ok(expires_at.is_some_and(|at| at > now))
    }

    async fn remembered(&self, user: &UserId) -> Result<Vec<Remembered>> {
        let mut found = Vec::new();
        let mut start = None;
        while found.len() < MAX_REMEMBERED {
            let left = MAX_REMEMBERED - found.len();
            let (items, last) = page_of_records(self, user, start, left).await?;
            for item in items {
                found.extend(read_remembered(item)?);
            }
            if last.is_none() {
                break;
            }
            start = last;
        }
        Ok(found)
    }

    async fn forget(&self, user: &UserId) -> Result<()> {
        let mut start = None;
        loop {
            let (items, last) = page_of_records(self, user, start, MAX_REMEMBERED).await?;
            let mut deletions = Vec::with_capacity(items.len());
            for mut key in items {
                let of_client = |key: &AttributeValue| {
                    let key = key.as_s();
                    key.is_ok_and(|key| !idempotency::is_leaving(key))
                };
                if !key.get("key").is_some_and(of_client) {
                    continue;
                }
                key.remove("expiresAt");
                let delete = DeleteRequest::builder().set_key(Some(key)).build();
                let delete = delete.map_err(unavailable)?;
                deletions.push(WriteRequest::builder().delete_request(delete).build());
            }
            write_items(self, &self.tables.idempotency, deletions).await?;
            if last.is_none() {
                return Ok(());
            }
            start = last;
        }
    }
}

async fn put_leaving(
    store: &DynamoStore,
    user: &UserId,
    begun_at: OffsetDateTime,
    now: OffsetDateTime,
    unless_kept: bool,
) -> Result<OffsetDateTime, NotPut> {
    let leaving = Once::leaving(user);
    let number = |number: i64| AttributeValue::N(number.to_string());
    let condition = unless_kept.then(|| expression::unless_kept(now));
    let (text, values) = condition.map_or((None, None), |it| (Some(it.text), it.values));
    let answer = store
        .client
        .put_item()
        .table_name(&store.tables.idempotency)
        .set_item(Some(expression::record_key(&leaving)))
        .item(
            "fingerprint",
            expression::text(leaving.fingerprint.as_str()),
        )
        .item("begunAt", number(begun_at.unix_timestamp()))
        .item("expiresAt", number(leaving.expires_at(now)))
        .set_condition_expression(text)
        .set_expression_attribute_values(values)
        .return_values_on_condition_check_failure(OnFailure::AllOld)
        .send()
        .await;
    let Err(error) = answer else {
        return Ok(begun_at);
    };
    Err(match error.as_service_error() {
        Some(PutItemError::ConditionalCheckFailedException(kept)) => {
            NotPut::Kept(kept.item().and_then(|item| moment(item, "begunAt")))
        }
        Some(PutItemError::TransactionConflictException(_)) => NotPut::Conflict,
        _ => NotPut::Failed(failure(error)),
    })
}

/// The keys and expiries of some records, and where the next page starts.
async fn page_of_records(
    store: &DynamoStore,
    user: &UserId,
    start: Option<AttributeMap>,
    limit: usize,
) -> Result<(Vec<AttributeMap>, Option<AttributeMap>)> {
    // `key` is one of DynamoDB's reserved words.
    let of_user = expression::in_partition("caller", part(user)).name("#key", "key");
    let answer = of_user
        .query(&store.client, &store.tables.idempotency)
        .projection_expression("caller, #key, expiresAt")
        .set_exclusive_start_key(start)
        .consistent_read(true)
        .limit(i32::try_from(limit).unwrap_or(i32::MAX))
        .send()
        .await
        .map_err(failure)?;
    Ok((
        answer.items.unwrap_or_default(),
        answer.last_evaluated_key.filter(|key| !key.is_empty()),
    ))
}

/// The reason why the note that a user is leaving was not written.
enum NotPut {
    /// There is a note already, from this moment.
    Kept(Option<OffsetDateTime>),
    /// A transaction is using the note.
    Conflict,
    /// The call failed.
    Failed(StoreError),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct KeyAndExpiry {
    key: String,
    expires_at: i64,
}

fn read_remembered(item: AttributeMap) -> Result<Option<Remembered>> {
    let record: KeyAndExpiry = serde_dynamo::from_item(known(item)).map_err(unavailable)?;
    Remembered::from_stored(&record.key, record.expires_at)
}
