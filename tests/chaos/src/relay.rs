//! Follows the streams of the tables as Lambda's event source mapping does: hands batches to the function, again until it succeeds.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use aws_sdk_dynamodbstreams::{
    Client,
    types::{AttributeValue, ShardIteratorType},
};
use fastrand::Rng;
use serde_json::{Map, Value, json};
use tokio::{task::JoinHandle, time::sleep};

use crate::function::Follower;

/// The pause before the streams are asked again.
const PAUSE: Duration = Duration::from_millis(150);

/// The relay. It stops when it is dropped.
#[derive(Debug)]
pub struct Relay {
    task: JoinHandle<()>,
    is_calm: Arc<AtomicBool>,
    /// The number of rounds in a row that found nothing.
    idle: Arc<AtomicU64>,
}

struct Stream {
    table: String,
    arn: String,
    /// Where to go on in each shard; `None` behind the last record of one that is closed.
    shards: HashMap<String, Option<String>>,
}

impl Relay {
    /// Follows these streams: the name of each table, and the stream's ARN.
    #[must_use]
    pub fn start(
        client: Client,
        streams: Vec<(String, String)>,
        follower: Arc<Follower>,
        seed: u64,
    ) -> Self {
        let is_calm = Arc::new(AtomicBool::new(true));
        let idle = Arc::new(AtomicU64::new(0));
        let mut streams: Vec<_> = streams
            .into_iter()
            .map(|(table, arn)| Stream {
                table,
                arn,
                shards: HashMap::new(),
            })
            .collect();
        let (calm, rounds) = (Arc::clone(&is_calm), Arc::clone(&idle));
        let task = tokio::spawn(async move {
            let mut random = Rng::with_seed(seed ^ 0x2e1a);
            loop {
                let mut found = false;
                for stream in &mut streams {
                    let calm = calm.load(Ordering::SeqCst);
                    found |= stream.step(&client, &follower, &mut random, calm).await;
                }
                if found {
                    rounds.store(0, Ordering::SeqCst);
                } else {
                    rounds.fetch_add(1, Ordering::SeqCst);
                    sleep(PAUSE).await;
                }
            }
        });
        Self {
            task,
            is_calm,
            idle,
        }
    }

    /// Turns kills and repeated batches on or off.
    pub fn calm(&self, on: bool) {
        self.is_calm.store(on, Ordering::SeqCst);
    }

    /// Waits until all that was written is relayed.
    pub async fn settle(&self) {
        self.idle.store(0, Ordering::SeqCst);
        // The round that is under way may have begun before the last write.
        while self.idle.load(Ordering::SeqCst) < 3 {
            sleep(PAUSE / 2).await;
        }
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Stream {
    /// Relays a batch of each shard. True if there was something.
    async fn step(
        &mut self,
        client: &Client,
        follower: &Follower,
        random: &mut Rng,
        calm: bool,
    ) -> bool {
        self.find_shards(client).await;
        let mut found = false;
        for iterator in self.shards.values_mut() {
            let Some(from) = iterator.clone() else {
                continue;
            };
            let limit = if calm { 100 } else { random.i32(1..=100) };
            let records = client.get_records().shard_iterator(from).limit(limit);
            let Ok(records) = records.send().await else {
                continue;
            };
            let keys: Vec<_> = records
                .records
                .unwrap_or_default()
                .into_iter()
                .filter_map(|record| record.dynamodb?.keys)
                .map(json_of)
                .collect();
            if keys.is_empty() {
                *iterator = records.next_shard_iterator;
                continue;
            }
            found = true;
            let batch = batch(&self.table, &self.arn, &keys);
            match random.u8(..20) {
                0 if !calm => follower.kill().await,
                // A batch comes twice when the mapping misses an answer.
                1 | 2 if !calm => {
                    follower.relay(&batch).await;
                }
                _ => {}
            }
            if follower.relay(&batch).await {
                *iterator = records.next_shard_iterator;
            }
        }
        found
    }

    async fn find_shards(&mut self, client: &Client) {
        let described = client.describe_stream().stream_arn(&self.arn).send();
        let Ok(described) = described.await else {
            return;
        };
        let stream = described.stream_description;
        for shard in stream.and_then(|stream| stream.shards).unwrap_or_default() {
            let Some(id) = shard.shard_id else { continue };
            if self.shards.contains_key(&id) {
                continue;
            }
            let iterator = client
                .get_shard_iterator()
                .stream_arn(&self.arn)
                .shard_id(&id)
                .shard_iterator_type(ShardIteratorType::TrimHorizon);
            if let Ok(iterator) = iterator.send().await {
                self.shards.insert(id, iterator.shard_iterator);
            }
        }
    }
}

fn json_of(key: HashMap<String, AttributeValue>) -> Value {
    let part = |value: AttributeValue| match value {
        AttributeValue::S(text) => json!({ "S": text }),
        AttributeValue::N(digits) => json!({ "N": digits }),
        other => panic!("a part of a key is {other:?}"),
    };
    let parts = key.into_iter().map(|(name, value)| (name, part(value)));
    Value::Object(parts.collect::<Map<_, _>>())
}

/// A batch as Lambda sends it.
fn batch(table: &str, arn: &str, keys: &[Value]) -> Value {
    let arn = if arn.contains(":table/") {
        arn.to_owned()
    } else {
        format!("arn:aws:dynamodb:eu-west-1:000000000000:table/{table}/stream/1")
    };
    tests::aws::stream_batch(&arn, keys, 0)
}
