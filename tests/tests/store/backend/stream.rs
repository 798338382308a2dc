//! Follows the streams of the tables, as the function `changes` does, when a test asks for it.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_dynamodbstreams::{
    Client,
    types::{AttributeValue as StreamValue, ShardIteratorType},
};
use fastrand::Rng;
use kit::{
    resource::{Entity, Item, Key, KeyPart as _, Resource, ScalarType},
    store::dynamo::{AttributeMap, Relay},
};
use tokio::sync::Mutex;

use crate::sample::NOW;

/// A table's stream, and what it is relayed to.
struct Followed {
    arn: String,
    relay: Arc<dyn Relay>,
    /// Where to go on in each shard; `None` behind the last record of one that is closed.
    shards: HashMap<String, Option<String>>,
}

/// The streams of the nouns' tables.
#[derive(Clone)]
pub(crate) struct Streams {
    client: Client,
    followed: Arc<Mutex<Vec<Followed>>>,
    /// The tables, for whoever writes without the store.
    tables: aws_sdk_dynamodb::Client,
    names: BTreeMap<&'static str, String>,
}

impl Streams {
    /// Follows the streams with these names.
    pub(super) fn new(
        client: Client,
        streams: Vec<(String, Arc<dyn Relay>)>,
        tables: aws_sdk_dynamodb::Client,
        names: BTreeMap<&'static str, String>,
    ) -> Self {
        let followed = streams.into_iter().map(|(arn, relay)| Followed {
            arn,
            relay,
            shards: HashMap::new(),
        });
        Self {
            client,
            followed: Arc::new(Mutex::new(followed.collect())),
            tables,
            names,
        }
    }

    /// Writes a resource without the store.
    pub(crate) async fn put<R: Resource>(&self, entity: &Entity<R>) {
        let put = self.tables.put_item().table_name(&self.names[R::MANY]);
        let item = serde_dynamo::to_item(Item(entity)).unwrap();
        put.set_item(Some(item)).send().await.unwrap();
    }

    /// Deletes a resource without the store.
    pub(crate) async fn delete<K: Key>(&self, key: &K, noun: &str) {
        let (partition, sort) = key.texts();
        let partition = match K::Partition::TYPE {
            ScalarType::Number => AttributeValue::N(partition),
            ScalarType::Text => AttributeValue::S(partition),
        };
        let delete = self.tables.delete_item().table_name(&self.names[noun]);
        delete
            .key(K::PARTITION, partition)
            .key(K::SORT, AttributeValue::S(sort))
            .send()
            .await
            .unwrap();
    }

    /// Relays one batch of each table, or what is left of it when the relay is killed: nothing, a part, or all but the note
    /// that it was relayed. Sometimes two do it at once.
    pub(crate) async fn step(&self, random: &mut Rng) {
        for followed in &mut *self.followed.lock().await {
            followed.step(&self.client, random).await;
        }
    }

    /// Relays all that was written.
    pub(crate) async fn settle(&self) {
        for followed in &mut *self.followed.lock().await {
            followed.settle(&self.client).await;
        }
    }
}

impl Followed {
    async fn settle(&mut self, client: &Client) {
        self.find_shards(client).await;
        for iterator in self.shards.values_mut() {
            while let Some(from) = iterator.clone() {
                let (keys, next) = read(client, from, MAX_RECORDS).await;
                *iterator = next;
                if keys.is_empty() {
                    break;
                }
                self.relay.relay(&keys, NOW).await.unwrap();
            }
        }
    }

    async fn step(&mut self, client: &Client, random: &mut Rng) {
        self.find_shards(client).await;
        for iterator in self.shards.values_mut() {
            let Some(from) = iterator.clone() else {
                continue;
            };
            let (keys, next) = read(client, from, random.i32(1..=20)).await;
            match random.u8(..5) {
                0 => {}
                1 => {
                    let part = &keys[..random.usize(..=keys.len())];
                    self.relay.relay(part, NOW).await.unwrap();
                }
                2 => self.relay.relay(&keys, NOW).await.unwrap(),
                3 => {
                    let both = [(); 2].map(|()| self.relay.relay(&keys, NOW));
                    // One may be in the way of the other, and is tried again.
                    if futures_util::future::join_all(both)
                        .await
                        .iter()
                        .all(Result::is_ok)
                    {
                        *iterator = next;
                    }
                }
                _ => {
                    self.relay.relay(&keys, NOW).await.unwrap();
                    *iterator = next;
                }
            }
        }
    }

    async fn find_shards(&mut self, client: &Client) {
        let described = client.describe_stream().stream_arn(&self.arn).send();
        let stream = described.await.unwrap().stream_description.unwrap();
        for shard in stream.shards.unwrap_or_default() {
            let id = shard.shard_id.unwrap();
            if !self.shards.contains_key(&id) {
                let iterator = client
                    .get_shard_iterator()
                    .stream_arn(&self.arn)
                    .shard_id(&id)
                    .shard_iterator_type(ShardIteratorType::TrimHorizon);
                let iterator = iterator.send().await.unwrap().shard_iterator;
                self.shards.insert(id, iterator);
            }
        }
    }
}

/// The most records that a call reads.
const MAX_RECORDS: i32 = 1_000;

/// The keys of some records, and where to go on.
async fn read(client: &Client, from: String, limit: i32) -> (Vec<AttributeMap>, Option<String>) {
    let records = client.get_records().shard_iterator(from).limit(limit);
    let records = records.send().await.unwrap();
    let keys = records
        .records
        .unwrap_or_default()
        .into_iter()
        .map(|record| key(record.dynamodb.unwrap().keys.unwrap()));
    (keys.collect(), records.next_shard_iterator)
}

fn key(key: HashMap<String, StreamValue>) -> AttributeMap {
    let part = |part| match part {
        StreamValue::S(text) => AttributeValue::S(text),
        StreamValue::N(digits) => AttributeValue::N(digits),
        other => panic!("a part of a key is {other:?}"),
    };
    let parts = key.into_iter();
    parts.map(|(name, value)| (name, part(value))).collect()
}
