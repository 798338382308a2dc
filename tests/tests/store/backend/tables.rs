//! Tables of a test's own in a DynamoDB, of the form that `template.yaml` gives them.

use std::sync::Arc;

use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType,
};
use kit::store::dynamo::DynamoStore;
use serde_json::Value;

use crate::Store;

pub(super) struct Tables {
    client: aws_sdk_dynamodb::Client,
    movies: String,
    watchlist: String,
    idempotency: String,
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
        let tables = Self {
            client,
            movies: format!("movies-{id}"),
            watchlist: format!("watchlist-{id}"),
            idempotency: format!("once-{id}"),
        };
        tables
            .create_table(
                &tables.movies,
                &["year", "title", "addedBy"],
                ["year", "title"],
                Some(by_adder()),
            )
            .await;
        let key = ["owner", "entryId"];
        tables
            .create_table(&tables.watchlist, &key, key, None)
            .await;
        let key = ["caller", "key"];
        tables
            .create_table(&tables.idempotency, &key, key, None)
            .await;
        tables
    }

    async fn create_table(
        &self,
        name: &str,
        attributes: &[&str],
        key: [&str; 2],
        index: Option<GlobalSecondaryIndex>,
    ) {
        let request = self
            .client
            .create_table()
            .table_name(name)
            .billing_mode(BillingMode::PayPerRequest)
            .set_attribute_definitions(Some(
                attributes.iter().map(|name| definition(name)).collect(),
            ))
            .set_key_schema(Some(key_schema(key)))
            .set_global_secondary_indexes(index.map(|index| vec![index]));
        request.send().await.unwrap();
        // AWS's own DynamoDB takes a few seconds; the others answer at once.
        while self.status(name).await != Some(aws_sdk_dynamodb::types::TableStatus::Active) {
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        }
    }

    async fn status(&self, name: &str) -> Option<aws_sdk_dynamodb::types::TableStatus> {
        let answer = self
            .client
            .describe_table()
            .table_name(name)
            .send()
            .await
            .unwrap();
        answer.table?.table_status
    }

    /// The contents of the tables, as text.
    pub(super) async fn contents(&self) -> String {
        let mut lines = Vec::new();
        for (table, index) in [
            (&self.movies, None),
            (&self.movies, Some("ByOwner")),
            (&self.watchlist, None),
            (&self.idempotency, None),
        ] {
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
        let put = self.client.put_item().table_name(&self.movies);
        let item = serde_dynamo::to_item(stored).unwrap();
        put.set_item(Some(item)).send().await.unwrap();
    }

    /// The only movie in the table, in the stored form.
    pub(super) async fn planted(&self) -> Value {
        let scan = self.client.scan().table_name(&self.movies);
        let mut items = scan.send().await.unwrap().items.unwrap();
        serde_dynamo::from_item(items.remove(0)).unwrap()
    }

    pub(super) fn store(&self) -> Store {
        let store = DynamoStore::new(self.client.config(), &self.idempotency);
        Store {
            movies: Arc::new(store.table(&self.movies)),
            watchlist: Arc::new(store.table(&self.watchlist)),
            records: Arc::new(store),
        }
    }

    pub(super) async fn drop(self) {
        for table in [&self.movies, &self.watchlist, &self.idempotency] {
            self.client
                .delete_table()
                .table_name(table)
                .send()
                .await
                .unwrap();
        }
    }
}

fn by_adder() -> GlobalSecondaryIndex {
    let keys_only = Projection::builder().projection_type(ProjectionType::KeysOnly);
    GlobalSecondaryIndex::builder()
        .index_name("ByOwner")
        .set_key_schema(Some(key_schema(["addedBy", "title"])))
        .projection(keys_only.build())
        .build()
        .unwrap()
}

fn definition(name: &str) -> AttributeDefinition {
    AttributeDefinition::builder()
        .attribute_name(name)
        .attribute_type(match name {
            "year" => ScalarAttributeType::N,
            _ => ScalarAttributeType::S,
        })
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
