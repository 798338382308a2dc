//! Tables and a user pool for one run, of the form that `template.yaml` gives them, in the simulated AWS.

use std::collections::BTreeMap;

use aws_sdk_cognitoidentityprovider as cognito;
use aws_sdk_dynamodb as dynamodb;
use aws_sdk_dynamodbstreams as streams;
use cognito::types::{
    ExplicitAuthFlowsType, FeatureType, PreventUserExistenceErrorTypes, RefreshTokenRotationType,
    UserPoolMfaType, UsernameAttributeType, VerifiedAttributeType,
};
use dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType, StreamSpecification, StreamViewType,
};
use kit::resource::ScalarType;
use service::{aws, nouns::NOUNS};

const REGION: &str = "eu-west-1";
/// The time for which an exchanged refresh token may come again, in seconds, as the template has it.
const GRACE: i32 = 10;
/// The group of those who may write to what others added.
const EDITORS: &str = "editors";

/// The tables and the user pool of a run.
#[derive(Debug)]
pub struct Cloud {
    /// The URL of the simulated AWS.
    pub url: String,
    /// The names of the tables, by the variables that have them.
    pub tables: BTreeMap<String, String>,
    dynamodb: dynamodb::Client,
    cognito: cognito::Client,
    /// The client of the tables' streams.
    pub streams: streams::Client,
    pool: String,
    app_client: (String, String),
}

/// The configuration of a client of the simulated AWS.
macro_rules! config {
    ($sdk:ident, $url:expr) => {
        $sdk::Config::builder()
            .behavior_version($sdk::config::BehaviorVersion::latest())
            .region($sdk::config::Region::new(REGION))
            .credentials_provider($sdk::config::Credentials::new(
                "test", "test", None, None, "chaos",
            ))
            .http_client(aws::http_client(&aws::connector(aws::Trust::System)))
            .endpoint_url($url)
            .build()
    };
}

impl Cloud {
    /// Makes them, with this at the end of their names.
    pub async fn create(url: &str, id: &str) -> Self {
        let nouns = NOUNS.iter().map(|noun| (noun.table_variable(), noun.many));
        let shared = ["idempotency", "search", "changes"]
            .map(|name| (format!("{}_TABLE", name.to_uppercase()), name));
        let tables = nouns.chain(shared);
        let cognito = cognito::Client::from_conf(config!(cognito, url));
        let (pool, app_client) = create_pool(&cognito).await;
        let cloud = Self {
            url: url.to_owned(),
            tables: tables
                .map(|(variable, name)| (variable, format!("{name}-{id}")))
                .collect(),
            dynamodb: dynamodb::Client::from_conf(config!(dynamodb, url)),
            streams: streams::Client::from_conf(config!(streams, url)),
            cognito,
            pool,
            app_client,
        };
        cloud.create_tables().await;
        cloud
    }

