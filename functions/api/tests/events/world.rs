//! The function's surroundings, and the events that API Gateway sends it.

use http::Method;
use serde_json::{Value, json};
use tests::{
    aws,
    issuer::{Issuer, KEY, claims},
    runtime_api::{Function, RuntimeApi},
    stub::{Asked, Canned, Stub},
};

pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_api-function");

/// A title with the characters that need encoding in a URL.
pub(crate) const TITLE: &str = "Fast & Furious / 50/50? +1 100% é";
/// The same, percent-encoded.
const ENCODED: &str = "Fast%20%26%20Furious%20%2F%2050%2F50%3F%20%2B1%20100%25%20%C3%A9";

pub(crate) struct World {
    pub(crate) dynamo: Stub,
    issuer: Issuer,
    pub(crate) runtime_api: RuntimeApi,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::on(Stub::start(|asked| match asked.target.as_str() {
            "GetItem" if is_movies(asked.body()) => {
                Canned::ok(json!({ "Item": aws::item("someone") }))
            }
            _ => Canned::ok(json!({})),
        }))
        .await
    }

    /// The surroundings with this stub of AWS.
    pub(crate) async fn on(aws: impl Future<Output = Stub>) -> Self {
        let dynamo = aws.await;
        let issuer = Issuer::start().await;
        let runtime_api = RuntimeApi::start().await;
        Self {
            dynamo,
            issuer,
            runtime_api,
        }
    }

    /// The URL of the key set.
    pub(crate) fn keys_url(&self) -> String {
        self.issuer.url()
    }

    /// Starts this version of the function, with the settings of its stage.
    pub(crate) fn start_function(&self, version: &str) -> Function {
        self.start_function_with(version, &[])
    }

    /// Starts it with other values for some variables.
    pub(crate) fn start_function_with(&self, version: &str, others: &[(&str, &str)]) -> Function {
        let variables = variables(version, &self.issuer.url(), self.dynamo.url());
        let variables = [&borrowed(&variables), others].concat();
        self.runtime_api.start_function(BINARY, &variables)
    }

    /// The calls to AWS, without the `GET` by which the function opens its connection.
    pub(crate) fn calls(&self) -> Vec<Asked> {
        let mut calls = self.dynamo.asked();
        calls.retain(|asked| asked.method != Method::GET);
        calls
    }

    /// The titles of the movies that the calls read or wrote.
    pub(crate) fn asked_titles(&self) -> Vec<Value> {
        self.calls()
            .iter()
            .filter_map(|asked| title_of(asked.body()))
            .collect()
    }
}

/// The title of the movie that a call reads or writes.
fn title_of(body: &Value) -> Option<Value> {
    let put = body["TransactItems"].as_array().into_iter().flatten();
    let put = put.map(|item| &item["Put"]).find(|put| is_movies(put));
    let item = match put {
        Some(put) => &put["Item"],
        None => is_movies(body).then_some(&body["Key"])?,
    };
    Some(item["title"]["S"].clone())
}

/// The settings that the template gives to this version of the function: `$LATEST` serves Development, any other
/// Production.
pub(crate) fn variables(version: &str, keys: &str, aws: &str) -> Vec<(String, String)> {
    let stage = match version {
        "$LATEST" => "Development",
        _ => "Production",
    };
    let tables = service::nouns::NOUNS
        .iter()
        .map(|noun| (noun.table_variable(), format!("{}-{stage}", noun.many)));
    let others = [
        ("AWS_LAMBDA_FUNCTION_VERSION", version.to_owned()),
        ("AWS_ENDPOINT_URL", aws.to_owned()),
        ("FILES_BUCKET_URL", aws.to_owned()),
        ("FILES_URL", "https://files.example.com".to_owned()),
        ("STAGE", stage.to_owned()),
        ("IDEMPOTENCY_TABLE", format!("idempotency-{stage}")),
        ("SEARCH_TABLE", format!("search-{stage}")),
        ("CHANGES_TABLE", format!("changes-{stage}")),
        ("USER_POOL_ID", pool(stage)),
        ("USER_POOL_CLIENT_ID", client(stage)),
        ("USER_POOL_CLIENT_SECRET", "secret".to_owned()),
        ("JWKS_URL", keys.to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value));
    others.into_iter().chain(tables).collect()
}

