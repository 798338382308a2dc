//! The results of Cognito's answers.

use accounts::identity::{
    AccountOperations as _, ChallengeAnswer, ClientContext, Confirmed, IdentityError,
    SessionOperations as _, SignInOperations as _, SignInStep, SignUpOperations as _, SignedInUser,
    cognito::CognitoIdentity,
};
use kit::user::UserId;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use tests::{
    aws::tokens,
    service::cognito_identity,
    stub::{Asked, Canned, Nowhere},
};

use super::{
    CODE, EMAIL, OPERATIONS, PACKED_SESSION, PASSWORD, SESSION, USERNAME, call,
    calls::USERNAME_HASH, client, email, good, on, outcome, signed_in, user,
};

crate::tests![
    a_name_that_is_another_users_by_now_is_left_alone,
    tokens_come_as_they_are,
    an_answer_without_a_token_is_no_answer,
    a_refresh_token_that_does_not_rotate_comes_back,
    any_challenge_is_passed_on_and_its_answer_back,
    the_next_challenge_is_of_the_same_user,
    a_session_of_another_make_has_ended,
    a_profile_has_what_the_attributes_say,
    who_came_from_another_provider_has_no_password_and_no_address_here,
    devices_are_sessions_the_latest_first,
    a_code_that_is_no_success_is_wrong,
    a_confirmation_without_a_password_leads_to_a_reset,
    who_signs_up_with_an_address_that_waits_gets_a_code_too,
    after_a_used_up_mail_quota_nobody_is_told_of_accounts,
    cognito_out_of_reach_is_unavailable,
];

/// A federated user who deleted the account and signed in again has the same username as before.
async fn a_name_that_is_another_users_by_now_is_left_alone() {
    for (sub, asked) in [
        (
            "the-same",
            vec![
                "AdminGetUser",
                "AdminUserGlobalSignOut",
                "AdminGetUser",
                "AdminDeleteUser",
            ],
        ),
        ("another", vec!["AdminGetUser", "AdminGetUser"]),
    ] {
        let (cognito, stub) = on(move |asked| match asked.target.as_str() {
            "AdminGetUser" => Canned::ok(json!({
                "Username": "Okta_ada", "UserAttributes": [{ "Name": "sub", "Value": sub }],
            })),
            _ => good(asked),
        })
        .await;
        let user = SignedInUser {
            id: UserId::new("the-same"),
            username: "Okta_ada".to_owned(),
            ..signed_in()
        };
        cognito.sign_out_everywhere(&user).await.unwrap();
        cognito.delete_account(&user).await.unwrap();
        assert_eq!(stub.targets(), asked, "{sub}");
    }
}

async fn sign_in(cognito: &CognitoIdentity) -> Result<SignInStep, IdentityError> {
    let client = ClientContext::default();
    cognito.sign_in(&email(), &PASSWORD.into(), &client).await
}

async fn tokens_come_as_they_are() {
    let (cognito, _stub) = on(good).await;
    let SignInStep::Done(tokens) = sign_in(&cognito).await.unwrap() else {
        panic!("a challenge")
    };
    assert_eq!(tokens.access.expose_secret(), "access-of-cognito");
    assert_eq!(tokens.id.expose_secret(), "id-of-cognito");
    assert_eq!(tokens.refresh.expose_secret(), "refresh-of-cognito");
    assert_eq!(tokens.expires_in.as_secs(), 900);
}

fn tokens_without(missing: &str) -> Canned {
    let mut answer = tokens();
    let result = answer["AuthenticationResult"].as_object_mut().unwrap();
    result.remove(missing);
    Canned::ok(answer)
}

async fn an_answer_without_a_token_is_no_answer() {
    for missing in ["AccessToken", "IdToken", "RefreshToken"] {
        let (cognito, _stub) = on(move |_| tokens_without(missing)).await;
        let step = sign_in(&cognito).await;
        assert_eq!(outcome(&step), "unavailable", "{missing}");
    }
    let (cognito, _stub) = on(|_| Canned::ok(json!({}))).await;
    for operation in ["sign_in", "respond_to_challenge", "refresh", "set_up_totp"] {
        let result = call(&cognito, operation, &client()).await;
        assert_eq!(outcome(&result), "unavailable", "{operation}");
    }
}

