//! Converts WebAuthn's dictionaries to and from the SDK's documents.

use aws_sdk_cognitoidentityprovider::error::BoxError;
use aws_smithy_types::{Document, Number};
use serde_json::{Map, Value};

use crate::identity::WebAuthnJson;

pub(super) fn of_json(json: &WebAuthnJson) -> Document {
    object(json.members())
}

/// Converts a document to a dictionary. A document that is no object is an error, and so is a number that JSON cannot
/// hold.
pub(super) fn to_json(document: Document) -> Result<WebAuthnJson, BoxError> {
    match value(document)? {
        Value::Object(members) => Ok(WebAuthnJson::new(members)),
        _ => Err("no JSON object".into()),
    }
}

fn object(members: &Map<String, Value>) -> Document {
    let members = members.iter();
    Document::Object(
        members
            .map(|(name, value)| (name.clone(), document(value)))
            .collect(),
    )
}

fn document(value: &Value) -> Document {
    match value {
        Value::Null => Document::Null,
        Value::Bool(bool) => Document::Bool(*bool),
        Value::Number(number) => Document::Number(match (number.as_u64(), number.as_i64()) {
            (Some(positive), _) => Number::PosInt(positive),
            (None, Some(negative)) => Number::NegInt(negative),
            (None, None) => Number::Float(number.as_f64().unwrap_or_default()),
        }),
        Value::String(text) => Document::String(text.clone()),
        Value::Array(entries) => Document::Array(entries.iter().map(document).collect()),
        Value::Object(members) => object(members),
    }
}

fn value(document: Document) -> Result<Value, BoxError> {
    Ok(match document {
        Document::Null => Value::Null,
        Document::Bool(bool) => bool.into(),
        Document::Number(Number::PosInt(number)) => number.into(),
        Document::Number(Number::NegInt(number)) => number.into(),
        Document::Number(Number::Float(number)) => serde_json::Number::from_f64(number)
            .ok_or("a number that is none in JSON")?
            .into(),
        Document::String(text) => text.into(),
        Document::Array(entries) => {
            let entries: Result<Vec<_>, _> = entries.into_iter().map(value).collect();
            entries?.into()
        }
        Document::Object(members) => {
            let members = members.into_iter();
            let members: Result<Map<_, _>, BoxError> = members
                .map(|(name, document)| Ok((name, value(document)?)))
                .collect();
            members?.into()
        }
    })
}

#[cfg(test)]
mod tests;
