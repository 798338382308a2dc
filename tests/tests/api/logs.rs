//! The secrets that must never be logged, at any level, and the line of a request.

use serde_json::{Value, json};
use tests::{
    api::Api,
    aws::{self, tokens},
    every::operations,
    issuer::Issuer,
    logs::{Capture, Source},
    passkey::{Device, ORIGIN, with_client_data, without_flag},
    person::{
        Person, confirm, options_of, passkey_challenge, refresh, respond, respond_with, sign_in,
        totp, wrong,
    },
    server::TestServer,
    service::{Service, USER},
    stub::{Asked, Canned, Stub},
};
use tokio::task::JoinSet;

crate::tests![
    no_secret_is_logged_by_the_local_server,
    no_secret_is_logged_on_aws,
    a_request_is_one_line_with_its_id_and_route,
    requests_at_the_same_time_are_told_apart,
];

// The tests run at the same time and read one log: each has its own secrets.
const EMAIL: &str = "ada.of.the.log@example.com";
const OTHER_EMAIL: &str = "ada.moved@example.com";
const PASSWORD: &str = "correct-Horse-7-of-the-log";
const OTHER_PASSWORD: &str = "another-Horse-8-of-the-log";
const LAST_PASSWORD: &str = "latest-Horse-9-of-the-log";
const WRONG: &str = "mistyped-Horse-7-of-the-log";
const NAME: &str = "Ada of the log";
const PLOT: &str = "plot of the log";

#[track_caller]
fn assert_silent(log: &Capture, secrets: &[String]) {
    let text = log.text();
    assert!(text.contains("request"), "nothing was logged at all");
    for secret in secrets {
        assert!(secret.len() > 5);
        if let Some(line) = text.lines().find(|line| shows(line, secret)) {
            panic!("{secret:?} was logged: {line}");
        }
    }
}

/// True if a line holds a secret. Six digits of a longer number are not a code: the libraries number their calls.
fn shows(line: &str, secret: &str) -> bool {
    let is_digit = |next: Option<char>| next.is_some_and(|char| char.is_ascii_digit());
    let is_code = secret.chars().all(|char| char.is_ascii_digit());
    line.match_indices(secret).any(|(at, _)| {
        let (before, after) = (&line[..at], &line[at + secret.len()..]);
        !is_code || !is_digit(before.chars().next_back()) && !is_digit(after.chars().next())
    })
}

