//! The resources of an owner: their keys are listed, and they are disowned or deleted when the owner leaves.

use aws_sdk_dynamodb::{
    operation::{delete_item::DeleteItemError, update_item::UpdateItemError},
    types::Select,
};
use time::OffsetDateTime;

use super::{BY_OWNER, DynamoTable, expression, failure::failure, read_key, transaction};
use crate::{
    page::KeyPage,
    resource::{Access, Key, Resource},
    store::{By, Guard, StoreError},
    user::UserId,
};

pub(super) async fn owned_by<R: Resource>(
    table: &DynamoTable<R>,
    user: &UserId,
    limit: u8,
    after: Option<&R::Key>,
) -> Result<KeyPage<R::Key>, StoreError> {
    let query = table.store.client.query().table_name(&table.name);
    let (query, condition, start) = match R::ACCESS {
        // An index is always read with eventual consistency.
        Access::Shared => (
            query
                .index_name(BY_OWNER)
                .select(Select::AllProjectedAttributes),
            expression::of_user(R::OWNER, user),
            after.map(|key| expression::owner_key::<R>(user, key)),
        ),
        Access::Private => (
            query
                .projection_expression("#user, #sort")
                .consistent_read(true),
            expression::of_user(R::Key::PARTITION, user).name("#sort", R::Key::SORT),
            after.map(expression::item_key),
        ),
    };
    let answer = query
        .key_condition_expression(condition.text)
        .set_expression_attribute_names(condition.names)
        .set_expression_attribute_values(condition.values)
        .set_exclusive_start_key(start)
        .limit(i32::from(limit))
        .send()
        .await
        .map_err(failure)?;
    let items = answer.items.unwrap_or_default();
    let next = answer.last_evaluated_key.filter(|key| !key.is_empty());
    Ok(KeyPage {
        keys: items.iter().map(read_key).collect::<Result<_, _>>()?,
        next: next.as_ref().map(read_key).transpose()?,
    })
}

/// The SDK may try again: a second try finds the item without its owner, which is success.
pub(super) async fn disown<R: Resource>(
    table: &DynamoTable<R>,
    key: &R::Key,
    user: &UserId,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    let update = expression::disown::<R>(user, now)?;
    let answer = table
        .store
        .client
        .update_item()
        .table_name(&table.name)
        .set_key(Some(expression::item_key(key)))
        .update_expression(update.action)
        .condition_expression(update.condition.text)
        .set_expression_attribute_names(update.condition.names)
        .set_expression_attribute_values(update.condition.values)
        .send()
        .await;
    match answer {
        Ok(_) => Ok(()),
        Err(error) => match error.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(()),
            _ => Err(failure(error)),
        },
    }
}

/// The SDK may try again: a second try finds the item gone, which is success.
pub(super) async fn delete_owned<R: Resource>(
    table: &DynamoTable<R>,
    key: &R::Key,
    user: &UserId,
) -> Result<(), StoreError> {
    if !R::INDEX.is_none() {
        return transaction::delete_owned(table, key, user).await;
    }
    let condition = expression::guarded::<R>(&Guard {
        by: By::Owner(user),
        revisions: None,
    });
    let answer = table
        .store
        .client
        .delete_item()
        .table_name(&table.name)
        .set_key(Some(expression::item_key(key)))
        .condition_expression(condition.text)
        .set_expression_attribute_names(condition.names)
        .set_expression_attribute_values(condition.values)
        .send()
        .await;
    match answer {
        Ok(_) => Ok(()),
        Err(error) => match error.as_service_error() {
            Some(DeleteItemError::ConditionalCheckFailedException(_)) => Ok(()),
            _ => Err(failure(error)),
        },
    }
}
