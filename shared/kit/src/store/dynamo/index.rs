//! Searches of the index, and entries for what was stored without them.

use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::types::{ConditionCheck, KeysAndAttributes, TransactWriteItem};

use super::{
    DynamoStore, DynamoTable, contended,
    entry::{LIST, PLACE, position_key, read_entry, take_text, writes},
    expression,
    failure::{Cancelled, failure},
    read_entity,
    transaction::{PAUSES, transact, wait},
    unavailable,
};
use crate::{
    resource::{Entity, Resource},
    search::{Difference, Pointer, SearchPage, SearchRequest},
    store::{By, Guard, Result, Store as _, StoreError},
    user::UserId,
};

/// A query of the list, and a batch of the resources that its entries point to.
pub(super) async fn search<R: Resource>(
    table: &DynamoTable<R>,
    request: &SearchRequest,
) -> Result<SearchPage<R>> {
    let (read, next) = read_list::<R>(&table.store, request).await?;
    let (chosen, next) = request.choose(read, next);
    let mut keys = Vec::with_capacity(chosen.len());
    for (_, pointer) in &chosen {
        keys.push(StoreError::key_of::<R>(pointer)?);
    }
    let found = get_all(table, &keys).await?;
    let items = chosen.iter().zip(&keys).filter_map(|((place, _), key)| {
        let entity = found.get(key)?;
        request.finds(entity, place).then(|| entity.clone())
    });
    Ok(SearchPage {
        items: items.collect(),
        next,
    })
}

/// The entries of a page, and the place of the last if others follow.
async fn read_list<R: Resource>(
    store: &DynamoStore,
    request: &SearchRequest,
) -> Result<(Vec<(String, Pointer)>, Option<String>)> {
    let list = request.list::<R>();
    let mut condition = expression::in_partition(LIST, expression::text(&list));
    if !request.beginning().is_empty() {
        condition = condition.beginning(PLACE, request.beginning());
    }
    let after = request.after.as_ref();
    let start = after.map(|place| position_key(&list, place));
    let answer = condition
        .query(&store.client, &store.search)
        .set_exclusive_start_key(start)
        .scan_index_forward(!request.is_descending())
        .consistent_read(true)
        .limit(i32::try_from(request.looked_at()).unwrap_or(i32::MAX))
        .send()
        .await
        .map_err(failure)?;
    let found = answer.items.unwrap_or_default().into_iter().map(read_entry);
    let behind = answer.last_evaluated_key.filter(|key| !key.is_empty());
    let next = behind.map(|mut key| take_text(&mut key, PLACE));
    Ok((found.collect::<Result<_, _>>()?, next.transpose()?))
}

/// The entities with these keys, of which there are a hundred at most. Those that are gone are left out.
async fn get_all<R: Resource>(
    table: &DynamoTable<R>,
    keys: &[R::Key],
) -> Result<HashMap<R::Key, Entity<R>>> {
    let mut found = HashMap::with_capacity(keys.len());
    // DynamoDB refuses a key that is there twice.
    let distinct: BTreeSet<_> = keys.iter().collect();
    let mut left: Vec<_> = distinct.into_iter().map(expression::item_key).collect();
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
        let answer = table
            .store
            .client
            .batch_get_item()
            .request_items(&table.name, wanted)
            .send()
            .await
            .map_err(failure)?;
        for item in answer.responses.unwrap_or_default().into_values().flatten() {
            let entity = read_entity::<R>(item)?;
            found.insert(entity.key.clone(), entity);
        }
        let left_out = answer.unprocessed_keys.unwrap_or_default().into_values();
        left = left_out.flat_map(|wanted| wanted.keys).collect();
    }
    if left.is_empty() {
        Ok(found)
    } else {
        Err(StoreError::Throttled(
            "resources kept being left out".into(),
        ))
    }
}

impl<R: Resource> DynamoTable<R> {
    /// Writes the entries of a resource in the index again, for one that was stored before there was an index, or by who knows
    /// none.
    ///
    /// # Errors
    /// [`StoreError::Throttled`], [`StoreError::Unavailable`].
    pub async fn index(&self, entity: &Entity<R>) -> Result<()> {
        let mut found = Some(entity.clone());
        for pause in PAUSES {
            wait(pause).await;
            let Some(entity) = found else {
                return Ok(());
            };
            let entries = writes(&self.store, Difference::between(None, Some(&entity)))?;
            let check = check_unchanged(self, &entity)?;
            let now = entity.updated_at;
            match transact(&self.store, check, entries, None, None, now).await {
                Ok(()) => return Ok(()),
                Err(Cancelled::Failed(error)) => return Err(error),
                // It has changed since it was read.
                Err(_) => found = self.get(&entity.key).await?,
            }
        }
        Err(contended())
    }
}

fn check_unchanged<R: Resource>(
    table: &DynamoTable<R>,
    entity: &Entity<R>,
) -> Result<TransactWriteItem> {
    let revisions = [entity.revision];
    let condition = expression::guarded::<R>(&Guard {
        // Any user: an editor's guard demands no owner.
        by: By::Editor(&UserId::new("")),
        revisions: Some(&revisions),
    });
    let check = ConditionCheck::builder()
        .table_name(&table.name)
        .set_key(Some(expression::item_key(&entity.key)))
        .condition_expression(condition.text)
        .set_expression_attribute_names(condition.names)
        .set_expression_attribute_values(condition.values)
        .build()
        .map_err(unavailable)?;
    Ok(TransactWriteItem::builder().condition_check(check).build())
}