pub(crate) fn borrowed(variables: &[(String, String)]) -> Vec<(&str, &str)> {
    let pairs = variables.iter();
    pairs
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}

/// The user pool of a stage.
pub(crate) fn pool(stage: &str) -> String {
    format!("eu-west-1_{stage}")
}

/// The app client of a stage.
pub(crate) fn client(stage: &str) -> String {
    format!("client-of-{stage}")
}

/// A token of a stage's own pool.
pub(crate) fn token(stage: &str) -> String {
    token_of("someone", stage)
}

/// A token of this user, of a stage's own pool.
fn token_of(user: &str, stage: &str) -> String {
    let mut claims = claims(user);
    claims["iss"] = format!(
        "https://cognito-idp.eu-west-1.amazonaws.com/{}",
        pool(stage)
    )
    .into();
    claims["client_id"] = client(stage).into();
    KEY.token(&claims)
}

fn is_movies(body: &Value) -> bool {
    let table = body["TableName"].as_str();
    table.is_some_and(|table| table.starts_with("movies-"))
}

/// The `Authorization` header of a user of Production's pool.
pub(crate) fn authorization() -> String {
    authorization_of("someone")
}

/// The same for this user.
pub(crate) fn authorization_of(user: &str) -> String {
    format!("Bearer {}", token_of(user, "Production"))
}

/// An event of a REST API: payload version 1.0.
pub(crate) fn rest(stage: &str, path: &str, resource: &str) -> Value {
    // Made once: a token of the next second differs, and two different tokens are refused.
    let authorization = authorization();
    json!({
        "resource": resource,
        "path": path,
        "httpMethod": "GET",
        "headers": { "Authorization": authorization, "Host": "abc.execute-api.eu-west-1.amazonaws.com" },
        "multiValueHeaders": { "Authorization": [authorization], "Host": ["abc.execute-api.eu-west-1.amazonaws.com"] },
        "queryStringParameters": { "title": TITLE, "year": "2009" },
        "multiValueQueryStringParameters": { "title": [TITLE], "year": ["2009"] },
        "pathParameters": null,
        "stageVariables": { "function": format!("function:{stage}") },
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "abc",
            "httpMethod": "GET",
            "identity": { "sourceIp": "192.0.2.1", "userAgent": "test" },
            "path": format!("/{stage}{path}"),
            "protocol": "HTTP/1.1",
            "requestId": "id-of-the-gateway",
            "requestTimeEpoch": 1_700_000_000_000_u64,
            "resourceId": "r",
            "resourcePath": resource,
            "stage": stage
        },
        "body": null,
        "isBase64Encoded": false
    })
}

/// The same with a header.
pub(crate) fn with_header(mut event: Value, name: &str, value: &str) -> Value {
    event["headers"][name] = value.into();
    event["multiValueHeaders"][name] = json!([value]);
    event
}

/// The same with another query; `null` for none.
pub(crate) fn with_query(mut event: Value, query: &Value) -> Value {
    event["queryStringParameters"] = query.clone();
    event["multiValueQueryStringParameters"] = match query.as_object() {
        Some(query) => query
            .iter()
            .map(|(name, value)| (name.clone(), json!([value])))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        None => Value::Null,
    };
    event
}

/// A `POST` of this body to Production.
pub(crate) fn post(path: &str, body: &Value) -> Value {
    let mut event = with_query(rest("Production", path, path), &Value::Null);
    event["httpMethod"] = "POST".into();
    event["body"] = body.to_string().into();
    with_header(event, "Content-Type", "application/json")
}

/// An event of an HTTP API: payload version 2.0.
pub(crate) fn http(stage: &str, raw_path: &str) -> Value {
    json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": raw_path,
        "rawQueryString": format!("title={ENCODED}&year=2009"),
        "headers": { "authorization": authorization(), "host": "abc.execute-api.eu-west-1.amazonaws.com" },
        "queryStringParameters": { "title": TITLE, "year": "2009" },
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "abc",
            "domainName": "abc.execute-api.eu-west-1.amazonaws.com",
            "domainPrefix": "abc",
            "http": { "method": "GET", "path": raw_path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "test" },
            "requestId": "id-of-the-gateway",
            "routeKey": "$default",
            "stage": stage,
            "time": "14/Nov/2023:22:13:20 +0000",
            "timeEpoch": 1_700_000_000_000_u64
        },
        "isBase64Encoded": false
    })
}
