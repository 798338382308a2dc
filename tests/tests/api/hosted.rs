//! Hosted sign-in: from the page of a provider to tokens.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use tests::{
    hosted::{Browser, REDIRECT_URI, VERIFIER, exchange, exchange_as},
    issuer::Issuer,
    logs::{Capture, Source},
    person::{PASSWORD, Person, sign_in, wrong},
    server::{Stage, TestServer},
    service::Service,
};

crate::tests![
    an_app_is_told_all_that_it_has_to_know,
    somebody_signs_in_and_again,
    a_code_is_good_once,
    a_code_is_good_for_the_app_that_asked_only,
    a_code_of_a_user_who_was_deleted_is_wrong,
    who_cancels_is_not_signed_in,
    whoever_does_not_read_the_mail_is_not_signed_in,
    an_address_with_an_account_is_refused,
    an_account_of_a_provider_has_no_password,
    an_address_that_is_not_registered_is_never_gone_to,
    a_sign_out_goes_back_to_the_app,
    the_browser_goes_by_the_name_that_the_app_knows,
    what_is_not_a_code_names_its_faults,
    without_a_hosted_sign_in_there_is_no_code,
    nothing_of_it_is_logged,
];

const EMAIL: &str = "ada@example.com";

fn claims(token: &Value) -> Value {
    let payload = token.as_str().unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

/// The code of a user who has signed in on the page.
async fn code(server: &TestServer, email: &str) -> String {
    let page = Browser::at(server).sign_in(server, email).await;
    assert_eq!(page.status, 303, "{}", page.text);
    page.told().remove("code").unwrap()
}

async fn an_app_is_told_all_that_it_has_to_know() {
    let server = TestServer::start().await;
    let configuration = server.api().get("/auth/configuration").send().await.is(200);
    let base = server.base(Stage::Development);
    let uris = json!([
        "http://localhost/callback",
        "http://127.0.0.1/callback",
        "http://localhost/",
        "http://127.0.0.1/",
    ]);
    assert_eq!(
        configuration.json()["hostedSignIn"],
        json!({
            "authorizationEndpoint": format!("{base}/oauth2/authorize"),
            "logoutEndpoint": format!("{base}/logout"),
            "responseType": "code",
            "codeChallengeMethod": "S256",
            "scopes": ["openid", "email", "profile", "aws.cognito.signin.user.admin"],
            "redirectUris": uris,
            "logoutUris": uris,
            "providers": [{ "name": "StandIn", "type": "OIDC" }],
        })
    );
}

async fn somebody_signs_in_and_again() {
    let server = TestServer::start().await;
    let page = Browser::at(&server).sign_in(&server, EMAIL).await;
    assert_eq!(page.status, 303);
    assert!(
        page.location
            .as_ref()
            .unwrap()
            .as_str()
            .starts_with(REDIRECT_URI)
    );
    let told = page.told();
    assert_eq!(told["state"], "state-of-the-app");
    let tokens = exchange(&server.api(), &told["code"]).await.is(200).json();
    assert_eq!(tokens["tokenType"], "Bearer");
    let id = claims(&tokens["idToken"]);
    assert_eq!(id["nonce"], "nonce-of-the-app");
    assert_eq!(id["aud"], server.issuer(Stage::Development).client_id);
    assert_eq!(id["identities"][0]["providerName"], "StandIn");

    let ada = server
        .api()
        .with_token(tokens["accessToken"].as_str().unwrap());
    let me = ada.get("/me").send().await.is(200).json();
    assert_eq!(me["email"], EMAIL);
    assert_eq!(me["name"], "Ada");
    assert_eq!(me["providers"], json!(["StandIn"]));
    let refreshed = json!({ "refreshToken": tokens["refreshToken"] });
    let refreshed = server.api().post("/auth/refresh", &refreshed).send().await;
    let refreshed = refreshed.is(200).json();
    assert_eq!(claims(&refreshed["idToken"])["nonce"], Value::Null);

    let again = code(&server, EMAIL).await;
    let again = exchange(&server.api(), &again).await.is(200).json();
    assert_eq!(claims(&again["idToken"])["sub"], me["id"]);
}

async fn a_code_is_good_once() {
    let server = TestServer::start().await;
    let code = code(&server, EMAIL).await;
    exchange(&server.api(), &code).await.is(200);
    exchange(&server.api(), &code)
        .await
        .problem(400, "wrong-code");
    exchange(&server.api(), "no-such-code")
        .await
        .problem(400, "wrong-code");
}

async fn a_code_is_good_for_the_app_that_asked_only() {
    let server = TestServer::start().await;
    let another = VERIFIER.replace('d', "e");
    for (verifier, redirect_uri) in [
        (another.as_str(), REDIRECT_URI),
        (VERIFIER, "http://localhost:9999/callback"),
        (VERIFIER, "http://127.0.0.1:5173/callback"),
    ] {
        let code = code(&server, EMAIL).await;
        let refused = exchange_as(&server.api(), &code, verifier, redirect_uri).await;
        refused.problem(400, "wrong-code");
        // The failed attempt has used the code up.
        exchange(&server.api(), &code)
            .await
            .problem(400, "wrong-code");
    }
    // The other stage is another user pool.
    let code = code(&server, EMAIL).await;
    let production = server.api_of(Stage::Production);
    exchange(&production, &code)
        .await
        .problem(400, "wrong-code");
    exchange(&server.api(), &code).await.is(200);
}

async fn a_code_of_a_user_who_was_deleted_is_wrong() {
    let server = TestServer::start().await;
    let tokens = exchange(&server.api(), &code(&server, EMAIL).await).await;
    let waiting = code(&server, EMAIL).await;
    let ada = server
        .api()
        .with_token(tokens.is(200).json()["accessToken"].as_str().unwrap());
    ada.request(http::Method::DELETE, "/me?movies=delete")
        .send()
        .await
        .is(204);
    exchange(&server.api(), &waiting)
        .await
        .problem(400, "wrong-code");
}

async fn who_cancels_is_not_signed_in() {
    let server = TestServer::start().await;
    let browser = Browser::at(&server);
    let page = browser.authorize(&[]).await;
    let id = page.id().to_owned();
    let cancelled = browser.submit("cancel", &[("id", &id)]).await;
    assert_eq!(cancelled.told()["error"], "access_denied");
    assert_eq!(cancelled.told()["state"], "state-of-the-app");
    for action in ["cancel", "email", "code"] {
        let over = [("id", id.as_str()), ("email", EMAIL), ("code", "123456")];
        let page = browser.submit(action, &over).await;
        assert_eq!((page.status, page.location), (400, None), "{action}");
    }
}

async fn whoever_does_not_read_the_mail_is_not_signed_in() {
    let server = TestServer::start().await;
    let browser = Browser::at(&server);
    let id = browser.authorize(&[]).await.id().to_owned();
    // No address was sent yet.
    let early = browser
        .submit("code", &[("id", &id), ("code", "123456")])
        .await;
    assert_eq!((early.status, early.location), (400, None));
    let named = browser
        .submit("email", &[("id", &id), ("email", "no address")])
        .await;
    assert!(named.text.contains("role=\"alert\""), "{}", named.text);
    browser
        .submit("email", &[("id", &id), ("email", EMAIL)])
        .await;
    let code = server.code_for(EMAIL).unwrap();
    // A code of another sign-in is not valid for this one.
    let other = browser.authorize(&[]).await.id().to_owned();
    browser
        .submit("email", &[("id", &other), ("email", EMAIL)])
        .await;
    let of_other = server.code_for(EMAIL).unwrap();
    let mut guesses = vec![wrong(&code)];
    guesses.extend((of_other != code).then_some(of_other));
    for guess in guesses {
        let page = browser
            .submit("code", &[("id", &id), ("code", &guess)])
            .await;
        assert_eq!((page.status, page.location), (200, None));
    }
    let mut statuses = Vec::new();
    for _ in 0..6 {
        let page = browser
            .submit("code", &[("id", &id), ("code", &wrong(&code))])
            .await;
        statuses.push(page.status);
    }
    assert_eq!(statuses.last(), Some(&429), "{statuses:?}");
}

async fn an_address_with_an_account_is_refused() {
    let server = TestServer::start().await;
    let ada = Person::new(&server, EMAIL).await;
    let told = Browser::at(&server).sign_in(&server, EMAIL).await.told();
    assert_eq!(told["error"], "invalid_request");
    assert!(
        told["error_description"].contains("address-in-use"),
        "{told:?}"
    );
    assert!(!told.contains_key("code"));
    let me = ada.api.get("/me").send().await.is(200).json();
    assert_eq!(me["providers"], json!([]));
}

async fn an_account_of_a_provider_has_no_password() {
    let server = TestServer::start().await;
    let tokens = exchange(&server.api(), &code(&server, EMAIL).await).await;
    let ada = server
        .api()
        .with_token(tokens.is(200).json()["accessToken"].as_str().unwrap());
    let (current, new) = (json!(PASSWORD), json!("another-Horse-8-battery"));
    for (path, body) in [
        (
            "/me/change-password",
            json!({ "currentPassword": current, "newPassword": new }),
        ),
        (
            "/me/change-email",
            json!({ "currentPassword": current, "email": "b@example.com" }),
        ),
        ("/me/totp", json!({ "currentPassword": current })),
        ("/me/totp/turn-off", json!({ "currentPassword": current })),
    ] {
        ada.post(path, &body)
            .send()
            .await
            .problem(409, "not-possible");
    }
    sign_in(&server.api(), EMAIL, PASSWORD)
        .await
        .problem(401, "wrong-credentials");
    // A reset does not set a password either.
    let forgotten = json!({ "email": EMAIL });
    server
        .api()
        .post("/auth/forgot-password", &forgotten)
        .send()
        .await
        .is(202);
    assert_eq!(server.code_for(EMAIL), None);
    let reset = json!({ "email": EMAIL, "code": "123456", "newPassword": new });
    let reset = server
        .api()
        .post("/auth/reset-password", &reset)
        .send()
        .await;
    reset.problem(400, "wrong-code");
    ada.get("/me").send().await.is(200);
}

async fn an_address_that_is_not_registered_is_never_gone_to() {
    let server = TestServer::start().await;
    let browser = Browser::at(&server);
    for changes in [
        ("redirect_uri", Some("https://evil.example.com/")),
        ("redirect_uri", None),
        ("client_id", Some("another")),
    ] {
        let page = browser.authorize(&[changes]).await;
        assert_eq!((page.status, page.location), (400, None), "{changes:?}");
    }
    for (changes, error) in [
        (("code_challenge", None), "invalid_request"),
        (
            ("response_type", Some("token")),
            "unsupported_response_type",
        ),
        (("scope", Some("openid")), "invalid_scope"),
    ] {
        let page = browser.authorize(&[changes]).await;
        assert_eq!(page.status, 303);
        assert_eq!(page.told()["error"], error, "{changes:?}");
    }
}

async fn a_sign_out_goes_back_to_the_app() {
    let server = TestServer::start().await;
    let client_id = server.issuer(Stage::Development).client_id.clone();
    let browser = Browser::at(&server);
    for (client_id, uri, status) in [
        (client_id.as_str(), REDIRECT_URI, 303),
        (client_id.as_str(), "https://evil.example.com/", 400),
        ("another", REDIRECT_URI, 400),
    ] {
        let query = [("client_id", client_id), ("logout_uri", uri)];
        let page = browser.get("/logout", &query).await;
        assert_eq!(page.status, status, "{uri}");
        assert_eq!(page.location.is_some(), status == 303);
    }
}

async fn the_browser_goes_by_the_name_that_the_app_knows() {
    let server = TestServer::start().await;
    let base = server.base(Stage::Development);
    let by_name = base.replace("127.0.0.1", "10.0.2.2");
    let (_, rest) = by_name.split_once("://").unwrap();
    let (host, _) = rest.split_once('/').unwrap();
    let asked = server.api().get("/auth/configuration").header("host", host);
    let told = &asked.send().await.is(200).json();
    let hosted = &told["hostedSignIn"];
    assert_eq!(
        hosted["authorizationEndpoint"],
        format!("{by_name}/oauth2/authorize")
    );
    assert_eq!(hosted["logoutEndpoint"], format!("{by_name}/logout"));
    // The issuer of the tokens is the same for everybody.
    assert_eq!(told["issuer"], base);
}

async fn what_is_not_a_code_names_its_faults() {
    let server = TestServer::start().await;
    let long = "v".repeat(129);
    for (body, faults) in [
        (
            json!({}),
            vec![
                ("code", "required"),
                ("codeVerifier", "required"),
                ("redirectUri", "required"),
            ],
        ),
        (
            json!({ "code": "", "codeVerifier": "short", "redirectUri": "callback" }),
            vec![
                ("code", "too_short"),
                ("codeVerifier", "invalid_value"),
                ("redirectUri", "invalid_value"),
            ],
        ),
        (
            json!({ "code": "c", "codeVerifier": long, "redirectUri": "http://localhost/#x" }),
            vec![
                ("codeVerifier", "invalid_value"),
                ("redirectUri", "invalid_value"),
            ],
        ),
        (
            json!({ "code": "c", "codeVerifier": format!("{VERIFIER}+"), "redirectUri": REDIRECT_URI }),
            vec![("codeVerifier", "invalid_value")],
        ),
    ] {
        let answer = server.api().post("/auth/exchange-code", &body).send().await;
        answer.blames(&faults);
    }
}

async fn without_a_hosted_sign_in_there_is_no_code() {
    let issuer = Issuer::start().await;
    let api = Service::without_hosted_sign_in(&issuer).api();
    exchange(&api, "code").await.problem(409, "not-possible");
}

async fn nothing_of_it_is_logged() {
    let log = Capture::start(Source::Everything);
    let server = TestServer::start().await;
    let email = "ada.of.the.hosted.log@example.com";
    let code = code(&server, email).await;
    let answer = exchange(&server.api(), &code).await.is(200);
    let text = log.text();
    assert!(text.contains(answer.header("x-request-id").unwrap()));
    for secret in [code.as_str(), VERIFIER, email, "nonce-of-the-app"] {
        assert!(!text.contains(secret), "{secret}");
    }
}
