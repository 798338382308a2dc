//! The authorization request of an app (RFC 6749, section 4.1.1; RFC 7636, section 4.3).

use std::collections::HashMap;

use accounts::token::SCOPE;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use super::{PROVIDER, RedirectUri};

/// The scopes that a user pool's client may ask for.
const SCOPES: [&str; 4] = ["openid", "email", "profile", SCOPE];

/// A valid authorization request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AuthorizationRequest {
    /// The URI that the browser is redirected to with the answer.
    pub(super) redirect_uri: String,
    state: Option<String>,
    pub(super) nonce: Option<String>,
    /// SHA-256 of the verifier, in base64url.
    pub(super) code_challenge: String,
}

/// The refusal of an authorization request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NotAuthorized {
    /// The text of a page for the user: the redirect URI cannot be trusted.
    Page(&'static str),
    /// For the app: the redirect URI with the error.
    App(String),
}

impl AuthorizationRequest {
    /// Reads the query of an authorization request.
    pub(crate) fn read(
        query: &str,
        client_id: &str,
        allowed: &[RedirectUri],
    ) -> Result<Self, NotAuthorized> {
        let mut given = HashMap::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            if given
                .insert(name.into_owned(), value.into_owned())
                .is_some()
            {
                return Err(NotAuthorized::Page("A parameter is there twice."));
            }
        }
        if given.get("client_id").map(String::as_str) != Some(client_id) {
            return Err(NotAuthorized::Page(
                "`client_id` is not the one that `GET /auth/configuration` tells.",
            ));
        }
        let redirect_uri = given.remove("redirect_uri").unwrap_or_default();
        if !allowed.iter().any(|allowed| allowed.allows(&redirect_uri)) {
            return Err(NotAuthorized::Page(
                "`redirect_uri` is none that `GET /auth/configuration` lists. Start the server with `--redirect-uri` to \
                 allow another.",
            ));
        }
        let mut request = Self {
            redirect_uri,
            state: given.remove("state"),
            nonce: given.remove("nonce"),
            code_challenge: given.remove("code_challenge").unwrap_or_default(),
        };
        let is = |name: &str, value: &str| given.get(name).map(String::as_str) == Some(value);
        let refused = |error, why| Err(NotAuthorized::App(request.refused(error, why)));
        if !is("response_type", "code") {
            return refused("unsupported_response_type", "response_type must be code.");
        }
        if !is("code_challenge_method", "S256") {
            return refused("invalid_request", "code_challenge_method must be S256.");
        }
        let digest = URL_SAFE_NO_PAD.decode(&request.code_challenge);
        if !digest.is_ok_and(|digest| digest.len() == 32) {
            return refused(
                "invalid_request",
                "code_challenge must be the SHA-256 of the verifier, in base64url without padding.",
            );
        }
        let scope = given.get("scope").map_or("", String::as_str);
        let mut scopes = scope.split(' ').filter(|scope| !scope.is_empty());
        if !scopes.all(|scope| SCOPES.contains(&scope)) || !scope.split(' ').any(|one| one == SCOPE)
        {
            return refused(
                "invalid_scope",
                "scope must be those that GET /auth/configuration lists.",
            );
        }
        if given.contains_key("identity_provider") && !is("identity_provider", PROVIDER) {
            return refused("invalid_request", "There is no such identity_provider.");
        }
        request.nonce = request.nonce.filter(|nonce| !nonce.is_empty());
        Ok(request)
    }

    /// The redirect URI with the code.
    pub(super) fn granted(&self, code: &SecretString) -> String {
        self.answered(&[("code", code.expose_secret())])
    }

    /// The redirect URI with an error (RFC 6749, section 4.1.2.1).
    pub(super) fn refused(&self, error: &str, description: &str) -> String {
        self.answered(&[("error", error), ("error_description", description)])
    }

    fn answered(&self, answer: &[(&str, &str)]) -> String {
        let Ok(mut url) = Url::parse(&self.redirect_uri) else {
            return self.redirect_uri.clone();
        };
        let mut query = url.query_pairs_mut();
        query.extend_pairs(answer);
        if let Some(state) = &self.state {
            query.append_pair("state", state);
        }
        drop(query);
        url.into()
    }
}

#[cfg(test)]
mod tests;
