//! Limits the attempts at an address.
//!
//! A right attempt is not counted, and clears no wrong one: another caller at the same address must not see that its
//! owner signed in.

use std::{
    collections::HashMap,
    hash::{BuildHasher as _, RandomState},
    sync::Arc,
    time::Duration,
};

use accounts::identity::{IdentityError, Result};
use kit::clock::Clock;
use parking_lot::Mutex;
use time::OffsetDateTime;
use tokio::sync::OwnedMutexGuard;

/// The number of wrong attempts after which the next one has to wait.
const FREE: u32 = 5;
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_mins(15);
/// The time without an attempt after which a tally is forgotten.
const MEMORY: Duration = Duration::from_hours(24);
/// The same for a tally with fewer wrong attempts than that number, as most are.
const SHORT_MEMORY: Duration = Duration::from_mins(15);
/// The number of tallies from which on the forgettable ones are removed.
const MANY: usize = 1_024;
/// The most tallies in memory: some 20 MB.
const MOST: usize = 65_536;
/// The number of tallies that are dropped at once when there are too many. Otherwise every later attempt would look
/// through all of them.
const GIVEN_UP: usize = MOST / 8;

/// The attempts at every address, whether or not it has an account: a limit that only accounts
/// have would tell who has one. Attempts of a signed-in user are counted by user.
#[derive(Debug, Default)]
pub(super) struct Attempts {
    tallies: Mutex<Tallies>,
    key: RandomState,
}

#[derive(Debug, Default)]
struct Tallies {
    /// By a keyed hash, so that no address is stored and a tally may outlive its account. Two addresses with the same
    /// hash share a tally.
    of: HashMap<u64, Arc<tokio::sync::Mutex<Tally>>>,
    /// The number of tallies at which the next sweep runs, and never fewer than [`MANY`].
    sweep_at: usize,
}

impl Attempts {
    /// Begins an attempt: waits for the one under way, and returns the tally and the time, or the time to wait as an
    /// error. The attempt holds the tally to its end, so that many attempts at once are no more than as many in a row.
    pub(super) async fn begin(
        &self,
        whose: &str,
        clock: &dyn Clock,
    ) -> Result<(OwnedMutexGuard<Tally>, OffsetDateTime)> {
        let mut tally = self.at(whose, clock.now()).lock_owned().await;
        let now = clock.now();
        tally.begin(now)?;
        Ok((tally, now))
    }

    /// The tally of an address.
    pub(super) fn at(&self, whose: &str, now: OffsetDateTime) -> Arc<tokio::sync::Mutex<Tally>> {
        let mut tallies = self.tallies.lock();
        if tallies.of.len() >= tallies.sweep_at.max(MANY) {
            tallies.sweep(now);
        }
        Arc::clone(tallies.of.entry(self.key.hash_one(whose)).or_default())
    }
}

impl Tallies {
    /// Removes the tallies that can be forgotten. The next sweep runs when the number has doubled, so that an attempt
    /// pays for one or two tallies on average.
    fn sweep(&mut self, now: OffsetDateTime) {
        self.of.retain(|_, tally| {
            Arc::strong_count(tally) > 1
                || tally
                    .try_lock()
                    .is_ok_and(|tally| !tally.can_be_forgotten(now))
        });
        if self.of.len() >= MOST {
            self.give_up_oldest();
        }
        self.sweep_at = self.of.len().saturating_mul(2).min(MOST);
    }

    /// Drops the oldest tallies. If new addresses were refused instead, an attacker could fill the table and keep
    /// everyone else from signing in. Tallies with a wait are dropped last: to clear one wait, an attacker must earn
    /// tens of thousands of others.
    fn give_up_oldest(&mut self) {
        let idle = self.of.iter().filter_map(|(whose, tally)| {
            let tally = (Arc::strong_count(tally) == 1).then_some(tally)?;
            let tally = tally.try_lock().ok()?;
            Some((tally.wrong >= FREE, tally.last, *whose))
        });
        let mut idle: Vec<_> = idle.collect();
        idle.sort_unstable_by_key(|(waits, last, _)| (*waits, *last));
        for (_, _, whose) in idle.iter().take(GIVEN_UP) {
            self.of.remove(whose);
        }
    }
}

/// The wrong attempts at one address.
#[derive(Debug, Default)]
pub(super) struct Tally {
    wrong: u32,
    last: Option<OffsetDateTime>,
    /// `wrong` and `last` before the attempt that is under way.
    before: (u32, Option<OffsetDateTime>),
}

impl Tally {
    /// Begins an attempt, or returns the time to wait as an error. The attempt counts as wrong until
    /// [`right`](Self::right) is called: a caller who hangs up before the answer has guessed all the same.
    pub(super) fn begin(&mut self, now: OffsetDateTime) -> Result<()> {
        if self.can_be_forgotten(now) {
            *self = Self::default();
        }
        if let Some(last) = self.last
            && let Ok(retry_after) = Duration::try_from(last + self.wait() - now)
            && !retry_after.is_zero()
        {
            return Err(IdentityError::TooManyAttempts { retry_after });
        }
        self.before = (self.wrong, self.last);
        self.wrong = self.wrong.saturating_add(1);
        self.last = Some(now);
        Ok(())
    }

    /// Takes back the last attempt, as if it had not begun.
    pub(super) fn right(&mut self) {
        (self.wrong, self.last) = self.before;
    }

    fn wait(&self) -> Duration {
        match self.wrong.checked_sub(FREE) {
            None => Duration::ZERO,
            Some(doublings) => FIRST_WAIT
                .saturating_mul(2_u32.saturating_pow(doublings))
                .min(LONGEST_WAIT),
        }
    }

    fn can_be_forgotten(&self, now: OffsetDateTime) -> bool {
        let memory = if self.wrong < FREE {
            SHORT_MEMORY
        } else {
            MEMORY
        };
        self.last.is_none_or(|last| now - last > memory)
    }
}

#[cfg(test)]
mod tests;
