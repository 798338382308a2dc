//! The health check.

use axum::Json;
use serde::Serialize;

use super::query::NoQuery;

#[derive(Serialize)]
pub(super) struct HealthResponse {
    status: &'static str,
}

/// `GET /health`: calls no dependency, so that it reports on this process only.
pub(super) async fn get_health(_: NoQuery) -> Json<HealthResponse> {
    Json(HealthResponse { status: "ok" })
}
