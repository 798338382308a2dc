//! What an app must know to sign users in, all of it public.

use serde::Serialize;

use super::PasswordPolicy;

/// What an app must know to sign users in, apart from the base URL of the API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthConfiguration {
    /// The AWS region of the user pool.
    pub region: String,
    /// The user pool.
    pub user_pool_id: String,
    /// The app client.
    pub client_id: String,
    /// The `iss` claim of the tokens.
    pub issuer: String,
    /// Where the public keys are that the tokens are verified with.
    pub jwks_uri: String,
    /// What a password must be.
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
    /// Where the browser goes.
    pub authorization_endpoint: String,
    /// Where the browser is signed out.
    pub logout_endpoint: String,
    /// `code`.
    pub response_type: &'static str,
    /// `S256`.
    pub code_challenge_method: &'static str,
    /// The scopes to ask for; this API needs the last.
    pub scopes: Vec<&'static str>,
    /// The addresses that a sign-in may come back to.
    pub redirect_uris: Vec<String>,
    /// The addresses that a sign-out may come back to.
    pub logout_uris: Vec<String>,
    /// The federated providers on offer; name one as `identity_provider` to go straight to it.
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
