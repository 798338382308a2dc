//! Passwords: what they must be, and how they are kept.

use argon2::{
    Argon2, PasswordHasher as _, PasswordVerifier as _, password_hash::phc::PasswordHash,
};
use secrecy::{ExposeSecret as _, SecretString};

const MIN_LENGTH: usize = 12;

/// Whether a password meets the policy of the user pool in `template.yaml`: 12 characters or more
/// with lower case, upper case, digits and symbols.
pub(super) fn meets_policy(password: &SecretString) -> bool {
    let password = password.expose_secret();
    let has = |kind: fn(&char) -> bool| password.chars().any(|c| kind(&c));
    // To Cognito a space is a symbol too, unless it stands at an end.
    let symbol = has(char::is_ascii_punctuation) || password.trim_matches(' ').contains(' ');
    password.chars().count() >= MIN_LENGTH
        && has(char::is_ascii_lowercase)
        && has(char::is_ascii_uppercase)
        && has(char::is_ascii_digit)
        && symbol
}

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
    fn the_policy_demands_length_and_all_four_kinds() {
        for (password, good) in [
            ("Correct-Horse-7-Battery", true),
            ("Aa1 aaaaaaaa", true),
            ("Aa1-aaaaaaa", false),
            ("aa1-aaaaaaaa", false),
            ("AA1-AAAAAAAA", false),
            ("Aaa-aaaaaaaa", false),
            ("Aa1aaaaaaaaa", false),
            (" Aa1aaaaaaaa ", false),
        ] {
            assert_eq!(meets_policy(&password.into()), good, "{password}");
        }
    }

    #[test]
    fn a_hash_fits_its_password_only() {
        let kept = hash(&"Correct-Horse-7-Battery".into()).unwrap();
        assert!(kept.starts_with("$argon2id$"));
        assert!(verify(&"Correct-Horse-7-Battery".into(), &kept));
        assert!(!verify(&"Correct-Horse-7-Batterz".into(), &kept));
        assert!(!verify(&"".into(), "not a hash"));
    }
}
