//! An issuer of access tokens: its keys, its key set over real HTTP, and tokens, valid or not.

use std::{
    sync::{
        Arc, LazyLock, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use aws_lc_rs::{
    encoding::{AsDer, PublicKeyX509Der},
    hmac,
    rand::SystemRandom,
    rsa::{KeyPair, KeySize},
    signature::{KeyPair as _, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RsaEncoding},
};
use axum::{Router, response::IntoResponse as _};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use http::{StatusCode, header::CONTENT_TYPE};
use serde_json::{Value, json};
use time::OffsetDateTime;
use tokio::{net::TcpListener, task::JoinHandle};

use crate::stub::Canned;

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

    /// The public half as DER: an X.509 `SubjectPublicKeyInfo`.
    #[must_use]
    pub fn der(&self) -> Vec<u8> {
        let der = AsDer::<PublicKeyX509Der<'_>>::as_der(self.pair.public_key());
        der.expect("a public key").as_ref().to_vec()
    }

    /// The same as PEM.
    #[must_use]
    pub fn pem(&self) -> String {
        let text = STANDARD.encode(self.der());
        let lines: Vec<_> = text
            .as_bytes()
            .chunks(64)
            .map(String::from_utf8_lossy)
            .collect();
        let body = lines.join("\n");
        format!("-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----\n")
    }

    /// A token with any header, signed with RS256 or, if the header says so, with RS384.
    #[must_use]
    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        let signed = unsigned(header, claims);
        if header["alg"] == "RS384" {
            self.sign_with(&RSA_PKCS1_SHA384, &signed)
        } else {
            self.sign_part(&signed)
        }
    }

    /// A token with any text for a header and for claims, signed with RS256.
    #[must_use]
    pub fn sign_text(&self, header: &str, claims: &str) -> String {
        self.sign_part(&format!("{}.{}", part(header), part(claims)))
    }

    /// The text, signed with RS256, and the signature.
    #[must_use]
    pub fn sign_part(&self, signed: &str) -> String {
        self.sign_with(&RSA_PKCS1_SHA256, signed)
    }

    /// The text, signed in a way of choice, and the signature.
    #[must_use]
    pub fn sign_with(&self, encoding: &'static dyn RsaEncoding, signed: &str) -> String {
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
    format!(
        "{}.{}",
        part(&header.to_string()),
        part(&claims.to_string())
    )
}

/// A part of a token: a text, encoded.
#[must_use]
pub fn part(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(text)
}

/// A token signed with HMAC and SHA-256, as if `secret` were shared; `alg` is the algorithm in its header.
#[must_use]
pub fn symmetric(secret: &[u8], alg: &str, claims: &Value) -> String {
    let signed = unsigned(&json!({ "alg": alg, "kid": KEY.id }), claims);
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    let tag = hmac::sign(&key, signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag.as_ref()))
}

/// The `iss` of the issuer's tokens.
pub const ISS: &str = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_tests";
/// The app client that its tokens are for.
pub const CLIENT: &str = "client-of-the-tests";

/// The secret of [`CLIENT`].
pub const CLIENT_SECRET: &str = "secret-of-the-tests";

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

/// The current time, in seconds since 1970.
#[must_use]
pub fn now() -> i64 {
    use kit::clock::{Clock as _, SystemClock};
    OffsetDateTime::unix_timestamp(SystemClock.now())
}

/// The issuer's key set on loopback. It stops when it is dropped.
pub struct Issuer {
    url: String,
    state: Arc<State>,
    task: JoinHandle<()>,
}

struct State {
    reply: Mutex<Reply>,
    fetches: AtomicUsize,
}

#[derive(Clone)]
struct Reply {
    status: StatusCode,
    media_type: &'static str,
    body: String,
    delay: Duration,
}

impl Issuer {
    /// Starts it with [`KEY`].
    pub async fn start() -> Self {
        Self::on(TcpListener::bind("127.0.0.1:0").await.expect("a port"))
    }

    /// Starts it on a port that is bound already.
    #[must_use]
    pub fn on(listener: TcpListener) -> Self {
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let state = Arc::new(State {
            reply: Mutex::new(Reply::of(&key_set(&[&KEY]))),
            fetches: AtomicUsize::new(0),
        });
        let shared = Arc::clone(&state);
        let router = Router::new().fallback(move || {
            shared.fetches.fetch_add(1, Ordering::SeqCst);
            let reply = shared.reply.lock().unwrap().clone();
            async move {
                if !reply.delay.is_zero() {
                    tokio::time::sleep(reply.delay).await;
                }
                (reply.status, [(CONTENT_TYPE, reply.media_type)], reply.body).into_response()
            }
        });
        let task = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        Self { url, state, task }
    }

    /// Replaces its keys.
    pub fn rotate(&self, keys: &[&Key]) {
        self.answer(&key_set(keys));
    }

    /// Replaces its answer.
    pub fn answer(&self, canned: &Canned) {
        *self.state.reply.lock().unwrap() = Reply::of(canned);
    }

    /// Makes it answer with an HTML page, as a misconfigured proxy does.
    pub fn answer_html(&self, page: &str) {
        *self.state.reply.lock().unwrap() = Reply {
            media_type: "text/html",
            body: page.to_owned(),
            ..Reply::of(&Canned::ok(Value::Null))
        };
    }

    /// Delays each answer.
    pub fn slow_down(&self, delay: Duration) {
        self.state.reply.lock().unwrap().delay = delay;
    }

    /// The URL of its key set.
    #[must_use]
    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// The number of times that its key set was fetched.
    #[must_use]
    pub fn fetches(&self) -> usize {
        self.state.fetches.load(Ordering::SeqCst)
    }
}

impl Drop for Issuer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Reply {
    fn of(canned: &Canned) -> Self {
        Self {
            status: StatusCode::from_u16(canned.status).expect("a status"),
            media_type: "application/json",
            body: canned.body.to_string(),
            delay: Duration::ZERO,
        }
    }
}

/// A key set.
#[must_use]
pub fn key_set(keys: &[&Key]) -> Canned {
    let keys: Vec<_> = keys.iter().map(|key| key.public()).collect();
    Canned::ok(json!({ "keys": keys }))
}
