//! Accounts, on the stage's own user pool.

use std::time::Duration;

use local::server::Stage;
use serde_json::json;
use tests::person::{
    PASSWORD, Person, confirm, confirm_with, refresh, respond, sign_in, sign_up, totp, wrong,
};

use crate::cloud::{Cloud, address};

pub(crate) async fn an_account_lives_from_sign_up_to_deletion(cloud: Cloud, stage: Stage) {
    let (api, email) = (cloud.api(stage), address());
    sign_up(&api, &email).await.is(202);
    let early = sign_in(&api, &email, PASSWORD).await;
    early.problem(403, "account-not-confirmed");
    let code = cloud.code(&email).await;
    let other = confirm(&api, &email, &wrong(&code)).await;
    other.problem(400, "wrong-code");
    confirm_with(&api, &email, &code, PASSWORD).await.is(204);
    let other = sign_in(&api, &email, "Wrong-Horse-7-battery").await;
    other.problem(401, "wrong-credentials");

    let ada = Person::signed_in(&api, &email, PASSWORD).await;
    let profile = ada.api.get("/me").send().await.is(200).json();
    assert_eq!(profile["email"], email.as_str());
    let fresh = ada.refresh().await.is(200).json();
    let again = api.with_token(fresh["accessToken"].as_str().unwrap());
    again.get("/me").send().await.is(200);

    // The list of a user's movies lags behind on DynamoDB, so the first answer is to wait.
    let first = ada.api.delete_at("/me?movies=delete").send().await.is(202);
    let wait = first.header("retry-after").unwrap().parse().unwrap();
    let late = json!({ "title": format!("Late {email}"), "year": 1979 });
    let add = || ada.api.add(&late).send();
    add().await.problem(401, "session-ended");
    tokio::time::sleep(Duration::from_secs(wait)).await;
    ada.api.delete_at("/me?movies=delete").send().await.is(204);
    add().await.problem(401, "session-ended");
    let late = sign_in(&api, &email, PASSWORD).await;
    late.problem(401, "wrong-credentials");
    refresh(&api, ada.token("refreshToken")).await.is(401);
}

pub(crate) async fn an_authenticator_app_is_asked_for(cloud: Cloud, stage: Stage) {
    let ada = cloud.person(stage).await;
    let secret = ada.turn_on_totp(PASSWORD).await;
    let api = cloud.api(stage);
    let step = sign_in(&api, &ada.email, PASSWORD).await.is(200).json();
    assert_eq!(step["nextStep"], "RESPOND_TO_CHALLENGE");
    let code = json!({ "SOFTWARE_TOKEN_MFA_CODE": totp(&secret) });
    let answer = respond(&api, &step["challenge"], code).await.is(200);
    let again = Person::of(&api, &ada.email, &answer);
    again.api.get("/me").send().await.is(200);
}
