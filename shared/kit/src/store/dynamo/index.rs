//! Searches of the index.

use std::collections::{BTreeSet, HashMap};

use super::{
    DynamoStore, DynamoTable,
    batch::get_items,
    entry::{LIST, PLACE, position_key, read_entry, take_text},
    expression,
    failure::failure,
    read_entity,
};
use crate::{
    resource::{Entity, Resource},
    search::{Pointer, SearchPage, SearchRequest},
    store::{Result, StoreError},
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
        .query(&store.client, &store.tables.search)
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
pub(super) async fn get_all<R: Resource>(
    table: &DynamoTable<R>,
    keys: &[R::Key],
) -> Result<HashMap<R::Key, Entity<R>>> {
    // DynamoDB refuses a key that is there twice.
    let distinct: BTreeSet<_> = keys.iter().collect();
    let keys = distinct.into_iter().map(expression::item_key).collect();
    let mut found = HashMap::new();
    for item in get_items(&table.store, &table.name, keys).await? {
        let entity = read_entity::<R>(item)?;
        found.insert(entity.key.clone(), entity);
    }
    Ok(found)
}
