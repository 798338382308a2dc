//! The app client: who asks the user pool.

use aws_lc_rs::hmac;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use secrecy::{ExposeSecret as _, SecretString};

/// An app client with a secret. Cognito refuses every sign-up, sign-in and code that is asked for
/// under its id without the secret, so nobody goes past this API to the user pool's own address.
#[derive(Debug, Clone)]
pub struct AppClient {
    /// The id, `client_id` in tokens. It is public.
    pub id: String,
    /// The secret, which only the service knows.
    pub secret: SecretString,
}

impl AppClient {
    /// The proof that a request for this user knows the secret: base64 of the HMAC-SHA256 of
    /// username and client id (Amazon Cognito Developer Guide, "Computing secret hash values").
    /// The username is the one that stands in the same request.
    pub(super) fn secret_hash(&self, username: &str) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.secret.expose_secret().as_bytes());
        let mut hash = hmac::Context::with_key(&key);
        hash.update(username.as_bytes());
        hash.update(self.id.as_bytes());
        STANDARD.encode(hash.sign())
    }
}
