//! From an event to a request.

mod members;

use std::net::IpAddr;

use api::{
    http::{ClientAddress, RequestId, RequestStage, TraceId},
    stage::Stage,
};
use axum::body::Body;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{
    HeaderMap, Method, Request,
    header::CONTENT_ENCODING,
    uri::{PathAndQuery, Uri},
};
use lambda_http::{Context, Error, LambdaEvent};
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::value::RawValue;

use self::members::Members;

/// What has to be encoded in a path (URL Standard, "path percent-encode set"). What is encoded stays as it is.
const IN_PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'}');

/// What has to be encoded in a query (URL Standard, "query percent-encode set").
const IN_QUERY: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'<').add(b'>');

/// Parameters of a query, decoded.
type Parameters = Vec<(String, String)>;

/// The text of an event. The runtime would read an event in a way that knows at each point where it is, for the sake of what
/// an error says; that takes longer than to read it.
pub(crate) type Unread = Box<RawValue>;

/// A request as API Gateway hands it over: as a REST API does (Amazon API Gateway Developer Guide, "Input format of a Lambda
/// function for proxy integration"), or an HTTP API in its own format ("Create AWS Lambda proxy integrations for HTTP APIs",
/// payload format 2.0). The members of both that are of use; what the other format does not have is missing, and what is
/// empty may be `null`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Event<'a> {
    request_context: RequestContext,
    /// Read only where `multi_value_headers` has none.
    #[serde(borrow, default)]
    headers: Option<&'a RawValue>,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,

    // Of a REST API.
    #[serde(default)]
    http_method: Option<String>,
    #[serde(default)]
    path: Option<String>,
    #[serde(default)]
    multi_value_headers: Option<Members<HeaderMap>>,
    #[serde(default)]
    query_string_parameters: Option<Members<Parameters>>,
    #[serde(default)]
    multi_value_query_string_parameters: Option<Members<Parameters>>,

    // Of an HTTP API.
    #[serde(default)]
    raw_path: Option<String>,
    #[serde(default)]
    raw_query_string: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RequestContext {
    #[serde(default)]
    stage: Option<String>,
    #[serde(default)]
    request_id: Option<String>,

    // Of a REST API.
    #[serde(default)]
    resource_path: Option<String>,
    #[serde(default)]
    identity: Option<Source>,

    // Of an HTTP API.
    #[serde(default)]
    http: Option<Source>,
}

/// Where a request came from.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Source {
    #[serde(default)]
    source_ip: Option<String>,
    #[serde(default)]
    method: Option<String>,
}

