//! All logs of changes, for tools: what they are, and how they are begun anew.

use aws_sdk_dynamodb::types::{DeleteRequest, WriteRequest};
use time::OffsetDateTime;

use super::{
    AttributeMap, DynamoStore,
    batch::write_items,
    changes::{EXPIRES_AT, HEAD, LOG, SEPARATOR, SEQ, head_of, number, row_key},
    expression::Expression,
    failure::failure,
    items::moment,
    unavailable,
};
use crate::{
    changes::{Head, LOG_KEPT_FOR},
    store::Result,
};

/// A log of changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeLog {
    /// The word for several of its noun.
    pub noun: String,
    /// False for the log of one user.
    pub is_shared: bool,
    /// Its end; `None` if the item cannot be read.
    pub head: Option<Head>,
    /// The time of its newest row; `None` if it has none.
    pub changed_at: Option<OffsetDateTime>,
    name: String,
}

/// A part of the table of the logs that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct ChangeLogs {
    /// The logs whose heads were in it.
    pub logs: Vec<ChangeLog>,
    /// The number of items that were read.
    pub read: u64,
    /// The place to go on at; `None` at the end of the table.
    pub next: Option<AttributeMap>,
}

impl DynamoStore {
    /// Reads the next part of the table of the logs, which has no index of its heads: it is all read, at the price of the table's size.
    ///
    /// # Errors
    /// [`StoreError::Throttled`](crate::store::StoreError::Throttled), [`StoreError::Unavailable`](crate::store::StoreError::Unavailable).
    pub async fn logs(&self, after: Option<AttributeMap>) -> Result<ChangeLogs> {
        let heads = Expression::new("#seq = :head")
            .name("#seq", SEQ)
            .value(":head", number(HEAD));
        let answer = self
            .client
            .scan()
            .table_name(&self.tables.changes)
            .filter_expression(heads.text)
            .set_expression_attribute_names(heads.names)
            .set_expression_attribute_values(heads.values)
            .set_exclusive_start_key(after)
            .send()
            .await
            .map_err(failure)?;
        let mut logs = Vec::new();
        for item in answer.items.unwrap_or_default() {
            logs.push(self.log(&item).await?);
        }
        Ok(ChangeLogs {
            logs,
            read: u64::try_from(answer.scanned_count).unwrap_or_default(),
            next: answer.last_evaluated_key.filter(|key| !key.is_empty()),
        })
    }

    async fn log(&self, item: &AttributeMap) -> Result<ChangeLog> {
        let name = item.get(LOG).and_then(|log| log.as_s().ok());
        let name = name.map_or("", String::as_str);
        let (noun, is_shared) = match name.split_once(SEPARATOR) {
            Some((noun, _)) => (noun, false),
            None => (name, true),
        };
        let head = head_of(name, item).ok();
        let expires_at = match &head {
            Some(head) if head.last == 0 => None,
            Some(head) if is_shared => self.expiry_of_row(head).await?,
            // Of a user's log, the head expires with the newest row.
            _ => moment(item, EXPIRES_AT),
        };
        Ok(ChangeLog {
            noun: noun.to_owned(),
            is_shared,
            changed_at: expires_at.map(|expires_at| expires_at - LOG_KEPT_FOR),
            head,
            name: name.to_owned(),
        })
    }

    /// The time at which the newest row expires; `None` if it is not there.
    async fn expiry_of_row(&self, head: &Head) -> Result<Option<OffsetDateTime>> {
        let row = self.client.get_item().table_name(&self.tables.changes);
        let row = row.set_key(Some(row_key(&head.epoch, head.last)));
        let item = row.send().await.map_err(failure)?.item;
        Ok(item.and_then(|item| moment(&item, EXPIRES_AT)))
    }

    /// Deletes the heads of logs, so that each is begun anew by whoever reads it or appends to it next. Every cursor of before is then expired.
    ///
    /// # Errors
    /// As [`logs`](Self::logs).
    pub async fn begin_anew(&self, logs: &[ChangeLog]) -> Result<()> {
        let deletes = logs.iter().map(|log| {
            let delete = DeleteRequest::builder().set_key(Some(row_key(&log.name, HEAD)));
            let delete = delete.build().map_err(unavailable)?;
            Ok(WriteRequest::builder().delete_request(delete).build())
        });
        write_items(self, &self.tables.changes, deletes.collect::<Result<_>>()?).await
    }
}
