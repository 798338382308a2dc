//! The stores that the suite runs on.

use std::{path::PathBuf, sync::Arc};

use api::store::{MovieStore, dynamo::DynamoStore};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
};
use libtest_mimic::Trial;
use local::store::EmbeddedStore;

use crate::{Test, sample};

#[derive(Debug, Clone)]
pub(crate) enum Backend {
    Memory,
    File,
    DynamoDb { endpoint: String },
}

impl Backend {
    #[expect(
        clippy::disallowed_methods,
        reason = "whoever runs the tests names the endpoint"
    )]
    pub(crate) fn all() -> Vec<Self> {
        let mut all = vec![Self::Memory, Self::File];
        if let Ok(endpoint) = std::env::var("DYNAMODB_ENDPOINT") {
            all.push(Self::DynamoDb { endpoint });
        }
        all
    }

    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::File => "file",
            Self::DynamoDb { .. } => "dynamodb",
        }
    }

    /// Runs a test on an empty store.
    pub(crate) fn run(&self, test: Test) {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            match self {
                Self::Memory => test(Arc::new(EmbeddedStore::in_memory().unwrap())).await,
                Self::File => {
                    let folder = tempfile::tempdir().unwrap();
                    test(Arc::new(EmbeddedStore::open(&file(&folder)).unwrap())).await;
                }
                Self::DynamoDb { endpoint } => {
                    let tables = Tables::create(endpoint).await;
                    test(Arc::new(tables.store())).await;
                    tables.drop().await;
                }
            }
        });
    }

    /// A store in a file is opened again by another process's hand.
    pub(crate) fn reopen_test(&self) -> Option<Trial> {
        matches!(self, Self::File).then(|| {
            Trial::test(
                "file::writes::what_was_acknowledged_is_there_after_reopening",
                || {
                    let runtime = tokio::runtime::Runtime::new().unwrap();
                    let folder = tempfile::tempdir().unwrap();
                    let movie = sample::movie(1999, "The Matrix");
                    runtime.block_on(async {
                        let store = EmbeddedStore::open(&file(&folder)).unwrap();
                        store
                            .add(&movie, Some(&sample::once("k", "a")))
                            .await
                            .unwrap();
                    });
                    runtime.block_on(async {
                        let store = EmbeddedStore::open(&file(&folder)).unwrap();
                        assert_eq!(store.get(&movie.key).await.unwrap(), Some(movie.clone()));
                        let again = store
                            .add(&movie, Some(&sample::once("k", "a")))
                            .await
                            .unwrap();
                        assert!(again.replayed, "the idempotency record is durable too");
                    });
                    Ok(())
                },
            )
        })
    }
}

fn file(folder: &tempfile::TempDir) -> PathBuf {
    folder.path().join("movies.redb")
}

struct Tables {
    client: aws_sdk_dynamodb::Client,
    movies: String,
    idempotency: String,
}

impl Tables {
    async fn create(endpoint: &str) -> Self {
        let credentials =
            aws_sdk_dynamodb::config::Credentials::new("test", "test", None, None, "test suite");
        let config = aws_sdk_dynamodb::Config::builder()
            .behavior_version(aws_sdk_dynamodb::config::BehaviorVersion::latest())
            .region(aws_sdk_dynamodb::config::Region::new("eu-west-1"))
            .credentials_provider(credentials)
            .http_client(api::aws::http_client(&api::aws::connector()))
            .endpoint_url(endpoint)
            .build();
        let client = aws_sdk_dynamodb::Client::from_conf(config);
        let id = uuid::Uuid::new_v4();
        let tables = Self {
            client,
            movies: format!("movies-{id}"),
            idempotency: format!("once-{id}"),
        };
        let number = ScalarAttributeType::N;
        let string = ScalarAttributeType::S;
        tables
            .create_table(
                &tables.movies,
                &[("year", number), ("title", string.clone())],
            )
            .await;
        tables
            .create_table(&tables.idempotency, &[("id", string)])
            .await;
        tables
    }

    async fn create_table(&self, name: &str, key: &[(&str, ScalarAttributeType)]) {
        let mut request = self
            .client
            .create_table()
            .table_name(name)
            .billing_mode(BillingMode::PayPerRequest);
        for ((attribute, kind), role) in key.iter().zip([KeyType::Hash, KeyType::Range]) {
            request = request
                .attribute_definitions(
                    AttributeDefinition::builder()
                        .attribute_name(*attribute)
                        .attribute_type(kind.clone())
                        .build()
                        .unwrap(),
                )
                .key_schema(
                    KeySchemaElement::builder()
                        .attribute_name(*attribute)
                        .key_type(role)
                        .build()
                        .unwrap(),
                );
        }
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

    fn store(&self) -> DynamoStore {
        DynamoStore::new(self.client.clone(), &self.movies, &self.idempotency)
    }

    async fn drop(self) {
        for table in [&self.movies, &self.idempotency] {
            self.client
                .delete_table()
                .table_name(table)
                .send()
                .await
                .unwrap();
        }
    }
}
