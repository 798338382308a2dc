//! Accounts in an Amazon Cognito user pool.

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_cognitoidentityprovider::{
    Client,
    config::{Builder, retry::RetryConfig},
    error::{ProvideErrorMetadata, SdkError},
    types::{AttributeType, AuthFlowType},
};
use secrecy::{ExposeSecret as _, SecretString};

use super::{
    ChallengeAnswer, ClientContext, Email, Identity, IdentityError, PasswordRule, Profile,
    Sessions, SignInStep, SignUp, SignedInUser, Tokens,
};
use crate::movie::Name;

/// A user pool, reached through one app client without a secret.
#[derive(Debug, Clone)]
pub struct CognitoIdentity {
    client: Client,
    pool_id: String,
    client_id: String,
}

impl CognitoIdentity {
    /// Accounts in this pool.
    #[must_use]
    pub fn new(client: Client, pool_id: String, client_id: String) -> Self {
        Self {
            client,
            pool_id,
            client_id,
        }
    }
}

#[async_trait]
impl Identity for CognitoIdentity {
    async fn sign_up(&self, sign_up: SignUp, _: &ClientContext) -> Result<(), IdentityError> {
        let attribute = |name: &str, value: &str| {
            AttributeType::builder()
                .name(name)
                .value(value)
                .build()
                .map_err(unavailable)
        };
        let mut request = self
            .client
            .sign_up()
            .client_id(&self.client_id)
            .username(sign_up.email.as_str())
            .password(sign_up.password.expose_secret())
            .user_attributes(attribute("email", sign_up.email.as_str())?);
        if let Some(name) = &sign_up.name {
            request = request.user_attributes(attribute("name", name.as_str())?);
        }
        match request.send().await {
            Ok(_) => Ok(()),
            // Whether the address has an account is nobody's business.
            Err(error) if error.code() == Some("UsernameExistsException") => Ok(()),
            Err(error) => Err(failure(&error)),
        }
    }

    async fn confirm_sign_up(
        &self,
        email: &Email,
        code: &SecretString,
        _: &ClientContext,
    ) -> Result<(), IdentityError> {
        self.client
            .confirm_sign_up()
            .client_id(&self.client_id)
            .username(email.as_str())
            .confirmation_code(code.expose_secret())
            // A second try of a confirmation whose answer got lost would look like a wrong code.
            .customize()
            .config_override(Builder::default().retry_config(RetryConfig::disabled()))
            .send()
            .await
            .map(drop)
            .map_err(|error| match error.code() {
                // An unknown address and one that is confirmed already look like a wrong code.
                Some("UserNotFoundException" | "NotAuthorizedException") => {
                    IdentityError::WrongCode
                }
                _ => failure(&error),
            })
    }

    async fn sign_in(
        &self,
        email: &Email,
        password: &SecretString,
        _: &ClientContext,
    ) -> Result<SignInStep, IdentityError> {
        let answer = self
            .client
            .admin_initiate_auth()
            .user_pool_id(&self.pool_id)
            .client_id(&self.client_id)
            .auth_flow(AuthFlowType::AdminUserPasswordAuth)
            .auth_parameters("USERNAME", email.as_str())
            .auth_parameters("PASSWORD", password.expose_secret())
            .send()
            .await
            .map_err(|error| failure(&error))?;
        let result = answer
            .authentication_result
            .ok_or(IdentityError::NotPossible)?;
        let token = |token: Option<String>| {
            token
                .map(SecretString::from)
                .ok_or_else(|| unavailable("a token is missing"))
        };
        Ok(SignInStep::Done(Tokens {
            access: token(result.access_token)?,
            id: token(result.id_token)?,
            refresh: token(result.refresh_token)?,
            expires_in: Duration::from_secs(result.expires_in.try_into().unwrap_or_default()),
        }))
    }

    async fn resend_code(&self, _: &Email, _: &ClientContext) -> Result<(), IdentityError> {
        Err(IdentityError::NotPossible)
    }

