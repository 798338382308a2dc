//! The accounts on Amazon Cognito: what its answers become.

use serde_json::{Value, json};
use tests::{
    api::{Api, Request},
    aws::{error, tokens},
    issuer::{CLIENT, Issuer},
    service::Service,
    stub::{Asked, Canned, Nowhere, Stub},
};

crate::tests![
    each_operation_is_one_call_with_what_cognito_needs,
    the_errors_of_cognito_become_problems,
    a_taken_address_looks_like_a_new_one,
    an_account_that_needs_another_step_is_403,
    an_answer_without_tokens_is_503,
    cognito_out_of_reach_is_503,
];

const EMAIL: &str = "ada@example.com";
const PASSWORD: &str = "correct-Horse-7-battery";

async fn on(answer: impl Fn(&Asked) -> Canned + Send + Sync + 'static) -> (Api, Stub, Issuer) {
    let issuer = Issuer::start().await;
    let cognito = Stub::start(answer).await;
    let api = Service::on_aws("http://127.0.0.1:9", cognito.url(), &issuer).api();
    (api, cognito, issuer)
}

fn sign_up(api: &Api) -> Request {
    let body = json!({ "email": EMAIL, "password": PASSWORD, "name": "Ada" });
    api.post("/auth/sign-up", &body)
}

fn confirm(api: &Api) -> Request {
    let body = json!({ "email": EMAIL, "code": "204816" });
    api.post("/auth/confirm-sign-up", &body)
}

fn sign_in(api: &Api) -> Request {
    let body = json!({ "email": EMAIL, "password": PASSWORD });
    api.post("/auth/sign-in", &body)
}

async fn each_operation_is_one_call_with_what_cognito_needs() {
    let (api, cognito, _issuer) = on(|asked| {
        Canned::ok(match asked.target.as_str() {
            "SignUp" => json!({ "UserConfirmed": false, "UserSub": "x" }),
            "AdminInitiateAuth" => tokens(),
            _ => json!({}),
        })
    })
    .await;
    sign_up(&api).send().await.is(202);
    confirm(&api).send().await.is(204);
    let signed_in = sign_in(&api).send().await.is(200);
    let expected = json!({
        "accessToken": "access-of-cognito", "idToken": "id-of-cognito",
        "refreshToken": "refresh-of-cognito", "expiresIn": 900, "tokenType": "Bearer",
    });
    assert_eq!(signed_in.json(), expected);
    assert_eq!(
        cognito.targets(),
        ["SignUp", "ConfirmSignUp", "AdminInitiateAuth"]
    );
    let asked: Vec<Value> = cognito
        .asked()
        .into_iter()
        .map(|asked| asked.body)
        .collect();
    let attributes = json!([
        { "Name": "email", "Value": EMAIL },
        { "Name": "name", "Value": "Ada" },
    ]);
    assert_eq!(
        asked[0],
        json!({
            "ClientId": CLIENT, "Username": EMAIL, "Password": PASSWORD,
            "UserAttributes": attributes,
        })
    );
    assert_eq!(
        asked[1],
        json!({ "ClientId": CLIENT, "Username": EMAIL, "ConfirmationCode": "204816" })
    );
    assert_eq!(asked[2]["AuthFlow"], "ADMIN_USER_PASSWORD_AUTH");
}

async fn the_errors_of_cognito_become_problems() {
    type Operation = fn(&Api) -> Request;
    let cases: [(Operation, &str, u16, &str); 22] = [
        (sign_up, "InvalidPasswordException", 400, "weak-password"),
        (
            sign_up,
            "TooManyRequestsException",
            429,
            "too-many-attempts",
        ),
        (sign_up, "LimitExceededException", 429, "too-many-attempts"),
        (sign_up, "CodeDeliveryFailureException", 503, "unavailable"),
        (sign_up, "InternalErrorException", 503, "unavailable"),
        (sign_up, "ResourceNotFoundException", 503, "unavailable"),
        (confirm, "CodeMismatchException", 400, "wrong-code"),
        (confirm, "ExpiredCodeException", 400, "wrong-code"),
        (confirm, "UserNotFoundException", 400, "wrong-code"),
        (confirm, "NotAuthorizedException", 400, "wrong-code"),
        (
            confirm,
            "TooManyFailedAttemptsException",
            429,
            "too-many-attempts",
        ),
        (confirm, "LimitExceededException", 429, "too-many-attempts"),
        (confirm, "InternalErrorException", 503, "unavailable"),
        (sign_in, "NotAuthorizedException", 401, "wrong-credentials"),
        (sign_in, "UserNotFoundException", 401, "wrong-credentials"),
        (
            sign_in,
            "UserNotConfirmedException",
            403,
            "account-not-confirmed",
        ),
        (
            sign_in,
            "PasswordResetRequiredException",
            403,
            "challenge-required",
        ),
        (
            sign_in,
            "TooManyRequestsException",
            429,
            "too-many-attempts",
        ),
        (sign_in, "LimitExceededException", 429, "too-many-attempts"),
        (sign_in, "InternalErrorException", 503, "unavailable"),
        (sign_in, "InvalidParameterException", 503, "unavailable"),
        (sign_in, "Surprise", 503, "unavailable"),
    ];
    for (operation, code, status, slug) in cases {
        let (api, _cognito, _issuer) = on(move |_| error(code)).await;
        operation(&api)
            .send()
            .await
            .problem(status, slug)
            .lacks(code)
            .lacks("as the test says")
            .lacks(EMAIL);
    }
}

async fn a_taken_address_looks_like_a_new_one() {
    let (api, _cognito, _issuer) = on(|_| error("UsernameExistsException")).await;
    let answer = sign_up(&api).send().await.is(202);
    assert_eq!(answer.json(), json!({ "nextStep": "CONFIRM_SIGN_UP" }));
}

async fn an_account_that_needs_another_step_is_403() {
    let (api, _cognito, _issuer) = on(|_| {
        Canned::ok(json!({
            "ChallengeName": "SOFTWARE_TOKEN_MFA", "Session": "s", "ChallengeParameters": {},
        }))
    })
    .await;
    sign_in(&api)
        .send()
        .await
        .problem(403, "challenge-required");
}

async fn an_answer_without_tokens_is_503() {
    for missing in ["AccessToken", "IdToken", "RefreshToken"] {
        let (api, _cognito, _issuer) = on(move |_| {
            let mut answer = tokens();
            let result = answer["AuthenticationResult"].as_object_mut().unwrap();
            result.remove(missing);
            Canned::ok(answer)
        })
        .await;
        sign_in(&api)
            .send()
            .await
            .problem(503, "unavailable")
            .lacks("of-cognito");
    }
}

async fn cognito_out_of_reach_is_503() {
    let issuer = Issuer::start().await;
    let nowhere = Nowhere::new();
    let api = Service::on_aws(&nowhere.url(), &nowhere.url(), &issuer).api();
    for request in [sign_up(&api), confirm(&api), sign_in(&api)] {
        request
            .send()
            .await
            .problem(503, "unavailable")
            .lacks("127.0.0.1");
    }
}
