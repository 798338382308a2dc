//! Tables of a test's own in a DynamoDB, of the form that `template.yaml` gives them.

use std::{collections::BTreeMap, sync::Arc};

use aws_sdk_dynamodb::config::{Credentials, SharedHttpClient};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType, StreamSpecification, StreamViewType, TableStatus,
};
use kit::{
    resource::{Resource, ScalarType},
    store::{
        StoreSource as _,
        dynamo::{DynamoStore, SharedTables},
    },
};
use serde_json::Value;
use service::{
    app,
    nouns::{NOUNS, NounFacts},
    relays,
};

use super::stream::Streams;
use crate::Store;

const REGION: &str = "eu-west-1";

/// The index of a shared noun's table.
const BY_OWNER: &str = "ByOwner";

pub(super) struct Tables {
    client: aws_sdk_dynamodb::Client,
    endpoint: String,
    /// The names of the nouns' tables, by the words for the nouns.
    nouns: BTreeMap<&'static str, String>,
    shared: SharedTables,
}

impl Tables {
    pub(super) async fn create(endpoint: &str) -> Self {
        let config = aws_sdk_dynamodb::Config::builder()
            .behavior_version(aws_sdk_dynamodb::config::BehaviorVersion::latest())
            .region(aws_sdk_dynamodb::config::Region::new(REGION))
            .credentials_provider(credentials())
            .http_client(http_client())
            .endpoint_url(endpoint)
            .build();
        let client = aws_sdk_dynamodb::Client::from_conf(config);
        let id = uuid::Uuid::new_v4();
        let nouns = NOUNS.iter().map(|noun| noun.many);
        let tables = Self {
            client,
            endpoint: endpoint.to_owned(),
            nouns: nouns.map(|noun| (noun, format!("{noun}-{id}"))).collect(),
            shared: SharedTables {
                idempotency: format!("once-{id}"),
                search: format!("search-{id}"),
                changes: format!("changes-{id}"),
            },
        };
        for noun in NOUNS {
            tables.create_for(noun).await;
        }
        let SharedTables {
            idempotency,
            search,
            changes,
        } = &tables.shared;
        let number = definition("seq", ScalarAttributeType::N);
        for (name, attributes, key) in [
            (idempotency, ["caller", "key"].map(text), ["caller", "key"]),
            (search, ["list", "place"].map(text), ["list", "place"]),
            (changes, [text("log"), number], ["log", "seq"]),
        ] {
            tables
                .create_table(name, &attributes, key, None, None)
                .await;
        }
        for table in tables.names() {
            // AWS's own DynamoDB takes a few seconds; the others answer at once.
            while tables.status(table).await != Some(TableStatus::Active) {
                tokio::time::sleep(std::time::Duration::from_millis(200)).await;
            }
        }
        tables
    }

    async fn create_for(&self, noun: &NounFacts) {
        let [partition, sort] = noun.key;
        let partition = match noun.partition {
            ScalarType::Number => definition(partition, ScalarAttributeType::N),
            ScalarType::Text => text(partition),
        };
        let mut attributes = vec![partition, text(sort)];
        if let Some([owner, _]) = noun.by_owner {
            attributes.push(text(owner));
        }
        let index = noun.by_owner.map(by_owner);
        let stream = StreamSpecification::builder()
            .stream_enabled(true)
            .stream_view_type(StreamViewType::KeysOnly)
            .build();
        let name = &self.nouns[noun.many];
        self.create_table(name, &attributes, noun.key, index, stream.ok())
            .await;
    }

    async fn create_table(
        &self,
        name: &str,
        attributes: &[AttributeDefinition],
        key: [&str; 2],
        index: Option<GlobalSecondaryIndex>,
        stream: Option<StreamSpecification>,
    ) {
        let request = self
            .client
            .create_table()
            .table_name(name)
            .billing_mode(BillingMode::PayPerRequest)
            .set_attribute_definitions(Some(attributes.to_vec()))
            .set_key_schema(Some(key_schema(key)))
            .set_global_secondary_indexes(index.map(|index| vec![index]))
            .set_stream_specification(stream);
        request.send().await.unwrap();
    }

    async fn status(&self, name: &str) -> Option<TableStatus> {
        let answer = self
            .client
            .describe_table()
            .table_name(name)
            .send()
            .await
            .unwrap();
        answer.table?.table_status
    }

