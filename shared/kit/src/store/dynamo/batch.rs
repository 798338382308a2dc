//! Batches: many items in a call, of which DynamoDB leaves some out when it is busy or the answer is large.

use aws_sdk_dynamodb::types::{KeysAndAttributes, WriteRequest};

use super::{
    AttributeMap, DynamoStore,
    failure::failure,
    transaction::{PAUSES, wait},
    unavailable,
};
use crate::store::{Result, StoreError};

/// The most items that one call writes.
const MAX_WRITES: usize = 25;

/// The items with these keys, of which there are a hundred at most and none twice.
pub(super) async fn get_items(
    store: &DynamoStore,
    table: &str,
    mut left: Vec<AttributeMap>,
) -> Result<Vec<AttributeMap>> {
    let mut found = Vec::with_capacity(left.len());
    for pause in PAUSES {
        if left.is_empty() {
            return Ok(found);
        }
        wait(pause).await;
        let wanted = KeysAndAttributes::builder()
            .set_keys(Some(left))
            .consistent_read(true)
            .build()
            .map_err(unavailable)?;
        let answer = store
            .client
            .batch_get_item()
            .request_items(table, wanted)
            .send()
            .await
            .map_err(failure)?;
        found.extend(answer.responses.unwrap_or_default().into_values().flatten());
        let left_out = answer.unprocessed_keys.unwrap_or_default().into_values();
        left = left_out.flat_map(|wanted| wanted.keys).collect();
    }
    if left.is_empty() {
        Ok(found)
    } else {
        Err(left_out())
    }
}

/// Carries out writes, each of another item.
pub(super) async fn write_items(
    store: &DynamoStore,
    table: &str,
    writes: Vec<WriteRequest>,
) -> Result<()> {
    for batch in writes.chunks(MAX_WRITES) {
        write_batch(store, table, batch.to_vec()).await?;
    }
    Ok(())
}

async fn write_batch(store: &DynamoStore, table: &str, mut left: Vec<WriteRequest>) -> Result<()> {
    for pause in PAUSES {
        wait(pause).await;
        let answer = store
            .client
            .batch_write_item()
            .request_items(table, left)
            .send()
            .await
            .map_err(failure)?;
        let left_out = answer.unprocessed_items.unwrap_or_default().into_values();
        left = left_out.flatten().collect();
        if left.is_empty() {
            return Ok(());
        }
    }
    Err(left_out())
}

fn left_out() -> StoreError {
    StoreError::Throttled("items kept being left out".into())
}
