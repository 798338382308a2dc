//! A signed-in find, a page of movies and nothing else, done well: what the SDK, the check of a token and TLS cost by
//! themselves.
//!
//! The configuration is put together by hand, one connector serves the store and the key set, and both
//! connections are opened during init, at the same time. It has two routes, checks no input, sends no headers and
//! logs nothing.

use std::{collections::HashMap, env};

use aws_config::{
    BehaviorVersion, Region, SdkConfig, environment::EnvironmentVariableCredentialsProvider,
};
use aws_sdk_dynamodb::{
    Client,
    config::{
        SharedAsyncSleep, SharedCredentialsProvider, SharedHttpClient,
        StalledStreamProtectionConfig,
    },
    types::AttributeValue,
};
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_http_client::{
    Connector,
    tls::{Provider, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::{
    http::{HttpConnector as _, SharedHttpConnector, http_client_fn},
    orchestrator::HttpRequest,
};
use http_body_util::BodyExt as _;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header, jwk::JwkSet};
use lambda_http::{
    Body, Error, Request, RequestExt as _, Response, http::header::AUTHORIZATION, run, service_fn,
};
use serde::{Deserialize, Serialize};

struct App {
    store: Client,
    table: String,
    keys: HashMap<String, DecodingKey>,
    expected: Validation,
    client: String,
}

#[derive(Deserialize)]
struct Claims {
    client_id: String,
    token_use: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Movie {
    year: u16,
    title: String,
    info: Option<String>,
    #[serde(default)]
    directors: Vec<String>,
    #[serde(default)]
    actors: Vec<String>,
    #[serde(default)]
    genres: Vec<String>,
    rating: Option<f64>,
    release_date: Option<String>,
    running_time_seconds: Option<u32>,
    image_url: Option<String>,
    rank: Option<u32>,
    version: u64,
    created_at: String,
    updated_at: String,
    added_by: Option<String>,
}

#[derive(Serialize)]
struct Page {
    items: Vec<Movie>,
    more: bool,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let app = App::start().await?;
    let app = &app;
    run(service_fn(move |request: Request| async move {
        if request.raw_http_path() == "/movies" {
            let page = app.list(&request).await?;
            return Ok(Response::new(Body::from(serde_json::to_string(&page)?)));
        }
        match app.find(&request).await? {
            Some(movie) => Ok(Response::new(Body::from(serde_json::to_string(&movie)?))),
            None => Response::builder()
                .status(404)
                .body(Body::Empty)
                .map_err(Error::from),
        }
    }))
    .await
}

impl App {
    async fn start() -> Result<Self, Error> {
        let connector = SharedHttpConnector::new(
            Connector::builder()
                .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
                .build(),
        );
        let store = store(&connector)?;
        let table = env::var("MOVIES_TABLE")?;
        let key_set = env::var("JWKS_URL")?;
        let opening = store
            .get_item()
            .table_name(&table)
            .key("year", AttributeValue::N("0".to_owned()))
            .key("title", AttributeValue::S("prewarm".to_owned()))
            .send();
        let (keys, opened) = tokio::join!(keys(&connector, &key_set), opening);
        opened?;
        let mut expected = Validation::new(Algorithm::RS256);
        expected.set_issuer(&[env::var("ISSUER")?]);
        expected.validate_aud = false;
        Ok(Self {
            store,
            table,
            keys: keys?,
            expected,
            client: env::var("CLIENT_ID")?,
        })
    }

    async fn find(&self, request: &Request) -> Result<Option<Movie>, Error> {
        self.verify(request)?;
        let query = request.query_string_parameters();
        let title = query.first("title").ok_or("no title")?;
        let year = query.first("year").ok_or("no year")?;
        let found = self
            .store
            .get_item()
            .table_name(&self.table)
            .key("year", AttributeValue::N(year.to_owned()))
            .key("title", AttributeValue::S(title.to_owned()))
            .consistent_read(true)
            .send()
            .await?;
        Ok(found.item.map(serde_dynamo::from_item).transpose()?)
    }

    async fn list(&self, request: &Request) -> Result<Page, Error> {
        self.verify(request)?;
        let query = request.query_string_parameters();
        let year = query.first("year").ok_or("no year")?;
        let found = self
            .store
            .query()
            .table_name(&self.table)
            .key_condition_expression("#year = :year")
            .expression_attribute_names("#year", "year")
            .expression_attribute_values(":year", AttributeValue::N(year.to_owned()))
            .consistent_read(true)
            .limit(50)
            .send()
            .await?;
        let more = found.last_evaluated_key().is_some();
        let items = serde_dynamo::from_items(found.items.unwrap_or_default())?;
        Ok(Page { items, more })
    }

    fn verify(&self, request: &Request) -> Result<(), Error> {
        let header = request.headers().get(AUTHORIZATION).ok_or("no token")?;
        let token = header.to_str()?.strip_prefix("Bearer ").ok_or("no token")?;
        let kid = decode_header(token)?.kid.ok_or("no key id")?;
        let key = self.keys.get(&kid).ok_or("an unknown key")?;
        let claims = decode::<Claims>(token, key, &self.expected)?.claims;
        if claims.client_id == self.client && claims.token_use == "access" {
            Ok(())
        } else {
            Err("a token for something else".into())
        }
    }
}

fn store(connector: &SharedHttpConnector) -> Result<Client, Error> {
    let connector = connector.clone();
    let mut config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(env::var("AWS_REGION")?))
        .credentials_provider(SharedCredentialsProvider::new(
            EnvironmentVariableCredentialsProvider::new(),
        ))
        .http_client(SharedHttpClient::new(http_client_fn(move |_, _| {
            connector.clone()
        })))
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
    config.set_endpoint_url(env::var("AWS_ENDPOINT_URL").ok());
    Ok(Client::new(&config.build()))
}

async fn keys(
    connector: &SharedHttpConnector,
    url: &str,
) -> Result<HashMap<String, DecodingKey>, Error> {
    let answer = connector.call(HttpRequest::get(url)?).await?;
    let body = answer.into_body().collect().await?.to_bytes();
    let set: JwkSet = serde_json::from_slice(&body)?;
    let keys = set.keys.iter();
    keys.filter_map(|jwk| Some((jwk.common.key_id.clone()?, jwk)))
        .map(|(id, jwk)| Ok((id, DecodingKey::from_jwk(jwk)?)))
        .collect()
}
