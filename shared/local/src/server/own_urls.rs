//! This server's own URLs in answers, by the name that the caller knows it by.

use std::sync::Arc;

use axum::{
    body::{Body, to_bytes},
    extract::{Request, State},
    http::header,
    middleware::Next,
    response::Response,
};
use url::Url;

/// Rewrites the URLs of the hosted pages and of files in answers to the host that the caller used, such as an emulator's name
/// for this machine: whoever follows them there needs that name, too. They are in the answer of `GET /auth/configuration`, and
/// in those about what is the caller's.
pub(super) async fn by_the_name_of_the_caller(
    State(stage_url): State<Arc<str>>,
    request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path();
    let has_urls = path == "/auth/configuration" || path.starts_with("/me/");
    let host = request.headers().get(header::HOST).cloned();
    let response = next.run(request).await;
    match host.as_ref().and_then(|host| host.to_str().ok()) {
        Some(host) if has_urls && response.status().is_success() => {
            renamed(response, &stage_url, host).await
        }
        _ => response,
    }
}

async fn renamed(response: Response, stage_url: &str, host: &str) -> Response {
    // As much as a function may answer.
    const LONGEST: usize = 6 * 1024 * 1024;

    let (mut parts, body) = response.into_parts();
    let body = to_bytes(body, LONGEST).await.unwrap_or_default();
    let mut text = String::from_utf8_lossy(&body).into_owned();
    if let Ok(mut url) = Url::parse(stage_url)
        && let Ok(by_name) = Url::parse(&format!("{}://{host}", url.scheme()))
        && url.set_host(by_name.host_str()).is_ok()
        && url.set_port(by_name.port()).is_ok()
    {
        for place in ["oauth2/authorize\"", "logout\"", "files/"] {
            text = text.replace(
                &format!("\"{stage_url}/{place}"),
                &format!("\"{url}/{place}"),
            );
        }
    }
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(text))
}