async fn a_refresh_token_that_does_not_rotate_comes_back() {
    for (answer, expected) in [
        (tokens_without("RefreshToken"), "the-one-sent"),
        (Canned::ok(tokens()), "refresh-of-cognito"),
    ] {
        let (cognito, _stub) = on(move |_| answer.clone()).await;
        let tokens = cognito.refresh(&"the-one-sent".into(), &client()).await;
        assert_eq!(tokens.unwrap().refresh.expose_secret(), expected);
    }
}

pub(super) fn challenge(name: &str, parameters: &Value) -> Canned {
    Canned::ok(json!({
        "ChallengeName": name, "Session": SESSION, "ChallengeParameters": parameters,
        "AvailableChallenges": ["PASSWORD", "BRAND_NEW"],
    }))
}

async fn any_challenge_is_passed_on_and_its_answer_back() {
    for (name, parameters) in [
        (
            "SOFTWARE_TOKEN_MFA",
            json!({ "USER_ID_FOR_SRP": USERNAME, "FRIENDLY_DEVICE_NAME": "Phone" }),
        ),
        (
            "CUSTOM_CHALLENGE",
            json!({ "USERNAME": USERNAME, "question": "?" }),
        ),
        ("BRAND_NEW", json!({ "USER_ID_FOR_SRP": USERNAME })),
    ] {
        let given = parameters.clone();
        let (cognito, stub) = on(move |asked: &Asked| match asked.target.as_str() {
            "AdminInitiateAuth" => challenge(name, &given),
            _ => good(asked),
        })
        .await;
        let SignInStep::Challenge(challenge) = sign_in(&cognito).await.unwrap() else {
            panic!("no challenge")
        };
        assert_eq!(challenge.name, name);
        assert_eq!(json!(challenge.parameters), parameters);
        assert_eq!(challenge.available, ["PASSWORD", "BRAND_NEW"]);
        assert_eq!(challenge.session.expose_secret(), PACKED_SESSION);

        let mut answer = ChallengeAnswer {
            name: challenge.name,
            session: challenge.session,
            responses: [("ANSWER".to_owned(), "42".into())].into(),
        };
        cognito
            .respond_to_challenge(&answer, &client())
            .await
            .unwrap();
        // The app cannot choose the user who signs in.
        answer.responses.insert("USERNAME".to_owned(), "own".into());
        cognito
            .respond_to_challenge(&answer, &client())
            .await
            .unwrap();
        let asked = stub.asked();
        for body in [asked[1].body(), asked[2].body()] {
            assert_eq!(body["ChallengeName"], name);
            assert_eq!(body["Session"], SESSION);
            let responses =
                json!({ "ANSWER": "42", "USERNAME": USERNAME, "SECRET_HASH": USERNAME_HASH });
            assert_eq!(body["ChallengeResponses"], responses);
        }
    }
}

async fn the_next_challenge_is_of_the_same_user() {
    let (cognito, _stub) = on(|_| challenge("SMS_MFA", &json!({}))).await;
    let answer = ChallengeAnswer {
        name: "SELECT_MFA_TYPE".to_owned(),
        session: PACKED_SESSION.into(),
        responses: [("ANSWER".to_owned(), "SMS_MFA".into())].into(),
    };
    let step = cognito.respond_to_challenge(&answer, &client()).await;
    let SignInStep::Challenge(next) = step.unwrap() else {
        panic!("no challenge")
    };
    assert_eq!(next.session.expose_secret(), PACKED_SESSION);
}

async fn a_session_of_another_make_has_ended() {
    for session in ["", SESSION, ".session", "!.session"] {
        let (cognito, stub) = on(good).await;
        let answer = ChallengeAnswer {
            name: "SOFTWARE_TOKEN_MFA".to_owned(),
            session: session.into(),
            responses: [].into(),
        };
        let step = cognito.respond_to_challenge(&answer, &client()).await;
        assert_eq!(outcome(&step), "session ended", "{session}");
        assert!(stub.asked().is_empty(), "{session}");
    }
}

