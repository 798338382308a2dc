//! The profile that a user reads and changes, and the configuration that an app reads first.

use http::Method;
use serde_json::{Value, json};
use tests::{
    answer::Answer,
    person::{PASSWORD, Person, sign_in, wrong},
    server::{Stage, TestServer},
};

crate::tests![
    the_profile_tells_what_is_known_of_the_user,
    the_name_is_changed_and_removed,
    a_new_address_counts_once_it_was_verified,
    the_address_of_another_account_cannot_be_taken,
    a_body_that_is_wrong_is_400,
    an_app_needs_to_know_the_base_url_only,
];

/// Fields and codes.
type Faults<'a> = &'a [(&'a str, &'a str)];

async fn rename(ada: &Person, name: Value) -> Answer {
    let body = json!({ "name": name });
    ada.api.patch("/me", &body).send().await
}

async fn the_profile_tells_what_is_known_of_the_user() {
    let server = TestServer::start().await;
    server.appoint_editor("ada@example.com").await;
    let ada = Person::new(&server, "ada@example.com").await;
    let mut profile = ada.api.get("/me").send().await.is(200).json();
    let members = profile.as_object_mut().unwrap();
    assert!(members.remove("createdAt").unwrap().is_string());
    assert!(members.remove("id").unwrap().is_string());
    assert_eq!(
        profile,
        json!({
            "email": "ada@example.com", "emailVerified": true, "totpEnabled": false,
            "providers": [], "groups": ["editors"],
        })
    );
}

async fn the_name_is_changed_and_removed() {
    let server = TestServer::start().await;
    let ada = Person::new(&server, "ada@example.com").await;
    let profile = rename(&ada, json!("Ada Lovelace")).await.is(200).json();
    assert_eq!(profile["name"], "Ada Lovelace");
    let again = ada.api.get("/me").send().await.is(200).json();
    assert_eq!(again, profile);
    for nothing in [json!({ "name": null }), json!({ "clear": ["name"] })] {
        rename(&ada, json!("Ada Lovelace")).await.is(200);
        let profile = ada.api.patch("/me", &nothing).send().await.is(200).json();
        assert_eq!(profile.get("name"), None, "{nothing}");
    }
}

async fn a_new_address_counts_once_it_was_verified() {
    let server = TestServer::start().await;
    let api = server.api();
    let ada = Person::new(&server, "ada@example.com").await;
    let stolen = json!({ "email": "ada@example.org", "currentPassword": "Wrong-Horse-7-Battery" });
    let answer = ada.api.post("/me/change-email", &stolen).send().await;
    answer.problem(403, "wrong-current-password");
    assert_eq!(server.code_for("ada@example.org"), None);
    let body = json!({ "email": "ada@example.org", "currentPassword": PASSWORD });
    let answer = ada.api.post("/me/change-email", &body).send().await.is(202);
    assert_eq!(answer.json(), json!({ "nextStep": "VERIFY_EMAIL" }));
    let profile = ada.api.get("/me").send().await.is(200).json();
    assert_eq!(profile["email"], "ada@example.com");
    assert_eq!(profile["pendingEmail"], "ada@example.org");
    sign_in(&api, "ada@example.org", PASSWORD).await.is(401);

    let code = server.code_for("ada@example.org").unwrap();
    let verify = |code: &str| {
        let body = json!({ "code": code });
        ada.api.post("/me/verify-email", &body).send()
    };
    verify(&wrong(&code)).await.problem(400, "wrong-code");
    let profile = verify(&code).await.is(200).json();
    assert_eq!(profile["email"], "ada@example.org");
    assert_eq!(profile.get("pendingEmail"), None);
    Person::signed_in(&api, "ada@example.org", PASSWORD).await;
    sign_in(&api, "ada@example.com", PASSWORD).await.is(401);
}

async fn the_address_of_another_account_cannot_be_taken() {
    let server = TestServer::start().await;
    let ada = Person::new(&server, "ada@example.com").await;
    let eve = Person::new(&server, "eve@example.com").await;
    let ask = |email: &str| {
        let body = json!({ "email": email, "currentPassword": PASSWORD });
        eve.api.post("/me/change-email", &body).send()
    };
    let free = ask("free@example.com").await.is(202);
    let taken = ask(&ada.email).await.is(202);
    assert_eq!(free.body, taken.body);
    assert_eq!(server.code_for(&ada.email), None);
    Person::signed_in(&server.api(), &ada.email, PASSWORD).await;
}

async fn a_body_that_is_wrong_is_400() {
    let server = TestServer::start().await;
    let ada = Person::new(&server, "ada@example.com").await;
    let cases: [(Method, &str, Value, Faults<'_>); 14] = [
        (
            Method::PATCH,
            "/me",
            json!({ "name": " " }),
            &[("name", "too_short")],
        ),
        (Method::PATCH, "/me", json!({}), &[("name", "required")]),
        (
            Method::PATCH,
            "/me",
            json!({ "clear": [] }),
            &[("name", "required")],
        ),
        (
            Method::PATCH,
            "/me",
            json!({ "clear": ["name"], "name": "Ada" }),
            &[("clear[0]", "not_allowed_together")],
        ),
        (
            Method::PATCH,
            "/me",
            json!({ "clear": ["email"] }),
            &[("clear[0]", "invalid_value")],
        ),
        (
            Method::PATCH,
            "/me",
            json!({ "name": 1 }),
            &[("name", "invalid_type")],
        ),
        (
            Method::PATCH,
            "/me",
            json!({ "name": "Ada", "email": "x@y" }),
            &[("email", "unknown_member")],
        ),
        (
            Method::POST,
            "/me/change-email",
            json!({ "email": "x" }),
            &[("currentPassword", "required"), ("email", "invalid_value")],
        ),
        (
            Method::POST,
            "/me/totp",
            json!({}),
            &[("currentPassword", "required")],
        ),
        (
            Method::POST,
            "/me/totp/turn-off",
            json!({ "currentPassword": "" }),
            &[("currentPassword", "too_short")],
        ),
        (
            Method::POST,
            "/me/verify-email",
            json!({}),
            &[("code", "required")],
        ),
        (
            Method::POST,
            "/me/change-password",
            json!({}),
            &[("currentPassword", "required"), ("newPassword", "required")],
        ),
        (
            Method::POST,
            "/me/totp/verify",
            json!({ "code": "abc", "deviceName": "\n" }),
            &[("code", "invalid_value"), ("deviceName", "invalid_value")],
        ),
        (
            Method::POST,
            "/auth/refresh",
            json!({ "refreshToken": "x".repeat(8_193) }),
            &[("refreshToken", "too_long")],
        ),
    ];
    for (method, path, body, faults) in cases {
        let request = ada.api.request(method, path);
        let request = request.header("content-type", "application/json");
        request.body(body.to_string()).send().await.blames(faults);
    }
}

async fn an_app_needs_to_know_the_base_url_only() {
    let server = TestServer::start().await;
    for stage in Stage::ALL {
        let api = server.api_of(stage);
        let answer = api.get("/auth/configuration").send().await.is(200);
        assert_eq!(answer.header("cache-control"), Some("public, max-age=300"));
        let configuration = answer.json();
        let issuer = server.issuer(stage);
        assert_eq!(configuration["issuer"], issuer.url);
        assert_eq!(configuration["clientId"], issuer.client_id);
        assert_eq!(configuration["passwordPolicy"]["minimumLength"], 12);
        let jwks_uri = format!("{}/.well-known/jwks.json", issuer.url);
        assert_eq!(configuration["jwksUri"], jwks_uri);
    }
}
