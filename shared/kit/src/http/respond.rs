//! The layers around every request: request id, log line, CORS, panics, problem bodies.

use std::{
    any::Any,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use axum::{
    Router,
    extract::{Request, State},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use http::{HeaderName, HeaderValue, Method, header};
use tower::ServiceBuilder;
use tower_http::{
    catch_panic::CatchPanicLayer,
    cors::{Any as AnyOrigin, CorsLayer},
};

use super::{
    RequestId, RequestStage, Route, TraceId,
    error::ApiError,
    line::{self, Line, Outcome},
};
use crate::{
    deadline::{self, Deadline},
    stage::Stage,
    telemetry::{metric::Metric, tally},
};

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const X_SERVED_BY: HeaderName = HeaderName::from_static("x-served-by");

/// The settings of the layers around all routes.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The stage that the function serves.
    pub stage: Stage,
    /// The `X-Served-By` header.
    pub served_by: String,
    /// The web origins that may call; empty: all.
    pub allowed_origins: Vec<HeaderValue>,
    /// The realm of `WWW-Authenticate` challenges (RFC 9110, section 11.5).
    pub realm: &'static str,
}

/// The state of the outermost layer.
pub(super) struct Surroundings {
    settings: Settings,
    rows: Vec<Row>,
    /// True until the first request comes.
    cold: AtomicBool,
}

/// A row of the route table, without its handler.
struct Row {
    method: Method,
    path: &'static str,
    counts: Vec<(Outcome, Metric)>,
}

impl Surroundings {
    pub(super) fn new(settings: Settings, table: &[Route]) -> Self {
        let rows = table.iter().map(|route| Row {
            method: route.method.clone(),
            path: route.path,
            counts: route.counts.clone(),
        });
        Self {
            settings,
            rows: rows.collect(),
            cold: AtomicBool::new(true),
        }
    }

    /// Adds the layers once, around all routes. `Router::layer` would add a copy of them to each route.
    pub(super) fn around(self, router: Router) -> Router {
        let stage = self.settings.stage;
        let mut methods: Vec<_> = self.rows.iter().map(|row| row.method.clone()).collect();
        methods.sort_by_key(Method::to_string);
        methods.dedup();
        let cors = cors(methods, &self.settings.allowed_origins);
        let layers = ServiceBuilder::new()
            .map_request(without_trailing_slash)
            .layer(middleware::from_fn_with_state(Arc::new(self), respond))
            .layer(cors)
            .layer(CatchPanicLayer::custom(after_panic))
            .layer(middleware::from_fn_with_state(stage, refuse_other_stages));
        Router::new().fallback_service(layers.service(router))
    }

    /// The matching path of the table. The log has this one, because the path that was sent may contain anything.
    fn route(&self, path: &str) -> Option<&'static str> {
        let paths = || self.rows.iter().map(|row| row.path);
        let literal = paths().find(|known| *known == path);
        literal.or_else(|| paths().find(|known| fits(known, path)))
    }

    /// The metric that counts this response.
    fn metric(
        &self,
        method: &Method,
        path: &str,
        response: &Response,
        error: Option<&ApiError>,
    ) -> Option<Metric> {
        let outcome = line::outcome(response, error)?;
        let mut rows = self.rows.iter();
        let row = rows.find(|row| row.method == method && row.path == path)?;
        let mut counts = row.counts.iter();
        let (_, metric) = counts.find(|(counted, _)| counted.includes(outcome))?;
        Some(*metric)
    }
}

/// True if `known`, a path of the table, matches `path`.
fn fits(known: &str, path: &str) -> bool {
    let (mut known, mut path) = (known.split('/'), path.split('/'));
    loop {
        match (known.next(), path.next()) {
            (None, None) => return true,
            (Some(known), Some(part)) if known == part => {}
            (Some(known), Some(part)) if known.starts_with('{') && !part.is_empty() => {}
            _ => return false,
        }
    }
}

