//! What the account operations are asked.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret as _, SecretString};
use validator::Validate;

use super::super::{
    error::ApiError,
    json::{Members, ReadMembers},
    rules,
};
use crate::{
    identity::{ChallengeAnswer, CodeExchange, Email, SignUp, normal_password},
    movie::Name,
};

/// The responses to challenges that are passwords (Amazon Cognito API Reference, `RespondToAuthChallenge`).
pub(super) const NEW_PASSWORD: &str = "NEW_PASSWORD";
const PASSWORD: &str = "PASSWORD";
/// The longest refresh token that is read; Cognito's have some 1,800 characters.
const MAX_REFRESH_TOKEN: usize = 8_192;
/// The longest authorization code that is read; Cognito's are UUIDs.
const MAX_AUTHORIZATION_CODE: usize = 4_096;
/// The longest session of a challenge; Cognito's have 2,048 characters at most.
const MAX_SESSION: usize = 4_096;

#[derive(Validate)]
pub(in crate::http) struct SignUpRequest {
    #[validate(required, custom(function = rules::email))]
    email: Option<String>,
    #[validate(custom(function = rules::name))]
    name: Option<String>,
    #[validate(skip)]
    password: Option<SecretString>,
}

impl ReadMembers for SignUpRequest {
    fn read(members: &mut Members<'_>) -> Self {
        Self {
            email: members.take("email"),
            name: members.take("name"),
            password: members.take_password("password"),
        }
    }
}

impl SignUpRequest {
    pub(super) fn into_sign_up(self) -> Result<SignUp, ApiError> {
        Ok(SignUp {
            email: parse_email(self.email)?,
            name: self.name.as_deref().map(Name::parse).transpose()?,
            password: self.password.unwrap_or_default(),
        })
    }
}

#[derive(Validate)]
pub(in crate::http) struct ConfirmSignUpRequest {
    #[validate(required, custom(function = rules::email))]
    email: Option<String>,
    #[validate(required, custom(function = rules::code))]
    code: Option<String>,
    #[validate(skip)]
    password: Option<SecretString>,
}

impl ReadMembers for ConfirmSignUpRequest {
    fn read(members: &mut Members<'_>) -> Self {
        Self {
            email: members.take("email"),
            code: members.take("code"),
            password: members.take_optional_password("password"),
        }
    }
}

impl ConfirmSignUpRequest {
    /// The address, the code, and the password that the account is to have.
    pub(super) fn into_parts(
        self,
    ) -> Result<(Email, SecretString, Option<SecretString>), ApiError> {
        Ok((
            parse_email(self.email)?,
            self.code.unwrap_or_default().into(),
            self.password,
        ))
    }
}

/// An address, and nothing else.
#[derive(Validate)]
pub(in crate::http) struct EmailRequest {
    #[validate(required, custom(function = rules::email))]
    email: Option<String>,
}

impl ReadMembers for EmailRequest {
    fn read(members: &mut Members<'_>) -> Self {
        Self {
            email: members.take("email"),
        }
    }
}

impl EmailRequest {
    pub(super) fn into_email(self) -> Result<Email, ApiError> {
        parse_email(self.email)
    }
}

#[derive(Validate)]
pub(in crate::http) struct SignInRequest {
    #[validate(required, custom(function = rules::email))]
    email: Option<String>,
    #[validate(skip)]
    password: Option<SecretString>,
}

impl ReadMembers for SignInRequest {
    fn read(members: &mut Members<'_>) -> Self {
        Self {
            email: members.take("email"),
            password: members.take_password("password"),
        }
    }
}

impl SignInRequest {
    pub(super) fn into_parts(self) -> Result<(Email, SecretString), ApiError> {
        Ok((parse_email(self.email)?, self.password.unwrap_or_default()))
    }
}

#[derive(Validate)]
pub(in crate::http) struct RespondToChallengeRequest {
    #[validate(required, custom(function = rules::challenge_name))]
    challenge_name: Option<String>,
    #[validate(skip)]
    session: Option<SecretString>,
    #[validate(skip)]
    responses: Option<BTreeMap<String, SecretString>>,
}

impl ReadMembers for RespondToChallengeRequest {
    fn read(members: &mut Members<'_>) -> Self {
        Self {
            challenge_name: members.take("challengeName"),
            session: members.take_secret("session", MAX_SESSION),
            responses: members.take_required("responses"),
        }
    }
}

impl RespondToChallengeRequest {
    pub(super) fn into_answer(self) -> ChallengeAnswer {
        let responses = self.responses.unwrap_or_default();
        ChallengeAnswer {
            name: self.challenge_name.unwrap_or_default(),
            session: self.session.unwrap_or_default(),
            responses: responses
                .into_iter()
                .map(|(name, response)| {
                    let response = match name.as_str() {
                        NEW_PASSWORD | PASSWORD => {
                            normal_password(response.expose_secret().to_owned())
                        }
                        _ => response,
                    };
                    (name, response)
                })
                .collect(),
        }
    }
}

#[derive(Validate)]
pub(in crate::http) struct ExchangeCodeRequest {
    #[validate(skip)]
    code: Option<SecretString>,
    #[validate(required, custom(function = rules::code_verifier))]
    code_verifier: Option<String>,
    #[validate(required, custom(function = rules::redirect_uri))]
    redirect_uri: Option<String>,
}

impl ReadMembers for ExchangeCodeRequest {
    fn read(members: &mut Members<'_>) -> Self {
        Self {
            code: members.take_secret("code", MAX_AUTHORIZATION_CODE),
            code_verifier: members.take("codeVerifier"),
            redirect_uri: members.take("redirectUri"),
        }
    }
}

impl ExchangeCodeRequest {
    pub(super) fn into_exchange(self) -> CodeExchange {
        CodeExchange {
            code: self.code.unwrap_or_default(),
            verifier: self.code_verifier.unwrap_or_default().into(),
            redirect_uri: self.redirect_uri.unwrap_or_default(),
        }
    }
}

#[derive(Validate)]
pub(in crate::http) struct RefreshTokenRequest {
    #[validate(skip)]
    refresh_token: Option<SecretString>,
}

impl ReadMembers for RefreshTokenRequest {
    fn read(members: &mut Members<'_>) -> Self {
        Self {
            refresh_token: members.take_secret("refreshToken", MAX_REFRESH_TOKEN),
        }
    }
}

impl RefreshTokenRequest {
    pub(super) fn into_token(self) -> SecretString {
        self.refresh_token.unwrap_or_default()
    }
}

#[derive(Validate)]
pub(in crate::http) struct ResetPasswordRequest {
    #[validate(required, custom(function = rules::email))]
    email: Option<String>,
    #[validate(required, custom(function = rules::code))]
    code: Option<String>,
    #[validate(skip)]
    new_password: Option<SecretString>,
}

impl ReadMembers for ResetPasswordRequest {
    fn read(members: &mut Members<'_>) -> Self {
        Self {
            email: members.take("email"),
            code: members.take("code"),
            new_password: members.take_password("newPassword"),
        }
    }
}

impl ResetPasswordRequest {
    pub(super) fn into_parts(self) -> Result<(Email, SecretString, SecretString), ApiError> {
        Ok((
            parse_email(self.email)?,
            self.code.unwrap_or_default().into(),
            self.new_password.unwrap_or_default(),
        ))
    }
}

pub(in crate::http) fn parse_email(email: Option<String>) -> Result<Email, ApiError> {
    Ok(Email::parse(&email.unwrap_or_default())?)
}