impl Event<'_> {
    /// The request, with what the gateway knows of it among its extensions.
    ///
    /// # Errors
    /// If it is none of these events, or there is something in it that API Gateway does not send.
    pub(crate) fn into_request(event: &LambdaEvent<Unread>) -> Result<Request<Body>, Error> {
        let LambdaEvent { payload, context } = event;
        let payload: Event<'_> = read(payload, "an event of API Gateway")?;
        let (path, query) = (payload.path(), payload.query());
        let mut request = Request::new(Body::empty());
        *request.method_mut() = payload.method()?;
        *request.uri_mut() = uri(path, query.as_deref());
        let extensions = request.extensions_mut();
        if let Some(id) = trace_id(context) {
            extensions.insert(TraceId(id));
        }
        // Others, such as the console's `test-invoke-stage` or a default stage, say nothing of ours.
        let stage = payload.request_context.stage.as_deref();
        if let Some(stage) = stage.and_then(Stage::named) {
            extensions.insert(RequestStage(stage));
        }
        if let Some(address) = payload.source().and_then(Source::address) {
            extensions.insert(ClientAddress(address));
        }
        if let Some(id) = payload.request_context.request_id {
            extensions.insert(RequestId(id));
        }
        *request.headers_mut() = headers(payload.headers, payload.multi_value_headers)?;
        if let Some(body) = payload.body {
            *request.body_mut() = if payload.is_base64_encoded {
                STANDARD.decode(body)?.into()
            } else {
                // A REST API undoes the coding of a compressed body and leaves the header as it was ("Call an API method
                // with a compressed payload"). A text is not compressed.
                request.headers_mut().remove(CONTENT_ENCODING);
                body.into()
            };
        }
        Ok(request)
    }

    fn source(&self) -> Option<&Source> {
        let RequestContext { identity, http, .. } = &self.request_context;
        identity.as_ref().or(http.as_ref())
    }

    fn method(&self) -> Result<Method, Error> {
        let of_http = || self.request_context.http.as_ref()?.method.as_deref();
        let method = self.http_method.as_deref().or_else(of_http);
        let method = method.ok_or("not an event of API Gateway: it has no HTTP method")?;
        Ok(Method::from_bytes(method.as_bytes())?)
    }

    /// The path that the route table knows.
    ///
    /// It comes in different forms. A REST API names the *resource* that it matched, without the stage and without a custom
    /// domain's base path; behind a `{proxy+}` resource only the path as sent is left. An HTTP API sends the path with the
    /// stage in front, unless that is `$default`; in a REST API's format it may call the resource `$default` as well. So the
    /// resource is taken where it is a literal path, and otherwise the stage is cut off the path as sent.
    fn path(&self) -> &str {
        let context = &self.request_context;
        let resource = context.resource_path.as_deref();
        let resource = resource.filter(|path| path.starts_with('/') && !path.contains('{'));
        let sent = || self.raw_path.as_deref().or(self.path.as_deref());
        resource.unwrap_or_else(|| cut(sent().unwrap_or("/"), context.stage.as_deref()))
    }

    /// The query, encoded: an HTTP API sends it as it came, a REST API took it apart.
    fn query(&self) -> Option<String> {
        if let Some(raw) = &self.raw_query_string {
            return (!raw.is_empty()).then(|| utf8_percent_encode(raw, IN_QUERY).to_string());
        }
        // Where it has every value, it has the single ones too.
        let every = self.multi_value_query_string_parameters.as_ref();
        let every = every.filter(|parameters| !parameters.0.is_empty());
        let parameters = every.or(self.query_string_parameters.as_ref())?;
        Some(encoded(&parameters.0)).filter(|query| !query.is_empty())
    }
}

impl Source {
    fn address(&self) -> Option<IpAddr> {
        self.source_ip.as_deref()?.parse().ok()
    }
}

/// What is wrong with a text is not said in the words of serde, which quote what they do not understand: that may be a token.
fn read<'a, T: Deserialize<'a>>(text: &'a RawValue, what: &str) -> Result<T, Error> {
    serde_json::from_str(text.get()).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        format!("not {what}: see line {line}, column {column} of it").into()
    })
}

/// Every value of every header: a REST API lists them in `multiValueHeaders`, and the last of each in `headers` too.
fn headers(
    single: Option<&RawValue>,
    every: Option<Members<HeaderMap>>,
) -> Result<HeaderMap, Error> {
    match (every, single) {
        (Some(Members(every)), _) if !every.is_empty() => Ok(every),
        (_, Some(single)) => read(single, "headers").map(|Members(single)| single),
        _ => Ok(HeaderMap::new()),
    }
}

fn uri(path: &str, query: Option<&str>) -> Uri {
    let mut target = utf8_percent_encode(path, IN_PATH).to_string();
    if let Some(query) = query {
        target.push('?');
        target.push_str(query);
    }
    // What is no path, or a longer one than any server takes, is none of ours.
    PathAndQuery::try_from(target).map_or_else(|_| Uri::default(), Uri::from)
}

/// The id alone, of Lambda's `Root=1-5759e988-bd862e3fe1be46a994272793;Parent=…;Sampled=1`: by it X-Ray
/// finds the trace, and the log its lines.
fn trace_id(context: &Context) -> Option<String> {
    let header = context.xray_trace_id.as_deref()?;
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

/// As a query has them. One that was sent more than once is there more than once.
fn encoded(parameters: &[(String, String)]) -> String {
    let encode = |text| utf8_percent_encode(text, NON_ALPHANUMERIC);
    let pairs = parameters.iter();
    let pairs = pairs.map(|(name, value)| format!("{}={}", encode(name), encode(value)));
    pairs.collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests;
