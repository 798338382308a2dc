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
mod tests {
    use super::*;

    const CLIENT: &str = "local-Development";
    const PAGE: &str = "http://localhost:5173/callback";
    /// RFC 7636, appendix B.
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    fn read(changes: &[(&str, Option<&str>)]) -> Result<AuthorizationRequest, NotAuthorized> {
        let good = [
            ("response_type", "code"),
            ("client_id", CLIENT),
            ("redirect_uri", PAGE),
            ("scope", "openid aws.cognito.signin.user.admin"),
            ("state", "s"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        let kept = good
            .iter()
            .filter(|(name, _)| changes.iter().all(|(changed, _)| changed != name))
            .copied();
        let given = changes
            .iter()
            .filter_map(|(name, value)| Some((*name, (*value)?)));
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(kept.chain(given))
            .finish();
        AuthorizationRequest::read(&query, CLIENT, &RedirectUri::of_this_machine())
    }

    #[test]
    fn whom_the_redirect_uri_does_not_belong_to_is_told_nothing() {
        for changes in [
            [("client_id", Some("another"))],
            [("client_id", None)],
            [("redirect_uri", Some("https://evil.example.com/"))],
            [("redirect_uri", None)],
        ] {
            let refused = read(&changes).unwrap_err();
            assert!(matches!(refused, NotAuthorized::Page(_)), "{changes:?}");
        }
        let twice = format!("client_id={CLIENT}&client_id={CLIENT}");
        let refused = AuthorizationRequest::read(&twice, CLIENT, &[]).unwrap_err();
        assert!(matches!(refused, NotAuthorized::Page(_)));
    }

    #[test]
    fn the_app_is_told_what_else_is_wrong() {
        for (name, value, error) in [
            ("response_type", Some("token"), "unsupported_response_type"),
            ("response_type", None, "unsupported_response_type"),
            ("code_challenge_method", Some("plain"), "invalid_request"),
            ("code_challenge_method", None, "invalid_request"),
            ("code_challenge", None, "invalid_request"),
            ("code_challenge", Some("E9Melhoa2Owv"), "invalid_request"),
            ("scope", Some("openid"), "invalid_scope"),
            (
                "scope",
                Some("openid admin aws.cognito.signin.user.admin"),
                "invalid_scope",
            ),
            ("identity_provider", Some("Google"), "invalid_request"),
        ] {
            let Err(NotAuthorized::App(url)) = read(&[(name, value)]) else {
                panic!("{name} {value:?}");
            };
            let url = Url::parse(&url).unwrap();
            let told: HashMap<_, _> = url.query_pairs().collect();
            assert_eq!(told["error"], error, "{name} {value:?}");
            assert_eq!(told["state"], "s");
        }
    }

    #[test]
    fn the_answer_keeps_what_the_app_had_in_its_address() {
        let request = read(&[]).unwrap();
        let url = request.granted(&"a code&".into());
        assert_eq!(url, format!("{PAGE}?code=a+code%26&state=s"));
    }
}
