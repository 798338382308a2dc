use axum::{Router, body::Body};
use tokio::sync::Notify;
use tower::ServiceExt as _;

use super::*;
use crate::{
    http::{Route, Settings, StatusCode, router},
    stage::Stage,
};

async fn get(router: &Router) -> Response {
    let request = Request::get("/slow").body(Body::empty()).unwrap();
    router.clone().oneshot(request).await.unwrap()
}

#[tokio::test]
async fn who_finds_no_place_is_told_at_once_to_come_back() {
    let (begun, end) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (begins, ends) = (Arc::clone(&begun), Arc::clone(&end));
    let slow = async move || {
        begins.notify_one();
        ends.notified().await;
        "done"
    };
    let route = Route::get("/slow", "slow", slow).within(&Places::new(1));
    let settings = Settings {
        stage: Stage::Development,
        served_by: "test".to_owned(),
        allowed_origins: Vec::new(),
        realm: "test",
    };
    let router = router(settings, vec![route]);

    let first = tokio::spawn({
        let router = router.clone();
        async move { get(&router).await }
    });
    begun.notified().await;
    let refused = get(&router).await;
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(refused.headers()["retry-after"], "1");
    for name in ["x-request-id", "x-served-by", "cache-control"] {
        assert!(refused.headers().contains_key(name), "{name}");
    }
    let body = axum::body::to_bytes(refused.into_body(), 10_000);
    let body = String::from_utf8(body.await.unwrap().to_vec()).unwrap();
    assert!(body.contains("/problems/throttled"), "{body}");

    // The place is free again when the first one has its answer.
    end.notify_one();
    assert_eq!(first.await.unwrap().status(), StatusCode::OK);
    end.notify_one();
    assert_eq!(get(&router).await.status(), StatusCode::OK);
}
