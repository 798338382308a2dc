//! Accounts in an Amazon Cognito user pool.
//!
//! Passwords are checked with operations of an administrator, because these take the client's address. Challenges and
//! the responses to them are passed on, because only the app needs to understand them.

mod app_client;
mod code;
mod document;
mod mail;
mod passkeys;
mod password;
mod profile;
mod refusal;
mod session;
mod sessions;
mod sign_in;
mod sign_up;
mod totp;
mod user;

use std::sync::{Arc, LazyLock};

use async_trait::async_trait;
use aws_sdk_cognitoidentityprovider::{
    Client,
    config::{Builder, retry::RetryConfig},
    types::{AttributeType, UserContextDataType},
};
use secrecy::SecretString;

use self::mail::Mail;
pub use self::{app_client::AppClient, code::TokenEndpoint};
use super::{
    ChallengeAnswer, ClientContext, CodeExchange, Confirmed, Email, Identity, IdentityError, Name,
    Passkey, PasskeyId, Profile, Sessions, SignInStep, SignUp, SignedInUser, Tokens, WebAuthnJson,
};

/// A user pool, reached through one app client.
#[derive(Debug, Clone)]
pub struct CognitoIdentity {
    client: Arc<LazyLock<Client, MakeClient>>,
    pool_id: String,
    app_client: AppClient,
    token_endpoint: Option<TokenEndpoint>,
    mail: Mail,
}

type MakeClient = Box<dyn FnOnce() -> Client + Send>;

impl CognitoIdentity {
    /// Creates an identity provider for this pool. The SDK client is created on first use, because most requests do not
    /// need it.
    #[must_use]
    pub fn new(
        make_client: impl FnOnce() -> Client + Send + 'static,
        pool_id: String,
        app_client: AppClient,
    ) -> Self {
        Self {
            client: Arc::new(LazyLock::new(Box::new(make_client))),
            pool_id,
            app_client,
            token_endpoint: None,
            mail: Mail::default(),
        }
    }

    /// Adds a hosted sign-in, whose codes are exchanged at this endpoint.
    #[must_use]
    pub fn with_hosted_sign_in(mut self, token_endpoint: TokenEndpoint) -> Self {
        self.token_endpoint = Some(token_endpoint);
        self
    }
}

#[async_trait]
impl Identity for CognitoIdentity {
    async fn sign_up(&self, sign_up: SignUp, client: &ClientContext) -> Result<(), IdentityError> {
        sign_up::sign_up(self, &sign_up, client).await
    }

    async fn confirm_sign_up(
        &self,
        email: &Email,
        code: &SecretString,
        password: Option<&SecretString>,
        client: &ClientContext,
    ) -> Result<Confirmed, IdentityError> {
        sign_up::confirm_sign_up(self, email, code, password, client).await
    }

    async fn resend_code(
        &self,
        email: &Email,
        client: &ClientContext,
    ) -> Result<(), IdentityError> {
        sign_up::resend_code(self, email, client).await
    }

    async fn sign_in(
        &self,
        email: &Email,
        password: &SecretString,
        client: &ClientContext,
    ) -> Result<SignInStep, IdentityError> {
        sign_in::sign_in(self, email, password, client).await
    }

    async fn sign_in_with_passkey(
        &self,
        email: &Email,
        client: &ClientContext,
    ) -> Result<SignInStep, IdentityError> {
        passkeys::sign_in_with_passkey(self, email, client).await
    }

    async fn respond_to_challenge(
        &self,
        answer: &ChallengeAnswer,
        client: &ClientContext,
    ) -> Result<SignInStep, IdentityError> {
        sign_in::respond_to_challenge(self, answer, client).await
    }

    async fn exchange_code(
        &self,
        exchange: &CodeExchange,
        _: &ClientContext,
    ) -> Result<Tokens, IdentityError> {
        code::exchange_code(self, exchange).await
    }

    async fn refresh(
        &self,
        refresh_token: &SecretString,
        _: &ClientContext,
    ) -> Result<Tokens, IdentityError> {
        sign_in::refresh(self, refresh_token).await
    }

    async fn sign_out(&self, refresh_token: &SecretString) -> Result<(), IdentityError> {
        sessions::sign_out(self, refresh_token).await
    }

