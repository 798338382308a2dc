//! An issuer of access tokens: its keys, its key set over real HTTP, and tokens of any make.

use std::sync::{Arc, LazyLock, Mutex};

use aws_lc_rs::{
    hmac,
    rand::SystemRandom,
    rsa::{KeyPair, KeySize},
    signature::{KeyPair as _, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RsaEncoding},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use time::OffsetDateTime;
use tokio::net::TcpListener;

use crate::stub::{Asked, Canned, Stub};

/// A signing key and its id.
pub struct Key {
    /// The `kid`.
    pub id: &'static str,
    pair: KeyPair,
}

/// The issuer's key.
pub static KEY: LazyLock<Key> = LazyLock::new(|| Key::generate("key-1"));
/// Another key, that the issuer does not have at first.
pub static OTHER_KEY: LazyLock<Key> = LazyLock::new(|| Key::generate("key-2"));

impl Key {
    fn generate(id: &'static str) -> Self {
        Self {
            id,
            pair: KeyPair::generate(KeySize::Rsa2048).expect("a key"),
        }
    }

    /// The public half, as a key set lists it.
    #[must_use]
    pub fn public(&self) -> Value {
        let public = self.pair.public_key();
        let number = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        json!({
            "kty": "RSA",
            "use": "sig",
            "alg": "RS256",
            "kid": self.id,
            "n": number(public.modulus().big_endian_without_leading_zero()),
            "e": number(public.exponent().big_endian_without_leading_zero()),
        })
    }

    /// A token with any header, signed with RS256 or, if the header says so, with RS384.
    #[must_use]
    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        let encoding: &'static dyn RsaEncoding = if header["alg"] == "RS384" {
            &RSA_PKCS1_SHA384
        } else {
            &RSA_PKCS1_SHA256
        };
        let signed = unsigned(header, claims);
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(
                encoding,
                &SystemRandom::new(),
                signed.as_bytes(),
                &mut signature,
            )
            .expect("a signature");
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// A token with the claims, signed as it should be.
    #[must_use]
    pub fn token(&self, claims: &Value) -> String {
        self.sign(&json!({ "alg": "RS256", "kid": self.id }), claims)
    }
}

/// The part of a token that is signed.
#[must_use]
pub fn unsigned(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}", part(header), part(claims))
}

/// A token signed with HS256, as if `secret` were shared.
#[must_use]
pub fn symmetric(secret: &[u8], kid: &str, claims: &Value) -> String {
    let signed = unsigned(&json!({ "alg": "HS256", "kid": kid }), claims);
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    let tag = hmac::sign(&key, signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag.as_ref()))
}

/// The `iss` of the issuer's tokens.
pub const ISS: &str = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_tests";
/// The app client that its tokens are for.
pub const CLIENT: &str = "client-of-the-tests";

/// The claims of a good access token.
#[must_use]
pub fn claims(sub: &str) -> Value {
    let now = now();
    json!({
        "sub": sub,
        "iss": ISS,
        "client_id": CLIENT,
        "token_use": "access",
        "scope": "aws.cognito.signin.user.admin",
        "auth_time": now,
        "iat": now,
        "exp": now + 900,
        "username": sub,
    })
}

/// The moment, in seconds since 1970.
#[must_use]
pub fn now() -> i64 {
    use api::clock::{Clock as _, SystemClock};
    OffsetDateTime::unix_timestamp(SystemClock.now())
}

/// The issuer's key set on loopback.
pub struct Issuer {
    stub: Stub,
    keys: Arc<Mutex<Canned>>,
}

impl Issuer {
    /// Starts it with [`KEY`].
    pub async fn start() -> Self {
        Self::on(TcpListener::bind("127.0.0.1:0").await.expect("a port"))
    }

    /// Starts it on a port that is bound already.
    #[must_use]
    pub fn on(listener: TcpListener) -> Self {
        let keys = Arc::new(Mutex::new(key_set(&[&KEY])));
        let current = Arc::clone(&keys);
        let stub = Stub::on(listener, move |_: &Asked| current.lock().unwrap().clone());
        Self { stub, keys }
    }

    /// Replaces its keys.
    pub fn rotate(&self, keys: &[&Key]) {
        self.answer(key_set(keys));
    }

    /// Makes it answer anything.
    pub fn answer(&self, canned: Canned) {
        *self.keys.lock().unwrap() = canned;
    }

    /// Where its key set is.
    #[must_use]
    pub fn url(&self) -> String {
        self.stub.url().to_owned()
    }

    /// How often its key set was fetched.
    #[must_use]
    pub fn fetches(&self) -> usize {
        self.stub.asked().len()
    }
}

fn key_set(keys: &[&Key]) -> Canned {
    let keys: Vec<_> = keys.iter().map(|key| key.public()).collect();
    Canned::ok(json!({ "keys": keys }))
}
