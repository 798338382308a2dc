//! The refusals of Cognito as a client sees them: each documented problem of each operation.

use serde_json::{Value, json};
use tests::{
    aws::{error, tokens},
    every::{Every, operations},
    issuer::Issuer,
    service::Service,
    stub::{Asked, Canned, Stub},
};

crate::tests![
    the_address_of_a_federated_user_is_the_providers,
    what_cognito_refuses_is_a_problem_of_its_own,
    once_no_mail_can_be_sent_nobody_learns_who_has_an_account,
    every_operation_that_may_be_guessed_at_is_limited,
];

fn user() -> Value {
    json!({ "Username": "ada", "UserAttributes": [{ "Name": "email", "Value": "a@example.com" }] })
}

fn operation(id: &str) -> Every {
    let found = operations().into_iter().find(|every| every.0.id == id);
    found.unwrap_or_else(|| panic!("no operation {id}"))
}

/// Operation, exception, status and problem.
#[rustfmt::skip]
const REFUSALS: &[(&str, &str, u16, &str)] = &[
    ("signIn", "NotAuthorizedException", 401, "wrong-credentials"),
    ("signIn", "UserNotConfirmedException", 403, "account-not-confirmed"),
    ("signIn", "PasswordResetRequiredException", 403, "password-reset-required"),
    ("confirmSignUp", "ExpiredCodeException", 400, "wrong-code"),
    ("signUp", "InvalidPasswordException", 400, "weak-password"),
    ("signUp", "TooManyRequestsException", 503, "throttled"),
    ("resetPassword", "PasswordHistoryPolicyViolationException", 400, "weak-password"),
    ("resetPassword", "CodeMismatchException", 400, "wrong-code"),
    ("respondToChallenge", "NotAuthorizedException", 401, "session-ended"),
    ("respondToChallenge", "UserLambdaValidationException", 401, "wrong-credentials"),
    ("respondToChallenge", "CodeMismatchException", 400, "wrong-code"),
    ("refreshTokens", "RefreshTokenReuseException", 401, "session-ended"),
    ("refreshTokens", "ResourceNotFoundException", 500, "internal"),
    ("getProfile", "NotAuthorizedException", 401, "session-ended"),
    ("listSessions", "NotAuthorizedException", 401, "session-ended"),
    ("updateProfile", "InternalErrorException", 503, "provider-unavailable"),
    ("verifyEmail", "CodeMismatchException", 400, "wrong-code"),
    ("changePassword", "InvalidParameterException", 409, "not-possible"),
    ("setUpTotp", "SoftwareTokenMFANotFoundException", 409, "not-possible"),
    ("verifyTotp", "SoftwareTokenMFANotFoundException", 409, "not-possible"),
    ("turnOffTotp", "SoftwareTokenMFANotFoundException", 409, "not-possible"),
    ("verifyTotp", "EnableSoftwareTokenMFAException", 400, "wrong-code"),
    ("deleteMyAccount", "InternalErrorException", 503, "provider-unavailable"),
    ("signOutEverywhere", "TooManyRequestsException", 503, "throttled"),
    ("exportMyData", "NotAuthorizedException", 401, "session-ended"),
];

async fn what_cognito_refuses_is_a_problem_of_its_own() {
    let issuer = Issuer::start().await;
    for &(id, exception, status, slug) in REFUSALS {
        // Some operations read the account first.
        let of_account = [
            "getProfile",
            "exportMyData",
            "verifyEmail",
            "deleteMyAccount",
        ]
        .contains(&id);
        let cognito = Stub::start(move |asked: &Asked| match asked.target.as_str() {
            "GetUser" if !of_account => Canned::ok(user()),
            _ => error(exception),
        })
        .await;
        let api = Service::on_aws("http://127.0.0.1:9", cognito.url(), &issuer).api();
        let answer = operation(id).request(&api).send().await;
        answer.problem(status, slug).lacks("as the test says");
    }
}

async fn the_address_of_a_federated_user_is_the_providers() {
    let issuer = Issuer::start().await;
    let cognito = Stub::start(|_: &Asked| {
        let identities = r#"[{"userId":"ada","providerName":"Okta","providerType":"SAML"}]"#;
        let mut federated = user();
        federated["Username"] = "Okta_ada".into();
        let attributes = federated["UserAttributes"].as_array_mut().unwrap();
        attributes.push(json!({ "Name": "identities", "Value": identities }));
        Canned::ok(federated)
    })
    .await;
    let api = Service::on_aws("http://127.0.0.1:9", cognito.url(), &issuer).api();
    let answer = operation("changeEmail").request(&api).send().await;
    answer.problem(409, "not-possible");
    let profile = api.get("/me").send().await.is(200).json();
    assert_eq!(profile["providers"], json!(["Okta"]));
}

/// Cognito's words are those of its documentation.
async fn once_no_mail_can_be_sent_nobody_learns_who_has_an_account() {
    let issuer = Issuer::start().await;
    for id in ["signUp", "resendCode", "forgotPassword", "changeEmail"] {
        let cognito = Stub::start(|asked: &Asked| match asked.target.as_str() {
            "GetUser" => Canned::ok(user()),
            // The current password is the right one.
            "AdminInitiateAuth" => Canned::ok(tokens()),
            _ => Canned {
                status: 400,
                body: json!({
                    "__type": "LimitExceededException",
                    "message": "Exceeded daily email limit for the operation or the account.",
                }),
            },
        })
        .await;
        let api = Service::on_aws("http://127.0.0.1:9", cognito.url(), &issuer).api();
        let first = operation(id).request(&api).send().await;
        let first = first.problem(429, "email-quota");
        assert!(first.header("retry-after").is_some());
        let asked = cognito.targets().len();
        for id in ["signUp", "resendCode", "forgotPassword", "changeEmail"] {
            let answer = operation(id).request(&api).send().await;
            answer.problem(429, "email-quota");
        }
        assert_eq!(cognito.targets().len(), asked, "Cognito was asked again");
    }
}

async fn every_operation_that_may_be_guessed_at_is_limited() {
    let issuer = Issuer::start().await;
    let cognito = Stub::start(|_: &Asked| error("TooManyFailedAttemptsException")).await;
    let api = Service::on_aws("http://127.0.0.1:9", cognito.url(), &issuer).api();
    for every in operations() {
        if every.promises(429) {
            let answer = every.request(&api).send().await;
            let answer = answer.problem(429, "too-many-attempts");
            assert_eq!(answer.header("retry-after"), Some("60"));
        }
    }
}
