//! Hashes and verifies passwords with Argon2id.

use std::{io, sync::LazyLock, thread};

use accounts::identity::Result;
use argon2::{
    Argon2, Params, PasswordHasher as _, PasswordVerifier as _,
    password_hash::{self, phc::PasswordHash},
};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::{
    runtime::{Builder, Runtime},
    task::JoinSet,
};

use super::{random, unavailable};

/// The threads that work on passwords, for all stages: one per password at the same time. Argon2 allocates 19 MiB for
/// each hash, and the allocator keeps what each thread returned: on any of the server's threads that would be gigabytes
/// after some hundred sign-ins.
static THREADS: LazyLock<io::Result<Runtime>> = LazyLock::new(|| {
    Builder::new_current_thread()
        .max_blocking_threads(cores())
        .build()
});

/// The largest memory, in KiB, and the most passes and lanes of a hash that is still verified. A damaged record must not
/// take all memory or all time.
const MAX_MEMORY: u32 = 2 * Params::DEFAULT_M_COST;
const MAX_PASSES: u32 = 4 * Params::DEFAULT_T_COST;
const MAX_LANES: u32 = 4;

/// The most passwords that are worked on at once: more than the number of cores would not be faster, and more than four
/// would take too much memory of a laptop.
pub(super) fn cores() -> usize {
    thread::available_parallelism()
        .map_or(1, usize::from)
        .min(4)
}

/// Runs the work on a password when a thread is free. Work that has not begun is cancelled if the caller is gone.
pub(super) async fn in_turn<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T> {
    let threads = THREADS.as_ref();
    let threads = threads.map_err(|error| unavailable(error.to_string()))?;
    let mut task = JoinSet::new();
    task.spawn_blocking_on(work, threads.handle());
    let done = task.join_next().await;
    done.ok_or_else(|| unavailable("no work"))?
        .map_err(unavailable)
}

/// [`hash`], in turn.
pub(super) async fn hashed(password: &SecretString) -> Result<String> {
    let password = password.clone();
    in_turn(move || hash(&password)).await?.map_err(unavailable)
}

/// [`verify`], in turn.
pub(super) async fn fits(password: &SecretString, hash: &str) -> Result<bool> {
    let (password, hash) = (password.clone(), hash.to_owned());
    in_turn(move || verify(&password, &hash)).await
}

/// The hash of a random password, to verify where there is no account.
pub(super) fn decoy() -> &'static str {
    static DECOY: LazyLock<String> = LazyLock::new(|| {
        let password = random::text().unwrap_or_default();
        hash(&password).unwrap_or_default()
    });
    &DECOY
}

/// The Argon2id hash of a password with a salt, as a PHC string. It is slow on purpose.
pub(super) fn hash(password: &SecretString) -> Result<String, password_hash::Error> {
    let hash = Argon2::default().hash_password(password.expose_secret().as_bytes())?;
    Ok(hash.to_string())
}

/// True if the hash is that of the password. The work is the same as that of the [`hash`].
pub(super) fn verify(password: &SecretString, hash: &str) -> bool {
    let Ok(hash) = PasswordHash::new(hash) else {
        return false;
    };
    let is_bounded = Params::try_from(&hash).is_ok_and(|params| {
        params.m_cost() <= MAX_MEMORY
            && params.t_cost() <= MAX_PASSES
            && params.p_cost() <= MAX_LANES
    });
    let password = password.expose_secret().as_bytes();
    is_bounded && Argon2::default().verify_password(password, &hash).is_ok()
}

#[cfg(test)]
mod tests;