async fn a_profile_has_what_the_attributes_say() {
    let identities = json!([
        { "userId": "7", "providerName": "Google", "providerType": "Google", "primary": false },
        { "userId": "a@b", "providerName": "Acme", "providerType": "SAML", "issuer": null },
    ]);
    let attributes = json!([
        { "Name": "sub", "Value": USERNAME },
        { "Name": "email", "Value": EMAIL },
        { "Name": "email_verified", "Value": "true" },
        { "Name": "name", "Value": "Ada" },
        { "Name": "identities", "Value": identities.to_string() },
    ]);
    let mut answer = user(&attributes);
    answer["UserMFASettingList"] = json!(["SOFTWARE_TOKEN_MFA"]);
    let (cognito, _stub) = on(move |_| Canned::ok(answer.clone())).await;
    let profile = cognito.profile(&signed_in()).await.unwrap();
    assert_eq!(profile.email, Some(email()));
    assert!(profile.email_verified && profile.totp_enabled);
    assert_eq!(profile.name.as_deref(), Some("Ada"));
    assert_eq!(profile.providers, ["Google", "Acme"]);
    assert_eq!(profile.attributes["sub"], USERNAME);
    assert_eq!(profile.attributes.len(), 5);
    assert_eq!((profile.pending_email, profile.created_at), (None, None));

    let attributes = json!([
        { "Name": "email_verified", "Value": "false" },
        { "Name": "name", "Value": "" },
        { "Name": "identities", "Value": "no JSON" },
    ]);
    let (cognito, _stub) = on(move |_| Canned::ok(user(&attributes))).await;
    let profile = cognito.profile(&signed_in()).await.unwrap();
    assert_eq!((profile.email, profile.name), (None, None));
    assert!(!profile.email_verified && !profile.totp_enabled);
    assert!(profile.providers.is_empty());
}

async fn who_came_from_another_provider_has_no_password_and_no_address_here() {
    let identities = |id: &str| json!([{ "userId": id, "providerName": "Google" }]).to_string();
    for (id, username, password, address) in [
        ("7", "google_7", "not possible", "not possible"),
        // A user who linked the provider to an account of this pool.
        ("7", USERNAME, "wrong credentials", "success"),
    ] {
        let attributes = json!([{ "Name": "identities", "Value": identities(id) }]);
        let (cognito, stub) = on(move |asked: &Asked| match asked.target.as_str() {
            "GetUser" => Canned::ok(json!({ "Username": username, "UserAttributes": attributes })),
            "ChangePassword" => tests::aws::error("NotAuthorizedException"),
            _ => good(asked),
        })
        .await;
        let changed = call(&cognito, "change_password", &client()).await;
        assert_eq!(outcome(&changed), password, "{username}");
        let changed = call(&cognito, "change_email", &client()).await;
        assert_eq!(outcome(&changed), address, "{username}");
        let updates = stub
            .targets()
            .iter()
            .filter(|target| *target == "AdminUpdateUserAttributes")
            .count();
        assert_eq!(updates, usize::from(address == "success"), "{username}");
    }
}

async fn devices_are_sessions_the_latest_first() {
    let device = |key: &str, last: i64| {
        json!({
            "DeviceKey": key, "DeviceCreateDate": 1_700_000_000, "DeviceLastAuthenticatedDate": last,
            "DeviceAttributes": [
                { "Name": "device_name", "Value": "Phone" },
                { "Name": "last_ip_used", "Value": "2001:db8::7" },
            ],
        })
    };
    let (first, second) = (device("old", 1_700_000_100), device("new", 1_700_000_200));
    let (cognito, stub) = on(move |asked: &Asked| {
        Canned::ok(match asked.body().get("PaginationToken") {
            None => json!({ "Devices": [first], "PaginationToken": "next" }),
            Some(_) => json!({ "Devices": [second] }),
        })
    })
    .await;
    let sessions = cognito.sessions(&signed_in()).await.unwrap();
    assert_eq!(stub.asked().len(), 2);
    assert!(!sessions.complete);
    let ids: Vec<_> = sessions.items.iter().map(|session| &session.id).collect();
    assert_eq!(ids, ["new", "old"]);
    let newest = &sessions.items[0];
    assert_eq!(newest.name.as_deref(), Some("Phone"));
    assert_eq!(newest.address, "2001:db8::7".parse().ok());
    let seconds = |at: Option<time::OffsetDateTime>| at.map(time::OffsetDateTime::unix_timestamp);
    assert_eq!(seconds(newest.created_at), Some(1_700_000_000));
    assert_eq!(seconds(newest.last_used_at), Some(1_700_000_200));
    assert_eq!(newest.current, None);
}

