//! The movies of an owner: their keys are listed, and they are disowned or deleted when the owner leaves.

use aws_sdk_dynamodb::{
    operation::{delete_item::DeleteItemError, update_item::UpdateItemError},
    types::Select,
};
use time::OffsetDateTime;

use super::{BY_ADDER, DynamoStore, expression, failure::failure, read_key};
use crate::{
    movie::{MovieKey, UserId},
    store::{By, Guard, KeyPage, StoreError},
};

pub(super) async fn added_by(
    store: &DynamoStore,
    user: &UserId,
    limit: u8,
    after: Option<&MovieKey>,
) -> Result<KeyPage, StoreError> {
    let of_user = expression::of_user("addedBy", user);
    // An index is always read with eventual consistency.
    let answer = store
        .client
        .query()
        .table_name(&store.movies)
        .index_name(BY_ADDER)
        .key_condition_expression(of_user.text)
        .set_expression_attribute_values(of_user.values)
        .set_exclusive_start_key(after.map(|key| expression::adder_key(user, key)))
        .select(Select::AllProjectedAttributes)
        .limit(i32::from(limit))
        .send()
        .await
        .map_err(failure)?;
    Ok(KeyPage {
        keys: answer
            .items
            .unwrap_or_default()
            .into_iter()
            .map(read_key)
            .collect::<Result<_, _>>()?,
        next: answer
            .last_evaluated_key
            .filter(|key| !key.is_empty())
            .map(read_key)
            .transpose()?,
    })
}

/// The SDK may try again: a second try finds the movie without its owner, which is success.
pub(super) async fn disown(
    store: &DynamoStore,
    key: &MovieKey,
    user: &UserId,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    let update = expression::disown(user, now)?;
    let answer = store
        .client
        .update_item()
        .table_name(&store.movies)
        .set_key(Some(expression::movie_key(key)))
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

/// The SDK may try again: a second try finds the movie gone, which is success.
pub(super) async fn delete_of(
    store: &DynamoStore,
    key: &MovieKey,
    user: &UserId,
) -> Result<(), StoreError> {
    let condition = expression::guarded(&Guard {
        by: By::Owner(user),
        revisions: None,
    });
    let answer = store
        .client
        .delete_item()
        .table_name(&store.movies)
        .set_key(Some(expression::movie_key(key)))
        .condition_expression(condition.text)
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
