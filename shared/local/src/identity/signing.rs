//! The key that signs tokens, and its public half.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    io,
};

use aws_lc_rs::{
    digest,
    encoding::AsDer as _,
    error::Unspecified,
    rand::SystemRandom,
    rsa::{KeyPair, KeySize},
    signature::{KeyPair as _, RSA_PKCS1_SHA256},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use parking_lot::Mutex;
use serde_json::{Value, json};

/// An RSA key that signs with RS256, as Amazon Cognito does.
///
/// The tokens are built here and not by the library that verifies them, so that a mistake of that library cannot cancel
/// itself out.
#[derive(Debug)]
pub(super) struct SigningKey {
    pair: KeyPair,
    modulus: String,
    exponent: String,
    /// Its key id.
    pub(super) kid: String,
}

impl SigningKey {
    /// Makes a new key, in PKCS #8 as it is stored.
    pub(super) fn generate() -> Result<Vec<u8>, redb::Error> {
        let der = KeyPair::generate(KeySize::Rsa2048).and_then(|pair| pair.as_der());
        let der = der.map_err(|_| io::Error::other("no signing key could be made"))?;
        Ok(der.as_ref().to_vec())
    }

    /// The key of a stage in memory, by the stage's client id. Making a key takes a fifth of a second in a debug build,
    /// so all servers of a process share it: only the first one waits for it.
    pub(super) fn of_process(client_id: &str) -> Result<Vec<u8>, redb::Error> {
        static MADE: Mutex<BTreeMap<String, Vec<u8>>> = Mutex::new(BTreeMap::new());

        Ok(match MADE.lock().entry(client_id.to_owned()) {
            Entry::Occupied(made) => made.get().clone(),
            Entry::Vacant(none) => none.insert(Self::generate()?).clone(),
        })
    }

    /// Reads a stored key in PKCS #8.
    pub(super) fn kept(pkcs8: &[u8]) -> Result<Self, redb::Error> {
        let pair = KeyPair::from_pkcs8(pkcs8)
            .map_err(|_| redb::Error::Corrupted("a signing key is not readable".to_owned()))?;
        let public = pair.public_key();
        let number = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let modulus = number(public.modulus().big_endian_without_leading_zero());
        let exponent = number(public.exponent().big_endian_without_leading_zero());
        Ok(Self {
            kid: thumbprint(&modulus, &exponent),
            pair,
            modulus,
            exponent,
        })
    }

    /// The public half as a JWK.
    pub(super) fn jwk(&self) -> Value {
        json!({
            "kty": "RSA", "use": "sig", "alg": "RS256",
            "kid": self.kid, "n": self.modulus, "e": self.exponent,
        })
    }

    /// A JWT with these claims.
    pub(super) fn sign(&self, claims: &Value) -> Result<String, Unspecified> {
        let header = json!({"kid": self.kid, "alg": "RS256"});
        let part = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
        let message = format!("{}.{}", part(&header), part(claims));
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair.sign(
            &RSA_PKCS1_SHA256,
            &SystemRandom::new(),
            message.as_bytes(),
            &mut signature,
        )?;
        Ok(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

/// The thumbprint of RFC 7638: the digest of the required members of the key, in alphabetical order.
fn thumbprint(modulus: &str, exponent: &str) -> String {
    let members = format!(r#"{{"e":"{exponent}","kty":"RSA","n":"{modulus}"}}"#);
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, members.as_bytes()))
}

#[cfg(test)]
mod tests;
