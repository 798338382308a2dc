//! DynamoDB's expressions: keys, conditions and updates.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    Client, operation::query::builders::QueryFluentBuilder, types::AttributeValue,
};
use serde::Serialize;
use time::OffsetDateTime;

use super::{AttributeMap, items::part, unavailable};
use crate::{
    idempotency::Once,
    page::Filter,
    resource::{Access, Change, ChangeVisitor, Changes as _, Key, Resource},
    store::{Guard, Result, StoreError},
    user::UserId,
    value::write_moment,
};

/// The condition that no item with the key exists.
pub(super) fn absent<R: Resource>() -> Expression {
    no_item(R::Key::SORT)
}

/// The condition that there is no item; `attribute` is of the table's key.
pub(super) fn no_item(attribute: &str) -> Expression {
    Expression::new("attribute_not_exists(#key)").name("#key", attribute)
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
            ..Self::default()
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

    /// Adds to a key condition that the sort key begins so.
    pub(super) fn beginning(mut self, name: &str, beginning: &str) -> Self {
        self.text.push_str(" AND begins_with(#sort, :beginning)");
        self.name("#sort", name)
            .value(":beginning", text(beginning))
    }

    /// A query with this key condition.
    pub(super) fn query(self, client: &Client, table: &str) -> QueryFluentBuilder {
        client
            .query()
            .table_name(table)
            .key_condition_expression(self.text)
            .set_expression_attribute_names(self.names)
            .set_expression_attribute_values(self.values)
    }
}

/// An update expression; its names and values are in the condition's.
pub(super) struct UpdateExpression {
    pub(super) action: String,
    pub(super) condition: Expression,
}

pub(super) fn item_key<K: Key>(key: &K) -> AttributeMap {
    HashMap::from([
        (K::PARTITION.to_owned(), part(key.partition())),
        (K::SORT.to_owned(), part(key.sort())),
    ])
}

pub(super) fn record_key(once: &Once) -> AttributeMap {
    HashMap::from([
        ("caller".to_owned(), part(&once.caller)),
        ("key".to_owned(), text(once.key.as_str())),
    ])
}

pub(super) fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

/// The position of an item of this owner in the index of owners: the keys of the index and of the table.
pub(super) fn owner_key<R: Resource>(user: &UserId, key: &R::Key) -> AttributeMap {
    let mut item = item_key(key);
    item.insert(R::OWNER.to_owned(), part(user));
    item
}

/// The key condition of the items of a partition.
pub(super) fn in_partition(name: &str, partition: AttributeValue) -> Expression {
    Expression::new("#partition = :partition")
        .name("#partition", name)
        .value(":partition", partition)
}

/// The key condition of a listing; `None` lists everything.
pub(super) fn filter<K: Key>(filter: &Filter<K>) -> Option<Expression> {
    let items = |partition| in_partition(K::PARTITION, part(partition));
    match filter {
        Filter::All => None,
        Filter::Partition(partition) => Some(items(partition)),
        Filter::Prefix(partition, prefix) => {
            Some(items(partition).beginning(K::SORT, prefix.as_str()))
        }
    }
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
pub(super) fn disown<R: Resource>(user: &UserId, now: OffsetDateTime) -> Result<UpdateExpression> {
    let mut update = update::<R>(&R::Changes::default(), &Guard::of_owner(user), now)?;
    update.action.push_str(" REMOVE #owner");
    Ok(update)
}

/// The update that makes `changes` and adds 1 to the version.
pub(super) fn update<R: Resource>(
    changes: &R::Changes,
    guard: &Guard<'_>,
    now: OffsetDateTime,
) -> Result<UpdateExpression> {
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

    fn change<T: Serialize>(&mut self, attribute: &'static str, change: &Change<T>) -> Result<()> {
        if change.is_keep() {
            return Ok(());
        }
        // With a prefix, because a field may have the name of another placeholder, such as `sort`.
        let (name, placeholder) = (format!("#field_{attribute}"), format!(":field_{attribute}"));
        let mut expression = std::mem::take(&mut self.expression).name(&name, attribute);
        if let Change::Set(value) = change {
            let value = serde_dynamo::to_attribute_value(value).map_err(unavailable)?;
            self.set.push(format!("{name} = {placeholder}"));
            expression = expression.value(placeholder, value);
        } else {
            self.remove.push(name);
        }
        self.expression = expression;
        Ok(())
    }
}
