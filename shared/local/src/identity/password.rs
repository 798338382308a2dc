//! How passwords are kept.

use argon2::{
    Argon2, PasswordHasher as _, PasswordVerifier as _, password_hash::phc::PasswordHash,
};
use secrecy::{ExposeSecret as _, SecretString};

/// What is kept of a password: an Argon2id hash with its salt. Takes its time on purpose.
pub(super) fn hash(password: &SecretString) -> Result<String, argon2::password_hash::Error> {
    Argon2::default()
        .hash_password(password.expose_secret().as_bytes())
        .map(|hash: PasswordHash| hash.to_string())
}

/// Whether this is the password that was hashed; as much work as [`hash`].
pub(super) fn verify(password: &SecretString, hash: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|hash| {
        Argon2::default()
            .verify_password(password.expose_secret().as_bytes(), &hash)
            .is_ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_fits_its_password_only() {
        let kept = hash(&"Correct-Horse-7-Battery".into()).unwrap();
        assert!(kept.starts_with("$argon2id$"));
        assert!(verify(&"Correct-Horse-7-Battery".into(), &kept));
        assert!(!verify(&"Correct-Horse-7-Batterz".into(), &kept));
        assert!(!verify(&"".into(), "not a hash"));
    }
}
