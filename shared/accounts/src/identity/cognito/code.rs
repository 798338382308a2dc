//! The last step of a hosted sign-in: exchanges an authorization code for tokens.

use std::time::Duration;

use async_trait::async_trait;
use aws_smithy_runtime_api::{
    client::{
        http::{HttpConnector as _, SharedHttpConnector},
        orchestrator::HttpRequest,
    },
    http::StatusCode,
};
use aws_smithy_types::body::SdkBody;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http_body_util::{BodyExt as _, Limited};
use kit::deadline::{self, BUDGET};
use secrecy::ExposeSecret as _;
use serde::Deserialize;
use url::form_urlencoded;

use super::{AppClient, CognitoIdentity, refusal::unavailable};
use crate::identity::{
    ClientContext, CodeExchange, HostedSignInOperations, IdentityError, Result, Tokens,
};

#[async_trait]
impl HostedSignInOperations for CognitoIdentity {
    async fn exchange_code(&self, exchange: &CodeExchange, _: &ClientContext) -> Result<Tokens> {
        let endpoint = self.token_endpoint.as_ref();
        let endpoint = endpoint.ok_or(IdentityError::NotPossible)?;
        let request = request(&endpoint.url, &self.app_client, exchange)?;
        // A code is valid once, so the call is not retried.
        let limit = deadline::at_most(BUDGET);
        let answer = tokio::time::timeout(limit, ask(endpoint, request)).await;
        let (status, body) = answer.map_err(unavailable)??;
        if status.is_success() {
            let granted: Granted = serde_json::from_slice(&body).map_err(|error| {
                unavailable(format!("{:?} error in the tokens", error.classify()))
            })?;
            return Ok(Tokens {
                access: granted.access_token.into(),
                id: granted.id_token.into(),
                refresh: granted.refresh_token.into(),
                expires_in: Duration::from_secs(granted.expires_in),
            });
        }
        let refused = serde_json::from_slice::<Refused>(&body).unwrap_or_default();
        Err(meaning(status, &refused.error))
    }
}

/// The token endpoint of a user pool's domain (Amazon Cognito Developer Guide, "The token issuer
/// endpoint").
#[derive(Debug, Clone)]
pub struct TokenEndpoint {
    /// Its URL.
    pub url: String,
    /// Sends the requests.
    pub connector: SharedHttpConnector,
}

/// The largest response body that is read, in bytes. Three tokens of Cognito have some 5,000 bytes.
const ANSWER_BYTES: usize = 65_536;

/// Builds the token request: RFC 6749, section 4.1.3, with the client's credentials as in section 2.3.1, and the
/// verifier of RFC 7636.
fn request(url: &str, client: &AppClient, exchange: &CodeExchange) -> Result<HttpRequest> {
    let form = form_urlencoded::Serializer::new(String::new())
        .append_pair("grant_type", "authorization_code")
        .append_pair("client_id", &client.id)
        .append_pair("code", exchange.code.expose_secret())
        .append_pair("redirect_uri", &exchange.redirect_uri)
        .append_pair("code_verifier", exchange.verifier.expose_secret())
        .finish();
    let credentials = format!("{}:{}", client.id, client.secret.expose_secret());
    let mut request = HttpRequest::new(SdkBody::from(form));
    request
        .set_method("POST")
        .map_err(|error| unavailable(error.to_string()))?;
    request.set_uri(url).map_err(unavailable)?;
    let headers = request.headers_mut();
    headers.insert("content-type", "application/x-www-form-urlencoded");
    let authorization = format!("Basic {}", STANDARD.encode(credentials));
    headers.insert("authorization", authorization);
    Ok(request)
}

async fn ask(endpoint: &TokenEndpoint, request: HttpRequest) -> Result<(StatusCode, bytes::Bytes)> {
    let answer = endpoint.connector.call(request).await;
    let answer = answer.map_err(unavailable)?;
    let status = answer.status();
    let body = Limited::new(answer.into_body(), ANSWER_BYTES);
    let body = body.collect().await.map_err(IdentityError::Unavailable)?;
    Ok((status, body.to_bytes()))
}

/// A response with tokens (RFC 6749, section 5.1).
#[derive(Deserialize)]
struct Granted {
    access_token: String,
    id_token: String,
    refresh_token: String,
    expires_in: u64,
}

/// An error response (RFC 6749, section 5.2).
#[derive(Default, Deserialize)]
struct Refused {
    error: String,
}

fn meaning(status: StatusCode, error: &str) -> IdentityError {
    match error {
        // The code is unknown, used or expired, or the verifier does not match. For the verifier, Cognito returns
        // `invalid_request`.
        "invalid_grant" | "invalid_request" => IdentityError::WrongCode,
        "invalid_client" | "unauthorized_client" | "unsupported_grant_type" => {
            IdentityError::Misconfigured(format!("the token endpoint answered {error}").into())
        }
        _ if status.as_u16() == 429 => {
            IdentityError::Throttled("the token endpoint answered status 429".into())
        }
        _ => unavailable(format!(
            "the token endpoint answered status {}",
            status.as_u16()
        )),
    }
}
