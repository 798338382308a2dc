//! Sign-in, with its challenges.

use std::collections::HashMap;

use async_trait::async_trait;
use aws_sdk_cognitoidentityprovider::operation::admin_initiate_auth::builders::AdminInitiateAuthFluentBuilder;
use aws_sdk_cognitoidentityprovider::types::{
    AuthFlowType, AuthenticationResultType, ChallengeNameType, ContextDataType, HttpHeader,
};
use secrecy::{ExposeSecret as _, SecretString};

use super::{
    CognitoIdentity, once,
    refusal::{Refusal, unavailable},
    session,
};
use crate::identity::{
    Challenge, ChallengeAnswer, ClientContext, Email, IdentityError, Result, SignInOperations,
    SignInStep, Tokens,
};

/// The parameter of an administrator's sign-in that proves the app client's secret.
const SECRET_HASH: &str = "SECRET_HASH";

#[async_trait]
impl SignInOperations for CognitoIdentity {
    async fn sign_in(
        &self,
        email: &Email,
        password: &SecretString,
        client: &ClientContext,
    ) -> Result<SignInStep> {
        let flow = AuthFlowType::AdminUserPasswordAuth;
        let answer = initiate_auth(self, flow, email.as_str())
            .auth_parameters("PASSWORD", password.expose_secret())
            .set_context_data(context(client, "/auth/sign-in")?)
            .send()
            .await
            .map_err(|error| refused(&error.into()))?;
        Answer {
            result: answer.authentication_result,
            name: answer.challenge_name,
            parameters: answer.challenge_parameters,
            available: answer.available_challenges,
            session: answer.session,
        }
        .step(email.as_str())
    }

    async fn respond_to_challenge(
        &self,
        answer: &ChallengeAnswer,
        client: &ClientContext,
    ) -> Result<SignInStep> {
        let (username, session) =
            session::unpack(&answer.session).ok_or(IdentityError::SessionEnded)?;
        let mut responses: HashMap<_, _> = answer
            .responses
            .iter()
            .map(|(name, response)| (name.clone(), response.expose_secret().to_owned()))
            .collect();
        // The username comes from the session, not from the app.
        responses.insert("USERNAME".to_owned(), username.clone());
        responses.insert(
            SECRET_HASH.to_owned(),
            self.app_client.secret_hash(&username),
        );
        let answer = self
            .client
            .admin_respond_to_auth_challenge()
            .user_pool_id(&self.pool_id)
            .client_id(&self.app_client.id)
            .challenge_name(answer.name.as_str().into())
            .set_challenge_responses(Some(responses))
            .set_session(session)
            .set_context_data(context(client, "/auth/respond-to-challenge")?)
            .customize()
            // A session is valid for one response, so the call is not retried.
            .config_override(once())
            .send()
            .await
            .map_err(|error| of_answer(&error.into()))?;
        Answer {
            result: answer.authentication_result,
            name: answer.challenge_name,
            parameters: answer.challenge_parameters,
            available: answer.available_challenges,
            session: answer.session,
        }
        .step(&username)
    }
}

/// Builds the request that starts a sign-in. The caller adds the other parameters of the flow.
pub(super) fn initiate_auth(
    cognito: &CognitoIdentity,
    flow: AuthFlowType,
    username: &str,
) -> AdminInitiateAuthFluentBuilder {
    cognito
        .client
        .admin_initiate_auth()
        .user_pool_id(&cognito.pool_id)
        .client_id(&cognito.app_client.id)
        .auth_flow(flow)
        .auth_parameters("USERNAME", username)
        .auth_parameters(SECRET_HASH, cognito.app_client.secret_hash(username))
}

/// Maps an exception of an operation that takes a password.
pub(super) fn refused(refusal: &Refusal) -> IdentityError {
    match refusal.name() {
        // The app client lacks the flow.
        "InvalidParameterException" if refusal.says("flow") => refusal.meaning(),
        // No account can have this address or password, or a trigger refuses the sign-in.
        "InvalidParameterException" | "UserLambdaValidationException" => {
            IdentityError::WrongCredentials
        }
        _ => refusal.meaning(),
    }
}

fn of_answer(refusal: &Refusal) -> IdentityError {
    match refusal.name() {
        "NotAuthorizedException" if refusal.says("incorrect username or password") => {
            IdentityError::WrongCredentials
        }
        "UserLambdaValidationException" => IdentityError::WrongCredentials,
        "NotAuthorizedException"
        | "PasswordResetRequiredException"
        | "UserNotConfirmedException"
        | "UserNotFoundException" => IdentityError::SessionEnded,
        "AliasExistsException"
        | "InvalidParameterException"
        | "MFAMethodNotFoundException"
        | "SoftwareTokenMFANotFoundException" => IdentityError::NotAccepted,
        _ => refusal.meaning(),
    }
}

/// The response of an operation that starts or continues a sign-in.
pub(super) struct Answer {
    pub(super) result: Option<AuthenticationResultType>,
    pub(super) name: Option<ChallengeNameType>,
    pub(super) parameters: Option<HashMap<String, String>>,
    pub(super) available: Option<Vec<ChallengeNameType>>,
    pub(super) session: Option<String>,
}

impl Answer {
    /// The step that the sign-in has reached. `username` is the name by which the user is known so far.
    pub(super) fn step(self, username: &str) -> Result<SignInStep> {
        if let Some(result) = self.result {
            return tokens(result).map(SignInStep::Done);
        }
        let name = self.name.ok_or_else(nothing)?;
        let parameters = self.parameters.unwrap_or_default();
        // The user's own name, because Cognito accepts no alias in the response to a challenge.
        let username = ["USER_ID_FOR_SRP", "USERNAME"]
            .into_iter()
            .find_map(|parameter| parameters.get(parameter))
            .map_or(username, String::as_str);
        Ok(SignInStep::Challenge(Challenge {
            session: session::pack(username, self.session.as_deref()),
            name: name.as_str().to_owned(),
            parameters: parameters.into_iter().collect(),
            available: self
                .available
                .unwrap_or_default()
                .iter()
                .map(|name| name.as_str().to_owned())
                .collect(),
        }))
    }
}

pub(super) fn tokens(result: AuthenticationResultType) -> Result<Tokens> {
    let token = |token: Option<String>| {
        token
            .map(SecretString::from)
            .ok_or_else(|| unavailable("a token is missing"))
    };
    Ok(Tokens {
        access: token(result.access_token)?,
        id: token(result.id_token)?,
        refresh: token(result.refresh_token)?,
        expires_in: std::time::Duration::from_secs(
            result.expires_in.try_into().unwrap_or_default(),
        ),
    })
}

pub(super) fn nothing() -> IdentityError {
    unavailable("Cognito answered neither with tokens nor with a challenge")
}

/// The client's address and `User-Agent`, for an operation of an administrator; `None` without an address, because
/// Cognito's risk assessment requires one.
pub(super) fn context(client: &ClientContext, path: &str) -> Result<Option<ContextDataType>> {
    let Some(address) = client.address else {
        return Ok(None);
    };
    let agent = client.user_agent.as_ref().map(|agent| {
        HttpHeader::builder()
            .header_name("User-Agent")
            .header_value(agent)
            .build()
    });
    ContextDataType::builder()
        .ip_address(address.to_string())
        .server_name(SERVER)
        .server_path(path)
        .set_http_headers(Some(agent.into_iter().collect()))
        .build()
        .map(Some)
        .map_err(unavailable)
}

/// The name of this service in Cognito's logs of sign-ins.
const SERVER: &str = "api";
