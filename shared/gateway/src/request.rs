//! The requests that `lambda_http` makes of API Gateway's events: path, headers and extensions.

use kit::{
    clock::{Clock as _, SystemClock},
    deadline::Deadline,
    http::{ClientAddress, RequestId, RequestStage, TraceId},
    stage::Stage,
};
use lambda_http::{
    Body, Context, Request, RequestExt as _,
    http::{Uri, header::CONTENT_ENCODING},
    request::RequestContext,
};

/// Sets the path as the route table has it, and adds extensions: stage, client address, request id, trace id and deadline.
pub(crate) fn prepare(mut request: Request) -> Request {
    let (stage, resource, id, address) = match request.extensions_mut().remove() {
        Some(RequestContext::ApiGatewayV1(of)) => (
            of.stage,
            of.resource_path,
            of.request_id,
            of.identity.source_ip,
        ),
        Some(RequestContext::ApiGatewayV2(of)) => {
            (of.stage, None, of.request_id, of.http.source_ip)
        }
        // The function has no other source of events.
        _ => Default::default(),
    };
    let uri = uri(request.uri(), resource.as_deref(), stage.as_deref());
    *request.uri_mut() = uri.unwrap_or_default();
    // API Gateway decompresses a body but keeps `Content-Encoding` (Amazon API Gateway Developer Guide, "Call an API
    // method with a compressed payload"). A body that is a text is not compressed.
    if matches!(request.body(), Body::Text(_)) {
        request.headers_mut().remove(CONTENT_ENCODING);
    }
    let context = request.lambda_context_ref();
    let trace = context.and_then(trace_id);
    let deadline = context.map(|of| Deadline::before(of.deadline().into(), SystemClock.now()));
    let extensions = request.extensions_mut();
    // Other stages, such as the console's `test-invoke-stage` or a default one, are not the service's.
    if let Some(stage) = stage.as_deref().and_then(Stage::named) {
        extensions.insert(RequestStage(stage));
    }
    if let Some(address) = address.and_then(|address| address.parse().ok()) {
        extensions.insert(ClientAddress(address));
    }
    if let Some(id) = id {
        extensions.insert(RequestId(id));
    }
    if let Some(id) = trace {
        extensions.insert(TraceId(id));
    }
    if let Some(deadline) = deadline {
        extensions.insert(deadline);
    }
    request
}

/// The URI with the path that the route table knows.
///
/// A REST API names the resource that it matched, without the stage and without the base path of a custom domain. A
/// resource with a variable part, and an HTTP API, leave the path as sent, to which `lambda_http` adds a missing stage.
fn uri(sent: &Uri, resource: Option<&str>, stage: Option<&str>) -> Option<Uri> {
    let resource = resource.filter(|path| path.starts_with('/') && !path.contains('{'));
    let path = resource.unwrap_or_else(|| without_stage(sent.path(), stage));
    match sent.query() {
        Some(query) => format!("{path}?{query}").parse().ok(),
        None => path.parse().ok(),
    }
}

/// `/Development/me` becomes `/me`.
fn without_stage<'a>(path: &'a str, stage: Option<&str>) -> &'a str {
    let rest = stage.and_then(|stage| path.strip_prefix('/')?.strip_prefix(stage));
    match rest {
        Some("") => "/",
        Some(rest) if rest.starts_with('/') => rest,
        _ => path,
    }
}

/// The trace id of X-Ray: `1-5759e988-bd862e3fe1be46a994272793` of the text `Root=1-5759e988-bd862e3fe1be46a994272793;Parent=…;Sampled=1`
/// that Lambda sends.
fn trace_id(context: &Context) -> Option<String> {
    let mut parts = context.xray_trace_id.as_deref()?.split(';');
    parts.find_map(|part| Some(part.strip_prefix("Root=")?.to_owned()))
}
