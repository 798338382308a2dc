//! Problem details (RFC 9457) for requests that reach no stage.

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
};
use serde_json::json;
use uuid::Uuid;

/// An answer with problem details; its type is `/problems/<slug>`.
pub(super) fn problem(status: StatusCode, slug: &str, title: &str, detail: &str) -> Response {
    let id = Uuid::new_v4().to_string();
    let body = json!({
        "type": format!("/problems/{slug}"),
        "title": title,
        "status": status.as_u16(),
        "detail": detail,
        "instance": id,
    });
    let headers = [
        (header::CONTENT_TYPE, "application/problem+json"),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (status, headers, [("x-request-id", id)], body.to_string()).into_response()
}