async fn who_signs_up_with_an_address_that_waits_gets_a_code_too() {
    for answer in ["", "InvalidParameterException"] {
        let (cognito, stub) = on(move |asked: &Asked| match asked.target.as_str() {
            "SignUp" => tests::aws::error("UsernameExistsException"),
            _ if answer.is_empty() => good(asked),
            _ => tests::aws::error(answer),
        })
        .await;
        call(&cognito, "sign_up", &client()).await.unwrap();
        assert_eq!(stub.targets(), ["SignUp", "ResendConfirmationCode"]);
    }
}

/// Once the address is confirmed, its reader can reset the password, so every later failure leads to a reset.
async fn a_confirmation_without_a_password_leads_to_a_reset() {
    let set = "AdminSetUserPassword";
    let demand = "AdminResetUserPassword";
    for (password, failing, asked) in [
        (None, "", vec![demand]),
        (None, demand, vec![demand]),
        (Some(PASSWORD), set, vec![set, demand]),
    ] {
        let (cognito, stub) = on(move |asked: &Asked| {
            if asked.target == failing {
                return tests::aws::error("InvalidPasswordException");
            }
            good(asked)
        })
        .await;
        let password = password.map(SecretString::from);
        let confirmed = cognito
            .confirm_sign_up(&email(), &CODE.into(), password.as_ref(), &client())
            .await;
        assert_eq!(confirmed.unwrap(), Confirmed::ResetPassword);
        let mut expected = vec!["ConfirmSignUp"];
        expected.extend(asked);
        expected.push("AdminUserGlobalSignOut");
        assert_eq!(stub.targets(), expected);
    }
}

async fn a_code_that_is_no_success_is_wrong() {
    let (cognito, stub) = on(|_| Canned::ok(json!({ "Status": "ERROR" }))).await;
    let verified = call(&cognito, "verify_totp", &client()).await;
    assert_eq!(outcome(&verified), "wrong code");
    assert_eq!(
        stub.targets(),
        ["VerifySoftwareToken"],
        "nothing is turned on"
    );
}

async fn after_a_used_up_mail_quota_nobody_is_told_of_accounts() {
    const MAIL: [&str; 4] = ["sign_up", "resend_code", "forgot_password", "change_email"];
    for first in MAIL {
        let (cognito, stub) = on(|asked: &Asked| {
            if ["GetUser", "AdminInitiateAuth"].contains(&asked.target.as_str()) {
                return good(asked);
            }
            let mut quota = tests::aws::error("LimitExceededException");
            quota.body["message"] =
                "Exceeded daily email limit for the operation or the account.".into();
            quota
        })
        .await;
        let result = call(&cognito, first, &client()).await;
        assert_eq!(outcome(&result), "mail quota", "{first}");
        stub.forget();
        for operation in MAIL {
            let result = call(&cognito, operation, &client()).await;
            assert_eq!(outcome(&result), "mail quota", "{operation} after {first}");
        }
        assert!(stub.asked().is_empty(), "Cognito was asked after {first}");
    }
}

async fn cognito_out_of_reach_is_unavailable() {
    let nowhere = Nowhere::new();
    let cognito = cognito_identity(&nowhere.url());
    for operation in OPERATIONS {
        let result = call(&cognito, operation, &client()).await;
        assert_eq!(outcome(&result), "unavailable", "{operation}");
        let error = result.unwrap_err();
        assert!(!format!("{error:?}").contains("127.0.0.1"), "{operation}");
    }
}
