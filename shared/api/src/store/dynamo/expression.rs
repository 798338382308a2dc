//! DynamoDB's expressions: keys, conditions and updates.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde::Serialize;
use time::OffsetDateTime;

use super::{Item, revision_values, unavailable};
use crate::{
    movie::{Change, Changes, ImageUrl, Info, MovieKey, Name, Rating, UserId},
    page::Filter,
    store::{
        By, Guard, StoreError,
        item::{write_date, write_moment},
    },
};

/// The condition that no movie with the key exists.
pub(super) const ABSENT: &str = "attribute_not_exists(title)";

/// The condition that there is no idempotency record, or an expired one: DynamoDB clears those away when
/// it likes.
pub(super) fn unless_kept(now: OffsetDateTime) -> Expression {
    Expression::new("attribute_not_exists(caller) OR expiresAt <= :now")
        .value(":now", AttributeValue::N(now.unix_timestamp().to_string()))
}

/// An expression with the names and values that it uses.
pub(super) struct Expression {
    pub(super) text: String,
    pub(super) names: Option<HashMap<String, String>>,
    pub(super) values: Option<Item>,
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

/// The key of a movie's item.
pub(super) fn movie_key(key: &MovieKey) -> Item {
    HashMap::from([
        ("year".to_owned(), AttributeValue::N(key.year.to_string())),
        (
            "title".to_owned(),
            AttributeValue::S(key.title.as_str().to_owned()),
        ),
    ])
}

/// The key of an idempotency record.
pub(super) fn record_key(caller: &str, key: &str) -> Item {
    HashMap::from([
        ("caller".to_owned(), AttributeValue::S(caller.to_owned())),
        ("key".to_owned(), AttributeValue::S(key.to_owned())),
    ])
}

/// Where in the index of adders a movie of this user stands: the keys of the index and of the table.
pub(super) fn adder_key(user: &UserId, key: &MovieKey) -> Item {
    let mut item = movie_key(key);
    item.insert("addedBy".to_owned(), user_value(user));
    item
}

/// The key condition of a user's movies, or of a user's records: `attribute` is the partition key.
pub(super) fn of_user(attribute: &str, user: &UserId) -> Expression {
    Expression::new(format!("{attribute} = :user")).value(":user", user_value(user))
}

fn user_value(user: &UserId) -> AttributeValue {
    AttributeValue::S(user.as_str().to_owned())
}

/// The key condition of a listing; `None` lists everything.
pub(super) fn filter(filter: &Filter) -> Option<Expression> {
    let (year, prefix) = match filter {
        Filter::All => return None,
        Filter::Year(year) => (year, None),
        Filter::TitlePrefix(year, prefix) => (year, Some(prefix)),
    };
    // `year` is one of DynamoDB's reserved words.
    let expression = Expression::new("#year = :year")
        .name("#year", "year")
        .value(":year", AttributeValue::N(year.to_string()));
    Some(match prefix {
        None => expression,
        Some(prefix) => Expression {
            text: format!("{} AND begins_with(title, :prefix)", expression.text),
            ..expression
        }
        .value(":prefix", AttributeValue::S(prefix.as_str().to_owned())),
    })
}

/// The condition that a movie exists and meets a guard.
pub(super) fn guarded(guard: &Guard<'_>) -> Expression {
    let mut condition = Expression::new("attribute_exists(title)");
    if let Some(owner) = guard.owner() {
        condition.text.push_str(" AND addedBy = :owner");
        condition = condition.value(":owner", user_value(owner));
    }
    if let Some(revisions) = guard.revisions {
        let mut any_of = Vec::with_capacity(revisions.len());
        for (i, revision) in revisions.iter().enumerate() {
            let (version, created_at) = revision_values(revision);
            // AND binds tighter than OR, and DynamoDB refuses parentheses that change nothing.
            any_of.push(format!(
                "#version = :version{i} AND createdAt = :createdAt{i}"
            ));
            condition = condition
                .value(format!(":version{i}"), version)
                .value(format!(":createdAt{i}"), created_at);
        }
        if any_of.is_empty() {
            // No revision will do: a condition that no movie meets, so that a missing movie and
            // another's are still told apart.
            any_of.push("attribute_not_exists(#version)".to_owned());
        }
        condition = condition.name("#version", "version");
        condition.text = format!("{} AND ({})", condition.text, any_of.join(" OR "));
    }
    condition
}

/// The update that takes the owner from a movie of this user and moves the version on.
pub(super) fn disown(user: &UserId, now: OffsetDateTime) -> Result<UpdateExpression, StoreError> {
    let of_user = Guard {
        by: By::Owner(user),
        revisions: None,
    };
    let mut update = update(&Changes::default(), &of_user, now)?;
    update.action.push_str(" REMOVE addedBy");
    Ok(update)
}

/// The update that makes `changes` and moves the version on.
pub(super) fn update(
    changes: &Changes,
    guard: &Guard<'_>,
    now: OffsetDateTime,
) -> Result<UpdateExpression, StoreError> {
    let mut actions = Actions {
        set: vec![
            "updatedAt = :now".to_owned(),
            "#version = #version + :one".to_owned(),
        ],
        remove: vec![],
        expression: guarded(guard)
            .name("#version", "version")
            .value(":now", AttributeValue::S(write_moment(now)))
            .value(":one", AttributeValue::N("1".to_owned())),
    };
    actions = actions
        .change("info", &changes.info, Info::as_str)?
        .change("directors", &changes.directors, |list| names(list))?
        .change("actors", &changes.actors, |list| names(list))?
        .change("genres", &changes.genres, |list| names(list))?
        .change("rating", &changes.rating, |rating| Rating::get(*rating))?
        .change("releaseDate", &changes.release_date, |date| {
            write_date(*date)
        })?
        .change(
            "runningTimeSeconds",
            &changes.running_time_seconds,
            |seconds| *seconds,
        )?
        .change("imageUrl", &changes.image_url, ImageUrl::as_str)?
        .change("rank", &changes.rank, |rank| *rank)?;

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

impl Actions {
    fn change<'a, T, V: Serialize>(
        mut self,
        attribute: &str,
        change: &'a Change<T>,
        write: impl FnOnce(&'a T) -> V,
    ) -> Result<Self, StoreError> {
        match change {
            Change::Keep => return Ok(self),
            Change::Remove => self.remove.push(format!("#{attribute}")),
            Change::Set(value) => {
                let value = serde_dynamo::to_attribute_value(write(value)).map_err(unavailable)?;
                self.set.push(format!("#{attribute} = :{attribute}"));
                self.expression = self.expression.value(format!(":{attribute}"), value);
            }
        }
        self.expression = self.expression.name(format!("#{attribute}"), attribute);
        Ok(self)
    }
}

fn names(names: &[Name]) -> Vec<&str> {
    names.iter().map(Name::as_str).collect()
}
