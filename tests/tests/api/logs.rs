//! What must never be logged, at any level.

use serde_json::{Value, json};
use tests::{
    aws::tokens,
    issuer::Issuer,
    logs::{Capture, Source},
    server::TestServer,
    service::Service,
    stub::{Asked, Canned, Stub},
};

crate::tests![
    no_secret_is_logged_by_the_local_server,
    no_secret_is_logged_on_aws,
    a_request_is_one_line_with_its_id_and_route,
];

const EMAIL: &str = "ada.of.the.log@example.com";
const PASSWORD: &str = "correct-Horse-7-of-the-log";
// The tests run at the same time and read one log: each has its own secrets.
const EMAIL_ON_AWS: &str = "ada.on.aws@example.com";
const PASSWORD_ON_AWS: &str = "correct-Horse-7-on-aws";
const WRONG: &str = "mistyped-Horse-7-of-the-log";

#[track_caller]
fn assert_silent(log: &Capture, secrets: &[&str]) {
    let text = log.text();
    assert!(text.contains("request"), "nothing was logged at all");
    for secret in secrets {
        assert!(secret.len() > 5);
        if let Some(line) = text.lines().find(|line| line.contains(secret)) {
            panic!("{secret:?} was logged: {line}");
        }
    }
}

async fn no_secret_is_logged_by_the_local_server() {
    let server = TestServer::start().await;
    let log = Capture::start(Source::Everything);
    let api = server.api();
    let account = json!({ "email": EMAIL, "password": PASSWORD, "name": "Ada of the log" });
    api.post("/auth/sign-up", &account).send().await.is(202);
    let code = server.code_for(EMAIL).unwrap();
    let confirmation = json!({ "email": EMAIL, "code": code });
    api.post("/auth/confirm-sign-up", &confirmation)
        .send()
        .await
        .is(204);
    api.post("/auth/confirm-sign-up", &confirmation)
        .send()
        .await
        .is(400);
    let wrong = json!({ "email": EMAIL, "password": WRONG });
    api.post("/auth/sign-in", &wrong).send().await.is(401);
    api.post_text("/auth/sign-in", format!(r#"{{"password":"{PASSWORD}"#))
        .send()
        .await
        .is(400);
    let credentials = json!({ "email": EMAIL, "password": PASSWORD });
    let tokens = api
        .post("/auth/sign-in", &credentials)
        .send()
        .await
        .is(200)
        .json();
    let token = |name: &str| tokens[name].as_str().unwrap();
    let ada = api.with_token(token("accessToken"));
    ada.add(&json!({ "title": "Alien", "year": 1979, "info": "plot of the log" }))
        .send()
        .await
        .is(201);
    let tampered = format!("{}x", token("accessToken"));
    api.with_token(&tampered).list("").send().await.is(401);
    api.with_token(token("idToken"))
        .list("")
        .send()
        .await
        .is(401);
    assert_silent(
        &log,
        &[
            EMAIL,
            PASSWORD,
            WRONG,
            &code,
            "Ada of the log",
            "plot of the log",
            token("accessToken"),
            token("idToken"),
            token("refreshToken"),
            // The signatures alone would do harm enough.
            token("accessToken").rsplit('.').next().unwrap(),
            token("idToken").rsplit('.').next().unwrap(),
        ],
    );
}

async fn no_secret_is_logged_on_aws() {
    let cognito = Stub::start(|asked: &Asked| {
        Canned::ok(match asked.target.as_str() {
            "SignUp" => json!({ "UserConfirmed": false, "UserSub": "x" }),
            "AdminInitiateAuth" => tokens(),
            _ => json!({}),
        })
    })
    .await;
    let refusing = Stub::start(|asked: &Asked| {
        let mut refusal = tests::aws::error("InvalidParameterException");
        // As Cognito does: the message repeats what was sent.
        refusal.body["message"] = Value::from(asked.body.to_string());
        refusal
    })
    .await;
    let dynamo = Stub::start(|_: &Asked| Canned::ok(json!({}))).await;
    let issuer = Issuer::start().await;
    let log = Capture::start(Source::Function);
    for cognito in [&cognito, &refusing] {
        let api = Service::on_aws(dynamo.url(), cognito.url(), &issuer).api();
        let account = json!({ "email": EMAIL_ON_AWS, "password": PASSWORD_ON_AWS, "name": "Ada seen on AWS" });
        let confirmation = json!({ "email": EMAIL_ON_AWS, "code": "774466" });
        let credentials = json!({ "email": EMAIL_ON_AWS, "password": PASSWORD_ON_AWS });
        for (path, body) in [
            ("/auth/sign-up", account),
            ("/auth/confirm-sign-up", confirmation),
            ("/auth/sign-in", credentials),
        ] {
            let status = api.post(path, &body).send().await.status;
            assert!([200, 202, 204, 503].contains(&status));
        }
        let movie = json!({ "title": "Alien", "year": 1979, "info": "plot seen on AWS" });
        let _ = api.add(&movie).key("k").send().await;
        assert_silent(
            &log,
            &[
                EMAIL_ON_AWS,
                PASSWORD_ON_AWS,
                "774466",
                "Ada seen on AWS",
                "access-of-cognito",
                "id-of-cognito",
                "refresh-of-cognito",
                "plot seen on AWS",
                api.token(),
            ],
        );
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
}
