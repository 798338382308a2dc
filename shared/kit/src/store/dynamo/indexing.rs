//! The entries of the index, written by the function that follows the tables' streams.
//!
//! An item beside the entries keeps the terms of the resource that they were made from, so what is no longer right can be removed
//! without a look at what the resource was. Before entries are written, the new terms are put beside the old ones; afterwards the old ones go. If
//! it ends in between, all terms are there whose entries there may be, and the next time all entries are written.

use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::{
    AttributeMap, DynamoTable,
    batch::{get_items, write_items},
    entry::{LIST, PLACE, position_key, take_text, writes},
    expression::{self, Expression, text},
    failure::write_failure,
    read_entity, unavailable,
};
use crate::{
    resource::{Entity, Key as _, Resource},
    search::{Difference, Entries, Terms, entries, entries_of},
    store::{Result, StoreError},
};

/// The attribute with the terms.
const TERMS: &str = "terms";

/// The number of resources whose entries are written at the same time.
const JOBS: usize = 8;

/// Brings the entries of resources, a hundred at most, up to date. With `anew`, all entries are written.
pub(super) async fn index<R: Resource>(
    table: &DynamoTable<R>,
    keys: &[R::Key],
    anew: bool,
) -> Result<()> {
    if R::INDEX.is_none() {
        return Ok(());
    }
    let kept = read_kept(table, keys).await?;
    let found = get_readable(table, keys).await?;
    stream::iter(kept)
        .map(Ok)
        .try_for_each_concurrent(JOBS, |kept| {
            let entity = found.get(&kept.key);
            async move { kept.replace(table, entity, anew).await }
        })
        .await
}

/// The resources with these keys. One that cannot be read is logged and counts as gone: no search can show it, and it would hold up all that
/// is written after it.
async fn get_readable<R: Resource>(
    table: &DynamoTable<R>,
    keys: &[R::Key],
) -> Result<HashMap<R::Key, Entity<R>>> {
    // DynamoDB refuses a key that is there twice.
    let distinct: BTreeSet<_> = keys.iter().collect();
    let keys = distinct.into_iter().map(expression::item_key).collect();
    let mut found = HashMap::new();
    for item in get_items(&table.store, &table.name, keys).await? {
        match read_entity::<R>(item) {
            Ok(entity) => {
                found.insert(entity.key.clone(), entity);
            }
            Err(StoreError::Corrupt { attribute, .. }) => tracing::error!(
                table = table.name,
                attribute,
                "an item was written that cannot be read; searches do not find it"
            ),
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

/// The terms of which there may be entries, each as JSON; a resource that is not there has the empty text.
struct Kept<R: Resource> {
    key: R::Key,
    terms: Vec<String>,
}

/// What is kept of each of the resources.
async fn read_kept<R: Resource>(table: &DynamoTable<R>, keys: &[R::Key]) -> Result<Vec<Kept<R>>> {
    let mut kept: HashMap<_, _> = keys
        .iter()
        .map(|key| (position::<R>(key), (key.clone(), vec![String::new()])))
        .collect();
    let keys = kept.keys().map(|(list, place)| position_key(list, place));
    let keys = keys.collect();
    for mut item in get_items(&table.store, &table.store.tables.search, keys).await? {
        let position = (take_text(&mut item, LIST)?, take_text(&mut item, PLACE)?);
        if let Some((_, terms)) = kept.get_mut(&position) {
            *terms = read_terms(&item);
        }
    }
    let kept = kept.into_values();
    Ok(kept.map(|(key, terms)| Kept { key, terms }).collect())
}

/// The list and the place of what is kept of a resource.
fn position<R: Resource>(key: &R::Key) -> (String, String) {
    let (partition, sort) = key.texts();
    (format!("{}\tterms\t{partition}", R::MANY), sort)
}

fn read_terms(item: &AttributeMap) -> Vec<String> {
    let terms = item.get(TERMS).and_then(|terms| terms.as_l().ok());
    let terms = terms.into_iter().flatten();
    terms
        .filter_map(|terms| terms.as_s().ok().cloned())
        .collect()
}

fn write_terms(terms: &[String]) -> AttributeValue {
    AttributeValue::L(terms.iter().map(|terms| text(terms)).collect())
}

impl<R: Resource> Kept<R> {
    async fn replace(
        mut self,
        table: &DynamoTable<R>,
        entity: Option<&Entity<R>>,
        anew: bool,
    ) -> Result<()> {
        let now = match entity {
            Some(entity) => serde_json::to_string(&Terms::of(entity)).map_err(unavailable)?,
            None => String::new(),
        };
        let is_complete = self.terms.len() == 1;
        if self.terms == [now.as_str()] && (!anew || now.is_empty()) {
            return Ok(());
        }
        let after = entries(entity);
        let mut difference = Difference::between(self.entries(), after.clone());
        if anew || !is_complete {
            // Entries that should be there may be missing.
            difference.new = after.into_iter().collect();
        }
        if !self.terms.contains(&now) {
            let terms = [self.terms.as_slice(), std::slice::from_ref(&now)].concat();
            self.keep(table, terms).await?;
        }
        let search = &table.store.tables.search;
        write_items(&table.store, search, writes(difference)?).await?;
        self.keep(table, vec![now]).await
    }

    /// All entries that there may be.
    fn entries(&self) -> Entries {
        let terms = self.terms.iter();
        let read = terms.filter_map(|terms| serde_json::from_str::<Terms>(terms).ok());
        read.flat_map(|terms| entries_of::<R>(&self.key, &terms))
            .collect()
    }

    /// Keeps other terms, unless another one did so since these were read.
    async fn keep(&mut self, table: &DynamoTable<R>, terms: Vec<String>) -> Result<()> {
        let (list, place) = position::<R>(&self.key);
        let key = position_key(&list, &place);
        let unchanged = if self.terms == [""] {
            expression::no_item(LIST)
        } else {
            Expression::new("#terms = :terms")
                .name("#terms", TERMS)
                .value(":terms", write_terms(&self.terms))
        };
        let client = &table.store.client;
        let search = &table.store.tables.search;
        let kept = if terms == [""] {
            let delete = client.delete_item().table_name(search).set_key(Some(key));
            let delete = delete
                .condition_expression(unchanged.text)
                .set_expression_attribute_names(unchanged.names)
                .set_expression_attribute_values(unchanged.values);
            delete.send().await.map(drop).map_err(write_failure)
        } else {
            let put = client.put_item().table_name(search).set_item(Some(key));
            let put = put
                .item(TERMS, write_terms(&terms))
                .condition_expression(unchanged.text)
                .set_expression_attribute_names(unchanged.names)
                .set_expression_attribute_values(unchanged.values);
            put.send().await.map(drop).map_err(write_failure)
        };
        self.terms = terms;
        kept
    }
}
