//! A device that makes passkeys and signs with them, as a phone does: a whole authenticator and a whole client, in
//! software.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use passkey_authenticator::{Authenticator, UiHint, UserCheck, UserValidationMethod};
use passkey_client::{Client, DefaultClientData};
use passkey_crypto::rust_crypto::RustCryptoBackend;
use passkey_types::{
    Passkey,
    ctap2::{Aaguid, Ctap2Error},
    webauthn::{CredentialCreationOptions, CredentialRequestOptions},
};
use public_suffix::PublicSuffixList;
use serde_json::{Value, json};
use url::Url;

/// The origin of pages that use passkeys of `localhost`.
pub const ORIGIN: &str = "http://localhost:8081";

/// A device that holds one passkey, the last that it made.
#[derive(Clone)]
pub struct Device {
    origin: Url,
    counts: bool,
    passkey: Option<Passkey>,
}

impl fmt::Debug for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Device")
            .field("origin", &self.origin)
            .finish_non_exhaustive()
    }
}

impl Default for Device {
    fn default() -> Self {
        Self::on(ORIGIN)
    }
}

impl Device {
    /// A device on a page of this origin.
    #[must_use]
    pub fn on(origin: &str) -> Self {
        Self {
            origin: origin.parse().expect("a URL"),
            counts: false,
            passkey: None,
        }
    }

    /// The same device, but it counts its signatures.
    #[must_use]
    pub fn counting(self) -> Self {
        Self {
            counts: true,
            ..self
        }
    }

    /// Goes to a page of another origin.
    pub fn go_to(&mut self, origin: &str) {
        self.origin = origin.parse().expect("a URL");
    }

    /// Makes a passkey with these options, and returns the credential.
    pub async fn create(&mut self, options: &str) -> String {
        let mut options: Value = serde_json::from_str(options).expect("JSON");
        // Emptied, because the authenticator refuses to replace a passkey in this list.
        options["excludeCredentials"] = json!([]);
        let options: CredentialCreationOptions =
            serde_json::from_value(json!({ "publicKey": options })).expect("options");
        let mut client = self.client();
        let made = client.register(&self.origin, options, DefaultClientData);
        let made = made.await.expect("a passkey");
        self.passkey.clone_from(client.authenticator().store());
        serde_json::to_string(&made).expect("JSON")
    }

    /// Signs the challenge in these options, and returns the credential.
    pub async fn sign(&mut self, options: &str) -> String {
        let options: Value = serde_json::from_str(options).expect("JSON");
        let options: CredentialRequestOptions =
            serde_json::from_value(json!({ "publicKey": options })).expect("options");
        let mut client = self.client();
        let signed = client.authenticate(&self.origin, options, DefaultClientData);
        let signed = signed.await.expect("an assertion");
        self.passkey.clone_from(client.authenticator().store());
        serde_json::to_string(&signed).expect("JSON")
    }

    fn client(&self) -> Client<Option<Passkey>, User, RustCryptoBackend, PublicSuffixList, ()> {
        let store = self.passkey.clone();
        let mut authenticator =
            Authenticator::new(Aaguid::new_empty(), store, User, RustCryptoBackend);
        authenticator.set_make_credentials_with_signature_counter(self.counts);
        Client::new(authenticator).allows_insecure_localhost(true)
    }
}

/// The same credential with another value in its client data, which the signature of a new passkey does not cover.
#[must_use]
pub fn with_client_data(credential: &str, member: &str, value: &Value) -> String {
    let mut credential: Value = serde_json::from_str(credential).expect("JSON");
    let encoded = &mut credential["response"]["clientDataJSON"];
    let data = URL_SAFE_NO_PAD.decode(encoded.as_str().expect("base64url"));
    let mut data: Value = serde_json::from_slice(&data.expect("base64url")).expect("JSON");
    data[member] = value.clone();
    *encoded = URL_SAFE_NO_PAD.encode(data.to_string()).into();
    credential.to_string()
}

/// The same credential without this flag in its authenticator data; 4 is "the user was verified".
#[must_use]
pub fn without_flag(assertion: &str, flag: u8) -> String {
    let mut credential: Value = serde_json::from_str(assertion).expect("JSON");
    let encoded = &mut credential["response"]["authenticatorData"];
    let data = URL_SAFE_NO_PAD.decode(encoded.as_str().expect("base64url"));
    let mut data = data.expect("base64url");
    // The flags follow the SHA-256 of the domain.
    data[32] &= !flag;
    *encoded = URL_SAFE_NO_PAD.encode(data).into();
    credential.to_string()
}

/// A user who is present and verified.
struct User;

#[async_trait::async_trait]
impl UserValidationMethod for User {
    type PasskeyItem = Passkey;

    async fn check_user<'a>(
        &self,
        _: UiHint<'a, Passkey>,
        presence: bool,
        verification: bool,
    ) -> Result<UserCheck, Ctap2Error> {
        Ok(UserCheck {
            presence,
            verification,
        })
    }

    fn is_presence_enabled(&self) -> bool {
        true
    }

    fn is_verification_enabled(&self) -> Option<bool> {
        Some(true)
    }
}
