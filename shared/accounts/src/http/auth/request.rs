//! The request bodies of the account operations.

use kit::{
    http::json::{Members, ReadMembers, text},
    value::{Invalid, at_most},
};
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use super::super::secret::{secrets, take_optional_password, take_password};
use crate::identity::{ChallengeAnswer, CodeExchange, Email, Name, SignUp, normal_password};

/// The names of the challenge responses that are passwords (Amazon Cognito API Reference, `RespondToAuthChallenge`).
pub(super) const NEW_PASSWORD: &str = "NEW_PASSWORD";
const PASSWORD: &str = "PASSWORD";
/// The longest refresh token that is read; Cognito's have some 1,800 characters.
const MAX_REFRESH_TOKEN: usize = 8_192;
/// The longest authorization code that is read; Cognito's are UUIDs.
const MAX_AUTHORIZATION_CODE: usize = 4_096;
/// The longest session of a challenge; Cognito's have 2,048 characters at most.
const MAX_SESSION: usize = 4_096;
/// The longest redirect URI that is read.
const MAX_REDIRECT_URI: usize = 1_024;

impl ReadMembers for SignUp {
    fn read(members: &mut Members<'_>) -> Option<Self> {
        let email = members.take_required("email", text(Email::parse));
        let name = members.take("name", text(Name::parse));
        let password = take_password(members, "password");
        Some(Self {
            email: email?,
            password: password?,
            name,
        })
    }
}

pub(in crate::http) struct ConfirmSignUpRequest {
    pub(super) email: Email,
    pub(super) code: SecretString,
    /// The password that the account gets.
    pub(super) password: Option<SecretString>,
}

impl ReadMembers for ConfirmSignUpRequest {
    fn read(members: &mut Members<'_>) -> Option<Self> {
        let email = members.take_required("email", text(Email::parse));
        let code = members.take_required("code", text(code));
        let password = take_optional_password(members, "password");
        Some(Self {
            email: email?,
            code: code?,
            password,
        })
    }
}

/// A body with an e-mail address only.
pub(in crate::http) struct EmailRequest {
    pub(super) email: Email,
}

impl ReadMembers for EmailRequest {
    fn read(members: &mut Members<'_>) -> Option<Self> {
        let email = members.take_required("email", text(Email::parse))?;
        Some(Self { email })
    }
}

pub(in crate::http) struct SignInRequest {
    pub(super) email: Email,
    pub(super) password: SecretString,
}

impl ReadMembers for SignInRequest {
    fn read(members: &mut Members<'_>) -> Option<Self> {
        let email = members.take_required("email", text(Email::parse));
        let password = take_password(members, "password");
        Some(Self {
            email: email?,
            password: password?,
        })
    }
}

impl ReadMembers for ChallengeAnswer {
    fn read(members: &mut Members<'_>) -> Option<Self> {
        let name = members.take_required("challengeName", text(challenge_name));
        let session = members.take_secret("session", MAX_SESSION);
        let mut responses = members.take_required("responses", secrets)?;
        for (name, response) in &mut responses {
            if [NEW_PASSWORD, PASSWORD].contains(&name.as_str()) {
                *response = normal_password(response.expose_secret().to_owned());
            }
        }
        Some(Self {
            name: name?,
            session: session?,
            responses,
        })
    }
}

impl ReadMembers for CodeExchange {
    fn read(members: &mut Members<'_>) -> Option<Self> {
        let code = members.take_secret("code", MAX_AUTHORIZATION_CODE);
        let verifier = members.take_required("codeVerifier", text(code_verifier));
        let redirect_uri = members.take_required("redirectUri", text(redirect_uri));
        Some(Self {
            code: code?,
            verifier: verifier?,
            redirect_uri: redirect_uri?,
        })
    }
}

pub(in crate::http) struct RefreshTokenRequest {
    pub(super) refresh_token: SecretString,
}

impl ReadMembers for RefreshTokenRequest {
    fn read(members: &mut Members<'_>) -> Option<Self> {
        let refresh_token = members.take_secret("refreshToken", MAX_REFRESH_TOKEN)?;
        Some(Self { refresh_token })
    }
}

pub(in crate::http) struct ResetPasswordRequest {
    pub(super) email: Email,
    pub(super) code: SecretString,
    pub(super) new_password: SecretString,
}

impl ReadMembers for ResetPasswordRequest {
    fn read(members: &mut Members<'_>) -> Option<Self> {
        let email = members.take_required("email", text(Email::parse));
        let code = members.take_required("code", text(code));
        let new_password = take_password(members, "newPassword");
        Some(Self {
            email: email?,
            code: code?,
            new_password: new_password?,
        })
    }
}

/// Parses a code from an e-mail or from an authenticator app.
pub(in crate::http) fn code(text: &str) -> Result<SecretString, Invalid> {
    let six_digits = text.len() == 6 && text.bytes().all(|b| b.is_ascii_digit());
    checked(six_digits, text, "six digits").map(Into::into)
}

/// Parses the code verifier of PKCE (RFC 7636, section 4.1).
fn code_verifier(text: &str) -> Result<SecretString, Invalid> {
    let unreserved = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    let fits = (43..=128).contains(&text.len()) && text.bytes().all(unreserved);
    let form = "43 to 128 letters, digits and characters of `-._~`";
    checked(fits, text, form).map(Into::into)
}

/// Parses the redirect URI of a hosted sign-in (RFC 6749, section 3.1.2). Any scheme is allowed, because apps have
/// schemes of their own.
fn redirect_uri(text: &str) -> Result<String, Invalid> {
    at_most(MAX_REDIRECT_URI, text)?;
    let fits = Url::parse(text).is_ok_and(|url| url.fragment().is_none());
    checked(fits, text, "an absolute URI without a fragment")
}

/// Parses the name of a challenge. Unknown names are allowed, because the provider may add challenges.
fn challenge_name(text: &str) -> Result<String, Invalid> {
    let in_name = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
    let fits = (1..=64).contains(&text.len()) && text.bytes().all(in_name);
    checked(fits, text, "the name of a challenge")
}

fn checked(fits: bool, text: &str, form: &'static str) -> Result<String, Invalid> {
    let text = fits.then(|| text.to_owned());
    text.ok_or(Invalid::Malformed(form))
}
