//! Values that wait in memory for an answer, for a limited time. They are lost at a restart.

use std::{collections::HashMap, fmt};

use accounts::identity::Result;
use parking_lot::Mutex;
use secrecy::{ExposeSecret as _, SecretString};
use time::OffsetDateTime;

use super::random;

/// The most values that wait.
pub(super) const MOST: usize = 4_096;

/// The waiting values, by key.
pub(super) struct Waiting<T>(Mutex<HashMap<String, (T, OffsetDateTime)>>);

impl<T> fmt::Debug for Waiting<T> {
    /// Shows none of the values, because there are codes among them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Waiting").finish_non_exhaustive()
    }
}

impl<T> Default for Waiting<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> Waiting<T> {
    /// Adds a value, or replaces the one under its key. If there are too many, the expired values are removed first; if there are
    /// still too many, the one that expires next.
    pub(super) fn add(&self, key: String, what: T, until: OffsetDateTime, now: OffsetDateTime) {
        let mut all = self.0.lock();
        if all.len() >= MOST {
            all.retain(|_, (_, until)| now < *until);
        }
        if all.len() >= MOST {
            let oldest = all.iter().min_by_key(|(_, (_, until))| *until);
            let oldest = oldest.map(|(key, _)| key.clone());
            oldest.map(|key| all.remove(&key));
        }
        all.insert(key, (what, until));
    }

    /// Adds a value under a random key that nobody can guess, and returns the key.
    pub(super) fn keep(
        &self,
        what: T,
        until: OffsetDateTime,
        now: OffsetDateTime,
    ) -> Result<SecretString> {
        let key = random::text()?;
        self.add(key.expose_secret().to_owned(), what, until, now);
        Ok(key)
    }

    /// Removes a value, and returns it unless it has expired.
    pub(super) fn take(&self, key: &str, now: OffsetDateTime) -> Option<T> {
        let (what, until) = self.0.lock().remove(key)?;
        (now < until).then_some(what)
    }

    /// True if a value waits under the key.
    pub(super) fn has(&self, key: &str, now: OffsetDateTime) -> bool {
        self.update(key, now, |_| ()).is_some()
    }

    /// Changes a waiting value.
    pub(super) fn update<R>(
        &self,
        key: &str,
        now: OffsetDateTime,
        change: impl FnOnce(&mut T) -> R,
    ) -> Option<R> {
        let mut all = self.0.lock();
        let (what, _) = all.get_mut(key).filter(|(_, until)| now < *until)?;
        Some(change(what))
    }

    /// Keeps only the wanted values.
    pub(super) fn retain(&self, wanted: impl Fn(&T) -> bool) {
        self.0.lock().retain(|_, (what, _)| wanted(what));
    }
}

impl<T: Clone> Waiting<T> {
    /// A copy of a waiting value.
    pub(super) fn get(&self, key: &str, now: OffsetDateTime) -> Option<T> {
        self.update(key, now, |what| what.clone())
    }
}

#[cfg(test)]
mod tests;
