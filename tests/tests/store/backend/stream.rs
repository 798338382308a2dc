//! Follows the streams of the tables, as the function `changes` does, when a test asks for it.

use std::{collections::HashMap, sync::Arc};

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_dynamodbstreams::{
    Client,
    types::{AttributeValue as StreamValue, ShardIteratorType},
};
use kit::store::dynamo::{AttributeMap, Relay};
use tokio::sync::Mutex;

use crate::sample::NOW;

/// A table's stream, and what it is relayed to.
struct Followed {
    arn: String,
    relay: Arc<dyn Relay>,
    /// Where to go on in each shard; `None` behind the last record of one that is closed.
    shards: HashMap<String, Option<String>>,
}

/// The streams of some tables.
#[derive(Clone)]
pub(crate) struct Streams {
    client: Client,
    followed: Arc<Mutex<Vec<Followed>>>,
}

impl Streams {
    /// Follows the streams with these names.
    pub(super) fn new(client: Client, streams: Vec<(String, Arc<dyn Relay>)>) -> Self {
        let followed = streams.into_iter().map(|(arn, relay)| Followed {
            arn,
            relay,
            shards: HashMap::new(),
        });
        Self {
            client,
            followed: Arc::new(Mutex::new(followed.collect())),
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
        for iterator in self.shards.values_mut() {
            while let Some(from) = iterator.clone() {
                let records = client.get_records().shard_iterator(from).send();
                let records = records.await.unwrap();
                *iterator = records.next_shard_iterator;
                let keys: Vec<_> = records
                    .records
                    .unwrap_or_default()
                    .into_iter()
                    .map(|record| key(record.dynamodb.unwrap().keys.unwrap()))
                    .collect();
                if keys.is_empty() {
                    break;
                }
                self.relay.relay(&keys, NOW).await.unwrap();
            }
        }
    }
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
