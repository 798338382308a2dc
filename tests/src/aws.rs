//! Answers of DynamoDB and Cognito for a [`Stub`](crate::stub::Stub).

use serde_json::{Value, json};

use crate::{issuer, stub::Canned};

/// An error of AWS.
#[must_use]
pub fn error(code: &str) -> Canned {
    Canned {
        status: 400,
        body: json!({ "__type": format!("com.amazonaws#{code}"), "message": "as the test says" }),
    }
}

/// A failed condition, with the item that failed it.
#[must_use]
pub fn condition_failed(item: Option<Value>) -> Canned {
    let mut failed = error("ConditionalCheckFailedException");
    if let Some(item) = item {
        failed.body["Item"] = item;
    }
    failed
}

/// A cancelled transaction: a code for each of its first items, `None` for those that were fine, with the item that failed a
/// condition. The others were fine.
#[must_use]
pub fn cancelled(reasons: &[(&str, Option<Value>)]) -> Canned {
    let mut failed = error("TransactionCanceledException");
    let reasons: Vec<_> = reasons
        .iter()
        .map(|(code, item)| match item {
            Some(item) => json!({ "Code": code, "Item": item }),
            None => json!({ "Code": code }),
        })
        .collect();
    failed.body["CancellationReasons"] = reasons.into();
    failed
}

/// The title of [`item`].
pub const TITLE: &str = "Metropolis";
/// The year of [`item`].
pub const YEAR: i32 = 1927;

/// A movie as it is stored in the table, added by `owner`.
#[must_use]
pub fn item(owner: &str) -> Value {
    json!({
        "year": { "N": YEAR.to_string() },
        "title": { "S": TITLE },
        "genres": { "L": [{ "S": "Drama" }] },
        "version": { "N": "1" },
        "createdAt": { "S": "2026-03-14T09:26:53.000000Z" },
        "updatedAt": { "S": "2026-03-14T09:26:53.000000Z" },
        "addedBy": { "S": owner },
    })
}

/// The same movie without an owner.
#[must_use]
pub fn item_of_nobody() -> Value {
    let mut item = item("");
    item.as_object_mut()
        .expect("an object")
        .remove("addedBy")
        .expect("an owner");
    item
}

/// [`item`] with an attribute that this version of the service cannot read.
#[must_use]
pub fn corrupt_item(owner: &str) -> Value {
    let mut item = item(owner);
    item["genres"] = json!({ "L": [{ "S": "Drama" }, { "N": "451" }] });
    item
}

/// The tokens of a Cognito sign-in.
#[must_use]
pub fn tokens() -> Value {
    json!({
        "AuthenticationResult": {
            "AccessToken": "access-of-cognito",
            "IdToken": "id-of-cognito",
            "RefreshToken": "refresh-of-cognito",
            "ExpiresIn": 900,
            "TokenType": "Bearer",
        },
        "ChallengeParameters": {},
    })
}

/// A batch of a table's stream as Lambda sends it: the keys of what was written `ago` seconds before.
#[must_use]
pub fn stream_batch(stream_arn: &str, keys: &[Value], ago: i64) -> Value {
    let records = keys.iter().zip(0..).map(|(keys, number)| {
        json!({
            "eventID": format!("{number:032x}"),
            "eventName": "MODIFY",
            "eventVersion": "1.1",
            "eventSource": "aws:dynamodb",
            "awsRegion": "eu-west-1",
            "dynamodb": {
                "ApproximateCreationDateTime": issuer::now() - ago,
                "Keys": keys,
                "SequenceNumber": format!("70000000000{number}"),
                "SizeBytes": 18,
                "StreamViewType": "KEYS_ONLY",
            },
            "eventSourceARN": stream_arn,
        })
    });
    json!({ "Records": records.collect::<Vec<_>>() })
}
