//! A user with an account on a local server.

use kit::clock::{Clock as _, SystemClock};
use serde_json::{Value, json};

use crate::{answer::Answer, api::Api, passkey::Device, server::TestServer};

/// The password of everybody who does not choose another.
pub const PASSWORD: &str = "correct-Horse-7-battery";

/// A user with an account, signed in.
#[derive(Debug, Clone)]
pub struct Person {
    /// The address.
    pub email: String,
    /// The Development stage, with the access token.
    pub api: Api,
    /// The answer to the sign-in.
    pub tokens: Value,
}

impl Person {
    /// Signs up, confirms and signs in.
    pub async fn new(server: &TestServer, email: &str) -> Self {
        let api = server.api();
        sign_up(&api, email).await.is(202);
        let code = server.code_for(email).expect("a code");
        confirm_with(&api, email, &code, PASSWORD).await.is(204);
        Self::signed_in(&api, email, PASSWORD).await
    }

    /// Signs in.
    pub async fn signed_in(api: &Api, email: &str, password: &str) -> Self {
        let answer = sign_in(api, email, password).await.is(200);
        Self::of(api, email, &answer)
    }

    /// The person who got this answer to a sign-in.
    #[must_use]
    pub fn of(api: &Api, email: &str, answer: &Answer) -> Self {
        let tokens = answer.json();
        assert_eq!(tokens["nextStep"], "DONE", "{answer}");
        Self {
            email: email.to_owned(),
            api: api.with_token(tokens["accessToken"].as_str().expect("a token")),
            tokens,
        }
    }

    /// One of the tokens.
    #[must_use]
    pub fn token(&self, name: &str) -> &str {
        self.tokens[name].as_str().expect("a token")
    }

    /// Exchanges the refresh token.
    pub async fn refresh(&self) -> Answer {
        refresh(&self.api, self.token("refreshToken")).await
    }

    /// Adds a passkey that this device makes.
    pub async fn add_passkey(&self, device: &mut Device, password: &str) {
        let options = self.passkey_options(password).await;
        let credential = device.create(&options).await;
        let body = json!({ "credential": credential });
        let added = self.api.post("/me/passkeys", &body).send().await;
        added.is(204);
    }

    /// The options to make a passkey with.
    pub async fn passkey_options(&self, password: &str) -> String {
        let body = json!({ "currentPassword": password });
        let answer = self.api.post("/me/passkeys/options", &body).send().await;
        let options = answer.is(200).json()["creationOptions"].clone();
        options.as_str().expect("options").to_owned()
    }

    /// Turns on the codes of an authenticator app, and returns its secret.
    pub async fn turn_on_totp(&self, password: &str) -> String {
        let body = json!({ "currentPassword": password });
        let answer = self.api.post("/me/totp", &body).send().await.is(200);
        let secret = answer.json()["secret"]
            .as_str()
            .expect("a secret")
            .to_owned();
        let code = json!({ "code": totp(&secret) });
        let verified = self.api.post("/me/totp/verify", &code).send().await;
        verified.is(204);
        secret
    }
}

/// `signUp`
pub async fn sign_up(api: &Api, email: &str) -> Answer {
    let body = json!({ "email": email, "password": PASSWORD });
    api.post("/auth/sign-up", &body).send().await
}

/// `confirmSignUp` with the code alone.
pub async fn confirm(api: &Api, email: &str, code: &str) -> Answer {
    let body = json!({ "email": email, "code": code });
    api.post("/auth/confirm-sign-up", &body).send().await
}

/// `confirmSignUp` with the password that the account is to have.
pub async fn confirm_with(api: &Api, email: &str, code: &str, password: &str) -> Answer {
    let body = json!({ "email": email, "code": code, "password": password });
    api.post("/auth/confirm-sign-up", &body).send().await
}

/// `signIn`
pub async fn sign_in(api: &Api, email: &str, password: &str) -> Answer {
    let body = json!({ "email": email, "password": password });
    api.post("/auth/sign-in", &body).send().await
}

/// `signInWithPasskey`: the challenge.
pub async fn passkey_challenge(api: &Api, email: &str) -> Value {
    let body = json!({ "email": email });
    let answer = api.post("/auth/sign-in-with-passkey", &body).send().await;
    answer.is(200).json()["challenge"].clone()
}

/// The options in the challenge of a passkey sign-in.
#[must_use]
pub fn options_of(challenge: &Value) -> &str {
    let options = &challenge["parameters"]["CREDENTIAL_REQUEST_OPTIONS"];
    options.as_str().expect("options")
}

/// Answers the challenge of a passkey with this credential.
pub async fn respond_with(api: &Api, challenge: &Value, credential: &str) -> Answer {
    respond(api, challenge, json!({ "CREDENTIAL": credential })).await
}

/// Signs in with the passkey of a device.
pub async fn sign_in_with(api: &Api, email: &str, device: &mut Device) -> Answer {
    let challenge = passkey_challenge(api, email).await;
    let credential = device.sign(options_of(&challenge)).await;
    respond_with(api, &challenge, &credential).await
}

/// `refreshTokens`
pub async fn refresh(api: &Api, token: &str) -> Answer {
    let body = json!({ "refreshToken": token });
    api.post("/auth/refresh", &body).send().await
}

/// `respondToChallenge`, to the challenge of a sign-in.
pub async fn respond(api: &Api, challenge: &Value, responses: Value) -> Answer {
    let body = json!({
        "challengeName": challenge["name"],
        "session": challenge["session"],
        "responses": responses,
    });
    api.post("/auth/respond-to-challenge", &body).send().await
}

/// The code that an authenticator app shows now.
#[must_use]
pub fn totp(secret: &str) -> String {
    let shown = local::authenticator::show(secret, SystemClock.now());
    shown.expect("a secret in base32").code
}

/// A wrong code of six digits: the last digit differs.
#[must_use]
pub fn wrong(code: &str) -> String {
    let last = if code.ends_with('0') { "1" } else { "0" };
    format!("{}{last}", &code[..5])
}
