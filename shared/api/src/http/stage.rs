//! A request reaches the stage that it was sent to, or nothing.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse as _, Response},
};

use super::error::ApiError;
use crate::{app::App, stage::Stage};

/// The stage whose address a request was sent to. Whoever receives the request puts it into its
/// extensions, if the gateway tells. It never decides whose data is used; it has to agree.
#[derive(Debug, Clone, Copy)]
pub struct RequestStage(pub Stage);

/// Refuses a request that the gateway brought to the other stage's function.
pub(super) async fn refuse_others(
    State(app): State<Arc<App>>,
    request: Request,
    next: Next,
) -> Response {
    match request.extensions().get::<RequestStage>() {
        Some(RequestStage(sent_to)) if *sent_to != app.stage => ApiError::Internal(
            format!(
                "a request to {} reached the function of {}: see the stage variable `function`",
                sent_to.name(),
                app.stage.name()
            )
            .into(),
        )
        .into_response(),
        _ => next.run(request).await,
    }
}
