//! Refuses a request that reaches the function of another stage.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse as _, Response},
};

use super::error::ApiError;
use crate::stage::Stage;

/// The stage that a request was sent to. The receiver of the request puts it into the request's extensions, if the
/// gateway names it. It never selects the data: it must be the function's own stage.
#[derive(Debug, Clone, Copy)]
pub struct RequestStage(pub Stage);

/// Refuses a request that the gateway sent to the function of the other stage.
pub(super) async fn refuse_others(
    State(stage): State<Stage>,
    request: Request,
    next: Next,
) -> Response {
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
