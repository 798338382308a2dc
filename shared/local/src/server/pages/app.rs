//! The quickstart app, which is built into this program.

use axum::{
    Router,
    body::Bytes,
    http::{HeaderValue, header},
    routing::get,
};
use rust_embed::Embed;
use tower_http::compression::CompressionLayer;

/// The built files of the app.
#[derive(Embed)]
#[folder = "../../apps/quickstart/dist"]
struct Files;

/// Scripts, styles and requests of this server alone. Pictures are at other hosts, too.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'self'; img-src 'self' https: data:; style-src 'self'; connect-src 'self'; object-src 'none'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// The app at `/`, and each of its files at its path.
pub(super) fn router() -> Router {
    let mut router = Router::new();
    for name in Files::iter() {
        let Some(file) = Files::get(&name) else {
            continue;
        };
        // The names of these files change with their content.
        let cache = if name.starts_with("assets/") {
            "public, max-age=31536000, immutable"
        } else {
            "no-cache"
        };
        let headers = [
            (header::CONTENT_TYPE, file.metadata.mimetype().to_owned()),
            (header::CACHE_CONTROL, cache.to_owned()),
        ];
        let policy = [(header::CONTENT_SECURITY_POLICY, POLICY)];
        let response = (headers, policy, Bytes::from_owner(file.data));
        if name == "index.html" {
            router = router.route("/", get(response.clone()));
        }
        router = router.route(&format!("/{name}"), get(response));
    }
    router.layer(CompressionLayer::new())
}
