//! All idempotency records of a user.

use std::time::Duration;

use aws_sdk_dynamodb::types::{AttributeValue, DeleteRequest, WriteRequest};
use serde::Deserialize;
use time::OffsetDateTime;

use super::{DynamoStore, Item, expression, failure::failure, unavailable};
use crate::{
    idempotency::{Once, Remembered},
    movie::UserId,
    store::{MAX_REMEMBERED, StoreError},
};

/// How many items one call deletes: DynamoDB takes no more.
const BATCH: usize = 25;

/// How long to wait before each try of a batch: DynamoDB leaves items out when it is busy.
const PAUSES: [Duration; 5] = [
    Duration::ZERO,
    Duration::from_millis(50),
    Duration::from_millis(100),
    Duration::from_millis(200),
    Duration::from_millis(400),
];

impl DynamoStore {
    pub(super) async fn note_leaving(
        &self,
        user: &UserId,
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let once = Once::leaving(user);
        let expires_at = AttributeValue::N(Once::expires_at(now).to_string());
        let fingerprint = AttributeValue::S(once.fingerprint.as_str().to_owned());
        self.client
            .put_item()
            .table_name(&self.idempotency)
            .set_item(Some(expression::record_key(
                once.caller.as_str(),
                once.key.as_str(),
            )))
            .item("fingerprint", fingerprint)
            .item("expiresAt", expires_at)
            .send()
            .await
            .map_err(failure)?;
        Ok(())
    }

    pub(super) async fn has_noted_leaving(
        &self,
        user: &UserId,
        now: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        let once = Once::leaving(user);
        let key = expression::record_key(once.caller.as_str(), once.key.as_str());
        let answer = self
            .client
            .get_item()
            .table_name(&self.idempotency)
            .set_key(Some(key))
            .consistent_read(true)
            .send()
            .await
            .map_err(failure)?;
        // DynamoDB clears away what has expired when it likes.
        let expires_at = answer.item.as_ref().and_then(|item| item.get("expiresAt"));
        let expires_at = expires_at.and_then(|value| value.as_n().ok()?.parse::<i64>().ok());
        Ok(expires_at.is_some_and(|at| at > now.unix_timestamp()))
    }

    pub(super) async fn records_of(&self, user: &UserId) -> Result<Vec<Remembered>, StoreError> {
        let mut found = Vec::new();
        let mut start = None;
        while found.len() < MAX_REMEMBERED {
            let (items, last) = self
                .page_of_records(user, start, MAX_REMEMBERED - found.len())
                .await?;
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

    pub(super) async fn delete_records_of(&self, user: &UserId) -> Result<(), StoreError> {
        let mut start = None;
        loop {
            let (items, last) = self.page_of_records(user, start, MAX_REMEMBERED).await?;
            let mut deletions = Vec::with_capacity(items.len());
            for mut key in items {
                key.remove("expiresAt");
                let delete = DeleteRequest::builder()
                    .set_key(Some(key))
                    .build()
                    .map_err(unavailable)?;
                deletions.push(WriteRequest::builder().delete_request(delete).build());
            }
            for batch in deletions.chunks(BATCH) {
                self.delete_batch(batch.to_vec()).await?;
            }
            if last.is_none() {
                return Ok(());
            }
            start = last;
        }
    }

    /// The keys and expiries of some records, and where the next page starts.
    async fn page_of_records(
        &self,
        user: &UserId,
        start: Option<Item>,
        limit: usize,
    ) -> Result<(Vec<Item>, Option<Item>), StoreError> {
        // `key` is one of DynamoDB's reserved words.
        let of_user = expression::of_user("caller", user).name("#key", "key");
        let answer = self
            .client
            .query()
            .table_name(&self.idempotency)
            .key_condition_expression(of_user.text)
            .projection_expression("caller, #key, expiresAt")
            .set_expression_attribute_names(of_user.names)
            .set_expression_attribute_values(of_user.values)
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

    async fn delete_batch(&self, mut batch: Vec<WriteRequest>) -> Result<(), StoreError> {
        for pause in PAUSES {
            tokio::time::sleep(pause).await;
            let answer = self
                .client
                .batch_write_item()
                .request_items(&self.idempotency, batch)
                .send()
                .await
                .map_err(failure)?;
            let left_out = answer.unprocessed_items.unwrap_or_default();
            batch = left_out.into_values().flatten().collect();
            if batch.is_empty() {
                return Ok(());
            }
        }
        Err(StoreError::Throttled(
            "deletions kept being left out".into(),
        ))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct KeyAndExpiry {
    key: String,
    expires_at: i64,
}

fn read_remembered(item: Item) -> Result<Option<Remembered>, StoreError> {
    let record: KeyAndExpiry = serde_dynamo::from_item(item).map_err(unavailable)?;
    Remembered::from_stored(&record.key, record.expires_at)
}
