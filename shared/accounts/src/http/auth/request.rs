//! The request bodies of the account operations.

use kit::{
    http::json::{Members, ReadMembers, text},
    value::{Invalid, at_most},
};
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use super::super::members::{Password, checked, secrets};
use crate::identity::{ChallengeAnswer, CodeExchange, Name, SignUp, normal_password};

/// The names of the challenge responses that are passwords (Amazon Cognito API Reference, `RespondToAuthChallenge`).
pub(super) const NEW_PASSWORD: &str = "NEW_PASSWORD";
const PASSWORD: &str = "PASSWORD";
/// The longest authorization code that is read; Cognito's are UUIDs.
const MAX_AUTHORIZATION_CODE: usize = 4_096;
/// The longest session of a challenge; Cognito's have 2,048 characters at most.
const MAX_SESSION: usize = 4_096;
const MAX_REDIRECT_URI: usize = 1_024;

impl ReadMembers for SignUp {
    fn read(members: &mut Members<'_>) -> Option<Self> {
        let name = members.take("name", text(Name::parse));
        let (email, Password(password)) = ReadMembers::read(members)?;
        Some(Self {
            email,
            password,
            name,
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
