//! The requests, as API Gateway sends them for a REST API.

use bytes::Bytes;
use serde_json::{Value, json};
use tests::issuer::{KEY, claims};

use crate::noun::{self, USER_AGENT};

/// The user who added the resource and sends the requests.
pub(super) const USER: &str = "0b5f7d4c-3c0f-4b43-9d1f-6c2b8f0e7a11";

const HOST: &str = "abc123defg.execute-api.eu-west-1.amazonaws.com";

/// A request of the service, with the expected status and the allowed number of calls.
#[derive(Debug, Clone)]
pub(super) struct Operation {
    pub(super) name: &'static str,
    pub(super) event: Bytes,
    pub(super) status: u16,
    /// The maximum number of calls to DynamoDB or Cognito.
    pub(super) calls: u64,
}

/// The name of the operation that every function implements.
pub(super) const FIND: &str = "find";
/// The name of the operation that the minimal handler implements as well.
pub(super) const LIST_PAGE: &str = "list page";

/// The operation that every function implements: a signed-in user finds a resource.
pub(super) fn find() -> Operation {
    Operation {
        name: FIND,
        event: event(
            "GET",
            noun::FIND,
            Some(&noun::QUERY),
            &[("Authorization", &bearer())],
            None,
        ),
        status: 200,
        calls: 1,
    }
}

/// A change of what searches find by reads the resource first: the index changes with it (docs/adr/0049-search.md).
fn read_first(operation: Operation) -> Operation {
    Operation {
        calls: 2,
        ..operation
    }
}

/// The operations of the service, with the names of the table's rows.
pub(super) fn all() -> Vec<Operation> {
    let credentials = json!({ "email": "ada@example.com", "password": "Correct-Horse-7-Battery" });
    let refresh = json!({ "refreshToken": "refresh-of-cognito" });

    let bearer = bearer();
    let user = [("Authorization", bearer.as_str())];
    let key = ("Idempotency-Key", "5f1d2c8e-8f4e-4d8f-9a53-0d0f8f4f1a2b");
    let retry = [user[0], key];
    let post = |name, path, headers: &[(&str, &str)], body: &Value, status| Operation {
        name,
        event: event("POST", path, None, headers, Some(body)),
        status,
        calls: 1,
    };
    vec![
        find(),
        Operation {
            name: LIST_PAGE,
            event: event("GET", noun::LIST, Some(&noun::PARTITION), &user, None),
            status: 200,
            calls: 1,
        },
        post("add", noun::ADD, &user, &noun::addition(), 201),
        post("add with a key", noun::ADD, &retry, &noun::addition(), 201),
        read_first(post("update", noun::UPDATE, &user, &noun::change(), 200)),
        read_first(post("delete", noun::DELETE, &user, &noun::key(), 204)),
        post("sign in", "/auth/sign-in", &[], &credentials, 200),
        post("refresh", "/auth/refresh", &[], &refresh, 200),
        Operation {
            name: "401",
            event: event("GET", noun::LIST, None, &[], None),
            status: 401,
            calls: 0,
        },
    ]
}

/// The header of a signed-in user, with the claims that Cognito makes.
fn bearer() -> String {
    let mut claims = claims(USER);
    // The maximum lifetime that Cognito gives an access token, which is longer than any run.
    claims["exp"] = (tests::issuer::now() + 86_400).into();
    claims["jti"] = "2a1b5b0e-52a1-4f0c-8f6b-4e7a3d9b1c22".into();
    claims["origin_jti"] = "9d0c7a55-6a3c-4b8e-b0c1-7f1e2d3c4b33".into();
    claims["event_id"] = "c3f4e5d6-1a2b-4c3d-8e9f-0a1b2c3d4e44".into();
    format!("Bearer {}", KEY.token(&claims))
}

fn event(
    method: &str,
    path: &str,
    query: Option<&[(&str, &str)]>,
    more: &[(&str, &str)],
    body: Option<&Value>,
) -> Bytes {
    let mut headers = vec![
        ("Accept", "application/json"),
        ("Accept-Encoding", "gzip"),
        ("Host", HOST),
        ("User-Agent", USER_AGENT),
        (
            "X-Amzn-Trace-Id",
            "Root=1-5759e988-bd862e3fe1be46a994272793",
        ),
        ("X-Forwarded-For", "192.0.2.1"),
        ("X-Forwarded-Port", "443"),
        ("X-Forwarded-Proto", "https"),
    ];
    if body.is_some() {
        headers.push(("Content-Type", "application/json"));
    }
    headers.extend_from_slice(more);
    let event = json!({
        "resource": path,
        "path": path,
        "httpMethod": method,
        "headers": one(&headers),
        "multiValueHeaders": many(&headers),
        "queryStringParameters": query.map(one),
        "multiValueQueryStringParameters": query.map(many),
        "pathParameters": null,
        "stageVariables": { "function": noun::FUNCTION.to_owned() + ":Production" },
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "abc123defg",
            "domainName": HOST,
            "httpMethod": method,
            "identity": { "sourceIp": "192.0.2.1", "userAgent": USER_AGENT },
            "path": format!("/Production{path}"),
            "protocol": "HTTP/1.1",
            "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
            "requestTime": "14/Mar/2026:09:26:53 +0000",
            "requestTimeEpoch": 1_773_480_413_000_u64,
            "resourceId": "r",
            "resourcePath": path,
            "stage": "Production",
        },
        "body": body.map(ToString::to_string),
        "isBase64Encoded": false,
    });
    event.to_string().into()
}

/// Names with one value each.
fn one(pairs: &[(&str, &str)]) -> Value {
    let pairs = pairs.iter();
    pairs
        .map(|(name, value)| ((*name).to_owned(), json!(value)))
        .collect()
}

/// Names with a list of values each.
fn many(pairs: &[(&str, &str)]) -> Value {
    let pairs = pairs.iter();
    pairs
        .map(|(name, value)| ((*name).to_owned(), json!([value])))
        .collect()
}
