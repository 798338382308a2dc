//! What is remembered for minutes, under a name that nobody can guess.

use std::{
    collections::HashMap,
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};

use api::identity::IdentityError;
use secrecy::{ExposeSecret as _, SecretString};
use time::OffsetDateTime;

use super::super::{random, unavailable};

/// How many there are at most: the oldest make room.
const MOST: usize = 4_096;

/// Values by secret, each until its time is over.
pub(super) struct ShortLived<T>(Mutex<HashMap<String, (T, OffsetDateTime)>>);

impl<T> fmt::Debug for ShortLived<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ShortLived").finish_non_exhaustive()
    }
}

impl<T> Default for ShortLived<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Clone> ShortLived<T> {
    /// Keeps a value, and gives the secret to find it by.
    pub(super) fn add(
        &self,
        value: T,
        until: OffsetDateTime,
        now: OffsetDateTime,
    ) -> Result<SecretString, IdentityError> {
        let secret = random::text().map_err(unavailable)?;
        let mut all = self.lock();
        if all.len() >= MOST {
            all.retain(|_, (_, until)| now < *until);
        }
        if all.len() >= MOST {
            let oldest = all.iter().min_by_key(|(_, (_, until))| *until);
            let oldest = oldest.map(|(secret, _)| secret.clone());
            oldest.map(|secret| all.remove(&secret));
        }
        all.insert(secret.expose_secret().to_owned(), (value, until));
        Ok(secret)
    }

    /// A value that is still kept.
    pub(super) fn get(&self, secret: &SecretString, now: OffsetDateTime) -> Option<T> {
        let all = self.lock();
        let (value, until) = all.get(secret.expose_secret())?;
        (now < *until).then(|| value.clone())
    }

    /// Changes a value that is still kept.
    pub(super) fn update<R>(
        &self,
        secret: &SecretString,
        now: OffsetDateTime,
        change: impl FnOnce(&mut T) -> R,
    ) -> Option<R> {
        let mut all = self.lock();
        let (value, until) = all.get_mut(secret.expose_secret())?;
        (now < *until).then(|| change(value))
    }

    /// Removes a value, and gives it if its time is not over.
    pub(super) fn take(&self, secret: &SecretString, now: OffsetDateTime) -> Option<T> {
        let (value, until) = self.lock().remove(secret.expose_secret())?;
        (now < until).then_some(value)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, (T, OffsetDateTime)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_value_is_kept_until_its_time_is_over_and_taken_once() {
        let all = ShortLived::default();
        let now = OffsetDateTime::UNIX_EPOCH;
        let later = now + Duration::from_secs(1);
        let [first, second] = ["a", "b"].map(|value| all.add(value, later, now).unwrap());
        assert_eq!(all.get(&first, now), Some("a"));
        assert_eq!(all.get(&first, later), None);
        assert_eq!(all.take(&first, now), Some("a"));
        assert_eq!(all.take(&first, now), None);
        assert_eq!(all.take(&second, later), None);
    }

    #[test]
    fn there_are_no_more_than_there_is_room_for_and_the_oldest_make_it() {
        let all = ShortLived::default();
        let now = OffsetDateTime::UNIX_EPOCH;
        let add = |i: usize| {
            let until = now + Duration::from_secs(u64::try_from(i).unwrap() + 1);
            all.add(i, until, now).unwrap()
        };
        let secrets: Vec<_> = (0..=MOST).map(add).collect();
        assert_eq!(all.lock().len(), MOST);
        assert_eq!(all.get(&secrets[0], now), None);
        assert_eq!(all.get(&secrets[1], now), Some(1));
        assert_eq!(all.get(&secrets[MOST], now), Some(MOST));
    }
}