    /// The variables of a function that calls AWS at this URL.
    #[must_use]
    pub fn variables(&self, url: &str) -> Vec<(String, String)> {
        let others = [
            ("AWS_LAMBDA_FUNCTION_VERSION", "7"),
            ("AWS_ENDPOINT_URL", url),
            ("STAGE", "Production"),
            ("USER_POOL_ID", &self.pool),
            ("USER_POOL_CLIENT_ID", &self.app_client.0),
            ("USER_POOL_CLIENT_SECRET", &self.app_client.1),
            (
                "JWKS_URL",
                &format!("{}/{}/.well-known/jwks.json", self.url, self.pool),
            ),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let tables = self.tables.clone().into_iter();
        tables.chain(others).collect()
    }

    /// Lets a user write to what others added.
    pub async fn make_editor(&self, email: &str) {
        let add = self.cognito.admin_add_user_to_group();
        let add = add.user_pool_id(&self.pool).group_name(EDITORS);
        add.username(email).send().await.unwrap();
    }

    /// The ARN of the stream of a table, and the name of the table, for each noun.
    pub async fn streams_of_nouns(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        for noun in NOUNS {
            let name = &self.tables[&noun.table_variable()];
            let table = self.dynamodb.describe_table().table_name(name).send();
            let table = table.await.unwrap().table.unwrap();
            found.push((name.clone(), table.latest_stream_arn.unwrap()));
        }
        found
    }

    /// What the tables still have of a user, in words. The note that the user has left may stay.
    pub async fn remains_of(&self, user: &str) -> Vec<String> {
        let mut faults = Vec::new();
        for (variable, table) in &self.tables {
            if variable == "SEARCH_TABLE" || variable == "CHANGES_TABLE" {
                continue;
            }
            let scan = self.dynamodb.scan().table_name(table).consistent_read(true);
            let mut items = scan.into_paginator().items().send();
            while let Some(item) = items.next().await {
                let item = item.unwrap();
                let is_of = |name: &str| {
                    item.get(name)
                        .and_then(|value| value.as_s().ok())
                        .is_some_and(|value| value == user)
                };
                let note = item.get("key").and_then(|key| key.as_s().ok());
                if note.is_some_and(|key| key == "account deletion") {
                    continue;
                }
                if ["owner", "addedBy", "caller"]
                    .iter()
                    .any(|name| is_of(name))
                {
                    faults.push(format!("an item of {table}: {item:?}"));
                }
            }
        }
        faults
    }

    async fn create_tables(&self) {
        let text = |name: &str| definition(name, ScalarAttributeType::S);
        for noun in NOUNS {
            let [partition, sort] = noun.key;
            let kind = match noun.partition {
                ScalarType::Number => ScalarAttributeType::N,
                ScalarType::Text => ScalarAttributeType::S,
            };
            let mut attributes = vec![definition(partition, kind), text(sort)];
            attributes.extend(noun.by_owner.map(|[owner, _]| text(owner)));
            let index = noun.by_owner.map(|key| {
                let keys_only = Projection::builder().projection_type(ProjectionType::KeysOnly);
                GlobalSecondaryIndex::builder()
                    .index_name("ByOwner")
                    .set_key_schema(Some(key_schema(key)))
                    .projection(keys_only.build())
                    .build()
                    .unwrap()
            });
            let stream = StreamSpecification::builder()
                .stream_enabled(true)
                .stream_view_type(StreamViewType::KeysOnly)
                .build()
                .unwrap();
            let name = &self.tables[&noun.table_variable()];
            self.create_table(name, attributes, noun.key, index, Some(stream))
                .await;
        }
        let number = definition("seq", ScalarAttributeType::N);
        for (variable, attributes, key) in [
            (
                "IDEMPOTENCY_TABLE",
                [text("caller"), text("key")],
                ["caller", "key"],
            ),
            (
                "SEARCH_TABLE",
                [text("list"), text("place")],
                ["list", "place"],
            ),
            ("CHANGES_TABLE", [text("log"), number], ["log", "seq"]),
        ] {
            let name = &self.tables[variable];
            self.create_table(name, attributes.into(), key, None, None)
                .await;
        }
    }

    async fn create_table(
        &self,
        name: &str,
        attributes: Vec<AttributeDefinition>,
        key: [&str; 2],
        index: Option<GlobalSecondaryIndex>,
        stream: Option<StreamSpecification>,
    ) {
        let request = self.dynamodb.create_table();
        let request = request
            .table_name(name)
            .billing_mode(BillingMode::PayPerRequest)
            .set_attribute_definitions(Some(attributes))
            .set_key_schema(Some(key_schema(key)))
            .set_global_secondary_indexes(index.map(|index| vec![index]))
            .set_stream_specification(stream);
        request.send().await.unwrap();
    }
}

fn definition(name: &str, of: ScalarAttributeType) -> AttributeDefinition {
    let definition = AttributeDefinition::builder().attribute_name(name);
    definition.attribute_type(of).build().unwrap()
}

fn key_schema(names: [&str; 2]) -> Vec<KeySchemaElement> {
    let parts = names.iter().zip([KeyType::Hash, KeyType::Range]);
    parts
        .map(|(name, role)| {
            let part = KeySchemaElement::builder().attribute_name(*name);
            part.key_type(role).build().unwrap()
        })
        .collect()
}

async fn create_pool(client: &cognito::Client) -> (String, (String, String)) {
    let pool = client
        .create_user_pool()
        .pool_name("chaos")
        .username_attributes(UsernameAttributeType::Email)
        .auto_verified_attributes(VerifiedAttributeType::Email)
        .mfa_configuration(UserPoolMfaType::Off)
        .send()
        .await
        .unwrap();
    let pool = pool.user_pool.unwrap().id.unwrap();
    let group = client.create_group().user_pool_id(&pool);
    group.group_name(EDITORS).send().await.unwrap();
    let rotation = RefreshTokenRotationType::builder()
        .feature(FeatureType::Enabled)
        .retry_grace_period_seconds(GRACE)
        .build()
        .unwrap();
    let app = client
        .create_user_pool_client()
        .user_pool_id(&pool)
        .client_name("chaos")
        .explicit_auth_flows(ExplicitAuthFlowsType::AllowAdminUserPasswordAuth)
        .generate_secret(true)
        .prevent_user_existence_errors(PreventUserExistenceErrorTypes::Enabled)
        .enable_token_revocation(true)
        .refresh_token_rotation(rotation)
        .send()
        .await
        .unwrap();
    let app = app.user_pool_client.unwrap();
    (pool, (app.client_id.unwrap(), app.client_secret.unwrap()))
}