    async fn forgot_password(
        &self,
        email: &Email,
        client: &ClientContext,
    ) -> Result<(), IdentityError> {
        password::forgot_password(self, email, client).await
    }

    async fn reset_password(
        &self,
        email: &Email,
        code: &SecretString,
        new_password: &SecretString,
        client: &ClientContext,
    ) -> Result<(), IdentityError> {
        password::reset_password(self, email, code, new_password, client).await
    }

    async fn profile(&self, user: &SignedInUser) -> Result<Profile, IdentityError> {
        user::get_user(self, user).await.map(Profile::from)
    }

    async fn change_name(
        &self,
        user: &SignedInUser,
        name: Option<&Name>,
    ) -> Result<(), IdentityError> {
        profile::change_name(self, user, name).await
    }

    async fn change_email(
        &self,
        user: &SignedInUser,
        current: &SecretString,
        to: &Email,
    ) -> Result<(), IdentityError> {
        profile::change_email(self, user, current, to).await
    }

    async fn verify_email(
        &self,
        user: &SignedInUser,
        code: &SecretString,
    ) -> Result<(), IdentityError> {
        profile::verify_email(self, user, code).await
    }

    async fn change_password(
        &self,
        user: &SignedInUser,
        current: &SecretString,
        new: &SecretString,
    ) -> Result<(), IdentityError> {
        password::change_password(self, user, current, new).await
    }

    async fn set_up_totp(
        &self,
        user: &SignedInUser,
        current: &SecretString,
    ) -> Result<SecretString, IdentityError> {
        totp::set_up_totp(self, user, current).await
    }

    async fn verify_totp(
        &self,
        user: &SignedInUser,
        code: &SecretString,
        device: Option<&Name>,
    ) -> Result<(), IdentityError> {
        totp::verify_totp(self, user, code, device).await
    }

    async fn turn_off_totp(
        &self,
        user: &SignedInUser,
        current: &SecretString,
    ) -> Result<(), IdentityError> {
        totp::turn_off_totp(self, user, current).await
    }

    async fn start_passkey_registration(
        &self,
        user: &SignedInUser,
        current: &SecretString,
    ) -> Result<WebAuthnJson, IdentityError> {
        passkeys::start_passkey_registration(self, user, current).await
    }

    async fn add_passkey(
        &self,
        user: &SignedInUser,
        credential: &WebAuthnJson,
    ) -> Result<(), IdentityError> {
        passkeys::add_passkey(self, user, credential).await
    }

    async fn passkeys(&self, user: &SignedInUser) -> Result<Vec<Passkey>, IdentityError> {
        passkeys::passkeys(self, user).await
    }

    async fn delete_passkey(
        &self,
        user: &SignedInUser,
        id: &PasskeyId,
    ) -> Result<(), IdentityError> {
        passkeys::delete_passkey(self, user, id).await
    }

    async fn sessions(&self, user: &SignedInUser) -> Result<Sessions, IdentityError> {
        sessions::sessions(self, user).await
    }

    async fn sign_out_everywhere(&self, user: &SignedInUser) -> Result<(), IdentityError> {
        sessions::sign_out_everywhere(self, user).await
    }

    async fn delete_account(&self, user: &SignedInUser) -> Result<(), IdentityError> {
        sessions::delete_account(self, user).await
    }
}

/// Turns off the SDK's retries, for calls that succeed only once: if the response is lost, a retry would report a
/// failure.
fn once() -> Builder {
    Builder::default().retry_config(RetryConfig::disabled())
}

fn attribute(name: &str, value: &str) -> Result<AttributeType, IdentityError> {
    AttributeType::builder()
        .name(name)
        .value(value)
        .build()
        .map_err(refusal::unavailable)
}

/// The exceptions of a request for a code that depend on the account: it does not exist, is confirmed already, was
/// invited or has another provider; it has asked too often; its mailbox, or a trigger, refused the mail.
const OF_ACCOUNT: &[&str] = &[
    "CodeDeliveryFailureException",
    "InvalidParameterException",
    "LimitExceededException",
    "NotAuthorizedException",
    "UserLambdaValidationException",
    "UserNotConfirmedException",
    "UserNotFoundException",
];

/// The client's address, for an operation that anybody may call.
fn user_context(client: &ClientContext) -> Option<UserContextDataType> {
    let address = client.address?.to_string();
    Some(UserContextDataType::builder().ip_address(address).build())
}
