//! The checks that the gateway makes before it invokes the function.

use local::server::Stage;
use tests::api::Request;

use crate::cloud::Cloud;

/// Demands that the gateway answered and no function ran. The local gateway does not use the texts of `openapi.yaml`.
async fn is_refused_by_the_gateway(request: Request, status: u16) {
    let answer = request.send_without_contract().await.is(status);
    let function = answer.header("x-served-by").filter(|by| *by != "gateway");
    assert_eq!(function, None, "{answer}");
}

pub(crate) async fn the_gateway_refuses_what_is_no_good_token(cloud: Cloud, stage: Stage) {
    let ada = cloud.person(stage).await;
    let good = ada.api.token();
    let (head, signature) = good.rsplit_once('.').unwrap();
    let forged: String = signature.chars().rev().collect();
    is_refused_by_the_gateway(cloud.api(stage).list(""), 401).await;
    for token in [
        "junk",
        &format!("{head}."),
        &format!("{head}.{forged}"),
        ada.token("idToken"),
        ada.token("refreshToken"),
    ] {
        let api = cloud.api(stage).with_token(token);
        is_refused_by_the_gateway(api.list(""), 401).await;
    }
    ada.api.list("limit=1").send().await.is(200);
}

pub(crate) async fn the_gateway_knows_every_path(cloud: Cloud, stage: Stage) {
    is_refused_by_the_gateway(cloud.api(stage).get("/movies/remakes"), 403).await;
    is_refused_by_the_gateway(cloud.api(stage).delete_at("/movies"), 403).await;
}

pub(crate) async fn a_token_of_the_other_stage_is_refused(cloud: Cloud, stage: Stage) {
    let other = match stage {
        Stage::Development => Stage::Production,
        Stage::Production => Stage::Development,
    };
    let ada = cloud.person(other).await;
    ada.api.list("limit=1").send().await.is(200);
    // The gateway takes the tokens of both pools, the function those of its stage.
    let api = cloud.api(stage).with_token(ada.api.token());
    let refused = api.list("").send().await.problem(401, "unauthorized");
    assert_ne!(refused.header("x-served-by"), Some("gateway"));
}

pub(crate) async fn a_web_page_may_call(cloud: Cloud, stage: Stage) {
    let api = cloud.api(stage);
    let preflight = api
        .request(http::Method::OPTIONS, "/movies")
        .header("origin", "https://app.example.com")
        .header("access-control-request-method", "GET")
        .header("access-control-request-headers", "authorization");
    let allowed = preflight.send().await.is(200);
    assert_eq!(allowed.header("access-control-allow-origin"), Some("*"));
    let health = api
        .get("/health")
        .header("origin", "https://app.example.com");
    let health = health.send().await.is(200);
    assert_eq!(health.header("access-control-allow-origin"), Some("*"));
}