    /// The names of all tables.
    fn names(&self) -> impl Iterator<Item = &String> {
        let SharedTables {
            idempotency,
            search,
            changes,
        } = &self.shared;
        self.nouns.values().chain([idempotency, search, changes])
    }

    /// The contents of the tables and their indexes, as text.
    pub(super) async fn contents(&self) -> String {
        let shared = NOUNS.iter().filter(|noun| noun.by_owner.is_some());
        let indexes = shared.map(|noun| (&self.nouns[noun.many], Some(BY_OWNER)));
        let tables = self.names().map(|table| (table, None));
        let mut lines = Vec::new();
        for (table, index) in tables.chain(indexes) {
            let mut pages = self
                .client
                .scan()
                .table_name(table)
                .set_index_name(index.map(str::to_owned))
                .into_paginator()
                .items()
                .send();
            while let Some(item) = pages.next().await {
                lines.push(format!("{:?}", item.unwrap()));
            }
        }
        lines.join("\n")
    }

    /// Puts a movie into the table, given in the stored form.
    pub(super) async fn plant(&self, stored: &Value) {
        let put = self.client.put_item().table_name(&self.nouns["movies"]);
        let item = serde_dynamo::to_item(stored).unwrap();
        put.set_item(Some(item)).send().await.unwrap();
    }

    /// The only movie in the table, in the stored form.
    pub(super) async fn planted(&self) -> Value {
        let scan = self.client.scan().table_name(&self.nouns["movies"]);
        let mut items = scan.send().await.unwrap().items.unwrap();
        serde_dynamo::from_item(items.remove(0)).unwrap()
    }

    pub(super) async fn store<R: Resource>(&self) -> Store<R> {
        let dynamo = DynamoStore::new(self.client.config(), self.shared.clone());
        let tables = app::Tables {
            dynamo: &dynamo,
            names: &self.nouns,
        };
        let mut streams = Vec::new();
        for (table, relay) in relays::of(&tables) {
            streams.push((self.stream(&table).await, relay));
        }
        let config = aws_sdk_dynamodbstreams::Config::builder()
            .behavior_version(aws_sdk_dynamodbstreams::config::BehaviorVersion::latest())
            .region(aws_sdk_dynamodbstreams::config::Region::new(REGION))
            .credentials_provider(credentials())
            .http_client(http_client())
            .endpoint_url(&self.endpoint)
            .build();
        let client = aws_sdk_dynamodbstreams::Client::from_conf(config);
        Store {
            resources: tables.store(),
            records: Arc::new(dynamo),
            streams: Some(Streams::new(
                client,
                streams,
                self.client.clone(),
                self.nouns.clone(),
            )),
        }
    }

    /// The name of a table's stream.
    async fn stream(&self, table: &str) -> String {
        let described = self.client.describe_table().table_name(table).send();
        let table = described.await.unwrap().table.unwrap();
        table.latest_stream_arn.unwrap()
    }

    pub(super) async fn drop(self) {
        for table in self.names() {
            self.client
                .delete_table()
                .table_name(table)
                .send()
                .await
                .unwrap();
        }
    }
}

fn credentials() -> Credentials {
    Credentials::new("test", "test", None, None, "test suite")
}

fn http_client() -> SharedHttpClient {
    let connector = service::aws::connector(service::aws::Trust::System);
    service::aws::http_client(&connector)
}

fn by_owner(key: [&str; 2]) -> GlobalSecondaryIndex {
    let keys_only = Projection::builder().projection_type(ProjectionType::KeysOnly);
    GlobalSecondaryIndex::builder()
        .index_name(BY_OWNER)
        .set_key_schema(Some(key_schema(key)))
        .projection(keys_only.build())
        .build()
        .unwrap()
}

fn text(name: &str) -> AttributeDefinition {
    definition(name, ScalarAttributeType::S)
}

fn definition(name: &str, of: ScalarAttributeType) -> AttributeDefinition {
    AttributeDefinition::builder()
        .attribute_name(name)
        .attribute_type(of)
        .build()
        .unwrap()
}

fn key_schema(names: [&str; 2]) -> Vec<KeySchemaElement> {
    names
        .iter()
        .zip([KeyType::Hash, KeyType::Range])
        .map(|(name, role)| {
            KeySchemaElement::builder()
                .attribute_name(*name)
                .key_type(role)
                .build()
                .unwrap()
        })
        .collect()
}