/// Every flow, with every secret that it takes or gives.
async fn no_secret_is_logged_by_the_local_server() {
    let server = TestServer::start().await;
    let log = Capture::start(Source::Everything);
    let mut secrets = vec![EMAIL.to_owned(), OTHER_EMAIL.to_owned()];
    for secret in [PASSWORD, OTHER_PASSWORD, LAST_PASSWORD, WRONG, NAME, PLOT] {
        secrets.push(secret.to_owned());
    }
    let api = server.api();
    let post = |api: &Api, path: &str, body: Value| api.post(path, &body).send();
    let account = json!({ "email": EMAIL, "password": PASSWORD, "name": NAME });
    post(&api, "/auth/sign-up", account).await.is(202);
    post(&api, "/auth/resend-code", json!({ "email": EMAIL }))
        .await
        .is(202);
    let code = server.code_for(EMAIL).unwrap();
    for status in [204, 400] {
        confirm(&api, EMAIL, &code).await.is(status);
    }
    secrets.push(code);
    sign_in(&api, EMAIL, WRONG).await.is(401);
    let cut_short = format!(r#"{{"password":"{PASSWORD}"#);
    api.post_text("/auth/sign-in", cut_short)
        .send()
        .await
        .is(400);
    let ada = Person::signed_in(&api, EMAIL, PASSWORD).await;
    secrets.extend(tokens_of(&ada.tokens));

    ada.api
        .add(&json!({ "title": "Alien", "year": 1979, "info": PLOT }))
        .send()
        .await
        .is(201);
    let tampered = format!("{}x", ada.token("accessToken"));
    for token in [&tampered, ada.token("idToken")] {
        api.with_token(token).list("").send().await.is(401);
    }
    let refreshed = ada.refresh().await.is(200).json();
    secrets.extend(tokens_of(&refreshed));
    refresh(&api, &tampered).await.is(401);

    let secret = ada.turn_on_totp(PASSWORD).await;
    let challenge = sign_in(&api, EMAIL, PASSWORD).await.is(200).json()["challenge"].clone();
    secrets.push(challenge["session"].as_str().unwrap().to_owned());
    let code = totp(&secret);
    for code in [wrong(&code), code] {
        let responses = json!({ "SOFTWARE_TOKEN_MFA_CODE": code });
        let answer = respond(&api, &challenge, responses).await.json();
        secrets.extend(tokens_of(&answer));
        secrets.push(code);
    }
    secrets.push(secret);
    let current = json!({ "currentPassword": PASSWORD });
    post(&ada.api, "/me/totp/turn-off", current).await.is(204);

    secrets.extend(with_a_passkey(&ada, &api).await);

    post(
        &ada.api,
        "/me/change-email",
        json!({ "email": OTHER_EMAIL, "currentPassword": PASSWORD }),
    )
    .await
    .is(202);
    let code = server.code_for(OTHER_EMAIL).unwrap();
    post(&ada.api, "/me/verify-email", json!({ "code": code }))
        .await
        .is(200);
    secrets.push(code);
    let change = json!({ "currentPassword": PASSWORD, "newPassword": OTHER_PASSWORD });
    post(&ada.api, "/me/change-password", change).await.is(204);
    post(
        &api,
        "/auth/forgot-password",
        json!({ "email": OTHER_EMAIL }),
    )
    .await
    .is(202);
    let code = server.code_for(OTHER_EMAIL).unwrap();
    let reset = json!({ "email": OTHER_EMAIL, "code": code, "newPassword": LAST_PASSWORD });
    post(&api, "/auth/reset-password", reset).await.is(204);
    secrets.push(code);

    let ada = Person::signed_in(&api, OTHER_EMAIL, LAST_PASSWORD).await;
    secrets.extend(tokens_of(&ada.tokens));
    for path in ["/me", "/me/sessions", "/me/export"] {
        ada.api.get(path).send().await.is(200);
    }
    let out = json!({ "refreshToken": ada.token("refreshToken") });
    post(&api, "/auth/sign-out", out).await.is(204);
    ada.api
        .post_nothing("/me/sign-out-everywhere")
        .send()
        .await
        .is(204);
    let ada = Person::signed_in(&api, OTHER_EMAIL, LAST_PASSWORD).await;
    secrets.extend(tokens_of(&ada.tokens));
    ada.api.delete_at("/me?movies=delete").send().await.is(204);
    assert_silent(&log, &secrets);
}

/// Adds a passkey and signs in with it, each first with a fault, and removes it. Returns the secrets that were sent.
async fn with_a_passkey(ada: &Person, api: &Api) -> Vec<String> {
    let mut passed = Vec::new();
    let mut device = Device::default();
    for good in [false, true] {
        let options = ada.passkey_options(PASSWORD).await;
        passed.extend(texts_of(&options));
        let made = device.create(&options).await;
        passed.extend(texts_of(&made));
        let origin = json!(if good { ORIGIN } else { "https://example.com" });
        let made = with_client_data(&made, "origin", &origin);
        passed.extend(texts_of(&made));
        let body = json!({ "credential": made });
        let added = ada.api.post("/me/passkeys", &body).send().await;
        added.is(if good { 204 } else { 400 });
    }
    for good in [false, true] {
        let challenge = passkey_challenge(api, EMAIL).await;
        passed.push(challenge["session"].as_str().unwrap().to_owned());
        passed.extend(texts_of(options_of(&challenge)));
        let signed = device.sign(options_of(&challenge)).await;
        let signed = without_flag(&signed, if good { 0 } else { 4 });
        passed.extend(texts_of(&signed));
        let answer = respond_with(api, &challenge, &signed).await;
        passed.extend(tokens_of(&answer.json_or_null()));
        answer.is(if good { 200 } else { 401 });
    }
    let listed = ada.api.get("/me/passkeys").send().await.json();
    let id = listed["passkeys"][0]["id"].as_str().unwrap();
    let path = format!("/me/passkeys/{id}");
    ada.api.delete_at(&path).send().await.is(204);
    passed
}

/// The texts in a dictionary of WebAuthn that are long enough to be unique.
fn texts_of(json: &str) -> Vec<String> {
    fn collect(value: &Value, texts: &mut Vec<String>) {
        match value {
            Value::String(text) if text.len() > 20 && !text.contains('@') => {
                texts.push(text.clone());
            }
            Value::Object(members) => members.values().for_each(|value| collect(value, texts)),
            Value::Array(entries) => entries.iter().for_each(|value| collect(value, texts)),
            _ => {}
        }
    }
    let mut texts = Vec::new();
    collect(&serde_json::from_str(json).unwrap(), &mut texts);
    texts
}

/// The tokens in an answer, and their signatures, which must not be logged alone either.
fn tokens_of(answer: &Value) -> Vec<String> {
    let tokens = ["accessToken", "idToken", "refreshToken"];
    let tokens = tokens.iter().filter_map(|name| answer[*name].as_str());
    tokens
        .flat_map(|token| [token, token.rsplit('.').next().unwrap_or_default()])
        .map(ToOwned::to_owned)
        .collect()
}

/// Every operation, with everything that its example and Cognito's answers hold.
async fn no_secret_is_logged_on_aws() {
    let good = Stub::start(|asked: &Asked| Canned::ok(answer_of_cognito(asked))).await;
    let refusing = Stub::start(|asked: &Asked| {
        let mut refusal = aws::error("InvalidParameterException");
        // As Cognito does: the message repeats what was sent.
        refusal.body["message"] = Value::from(asked.body().to_string());
        refusal
    })
    .await;
    let dynamo = Stub::start(|_: &Asked| Canned::ok(json!({}))).await;
    let issuer = Issuer::start().await;
    let log = Capture::start(Source::Function);
    let mut succeeded = 0;
    for cognito in [&good, &refusing] {
        let api = Service::on_aws(dynamo.url(), cognito.url(), &issuer).api();
        let mut secrets = vec![api.token().to_owned()];
        for secret in [
            "of-cognito",
            "JBSWY3DPEHPK3PXP",
            "user.of.cognito@example.com",
            "4Wb5x0mQb1Uq2v3x4y5zAw",
        ] {
            secrets.push(secret.to_owned());
        }
        for every in operations() {
            let mut body = every.example().unwrap_or_default();
            make_secret(&mut body, every.0.id, &mut secrets);
            let request = every.request(&api);
            let answer = if body.is_null() {
                request.send().await
            } else {
                request.body(body.to_string()).send().await
            };
            succeeded += usize::from(answer.status < 300);
        }
        assert_silent(&log, &secrets);
    }
    assert!(succeeded > 20, "{succeeded}");
}

fn answer_of_cognito(asked: &Asked) -> Value {
    match asked.target.as_str() {
        "SignUp" => json!({ "UserConfirmed": false, "UserSub": "x" }),
        "AdminInitiateAuth" if asked.body()["AuthFlow"] == "USER_AUTH" => json!({
            "ChallengeName": "WEB_AUTHN", "Session": "session-of-cognito",
            "ChallengeParameters": { "CREDENTIAL_REQUEST_OPTIONS": r#"{"challenge":"of-cognito"}"# },
        }),
        "StartWebAuthnRegistration" => {
            json!({ "CredentialCreationOptions": { "challenge": "of-cognito" } })
        }
        "ListWebAuthnCredentials" => json!({ "Credentials": [] }),
        "AdminInitiateAuth" | "AdminRespondToAuthChallenge" | "GetTokensFromRefreshToken" => {
            tokens()
        }
        "AssociateSoftwareToken" => json!({ "SecretCode": "JBSWY3DPEHPK3PXP" }),
        "VerifySoftwareToken" => json!({ "Status": "SUCCESS" }),
        "GetUser" => json!({
            "Username": "ada",
            "UserAttributes": [{ "Name": "email", "Value": "user.of.cognito@example.com" }],
        }),
        _ => json!({}),
    }
}

/// Gives every secret text of a body a value that occurs nowhere else, as far as its rules allow.
fn make_secret(body: &mut Value, of: &str, secrets: &mut Vec<String>) {
    for (name, value) in body.as_object_mut().into_iter().flatten() {
        let secret = match name.as_str() {
            "email" => format!("ada.{of}@example.com"),
            "password" | "currentPassword" | "newPassword" | "NEW_PASSWORD" => {
                format!("Horse-7-{of}-{name}")
            }
            "session" => format!("YWRh.session-{of}"),
            "credential" | "CREDENTIAL" => {
                let secret = format!("{name}-secret-of-{of}");
                *value = json!({ "id": secret }).to_string().into();
                secrets.push(secret);
                continue;
            }
            "refreshToken" | "name" | "info" if value.is_string() => {
                format!("{name}-secret-of-{of}")
            }
            _ => {
                make_secret(value, of, secrets);
                continue;
            }
        };
        *value = secret.as_str().into();
        secrets.push(secret);
    }
}

async fn a_request_is_one_line_with_its_id_and_route() {
    let server = TestServer::start().await;
    let log = Capture::start(Source::Function);
    let found = server
        .user("ada")
        .find_cached("Title of the log", 1979)
        .send()
        .await
        .is(404);
    let line = log.lines_with(found.header("x-request-id").unwrap());
    assert_eq!(line.lines().count(), 1, "{line}");
    for part in [
        "INFO",
        "GET",
        "/movies/findbytitleandyear",
        "status=404",
        "movie-not-found",
    ] {
        assert!(line.contains(part), "{part}: {line}");
    }
    assert!(!log.text().contains("Title of the log"));
    let lost = server.api().get("/path/of/the/log").send().await.is(404);
    assert!(!log.text().contains("/path/of/the/log"));
    let line = log.lines_with(lost.header("x-request-id").unwrap());
    assert!(line.contains("not-found"), "{line}");
    // A method of any length is logged in part only.
    let made_up = http::Method::from_bytes(&[b'A'; 8_000]).unwrap();
    let refused = server.api().request(made_up, "/movies").send().await;
    let line = log.lines_with(refused.is(405).header("x-request-id").unwrap());
    assert!(
        line.contains("AAAA") && line.len() < 1_000,
        "{}",
        line.len()
    );
}

/// Each request counts its own calls to the store, whatever else its thread does.
async fn requests_at_the_same_time_are_told_apart() {
    let dynamo = Stub::start(|asked: &Asked| match asked.target.as_str() {
        "TransactGetItems" => Canned::ok(json!({ "Responses": [{}, { "Item": aws::item(USER) }] })),
        _ => Canned::ok(json!({})),
    })
    .await;
    let issuer = Issuer::start().await;
    let log = Capture::start(Source::Function);
    let api = Service::on_aws(dynamo.url(), dynamo.url(), &issuer).api();
    let mut all = JoinSet::new();
    for number in 0..24 {
        let body = json!({ "title": aws::TITLE, "year": aws::YEAR, "rank": 1 });
        // An update with a key makes two calls, an addition makes one, and an invalid request none.
        let calls = number % 3;
        let request = match calls {
            0 => api.post("/movies/update-movie", &json!({})),
            1 => api.add(&body),
            _ => api
                .post("/movies/update-movie", &body)
                .key(&number.to_string()),
        };
        all.spawn(async move { (calls, request.send().await) });
    }
    for (calls, answer) in all.join_all().await {
        let line = log.lines_with(answer.header("x-request-id").unwrap());
        let expected = format!("store_calls={calls}");
        assert!(line.contains(&expected), "{expected}: {line}");
    }
}
