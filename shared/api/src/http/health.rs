//! Whether the service runs.

use axum::Json;
use serde::Serialize;

use super::query::NoQuery;

#[derive(Serialize)]
pub(super) struct HealthResponse {
    status: &'static str,
}

/// `GET /health`: answers without asking anything else, so that it tells of this process alone.
pub(super) async fn get_health(_: NoQuery) -> Json<HealthResponse> {
    Json(HealthResponse { status: "ok" })
}
