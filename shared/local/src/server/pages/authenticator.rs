//! An authenticator app for development: a page for people, JSON for programs.

use std::{collections::HashMap, sync::Arc};

use axum::{
    Json, Router,
    extract::{Query, State},
    http::{HeaderMap, StatusCode},
    response::{Html, IntoResponse as _, Response},
    routing::get,
};
use kit::clock::Clock;
use serde_json::json;

use super::{super::problem::problem, escape, for_people};
use crate::authenticator::{self, Shown};

pub(super) fn router(clock: Arc<dyn Clock>) -> Router {
    Router::new()
        .route("/authenticator", get(show))
        .with_state(clock)
}

/// `GET /authenticator?secret=…`
async fn show(
    State(clock): State<Arc<dyn Clock>>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    let secret = query.get("secret").map_or("", String::as_str);
    let shown = authenticator::show(secret, clock.now());
    if for_people(&headers) {
        return Html(page(secret, shown.as_ref())).into_response();
    }
    match shown {
        Some(Shown { code, seconds_left }) => {
            Json(json!({ "code": code, "secondsLeft": seconds_left })).into_response()
        }
        None => problem(
            StatusCode::BAD_REQUEST,
            "invalid-request",
            "No secret to make a code with",
            "Send the secret that POST /me/totp gave as `?secret=`, in base32.",
        ),
    }
}

fn page(secret: &str, shown: Option<&Shown>) -> String {
    let said = match shown {
        Some(Shown { code, seconds_left }) => format!(
            "<meta http-equiv=\"refresh\" content=\"{seconds_left}\">\n\
             <p><code>{code}</code> for {seconds_left} seconds yet\n"
        ),
        None if secret.is_empty() => String::new(),
        None => "<p>That is no secret in base32.\n".to_owned(),
    };
    PAGE.replace("{secret}", &escape(secret)) + &said
}

const PAGE: &str = include_str!("authenticator.html");