    async fn respond_to_challenge(
        &self,
        _: &ChallengeAnswer,
        _: &ClientContext,
    ) -> Result<SignInStep, IdentityError> {
        Err(IdentityError::NotPossible)
    }

    async fn refresh(&self, _: &SecretString, _: &ClientContext) -> Result<Tokens, IdentityError> {
        Err(IdentityError::NotPossible)
    }

    async fn sign_out(&self, _: &SecretString) -> Result<(), IdentityError> {
        Err(IdentityError::NotPossible)
    }

    async fn forgot_password(&self, _: &Email, _: &ClientContext) -> Result<(), IdentityError> {
        Err(IdentityError::NotPossible)
    }

    async fn reset_password(
        &self,
        _: &Email,
        _: &SecretString,
        _: &SecretString,
        _: &ClientContext,
    ) -> Result<(), IdentityError> {
        Err(IdentityError::NotPossible)
    }

    async fn profile(&self, _: &SignedInUser) -> Result<Profile, IdentityError> {
        Err(IdentityError::NotPossible)
    }

    async fn change_name(&self, _: &SignedInUser, _: Option<&Name>) -> Result<(), IdentityError> {
        Err(IdentityError::NotPossible)
    }

    async fn change_email(&self, _: &SignedInUser, _: &Email) -> Result<(), IdentityError> {
        Err(IdentityError::NotPossible)
    }

    async fn verify_email(&self, _: &SignedInUser, _: &SecretString) -> Result<(), IdentityError> {
        Err(IdentityError::NotPossible)
    }

    async fn change_password(
        &self,
        _: &SignedInUser,
        _: &SecretString,
        _: &SecretString,
    ) -> Result<(), IdentityError> {
        Err(IdentityError::NotPossible)
    }

    async fn set_up_totp(&self, _: &SignedInUser) -> Result<SecretString, IdentityError> {
        Err(IdentityError::NotPossible)
    }

    async fn verify_totp(
        &self,
        _: &SignedInUser,
        _: &SecretString,
        _: Option<&Name>,
    ) -> Result<(), IdentityError> {
        Err(IdentityError::NotPossible)
    }

    async fn turn_off_totp(&self, _: &SignedInUser) -> Result<(), IdentityError> {
        Err(IdentityError::NotPossible)
    }

    async fn sessions(&self, _: &SignedInUser) -> Result<Sessions, IdentityError> {
        Err(IdentityError::NotPossible)
    }

    async fn sign_out_everywhere(&self, _: &SignedInUser) -> Result<(), IdentityError> {
        Err(IdentityError::NotPossible)
    }

    async fn delete_account(&self, _: &SignedInUser) -> Result<(), IdentityError> {
        Err(IdentityError::NotPossible)
    }
}

/// What Cognito's errors mean. Only their codes are kept: a message may quote what was sent.
fn failure<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> IdentityError {
    match error.code() {
        Some("NotAuthorizedException" | "UserNotFoundException") => IdentityError::WrongCredentials,
        Some("UserNotConfirmedException") => IdentityError::NotConfirmed,
        Some("CodeMismatchException" | "ExpiredCodeException") => IdentityError::WrongCode,
        Some("InvalidPasswordException") => {
            IdentityError::WeakPassword(vec![PasswordRule::Unnamed])
        }
        Some("PasswordResetRequiredException") => IdentityError::ResetRequired,
        Some(
            "TooManyRequestsException"
            | "TooManyFailedAttemptsException"
            | "LimitExceededException",
        ) => IdentityError::TooManyAttempts {
            retry_after: Duration::from_mins(1),
        },
        Some(code) => unavailable(format!("Cognito answered {code}")),
        None => unavailable("Cognito could not be reached"),
    }
}

fn unavailable(error: impl Into<crate::store::BoxError>) -> IdentityError {
    IdentityError::Unavailable(error.into())
}
