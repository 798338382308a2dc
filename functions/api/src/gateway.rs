//! What API Gateway and Lambda wrap around a request: the stage's name, the request's id and that of its
//! trace, and the address that the request came from.

use std::net::IpAddr;

use api::{
    http::{ClientAddress, RequestId, RequestStage, TraceId},
    stage::Stage,
};
use http::{Request, Response, Uri, uri::PathAndQuery};
use http_body_util::BodyExt as _;
use lambda_http::{
    Body, BoxFuture, Error, IntoResponse, LambdaEvent, RequestExt as _,
    request::{LambdaRequest, RequestContext},
};

/// Keeps every value of a header that was sent more than once.
///
/// A REST API lists them in `multiValueHeaders`, and the last one in `headers` too. `lambda_http`
/// puts the one in the place of all: a second `Authorization` would go unseen.
pub(crate) fn keep_every_value(
    mut event: LambdaEvent<LambdaRequest>,
) -> LambdaEvent<LambdaRequest> {
    if let LambdaRequest::ApiGatewayV1(request) = &mut event.payload {
        let (all, last) = (&mut request.multi_value_headers, &mut request.headers);
        for (name, value) in last.iter() {
            if !all.get_all(name).iter().any(|known| known == value) {
                all.append(name.clone(), value.clone());
            }
        }
        for name in all.keys() {
            if all.get_all(name).iter().nth(1).is_some() {
                last.remove(name);
            }
        }
    }
    event
}

/// Gives a request the path that the route table knows, and what the gateway knows of it.
///
/// The path comes in different forms. A REST API names the *resource* that it matched, without the
/// stage and without a custom domain's base path; behind a `{proxy+}` resource only the path as sent
/// is left. An HTTP API sends the path with the stage in front, unless that is `$default`. So the
/// resource is taken where it is a literal path, and otherwise the stage is cut off the raw path.
pub(crate) fn unwrap(mut request: Request<Body>) -> Request<Body> {
    if let Some(id) = trace_id(&request) {
        request.extensions_mut().insert(TraceId(id));
    }
    let context = request.extensions().get::<RequestContext>();
    let raw = request.raw_http_path();
    let (path, stage, id, address) = match context {
        Some(RequestContext::ApiGatewayV1(context)) => {
            let resource = context
                .resource_path
                .as_deref()
                .filter(|path| !path.contains('{'));
            let path = resource.unwrap_or_else(|| cut(raw, context.stage.as_deref()));
            let address = context.identity.source_ip.clone();
            let stage = context.stage.clone();
            (path, stage, context.request_id.clone(), address)
        }
        Some(RequestContext::ApiGatewayV2(context)) => (
            cut(raw, context.stage.as_deref()),
            context.stage.clone(),
            context.request_id.clone(),
            context.http.source_ip.clone(),
        ),
        _ => return request,
    };
    if let Some(uri) = with_path(request.uri(), path) {
        *request.uri_mut() = uri;
    }
    // Others, such as the console's `test-invoke-stage` or a default stage, say nothing of ours.
    if let Some(stage) = stage.as_deref().and_then(Stage::named) {
        request.extensions_mut().insert(RequestStage(stage));
    }
    let address = address.and_then(|address| address.parse::<IpAddr>().ok());
    if let Some(address) = address {
        request.extensions_mut().insert(ClientAddress(address));
    }
    if let Some(id) = id {
        request.extensions_mut().insert(RequestId(id));
    }
    request
}

/// A response as a whole, which is how it leaves the function.
pub(crate) struct Answer(Response<Body>);

/// Takes a response as a whole. What is not text goes out in base64.
pub(crate) async fn collect(response: Response<axum::body::Body>) -> Result<Answer, Error> {
    let (parts, body) = response.into_parts();
    let body = Vec::from(body.collect().await?.to_bytes());
    let body = match String::from_utf8(body) {
        Ok(text) => Body::Text(text),
        Err(error) => Body::Binary(error.into_bytes()),
    };
    Ok(Answer(Response::from_parts(parts, body)))
}

/// `lambda_http` would look into the media type for a character set, and brings the tables of all that there are.
impl IntoResponse for Answer {
    fn into_response(self) -> BoxFuture<'static, Response<Body>> {
        Box::pin(std::future::ready(self.0))
    }
}

/// The id alone, of Lambda's `Root=1-5759e988-bd862e3fe1be46a994272793;Parent=…;Sampled=1`: by it X-Ray
/// finds the trace, and the log its lines.
fn trace_id(request: &Request<Body>) -> Option<String> {
    let header = request.lambda_context_ref()?.xray_trace_id.as_deref()?;
    let root = header
        .split(';')
        .find_map(|part| part.strip_prefix("Root="));
    root.map(ToOwned::to_owned)
}

/// A path without its stage: `/Development/movies` becomes `/movies`.
fn cut<'a>(path: &'a str, stage: Option<&str>) -> &'a str {
    let rest = stage.and_then(|stage| path.strip_prefix('/')?.strip_prefix(stage));
    match rest {
        Some("") => "/",
        Some(rest) if rest.starts_with('/') => rest,
        _ => path,
    }
}

fn with_path(uri: &Uri, path: &str) -> Option<Uri> {
    let target = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(target).ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_name_of_the_stage_is_cut() {
        for (path, stage, expected) in [
            ("/Development/movies", Some("Development"), "/movies"),
            ("/Development", Some("Development"), "/"),
            (
                "/Developments/movies",
                Some("Development"),
                "/Developments/movies",
            ),
            ("/movies", Some("Development"), "/movies"),
            ("/movies", Some("movies"), "/"),
            ("/movies", Some("$default"), "/movies"),
            ("/movies", None, "/movies"),
            ("", Some("Development"), ""),
        ] {
            assert_eq!(cut(path, stage), expected, "{path} {stage:?}");
        }
    }
}
