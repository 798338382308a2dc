//! Relays a batch of records of a table's stream.
//!
//! A batch that fails is an error of the function, so Lambda counts it, halves the batch and tries both parts again, until they succeed or
//! the stream keeps them no longer. `ReportBatchItemFailures` would do less: a batch is relayed as a whole, and an answer that names its
//! first record makes Lambda send all of it again, unhalved and uncounted (AWS Lambda Developer Guide, "Configuring partial batch
//! response with DynamoDB and Lambda"). To relay a record again does no harm.

use std::{collections::BTreeMap, error::Error, sync::Arc, time::Instant};

use aws_lambda_events::event::dynamodb::{Event, EventRecord};
use kit::{
    clock::{Clock as _, SystemClock},
    store::{
        StoreError,
        dynamo::{AttributeMap, Relay},
    },
    telemetry::{MEASURED, display_chain, metric::Metric, tally},
};
use lambda_runtime::{Diagnostic, LambdaEvent};
use serde_json::Value;
use time::OffsetDateTime;

/// The relays, by the names of the tables.
pub(crate) type Relays = BTreeMap<String, Arc<dyn Relay>>;

/// The metrics of a batch: the resources that it was about, and the time since the oldest of their changes.
pub(crate) const METRICS: [Metric; 2] = [
    Metric::count("ChangesRelayed"),
    Metric::milliseconds("ChangesLag"),
];

/// The reason for which a batch was not relayed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// It is no batch of one table's stream. The text says why, without data of the event.
    #[error("unreadable-event: {0}")]
    Unreadable(&'static str),
    /// The table is none of the function's: the mapping of its stream and the function's settings do not fit.
    #[error("unknown-table: {0} is none of this function's tables")]
    UnknownTable(String),
    /// The store failed.
    #[error("{}: the store failed", code(.0))]
    Store(#[source] StoreError),
}

/// The failure of a store in one word. Its message may have the key of an item, which the log must not.
fn code(error: &StoreError) -> &'static str {
    match error {
        StoreError::Corrupt { .. } => "corrupt-log",
        StoreError::Throttled(_) => "throttled",
        _ => "unavailable",
    }
}

impl Failure {
    fn code(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "unreadable-event",
            Self::UnknownTable(_) => "unknown-table",
            Self::Store(error) => code(error),
        }
    }

    /// The cause, as far as it has no data of an item.
    fn cause(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Store(StoreError::Throttled(cause) | StoreError::Unavailable(cause)) => {
                Some(cause.as_ref())
            }
            _ => None,
        }
    }
}

impl From<Failure> for Diagnostic {
    fn from(failure: Failure) -> Self {
        Self {
            error_type: failure.code().to_owned(),
            error_message: failure.to_string(),
        }
    }
}

/// The records of a batch, as far as they are needed.
struct Batch {
    table: String,
    /// The keys of what was written, each once, in the order in which they came first.
    keys: Vec<AttributeMap>,
    records: usize,
    /// The time of the oldest change, to the second.
    since: Option<OffsetDateTime>,
}

/// Relays a batch and logs it in one line.
///
/// The event comes as JSON, because the runtime quotes an event that it cannot deserialise in the log.
pub(crate) async fn relay(relays: &Relays, event: LambdaEvent<Value>) -> Result<(), Failure> {
    let (event, context) = event.into_parts();
    let request_id = context.request_id.as_str();
    let begun = Instant::now();
    let batch = read(event);
    let table = batch.as_ref().ok().map(|batch| batch.table.clone());
    let work = async {
        let batch = batch?;
        let table = batch.table.as_str();
        let relay = relays.get(table);
        let relay = relay.ok_or_else(|| Failure::UnknownTable(table.to_owned()))?;
        let relayed = relay.relay(&batch.keys, SystemClock.now()).await;
        relayed.map(|()| batch).map_err(Failure::Store)
    };
    let (relayed, used) = tally::of(work).await;
    let micros = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
    match relayed {
        Ok(batch) => {
            tracing::info!(
                target: MEASURED,
                request_id,
                table,
                records = batch.records,
                micros,
                store_calls = used.store_calls,
                read_units = used.read_units,
                write_units = used.write_units,
                ChangesRelayed = batch.keys.len(),
                ChangesLag = batch.lag(SystemClock.now()),
                "relayed"
            );
            Ok(())
        }
        Err(failure) => {
            tracing::error!(
                request_id,
                table,
                micros,
                store_calls = used.store_calls,
                code = failure.code(),
                cause = failure.cause().map(display_chain),
                "not relayed, Lambda tries again"
            );
            Err(failure)
        }
    }
}

fn read(event: Value) -> Result<Batch, Failure> {
    let event: Event =
        serde_json::from_value(event).map_err(|_| Failure::Unreadable("no batch of records"))?;
    let mut table = None;
    let (mut keys, mut since) = (Vec::new(), None);
    let records = event.records.len();
    for record in event.records {
        let of = table_of(&record).ok_or(Failure::Unreadable("a record of no table"))?;
        if table.get_or_insert_with(|| of.to_owned()) != of {
            return Err(Failure::Unreadable("records of two tables"));
        }
        let seconds = record.change.approximate_creation_date_time.timestamp();
        // Records without a time have the oldest one there is.
        if let Ok(at) = OffsetDateTime::from_unix_timestamp(seconds)
            && at > OffsetDateTime::UNIX_EPOCH
        {
            since = Some(since.map_or(at, |since| at.min(since)));
        }
        let key = AttributeMap::from(record.change.keys);
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    Ok(Batch {
        table: table.ok_or(Failure::Unreadable("no records"))?,
        keys,
        records,
        since,
    })
}

/// The name of the table, which the ARN of its stream has: `…:table/NAME/stream/LABEL`.
fn table_of(record: &EventRecord) -> Option<&str> {
    let arn = record.event_source_arn.as_deref()?;
    let (_, rest) = arn.split_once(":table/")?;
    rest.split_once("/stream/").map(|(name, _)| name)
}

impl Batch {
    /// The milliseconds since the oldest change.
    fn lag(&self, now: OffsetDateTime) -> Option<u64> {
        let lag = now - self.since?;
        Some(u64::try_from(lag.whole_milliseconds()).unwrap_or_default())
    }
}
