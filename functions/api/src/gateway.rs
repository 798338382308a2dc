//! What the service takes of API Gateway's events beside the HTTP request that `lambda_http` makes of them.

use api::{
    http::{ClientAddress, RequestId, RequestStage, TraceId},
    stage::Stage,
};
use lambda_http::{
    Body, LambdaEvent, Request, RequestExt as _,
    http::{Uri, header::CONTENT_ENCODING},
    request::{LambdaRequest, RequestContext},
};

/// Keeps every value of each header of a REST API's event.
///
/// `multiValueHeaders` has all values, `headers` the last one of each, and `lambda_http` prefers the latter: of two
/// `Authorization` headers the service would see one.
pub(crate) fn keep_every_header(
    mut event: LambdaEvent<LambdaRequest>,
) -> LambdaEvent<LambdaRequest> {
    if let LambdaRequest::ApiGatewayV1(rest) = &mut event.payload
        && !rest.multi_value_headers.is_empty()
    {
        rest.headers.clear();
    }
    event
}

/// Gives a request the path of the route table, and extensions with what the gateway and Lambda know of it.
pub(crate) fn prepare(mut request: Request) -> Request {
    let context = request.request_context_ref().map(Context::of);
    let context = context.unwrap_or_default();
    if let Some(uri) = uri(request.uri(), &context) {
        *request.uri_mut() = uri;
    }
    // API Gateway undoes the coding of a compressed body and leaves the header as it was (Amazon API Gateway Developer Guide,
    // "Call an API method with a compressed payload"). A text is not compressed.
    if matches!(request.body(), Body::Text(_)) {
        request.headers_mut().remove(CONTENT_ENCODING);
    }
    let trace_id = trace_id(&request);
    let extensions = request.extensions_mut();
    if let Some(id) = trace_id {
        extensions.insert(TraceId(id));
    }
    // Another stage, such as the console's `test-invoke-stage` or a default one, is none of ours.
    if let Some(stage) = context.stage.as_deref().and_then(Stage::named) {
        extensions.insert(RequestStage(stage));
    }
    if let Some(address) = context.address.and_then(|address| address.parse().ok()) {
        extensions.insert(ClientAddress(address));
    }
    if let Some(id) = context.request_id {
        extensions.insert(RequestId(id));
    }
    request
}

/// The members of a request context that the service needs, the same for a REST API and an HTTP API.
#[derive(Debug, Default)]
struct Context {
    stage: Option<String>,
    resource: Option<String>,
    request_id: Option<String>,
    address: Option<String>,
}

impl Context {
    fn of(context: &RequestContext) -> Self {
        match context.clone() {
            RequestContext::ApiGatewayV1(rest) => Self {
                stage: rest.stage,
                resource: rest.resource_path,
                request_id: rest.request_id,
                address: rest.identity.source_ip,
            },
            RequestContext::ApiGatewayV2(http) => Self {
                stage: http.stage,
                resource: None,
                request_id: http.request_id,
                address: http.http.source_ip,
            },
            // The function has no other source of events.
            _ => Self::default(),
        }
    }
}

/// The URI with the path that the route table knows.
///
/// A REST API names the resource that it matched, without the stage and without the base path of a custom domain. A resource
/// with a variable part, and an HTTP API, leave the path as sent, to which `lambda_http` adds the stage where it is missing.
fn uri(sent: &Uri, context: &Context) -> Option<Uri> {
    let resource = context.resource.as_deref();
    let resource = resource.filter(|path| path.starts_with('/') && !path.contains('{'));
    let path = resource.unwrap_or_else(|| without_stage(sent.path(), context.stage.as_deref()));
    match sent.query() {
        Some(query) => format!("{path}?{query}").parse().ok(),
        None => path.parse().ok(),
    }
}

/// `/Development/movies` becomes `/movies`.
fn without_stage<'a>(path: &'a str, stage: Option<&str>) -> &'a str {
    let rest = stage.and_then(|stage| path.strip_prefix('/')?.strip_prefix(stage));
    match rest {
        Some("") => "/",
        Some(rest) if rest.starts_with('/') => rest,
        _ => path,
    }
}

/// The id alone, of Lambda's `Root=1-5759e988-bd862e3fe1be46a994272793;Parent=…;Sampled=1`: by it X-Ray finds the trace, and
/// the log its lines.
fn trace_id(request: &Request) -> Option<String> {
    let header = request.lambda_context_ref()?.xray_trace_id.as_deref()?;
    let mut parts = header.split(';');
    parts.find_map(|part| Some(part.strip_prefix("Root=")?.to_owned()))
}
