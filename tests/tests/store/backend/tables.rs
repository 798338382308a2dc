//! Tables of a test's own in a DynamoDB, of the form that `template.yaml` gives them.

use std::{collections::BTreeMap, sync::Arc};

use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType, TableStatus,
};
use kit::{
    resource::{Resource, ScalarType},
    store::{StoreSource as _, dynamo::DynamoStore},
};
use serde_json::Value;
use service::{
    app,
    nouns::{NOUNS, NounFacts},
};

use crate::Store;

/// The index of a shared noun's table.
const BY_OWNER: &str = "ByOwner";

pub(super) struct Tables {
    client: aws_sdk_dynamodb::Client,
    /// The names of the nouns' tables, by the words for the nouns.
    nouns: BTreeMap<&'static str, String>,
    idempotency: String,
    search: String,
}

impl Tables {
    pub(super) async fn create(endpoint: &str) -> Self {
        let credentials =
            aws_sdk_dynamodb::config::Credentials::new("test", "test", None, None, "test suite");
        let config = aws_sdk_dynamodb::Config::builder()
            .behavior_version(aws_sdk_dynamodb::config::BehaviorVersion::latest())
            .region(aws_sdk_dynamodb::config::Region::new("eu-west-1"))
            .credentials_provider(credentials)
            .http_client(service::aws::http_client(&service::aws::connector(
                service::aws::Trust::System,
            )))
            .endpoint_url(endpoint)
            .build();
        let client = aws_sdk_dynamodb::Client::from_conf(config);
        let id = uuid::Uuid::new_v4();
        let nouns = NOUNS.iter().map(|noun| noun.many);
        let tables = Self {
            client,
            nouns: nouns.map(|noun| (noun, format!("{noun}-{id}"))).collect(),
            idempotency: format!("once-{id}"),
            search: format!("search-{id}"),
        };
        for noun in NOUNS {
            tables.create_for(noun).await;
        }
        let key = ["caller", "key"];
        tables
            .create_table(&tables.idempotency, &key.map(text), key, None)
            .await;
        let key = ["list", "place"];
        tables
            .create_table(&tables.search, &key.map(text), key, None)
            .await;
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
        self.create_table(&self.nouns[noun.many], &attributes, noun.key, index)
            .await;
    }

    async fn create_table(
        &self,
        name: &str,
        attributes: &[AttributeDefinition],
        key: [&str; 2],
        index: Option<GlobalSecondaryIndex>,
    ) {
        let request = self
            .client
            .create_table()
            .table_name(name)
            .billing_mode(BillingMode::PayPerRequest)
            .set_attribute_definitions(Some(attributes.to_vec()))
            .set_key_schema(Some(key_schema(key)))
            .set_global_secondary_indexes(index.map(|index| vec![index]));
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
        self.nouns.values().chain([&self.idempotency, &self.search])
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

    pub(super) fn store<R: Resource>(&self) -> Store<R> {
        let dynamo = DynamoStore::new(self.client.config(), &self.idempotency, &self.search);
        let tables = app::Tables {
            dynamo: &dynamo,
            names: &self.nouns,
        };
        Store {
            resources: tables.store(),
            records: Arc::new(dynamo),
        }
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
