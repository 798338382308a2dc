//! A user's browser at the hosted sign-in of the local server.

use std::collections::HashMap;

use local::server::Stage;
use reqwest::{Client, redirect::Policy};
use serde_json::json;
use url::Url;

use crate::{answer::Answer, api::Api, server::TestServer};

/// The verifier of RFC 7636, appendix B.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// Its challenge.
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
/// The redirect URI at which the app of the tests gets its code.
pub const REDIRECT_URI: &str = "http://localhost:5173/callback";

/// The page that the browser shows.
#[derive(Debug)]
pub struct Page {
    /// The status code.
    pub status: u16,
    /// The target of the redirect, if the answer is one.
    pub location: Option<Url>,
    /// The document.
    pub text: String,
}

impl Page {
    /// The page in an answer.
    pub async fn read(response: reqwest::Response) -> Self {
        let location = response.headers().get("location");
        Self {
            status: response.status().as_u16(),
            location: location.map(|url| {
                url.to_str()
                    .ok()
                    .and_then(|url| url.parse().ok())
                    .expect("a URL")
            }),
            text: response.text().await.expect("a document"),
        }
    }

    /// The query parameters of the redirect to the app.
    #[must_use]
    pub fn told(&self) -> HashMap<String, String> {
        let location = self.location.as_ref().expect("a redirect");
        location.query_pairs().into_owned().collect()
    }

    /// The hidden member of the form.
    #[must_use]
    pub fn id(&self) -> &str {
        let (_, rest) = self
            .text
            .split_once(r#"name="id" value=""#)
            .expect("a form");
        rest.split_once('"').expect("a value").0
    }
}

/// A browser at a stage of the local server.
#[derive(Debug)]
pub struct Browser {
    base: String,
    client_id: String,
    client: Client,
}

impl Browser {
    /// A browser at Development.
    #[must_use]
    pub fn at(server: &TestServer) -> Self {
        Self {
            base: server.base(Stage::Development),
            client_id: server.issuer(Stage::Development).client_id.clone(),
            client: Client::builder()
                .no_proxy()
                .redirect(Policy::none())
                .build()
                .expect("an HTTP client"),
        }
    }

    /// Opens the sign-in page as an app does, with these parameters changed; one without a value is left out.
    pub async fn authorize(&self, changes: &[(&str, Option<&str>)]) -> Page {
        let good = [
            ("response_type", "code"),
            ("client_id", self.client_id.as_str()),
            ("redirect_uri", REDIRECT_URI),
            (
                "scope",
                "openid email profile aws.cognito.signin.user.admin",
            ),
            ("state", "state-of-the-app"),
            ("nonce", "nonce-of-the-app"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
            ("identity_provider", "StandIn"),
        ];
        let kept = good
            .iter()
            .filter(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
        let given = changes
            .iter()
            .filter_map(|(name, value)| Some((*name, (*value)?)));
        self.get(
            "/oauth2/authorize",
            &kept.copied().chain(given).collect::<Vec<_>>(),
        )
        .await
    }

    /// Opens an address below the stage.
    pub async fn get(&self, path: &str, query: &[(&str, &str)]) -> Page {
        let url = Url::parse_with_params(&format!("{}{path}", self.base), query).expect("a URL");
        let response = self.client.get(url).send().await;
        Page::read(response.expect("an answer")).await
    }

    /// Sends a form.
    pub async fn submit(&self, action: &str, members: &[(&str, &str)]) -> Page {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(members)
            .finish();
        let response = self
            .client
            .post(format!("{}/oauth2/{action}", self.base))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body)
            .send()
            .await;
        Page::read(response.expect("an answer")).await
    }

    /// Signs in with the code in the mail, and returns the redirect to the app.
    pub async fn sign_in(&self, server: &TestServer, email: &str) -> Page {
        let page = self.authorize(&[]).await;
        let id = page.id().to_owned();
        let sent = self
            .submit("email", &[("id", &id), ("email", email), ("name", "Ada")])
            .await;
        assert_eq!(sent.status, 200, "{}", sent.text);
        let code = server.code_for(email).expect("a code");
        self.submit("code", &[("id", &id), ("code", &code)]).await
    }
}

/// `exchangeCode`
pub async fn exchange(api: &Api, code: &str) -> Answer {
    exchange_as(api, code, VERIFIER, REDIRECT_URI).await
}

/// `exchangeCode` with this verifier and this redirect URI.
pub async fn exchange_as(api: &Api, code: &str, verifier: &str, redirect_uri: &str) -> Answer {
    let body = json!({ "code": code, "codeVerifier": verifier, "redirectUri": redirect_uri });
    api.post("/auth/exchange-code", &body).send().await
}
