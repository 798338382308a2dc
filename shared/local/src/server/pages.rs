//! The pages besides the API: the app, the list of the others, the reference, the mailbox, an authenticator.

mod app;
mod authenticator;
mod mailbox;

use std::sync::Arc;

use axum::{
    Router,
    extract::{Extension, Request},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::{Html, Response},
    routing::get,
};
use kit::clock::Clock;
use service::nouns::NAME;
use utoipa_swagger_ui::{Config, SwaggerUi};

use super::{Stage, host::FromHere, problem::problem};
use crate::mailbox::Mailbox;

/// The contract, as it was when this program was built.
const OPENAPI: &str = include_str!("../../../../openapi.yaml");

/// The content security policy: pages load everything from this server.
const ONLY_FROM_HERE: HeaderValue = HeaderValue::from_static(
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
     frame-ancestors 'none'; base-uri 'none'",
);

const TOOLS: &str = include_str!("pages/tools.html");

/// The pages, and `/ca.crt` if there is the certificate of an authority in PEM.
pub(super) fn router(
    mailboxes: Vec<(Stage, Mailbox)>,
    clock: Arc<dyn Clock>,
    authority: Option<String>,
) -> Router {
    let reference = SwaggerUi::new("/docs").config(
        Config::from("/openapi.yaml")
            // The default would send the contract to somebody else's validator.
            .validator_url("none")
            .display_operation_id(true)
            .display_request_duration(true)
            .persist_authorization(true)
            .try_it_out_enabled(true),
    );
    let openapi = async || ([(header::CONTENT_TYPE, "application/yaml")], OPENAPI);
    let mut router = Router::new()
        .route(
            "/tools",
            get(|| async { Html(TOOLS.replace("{name}", NAME)) }),
        )
        .route("/openapi.yaml", get(openapi))
        .merge(reference)
        .merge(mailbox::router(mailboxes))
        .merge(authenticator::router(clock))
        .route_layer(middleware::from_fn(only_here))
        .merge(app::router());
    if let Some(pem) = authority {
        let show = async || ([(header::CONTENT_TYPE, "application/x-x509-ca-cert")], pem);
        router = router.route("/ca.crt", get(show));
    }
    router
        .fallback(nothing_here)
        .layer(middleware::from_fn(protect))
}

/// True if the client accepts HTML, as browsers do.
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

async fn nothing_here() -> Response {
    problem(
        StatusCode::NOT_FOUND,
        "not-found",
        "No such path",
        "The API is under /Development and /Production, the app at /; /tools lists the rest.",
    )
}

/// Answers 403 to other machines: a phone needs only the API, and a reader of the mailbox can take over any account.
async fn only_here(here: Option<Extension<FromHere>>, request: Request, next: Next) -> Response {
    if here.is_some() {
        return next.run(request).await;
    }
    problem(
        StatusCode::FORBIDDEN,
        "only-on-this-machine",
        "Shown on the server's own machine only",
        "Open it there, at localhost or at the server's own address. Others get the API, below /Development and \
         /Production.",
    )
}

pub(super) async fn protect(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(ONLY_FROM_HERE);
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-cache"));
    response
}
