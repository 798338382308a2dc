//! What the server shows besides the API: a start page, the reference, the mailbox, an authenticator.

mod authenticator;
mod mailbox;

use std::sync::Arc;

use api::clock::Clock;
use axum::{
    Router,
    extract::{Extension, Request},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::{Html, IntoResponse as _, Response},
    routing::get,
};
use utoipa_swagger_ui::{Config, SwaggerUi};

use super::{Stage, host::FromHere, problem::Problem};
use crate::mailbox::Mailbox;

/// The contract, as it was when this program was built.
const OPENAPI: &str = include_str!("../../../../openapi.yaml");

/// Pages load what they show from here, and from nowhere else.
const ONLY_FROM_HERE: HeaderValue = HeaderValue::from_static(
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
     frame-ancestors 'none'; base-uri 'none'",
);

const START: &str = r#"<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Movies API on this machine</title>
<style>body { font: 1rem/1.6 system-ui, sans-serif; max-width: 40rem; margin: 3rem auto; padding: 0 1rem }</style>
<h1>Movies API</h1>
<p>Both stages run on this machine. Their movies and accounts are separate.
<ul>
<li><a href="/docs/">The reference</a>, to read and to try
<li><a href="/openapi.yaml">openapi.yaml</a>, the contract
<li><a href="/mailbox">The mailbox</a>: what would have been e-mailed
<li><a href="/authenticator">The authenticator</a>: what an authenticator app would show
<li>Development: <a href="/Development/health">health</a>, <a href="/Development/.well-known/jwks.json">key set</a>
<li>Production: <a href="/Production/health">health</a>, <a href="/Production/.well-known/jwks.json">key set</a>
</ul>
"#;

/// The pages. With the certificate of an authority, that one too.
pub(super) fn router(
    mailboxes: Vec<(Stage, Mailbox)>,
    clock: Arc<dyn Clock>,
    authority: Option<String>,
) -> Router {
    let reference = SwaggerUi::new("/docs").config(
        Config::from("/openapi.yaml")
            // The alternative sends the contract to someone else's server.
            .validator_url("none")
            .display_operation_id(true)
            .display_request_duration(true)
            .persist_authorization(true)
            .try_it_out_enabled(true),
    );
    let mut router = Router::new()
        .route("/", get(|| async { Html(START) }))
        .route("/openapi.yaml", get(openapi))
        .merge(reference)
        .merge(mailbox::router(mailboxes))
        .merge(authenticator::router(clock))
        .route_layer(middleware::from_fn(only_here));
    if let Some(pem) = authority {
        let show = async || ([(header::CONTENT_TYPE, "application/x-x509-ca-cert")], pem);
        router = router.route("/ca.crt", get(show));
    }
    router
        .fallback(nothing_here)
        .layer(middleware::from_fn(protect))
}

/// Whether a browser asks.
fn for_people(headers: &HeaderMap) -> bool {
    headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"))
}

pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

async fn openapi() -> Response {
    ([(header::CONTENT_TYPE, "application/yaml")], OPENAPI).into_response()
}

async fn nothing_here() -> Response {
    Problem {
        status: StatusCode::NOT_FOUND,
        slug: "not-found",
        title: "No such path",
        detail: "The API is under /Development and /Production; / lists the rest.".into(),
    }
    .into_response()
}

/// A phone needs the API alone. Who can read the mailbox can have any account.
async fn only_here(here: Option<Extension<FromHere>>, request: Request, next: Next) -> Response {
    if here.is_some() {
        return next.run(request).await;
    }
    Problem {
        status: StatusCode::FORBIDDEN,
        slug: "only-on-this-machine",
        title: "Shown on the server's own machine only",
        detail: "Open it there, at localhost or at the server's own address. Others get the API, below /Development and \
                 /Production."
            .into(),
    }
    .into_response()
}

pub(super) async fn protect(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, ONLY_FROM_HERE);
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-cache"));
    response
}
