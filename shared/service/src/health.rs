//! The health check.

use axum::Json;
use kit::http::{Route, query::NoQuery};
use serde::Serialize;

#[derive(Serialize)]
struct HealthResponse {
    status: &'static str,
}

/// `GET /health`: calls no dependency, so that it reports on this process only.
async fn get_health(_: NoQuery) -> Json<HealthResponse> {
    Json(HealthResponse { status: "ok" })
}

pub(crate) fn routes() -> Vec<Route> {
    vec![Route::get("/health", "getHealth", get_health)]
}
