//! What surrounds every request: its id, its log line, and the form of its answer.

use std::{any::Any, sync::Arc, time::Instant};

use axum::{
    Router,
    extract::{MatchedPath, Request, State},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use http::{HeaderName, HeaderValue, Method, header};
use tower_http::{
    catch_panic::CatchPanicLayer,
    cors::{Any as AnyOrigin, CorsLayer},
};

use super::error::ApiError;
use crate::app::App;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const X_SERVED_BY: HeaderName = HeaderName::from_static("x-served-by");

/// The id of a request. Whoever receives the request puts it into its extensions; a request that
/// comes without one is given a random one.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

/// Puts the layers around the routes.
pub(super) fn around(router: Router<Arc<App>>, app: &Arc<App>) -> Router<Arc<App>> {
    router
        .layer(CatchPanicLayer::custom(after_panic))
        .layer(cors(&app.allowed_origins))
        .layer(middleware::from_fn_with_state(Arc::clone(app), respond))
}

/// Any page may call, unless origins are listed: what opens the API is a token that the page holds,
/// never a cookie that the browser adds.
fn cors(allowed_origins: &[HeaderValue]) -> CorsLayer {
    let layer = CorsLayer::new()
        .allow_methods([Method::GET, Method::POST, Method::PATCH, Method::DELETE])
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
    let message = match (panic.downcast_ref::<&str>(), panic.downcast_ref::<String>()) {
        (Some(text), _) => (*text).to_owned(),
        (None, Some(text)) => text.clone(),
        (None, None) => "unknown".to_owned(),
    };
    ApiError::Internal(format!("panic: {message}").into()).into_response()
}

async fn respond(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    let began = Instant::now();
    let id = match request.extensions_mut().remove::<RequestId>() {
        Some(RequestId(id)) => id,
        None => uuid::Uuid::new_v4().to_string(),
    };
    let method = request.method().clone();
    // The path of the route, never the path as sent: that may hold anything.
    let route = request.extensions().get::<MatchedPath>().cloned();

    let mut response = next.run(request).await;

    let error = response.extensions_mut().remove::<Arc<ApiError>>();
    if let Some(error) = &error {
        write_problem(&mut response, error, &id);
    }
    let headers = response.headers_mut();
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    for (name, value) in [(X_REQUEST_ID, &id), (X_SERVED_BY, &app.served_by)] {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    }
    log(&Line {
        id: &id,
        method: &method,
        route: route.as_ref().map_or("-", MatchedPath::as_str),
        status: response.status().as_u16(),
        began,
        error: error.as_deref(),
    });
    response
}

fn write_problem(response: &mut Response, error: &ApiError, id: &str) {
    // Serialising strings and numbers cannot fail; were it to, the status still tells.
    let body = serde_json::to_vec(&error.problem(id)).unwrap_or_default();
    response
        .headers_mut()
        .insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/problem+json"),
    );
    *response.body_mut() = body.into();
}

struct Line<'a> {
    id: &'a str,
    method: &'a Method,
    route: &'a str,
    status: u16,
    began: Instant,
    error: Option<&'a ApiError>,
}

fn log(line: &Line<'_>) {
    // The level of an event is part of its static description, hence two events of one form.
    macro_rules! event {
        ($level:expr) => {
            tracing::event!(
                $level,
                request_id = line.id,
                method = line.method.as_str(),
                route = line.route,
                status = line.status,
                micros = u64::try_from(line.began.elapsed().as_micros()).unwrap_or(u64::MAX),
                problem = line.error.map(ApiError::slug),
                error = line
                    .error
                    .and_then(std::error::Error::source)
                    .map(display_chain),
                "request"
            )
        };
    }
    if line.status >= 500 || line.error.is_some_and(ApiError::is_ours) {
        event!(tracing::Level::ERROR);
    } else {
        event!(tracing::Level::INFO);
    }
}

/// An error and its causes in one line.
fn display_chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}
