//! Hashes and verifies passwords with Argon2id.

use std::{sync::LazyLock, thread};

use accounts::identity::Result;
use argon2::{
    ARGON2ID_IDENT, Algorithm, Argon2, Block, Params, Version,
    password_hash::{
        self,
        phc::{Output, PasswordHash, Salt},
    },
};
use parking_lot::Mutex;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::Semaphore;

use super::{blocking, random, unavailable};

/// The permits to work on a password, for all stages: one per password at the same time.
static HASHING: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(cores()));

/// The unused buffers of Argon2, at most one per permit. Without them Argon2 allocates 19 MiB for each hash on any
/// thread, and the allocator keeps what each thread returned: gigabytes after some hundred sign-ins.
static BUFFERS: Mutex<Vec<Vec<Block>>> = Mutex::new(Vec::new());

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

/// Runs the work on a password on a blocking thread, when a permit is free.
pub(super) async fn in_turn<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T> {
    let turn = HASHING.acquire().await.map_err(unavailable)?;
    blocking(move || {
        // Held until the work is done, even if the caller is gone.
        let _turn = turn;
        work()
    })
    .await
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

/// The Argon2id hash of a password with its salt, as a PHC string. It is slow on purpose.
pub(super) fn hash(password: &SecretString) -> Result<String, password_hash::Error> {
    let salt: [u8; 16] = random::bytes().map_err(|_| password_hash::Error::RngFailure)?;
    let salt = Salt::new(&salt)?;
    let params = Params::default();
    let hash = PasswordHash {
        algorithm: ARGON2ID_IDENT,
        version: Some(Version::V0x13.into()),
        params: (&params).try_into()?,
        hash: Some(output(
            &Argon2::new(Algorithm::Argon2id, Version::V0x13, params),
            password,
            &salt,
        )?),
        salt: Some(salt),
    };
    Ok(hash.to_string())
}

/// True if the hash is that of the password. The work is the same as that of the [`hash`].
pub(super) fn verify(password: &SecretString, hash: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|hash| matches(password, &hash).unwrap_or(false))
}

/// Hashes the password with the parameters of the stored hash, and compares.
fn matches(password: &SecretString, stored: &PasswordHash) -> Result<bool, password_hash::Error> {
    let (Some(salt), Some(expected)) = (&stored.salt, &stored.hash) else {
        return Ok(false);
    };
    let algorithm = Algorithm::try_from(stored.algorithm.as_str())?;
    let version = stored.version.map(Version::try_from).transpose()?;
    let params = Params::try_from(stored)?;
    if params.m_cost() > MAX_MEMORY || params.t_cost() > MAX_PASSES || params.p_cost() > MAX_LANES {
        return Ok(false);
    }
    let hasher = Argon2::new(algorithm, version.unwrap_or_default(), params);
    // `Output` compares in constant time.
    Ok(output(&hasher, password, salt)? == *expected)
}

/// The output of Argon2 for a password, computed in a reused buffer.
fn output(
    hasher: &Argon2<'_>,
    password: &SecretString,
    salt: &Salt,
) -> Result<Output, password_hash::Error> {
    let mut buffer = BUFFERS.lock().pop().unwrap_or_default();
    let blocks = hasher.params().block_count();
    if buffer.len() < blocks {
        // Not `resize`, which would hold the old buffer and the new one for a moment.
        drop(buffer);
        buffer = vec![Block::new(); blocks];
    }
    let length = hasher
        .params()
        .output_len()
        .unwrap_or(Params::DEFAULT_OUTPUT_LEN);
    let mut bytes = [0; Output::MAX_LENGTH];
    let written = bytes
        .get_mut(..length)
        .ok_or(argon2::Error::OutputTooLong)
        .and_then(|bytes| {
            let password = password.expose_secret().as_bytes();
            hasher.hash_password_into_with_memory(password, salt, bytes, &mut buffer)?;
            Ok(&*bytes)
        });
    let mut buffers = BUFFERS.lock();
    if buffers.len() < cores() {
        buffers.push(buffer);
    }
    Ok(Output::new(written?)?)
}

#[cfg(test)]
mod tests;