/// Allows every origin, unless origins are listed. That is safe, because a request is authorised by a token that the
/// page holds, never by a cookie that the browser adds.
fn cors(methods: Vec<Method>, allowed_origins: &[HeaderValue]) -> CorsLayer {
    let layer = CorsLayer::new()
        .allow_methods(methods)
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::IF_MATCH,
            header::IF_NONE_MATCH,
            HeaderName::from_static("idempotency-key"),
        ])
        .expose_headers([
            header::ETAG,
            header::RETRY_AFTER,
            header::WWW_AUTHENTICATE,
            HeaderName::from_static("idempotent-replayed"),
            X_REQUEST_ID,
            X_SERVED_BY,
        ])
        .max_age(std::time::Duration::from_hours(2));
    if allowed_origins.is_empty() {
        layer.allow_origin(AnyOrigin)
    } else {
        layer.allow_origin(allowed_origins.to_vec())
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the layer hands it over")]
fn after_panic(panic: Box<dyn Any + Send>) -> Response {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    let message = text.unwrap_or("unknown");
    ApiError::internal(format!("panic: {message}")).into_response()
}

/// Removes one trailing slash, as API Gateway does, so that a path means the same everywhere
/// (`docs/adr/0028-one-edge-on-the-laptop.md`). Two slashes at the end stay, because an empty segment is a segment.
fn without_trailing_slash(mut request: Request) -> Request {
    let uri = request.uri();
    let path = uri.path();
    let Some(rest) = path.strip_suffix('/') else {
        return request;
    };
    if rest.is_empty() || rest.ends_with('/') {
        return request;
    }
    let target = match uri.query() {
        Some(query) => format!("{rest}?{query}"),
        None => rest.to_owned(),
    };
    if let Ok(target) = target.parse() {
        *request.uri_mut() = target;
    }
    request
}

async fn respond(
    State(around): State<Arc<Surroundings>>,
    mut request: Request,
    next: Next,
) -> Response {
    let began = Instant::now();
    let cold_start = around.cold.swap(false, Ordering::Relaxed);
    let id = match request.extensions_mut().remove::<RequestId>() {
        Some(RequestId(id)) => id,
        None => uuid::Uuid::new_v4().to_string(),
    };
    let trace = request.extensions_mut().remove::<TraceId>();
    let deadline = request.extensions_mut().remove::<Deadline>();
    let deadline = deadline.unwrap_or_default();
    let method = request.method().clone();
    let route = around.route(request.uri().path()).unwrap_or("-");

    let (mut response, used) = tally::of(deadline::of(deadline, next.run(request))).await;

    let error = response.extensions_mut().remove::<Arc<ApiError>>();
    if let Some(error) = &error {
        write_problem(&mut response, error, &id, around.settings.realm);
    }
    let headers = response.headers_mut();
    let cached = headers.entry(header::CACHE_CONTROL);
    cached.or_insert(HeaderValue::from_static("no-store"));
    let nosniff = HeaderValue::from_static("nosniff");
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, nosniff);
    for (name, value) in [
        (X_REQUEST_ID, &id),
        (X_SERVED_BY, &around.settings.served_by),
    ] {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    }
    let counted = around.metric(&method, route, &response, error.as_deref());
    let line = Line {
        id,
        trace_id: trace,
        method,
        route,
        status: response.status().as_u16(),
        began,
        error,
        used,
        cold_start,
        stage: around.settings.stage.name(),
        counted,
    };
    line.log();
    response
}

/// Refuses a request that the gateway sent to the function of the other stage.
async fn refuse_other_stages(State(stage): State<Stage>, request: Request, next: Next) -> Response {
    match request.extensions().get::<RequestStage>() {
        Some(RequestStage(sent_to)) if *sent_to != stage => ApiError::internal(format!(
            "a request to {} reached the function of {}: see the stage variable `function`",
            sent_to.name(),
            stage.name()
        ))
        .into_response(),
        _ => next.run(request).await,
    }
}

fn write_problem(response: &mut Response, error: &ApiError, id: &str, realm: &str) {
    // Serialising strings and numbers cannot fail. If it did, the response would still have its status.
    let body = serde_json::to_vec(&error.body(id)).unwrap_or_default();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
    let media_type = HeaderValue::from_static("application/problem+json");
    headers.insert(header::CONTENT_TYPE, media_type);
    if let Some(challenge) = error.challenge(realm) {
        headers.insert(header::WWW_AUTHENTICATE, challenge);
    }
    *response.body_mut() = body.into();
}

#[cfg(test)]
mod tests;
