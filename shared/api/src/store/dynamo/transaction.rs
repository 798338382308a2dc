//! Writes as transactions: each writes the movie, writes the idempotency record if there is a key, and checks
//! that the user who writes is not leaving.

use std::time::Duration;

use aws_sdk_dynamodb::types::{
    ConditionCheck, Delete, Get, Put, ReturnValuesOnConditionCheckFailure as OnFailure,
    TransactGetItem, TransactWriteItem, Update,
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{
    DynamoStore, Item, contended, expression,
    failure::{Cancelled, Part, failure},
    read_movie, refusal, unavailable, write_item,
};
use crate::{
    idempotency::{Fingerprint, Once},
    movie::{Changes, Movie, MovieKey, UserId},
    store::{Guard, MovieStore as _, StoreError, Written, item::MovieItem},
};

/// The pauses before each try of a write. A try conflicts with other writes of the same movie, and with other
/// writes of the same user, which check the same item.
const PAUSES: [Duration; 5] = [
    Duration::ZERO,
    Duration::from_millis(10),
    Duration::from_millis(30),
    Duration::from_millis(90),
    Duration::from_millis(270),
];

/// Waits without a timer if there is no pause: even an elapsed timer takes a millisecond, and most writes are tried once.
async fn wait(pause: Duration) {
    if !pause.is_zero() {
        tokio::time::sleep(pause).await;
    }
}

/// Writes a movie and its idempotency record, unless the user who writes is leaving.
async fn transact(
    store: &DynamoStore,
    movie: TransactWriteItem,
    record: Option<Put>,
    user: Option<&UserId>,
    now: OffsetDateTime,
) -> Result<(), Cancelled> {
    let mut parts = Vec::with_capacity(3);
    let mut items = Vec::with_capacity(3);
    if let Some(record) = record {
        parts.push(Part::Record);
        items.push(TransactWriteItem::builder().put(record).build());
    }
    parts.push(Part::Movie);
    items.push(movie);
    if let Some(user) = user {
        let check = check_not_leaving(store, user, now).map_err(Cancelled::Failed)?;
        parts.push(Part::Writer);
        items.push(TransactWriteItem::builder().condition_check(check).build());
    }
    // The SDK sends a `ClientRequestToken`, the same when it tries again: DynamoDB then knows a
    // transaction that it carried out before, and says so.
    store
        .client
        .transact_write_items()
        .set_transact_items(Some(items))
        .send()
        .await
        .map(drop)
        .map_err(|error| Cancelled::of(error, &parts))
}

/// Makes the check that a user is not leaving and has not left.
fn check_not_leaving(
    store: &DynamoStore,
    user: &UserId,
    now: OffsetDateTime,
) -> Result<ConditionCheck, StoreError> {
    let leaving = Once::leaving(user);
    let unless_kept = expression::unless_kept(now);
    ConditionCheck::builder()
        .table_name(&store.idempotency)
        .set_key(Some(expression::record_key(
            leaving.caller.as_str(),
            leaving.key.as_str(),
        )))
        .condition_expression(unless_kept.text)
        .set_expression_attribute_values(unless_kept.values)
        .build()
        .map_err(unavailable)
}

fn put_record(
    store: &DynamoStore,
    once: Option<&Once>,
    movie: Option<&Movie>,
    now: OffsetDateTime,
) -> Result<Option<Put>, StoreError> {
    let Some(once) = once else { return Ok(None) };
    let record = Record {
        caller: once.caller.as_str().into(),
        key: once.key.as_str().into(),
        fingerprint: once.fingerprint.as_str().into(),
        expires_at: once.expires_at(now),
        movie: movie.map(MovieItem::from),
    };
    let unless_kept = expression::unless_kept(now);
    Put::builder()
        .table_name(&store.idempotency)
        .set_item(Some(write_item(&record)?))
        .condition_expression(unless_kept.text)
        .set_expression_attribute_values(unless_kept.values)
        .return_values_on_condition_check_failure(OnFailure::AllOld)
        .build()
        .map(Some)
        .map_err(unavailable)
}

pub(super) async fn add(
    store: &DynamoStore,
    movie: &Movie,
    once: Option<&Once>,
) -> Result<Written<Movie>, StoreError> {
    let now = movie.updated_at;
    let user = once.map(|once| &once.caller).or(movie.added_by.as_ref());
    for pause in PAUSES {
        wait(pause).await;
        let record = put_record(store, once, Some(movie), now)?;
        let put = Put::builder()
            .table_name(&store.movies)
            .set_item(Some(write_item(&MovieItem::from(movie))?))
            .condition_expression(expression::ABSENT)
            .build()
            .map_err(unavailable)?;
        let put = TransactWriteItem::builder().put(put).build();
        match transact(store, put, record, user, now).await {
            Ok(()) => return Ok(Written::now(movie.clone())),
            Err(Cancelled::Leaving) => return Err(StoreError::Leaving),
            Err(Cancelled::Recorded(item)) => return replay(item, once)?.into_movie(),
            Err(Cancelled::Refused(_)) => return Err(StoreError::AlreadyExists),
            Err(Cancelled::Contended) => {}
            Err(Cancelled::Failed(error)) => return Err(error),
        }
    }
    Err(contended())
}

pub(super) async fn update(
    store: &DynamoStore,
    key: &MovieKey,
    changes: &Changes,
    guard: &Guard<'_>,
    now: OffsetDateTime,
    once: Option<&Once>,
) -> Result<Written<Movie>, StoreError> {
    for pause in PAUSES {
        wait(pause).await;
        let (record, movie) = match once {
            Some(once) => get_both(store, key, once, now).await?,
            None => (None, store.get(key).await?),
        };
        if let Some(record) = record {
            return replay(record, once)?.into_movie();
        }
        let before = movie.ok_or(StoreError::NotFound)?;
        guard.check(&before)?;
        let after = before.changed(changes, now);

        let just_read = [before.revision];
        let still_so = Guard {
            by: guard.by,
            revisions: Some(&just_read),
        };
        let update = expression::update(changes, &still_so, now)?;
        let update = Update::builder()
            .table_name(&store.movies)
            .set_key(Some(expression::movie_key(key)))
            .update_expression(update.action)
            .condition_expression(update.condition.text)
            .set_expression_attribute_names(update.condition.names)
            .set_expression_attribute_values(update.condition.values)
            .build()
            .map_err(unavailable)?;
        let update = TransactWriteItem::builder().update(update).build();
        let record = put_record(store, once, Some(&after), now)?;
        match transact(store, update, record, Some(guard.user()), now).await {
            Ok(()) => return Ok(Written::now(after)),
            Err(Cancelled::Leaving) => return Err(StoreError::Leaving),
            Err(Cancelled::Recorded(item)) => return replay(item, once)?.into_movie(),
            // Another write came between the read and this write: read again.
            Err(Cancelled::Refused(_) | Cancelled::Contended) => {}
            Err(Cancelled::Failed(error)) => return Err(error),
        }
    }
    Err(contended())
}

pub(super) async fn delete(
    store: &DynamoStore,
    key: &MovieKey,
    guard: &Guard<'_>,
    now: OffsetDateTime,
    once: Option<&Once>,
) -> Result<Written<()>, StoreError> {
    for pause in PAUSES {
        wait(pause).await;
        let condition = expression::guarded(guard);
        let delete = Delete::builder()
            .table_name(&store.movies)
            .set_key(Some(expression::movie_key(key)))
            .condition_expression(condition.text)
            .set_expression_attribute_names(condition.names)
            .set_expression_attribute_values(condition.values)
            .return_values_on_condition_check_failure(OnFailure::AllOld)
            .build()
            .map_err(unavailable)?;
        let delete = TransactWriteItem::builder().delete(delete).build();
        let record = put_record(store, once, None, now)?;
        match transact(store, delete, record, Some(guard.user()), now).await {
            Ok(()) => return Ok(Written::now(())),
            Err(Cancelled::Leaving) => return Err(StoreError::Leaving),
            Err(Cancelled::Recorded(item)) => {
                replay(item, once)?;
                return Ok(Written::before(()));
            }
            Err(Cancelled::Refused(item)) => return Err(refusal(item, guard)),
            Err(Cancelled::Contended) => {}
            Err(Cancelled::Failed(error)) => return Err(error),
        }
    }
    Err(contended())
}

/// Reads the idempotency record, if it is still kept, and the movie, in one transaction.
async fn get_both(
    store: &DynamoStore,
    key: &MovieKey,
    once: &Once,
    now: OffsetDateTime,
) -> Result<(Option<Item>, Option<Movie>), StoreError> {
    let get = |table: &str, key: Item| {
        Get::builder()
            .table_name(table)
            .set_key(Some(key))
            .build()
            .map(|get| TransactGetItem::builder().get(get).build())
            .map_err(unavailable)
    };
    let answer = store
        .client
        .transact_get_items()
        .transact_items(get(
            &store.idempotency,
            expression::record_key(once.caller.as_str(), once.key.as_str()),
        )?)
        .transact_items(get(&store.movies, expression::movie_key(key))?)
        .send()
        .await
        .map_err(failure)?;
    let mut items = answer
        .responses
        .unwrap_or_default()
        .into_iter()
        .map(|found| found.item);
    let record = items.next().flatten().filter(|item| !item.is_empty());
    let movie = items.next().flatten().filter(|item| !item.is_empty());
    Ok((
        record.filter(|item| is_kept(item, now)),
        movie.map(read_movie).transpose()?,
    ))
}

/// An item of the idempotency table.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    caller: String,
    key: String,
    fingerprint: String,
    expires_at: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    movie: Option<MovieItem>,
}

impl Record {
    fn into_movie(self) -> Result<Written<Movie>, StoreError> {
        let movie = self.movie.ok_or_else(|| StoreError::Corrupt {
            key: "idempotency record".into(),
            attribute: "movie".into(),
            reason: "missing".into(),
        })?;
        movie.try_into().map(Written::before)
    }
}

fn replay(item: Item, once: Option<&Once>) -> Result<Record, StoreError> {
    let record: Record = serde_dynamo::from_item(item).map_err(unavailable)?;
    let fingerprint = Fingerprint::from_stored(record.fingerprint.clone());
    if once.is_some_and(|once| fingerprint == once.fingerprint) {
        Ok(record)
    } else {
        Err(StoreError::KeyReused)
    }
}

fn is_kept(record: &Item, now: OffsetDateTime) -> bool {
    record
        .get("expiresAt")
        .and_then(|at| at.as_n().ok()?.parse::<i64>().ok())
        .is_some_and(|expires_at| expires_at > now.unix_timestamp())
}
