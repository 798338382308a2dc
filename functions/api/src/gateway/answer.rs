//! From a response to an answer.

use std::borrow::Cow;

use axum::body::Body;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response};
use http_body_util::BodyExt as _;
use lambda_http::Error;
use serde::{
    Serialize, Serializer,
    ser::{SerializeMap as _, SerializeStruct as _},
};

/// A response as API Gateway takes it, in a form that is the same for a REST API and an HTTP API (Amazon API Gateway Developer
/// Guide, "Output format of a Lambda function for proxy integration"). What is not text goes out in base64.
#[derive(Debug)]
pub(crate) struct Answer(Response<Bytes>);

impl Answer {
    /// Takes a response as a whole, which is how it leaves the function.
    ///
    /// # Errors
    /// If its body ends before its end.
    pub(crate) async fn of(response: Response<Body>) -> Result<Self, Error> {
        let (parts, body) = response.into_parts();
        let body = body.collect().await?.to_bytes();
        Ok(Self(Response::from_parts(parts, body)))
    }
}

impl Serialize for Answer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(response) = self;
        let body = response.body();
        let mut answer = serializer.serialize_struct("Answer", 4)?;
        answer.serialize_field("statusCode", &response.status().as_u16())?;
        answer.serialize_field("headers", &Headers(response.headers()))?;
        if let Ok(text) = std::str::from_utf8(body) {
            answer.serialize_field("body", text)?;
            answer.serialize_field("isBase64Encoded", &false)?;
        } else {
            answer.serialize_field("body", &STANDARD.encode(body))?;
            answer.serialize_field("isBase64Encoded", &true)?;
        }
        answer.end()
    }
}

/// Each header once. Its values in a row, with commas, are the same as one after the other (RFC 9110, section 5.3), but for
/// those of `Set-Cookie`, which nothing here sets.
struct Headers<'a>(&'a HeaderMap);

impl Serialize for Headers<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_map(Some(self.0.keys_len()))?;
        for name in self.0.keys() {
            let mut values = self.0.get_all(name).iter().map(text);
            let first = values.next().unwrap_or_default();
            let all = values.fold(first, |all, next| Cow::Owned(format!("{all}, {next}")));
            members.serialize_entry(name.as_str(), &all)?;
        }
        members.end()
    }
}

fn text(value: &HeaderValue) -> Cow<'_, str> {
    String::from_utf8_lossy(value.as_bytes())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answer(response: Response<Body>) -> serde_json::Value {
        let answer = ::tests::block_on(Answer::of(response)).unwrap();
        serde_json::to_value(answer).unwrap()
    }

    #[test]
    fn headers_come_once_with_all_their_values() {
        let response = Response::builder()
            .status(401)
            .header("www-authenticate", "Bearer")
            .header("vary", "origin")
            .header("x-other", "1")
            .header("vary", "accept")
            .body(Body::from("Amélie"));
        assert_eq!(
            answer(response.unwrap()),
            json!({
                "statusCode": 401,
                "headers": { "www-authenticate": "Bearer", "vary": "origin, accept", "x-other": "1" },
                "body": "Amélie",
                "isBase64Encoded": false,
            })
        );
    }

    #[test]
    fn what_is_not_text_goes_out_in_base64() {
        let answer = answer(Response::new(Body::from(vec![0xff, 0x00])));
        assert_eq!(answer["body"], "/wA=");
        assert_eq!(answer["isBase64Encoded"], true);
    }

    #[test]
    fn an_empty_body_is_an_empty_text() {
        let answer = answer(Response::new(Body::empty()));
        assert_eq!(answer["body"], "");
        assert_eq!(answer["isBase64Encoded"], false);
    }
}
