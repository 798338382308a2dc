//! What `lambda_http` would read wrongly in an event of API Gateway.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use lambda_http::{LambdaEvent, request::LambdaRequest};

/// Corrects it.
pub(crate) fn correct(event: LambdaEvent<LambdaRequest>) -> LambdaEvent<LambdaRequest> {
    keep_every_header(decode_what_is_encoded(event))
}

/// Takes a body that says that it is in base64, and is not, as the text that it is: `lambda_http` panics at it.
fn decode_what_is_encoded(mut event: LambdaEvent<LambdaRequest>) -> LambdaEvent<LambdaRequest> {
    let (body, is_encoded) = match &mut event.payload {
        LambdaRequest::ApiGatewayV1(rest) => (&rest.body, &mut rest.is_base64_encoded),
        LambdaRequest::ApiGatewayV2(http) => (&http.body, &mut http.is_base64_encoded),
        _ => return event,
    };
    if *is_encoded {
        let body = body.as_deref().unwrap_or_default();
        *is_encoded = STANDARD.decode(body).is_ok();
    }
    event
}

/// Keeps every value of each header of a REST API's event.
///
/// `multiValueHeaders` has all values, `headers` the last one of each, and `lambda_http` prefers the latter: of two
/// `Authorization` headers the service would see one.
fn keep_every_header(mut event: LambdaEvent<LambdaRequest>) -> LambdaEvent<LambdaRequest> {
    if let LambdaRequest::ApiGatewayV1(rest) = &mut event.payload
        && !rest.multi_value_headers.is_empty()
    {
        rest.headers.clear();
    }
    event
}
