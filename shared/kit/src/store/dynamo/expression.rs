//! DynamoDB's expressions: keys, conditions and updates.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde::Serialize;
use time::OffsetDateTime;

use super::{AttributeMap, items::part, unavailable};
use crate::{
    page::Filter,
    resource::{Access, Change, ChangeVisitor, Changes as _, Key, Resource},
    store::{By, Guard, StoreError},
    user::UserId,
    value::write_moment,
};

/// The condition that no item with the key exists.
pub(super) fn absent<R: Resource>() -> Expression {
    Expression::new("attribute_not_exists(#sort)").name("#sort", R::Key::SORT)
}

/// The condition that there is no idempotency record, or an expired one: DynamoDB clears those away when
/// it likes.
pub(super) fn unless_kept(now: OffsetDateTime) -> Expression {
    Expression::new("attribute_not_exists(caller) OR expiresAt <= :now")
        .value(":now", AttributeValue::N(now.unix_timestamp().to_string()))
}

/// An expression with the names and values that it uses.
#[derive(Default)]
pub(super) struct Expression {
    pub(super) text: String,
    pub(super) names: Option<HashMap<String, String>>,
    pub(super) values: Option<AttributeMap>,
}

impl Expression {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            names: None,
            values: None,
        }
    }

    pub(super) fn value(mut self, placeholder: impl Into<String>, value: AttributeValue) -> Self {
        self.values
            .get_or_insert_default()
            .insert(placeholder.into(), value);
        self
    }

    pub(super) fn name(mut self, placeholder: impl Into<String>, name: impl Into<String>) -> Self {
        self.names
            .get_or_insert_default()
            .insert(placeholder.into(), name.into());
        self
    }
}

/// An update expression; its names and values are in the condition's.
pub(super) struct UpdateExpression {
    pub(super) action: String,
    pub(super) condition: Expression,
}

/// The key of an item.
pub(super) fn item_key<K: Key>(key: &K) -> AttributeMap {
    HashMap::from([
        (K::PARTITION.to_owned(), part(key.partition())),
        (K::SORT.to_owned(), part(key.sort())),
    ])
}

/// The key of an idempotency record.
pub(super) fn record_key(caller: &str, key: &str) -> AttributeMap {
    HashMap::from([
        ("caller".to_owned(), AttributeValue::S(caller.to_owned())),
        ("key".to_owned(), AttributeValue::S(key.to_owned())),
    ])
}

/// The position of an item of this owner in the index of owners: the keys of the index and of the table.
pub(super) fn owner_key<R: Resource>(user: &UserId, key: &R::Key) -> AttributeMap {
    let mut item = item_key(key);
    item.insert(R::OWNER.to_owned(), part(user));
    item
}

/// The key condition of the items that have this user as their partition key.
pub(super) fn of_user(attribute: &str, user: &UserId) -> Expression {
    Expression::new("#user = :user")
        .name("#user", attribute)
        .value(":user", part(user))
}

/// The key condition of a listing; `None` lists everything.
pub(super) fn filter<K: Key>(filter: &Filter<K>) -> Option<Expression> {
    let (partition, prefix) = match filter {
        Filter::All => return None,
        Filter::Partition(partition) => (partition, None),
        Filter::Prefix(partition, prefix) => (partition, Some(prefix)),
    };
    let mut expression = Expression::new("#partition = :partition")
        .name("#partition", K::PARTITION)
        .value(":partition", part(partition));
    if let Some(prefix) = prefix {
        expression.text.push_str(" AND begins_with(#sort, :prefix)");
        expression = expression
            .name("#sort", K::SORT)
            .value(":prefix", AttributeValue::S(prefix.as_str().to_owned()));
    }
    Some(expression)
}

/// The condition that an item exists and meets a guard.
pub(super) fn guarded<R: Resource>(guard: &Guard<'_>) -> Expression {
    let mut condition = Expression::new("attribute_exists(#sort)").name("#sort", R::Key::SORT);
    // The owner of a private resource is a part of the key.
    if let (Access::Shared, Some(owner)) = (R::ACCESS, guard.owner()) {
        condition.text.push_str(" AND #owner = :owner");
        condition = condition
            .name("#owner", R::OWNER)
            .value(":owner", part(owner));
    }
    if let Some(revisions) = guard.revisions {
        let mut any_of = Vec::with_capacity(revisions.len());
        for (i, revision) in revisions.iter().enumerate() {
            // AND binds tighter than OR, and DynamoDB refuses parentheses that change nothing.
            any_of.push(format!(
                "#version = :version{i} AND createdAt = :createdAt{i}"
            ));
            let version = AttributeValue::N(revision.version.to_string());
            let created_at = AttributeValue::S(write_moment(revision.created_at));
            condition = condition
                .value(format!(":version{i}"), version)
                .value(format!(":createdAt{i}"), created_at);
        }
        if any_of.is_empty() {
            // No revision will do: a condition that no item meets, so that a missing item and
            // another's are still told apart.
            any_of.push("attribute_not_exists(#version)".to_owned());
        }
        condition = condition.name("#version", "version");
        condition.text = format!("{} AND ({})", condition.text, any_of.join(" OR "));
    }
    condition
}

/// The update that takes the owner from an item of this user and adds 1 to the version.
pub(super) fn disown<R: Resource>(
    user: &UserId,
    now: OffsetDateTime,
) -> Result<UpdateExpression, StoreError> {
    let of_user = Guard {
        by: By::Owner(user),
        revisions: None,
    };
    let mut update = update::<R>(&R::Changes::default(), &of_user, now)?;
    update.action.push_str(" REMOVE #owner");
    Ok(update)
}

/// The update that makes `changes` and adds 1 to the version.
pub(super) fn update<R: Resource>(
    changes: &R::Changes,
    guard: &Guard<'_>,
    now: OffsetDateTime,
) -> Result<UpdateExpression, StoreError> {
    let expression = guarded::<R>(guard)
        .name("#version", "version")
        .value(":now", AttributeValue::S(write_moment(now)))
        .value(":one", AttributeValue::N("1".to_owned()));
    let mut actions = Actions {
        set: vec![
            "updatedAt = :now".to_owned(),
            "#version = #version + :one".to_owned(),
        ],
        remove: vec![],
        expression,
    };
    changes.visit(&mut actions)?;
    let mut action = format!("SET {}", actions.set.join(", "));
    if !actions.remove.is_empty() {
        action.push_str(" REMOVE ");
        action.push_str(&actions.remove.join(", "));
    }
    Ok(UpdateExpression {
        action,
        condition: actions.expression,
    })
}

struct Actions {
    set: Vec<String>,
    remove: Vec<String>,
    expression: Expression,
}

impl ChangeVisitor for Actions {
    type Error = StoreError;

    fn change<T: Serialize>(
        &mut self,
        attribute: &'static str,
        change: &Change<T>,
    ) -> Result<(), StoreError> {
        let value = match change {
            Change::Keep => return Ok(()),
            Change::Remove => None,
            Change::Set(value) => {
                Some(serde_dynamo::to_attribute_value(value).map_err(unavailable)?)
            }
        };
        // With a prefix, because a field may have the name of another placeholder, such as `sort`.
        let (name, placeholder) = (format!("#field_{attribute}"), format!(":field_{attribute}"));
        let expression = std::mem::take(&mut self.expression).name(&name, attribute);
        self.expression = if let Some(value) = value {
            self.set.push(format!("{name} = {placeholder}"));
            expression.value(placeholder, value)
        } else {
            self.remove.push(name);
            expression
        };
        Ok(())
    }
}
