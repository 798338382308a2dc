//! The app client, with which the service calls the user pool.

use aws_lc_rs::hmac;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use secrecy::{ExposeSecret as _, SecretString};

/// An app client with a secret. Cognito refuses every sign-up, sign-in and request for a code that has its id but not
/// the secret, so nobody can bypass this API and call the user pool directly.
#[derive(Debug, Clone)]
pub struct AppClient {
    /// The id, `client_id` in tokens. It is public.
    pub id: String,
    /// The secret, which only the service knows.
    pub secret: SecretString,
}

impl AppClient {
    /// The secret hash of a request, which proves that the caller knows the secret: base64 of the HMAC-SHA256 of
    /// username and client id (Amazon Cognito Developer Guide, "Computing secret hash values"). `username` must be the
    /// one in the request.
    pub(super) fn secret_hash(&self, username: &str) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.secret.expose_secret().as_bytes());
        let mut hash = hmac::Context::with_key(&key);
        hash.update(username.as_bytes());
        hash.update(self.id.as_bytes());
        STANDARD.encode(hash.sign())
    }
}
