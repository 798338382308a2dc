//! How passwords are kept.

use std::{sync::LazyLock, thread};

use api::identity::IdentityError;
use argon2::{
    Argon2, PasswordHasher as _, PasswordVerifier as _, password_hash::phc::PasswordHash,
};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::Semaphore;

use super::{blocking, random, unavailable};

/// How many passwords are worked on at once, in all stages: each takes some 20 MiB meanwhile, and
/// more of them than there are cores end no sooner.
static HASHING: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(cores()));

pub(super) fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// Does the work on a password when it is its turn.
pub(super) async fn in_turn<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, IdentityError> {
    let turn = HASHING.acquire().await.map_err(unavailable)?;
    blocking(move || {
        // Held until the work is done, even if whoever asked for it has gone away.
        let _turn = turn;
        work()
    })
    .await
}

/// [`hash`], in turn.
pub(super) async fn hashed(password: &SecretString) -> Result<String, IdentityError> {
    let password = password.clone();
    in_turn(move || hash(&password)).await?.map_err(unavailable)
}

/// [`verify`], in turn.
pub(super) async fn fits(password: &SecretString, hash: &str) -> Result<bool, IdentityError> {
    let (password, hash) = (password.clone(), hash.to_owned());
    in_turn(move || verify(&password, &hash)).await
}

/// For each of two hashes, whether it is that of the password; in turn.
pub(super) async fn fits_either(
    password: &SecretString,
    hashes: [String; 2],
) -> Result<[bool; 2], IdentityError> {
    let password = password.clone();
    in_turn(move || hashes.map(|hash| verify(&password, &hash))).await
}

/// The hash of a password that nobody knows.
pub(super) fn decoy() -> &'static str {
    static DECOY: LazyLock<String> = LazyLock::new(|| {
        let password = random::text().unwrap_or_default();
        hash(&password).unwrap_or_default()
    });
    &DECOY
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
    fn a_hash_fits_its_password_only() {
        let kept = hash(&"Correct-Horse-7-Battery".into()).unwrap();
        assert!(kept.starts_with("$argon2id$"));
        assert!(verify(&"Correct-Horse-7-Battery".into(), &kept));
        assert!(!verify(&"Correct-Horse-7-Batterz".into(), &kept));
        assert!(!verify(&"".into(), "not a hash"));
    }
}
