//! The public configuration that an app needs to sign users in.

use serde::Serialize;

use super::PasswordPolicy;

/// The configuration that an app needs to sign users in, apart from the base URL of the API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthConfiguration {
    /// The AWS region of the user pool.
    pub region: String,
    /// The id of the user pool.
    pub user_pool_id: String,
    /// The id of the app client.
    pub client_id: String,
    /// The `iss` claim of the tokens.
    pub issuer: String,
    /// The URL of the public keys, with which the tokens are verified.
    pub jwks_uri: String,
    /// The rules for passwords.
    pub password_policy: PasswordPolicy,
    /// The hosted sign-in, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hosted_sign_in: Option<HostedSignIn>,
}

/// A sign-in in the browser: OAuth 2.0 authorization code with PKCE (RFC 6749, RFC 7636, RFC 8252).
/// The code is exchanged for tokens at this API (`exchangeCode`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HostedSignIn {
    /// The URL that the browser opens to sign in.
    pub authorization_endpoint: String,
    /// The URL that the browser opens to sign out.
    pub logout_endpoint: String,
    /// The parameter `response_type`: `code`.
    pub response_type: &'static str,
    /// The parameter `code_challenge_method`: `S256`.
    pub code_challenge_method: &'static str,
    /// The scopes to ask for. This API requires the last.
    pub scopes: Vec<&'static str>,
    /// The URIs to which a sign-in may redirect.
    pub redirect_uris: Vec<String>,
    /// The URIs to which a sign-out may redirect.
    pub logout_uris: Vec<String>,
    /// The federated identity providers. Send the name of one as the parameter `identity_provider` to skip the choice.
    pub providers: Vec<Provider>,
}

/// A federated identity provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Provider {
    /// Its name in the user pool.
    pub name: String,
    /// `SAML` or another type that Cognito knows.
    #[serde(rename = "type")]
    pub kind: String,
}

impl HostedSignIn {
    /// The hosted sign-in at this address (without a slash at the end).
    #[must_use]
    pub fn at(
        url: &str,
        redirect_uris: Vec<String>,
        logout_uris: Vec<String>,
        providers: Vec<Provider>,
    ) -> Self {
        Self {
            authorization_endpoint: format!("{url}/oauth2/authorize"),
            logout_endpoint: format!("{url}/logout"),
            response_type: "code",
            code_challenge_method: "S256",
            scopes: vec!["openid", "email", "profile", crate::token::SCOPE],
            redirect_uris,
            logout_uris,
            providers,
        }
    }
}
