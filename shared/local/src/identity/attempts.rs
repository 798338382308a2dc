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

#[derive(Debug)]
struct Tallies {
    /// By a keyed hash, so that no address is stored and a tally may outlive its account. Two addresses with the same
    /// hash share a tally.
    of: HashMap<u64, Arc<tokio::sync::Mutex<Tally>>>,
    /// The number of tallies at which the next sweep runs.
    sweep_at: usize,
}

impl Default for Tallies {
    fn default() -> Self {
        Self {
            of: HashMap::new(),
            sweep_at: MANY,
        }
    }
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
        if tallies.of.len() >= tallies.sweep_at {
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
        self.sweep_at = self.of.len().saturating_mul(2).clamp(MANY, MOST);
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
mod tests {
    use super::*;

    fn wait(attempt: Result<()>) -> u64 {
        match attempt {
            Ok(()) => 0,
            Err(IdentityError::TooManyAttempts { retry_after }) => retry_after.as_secs(),
            Err(error) => panic!("{error}"),
        }
    }

    #[test]
    fn the_fifth_wrong_attempt_starts_a_wait_that_doubles_up_to_15_minutes() {
        let mut tally = Tally::default();
        let mut now = OffsetDateTime::UNIX_EPOCH;
        for _ in 0..5 {
            tally.begin(now).unwrap();
        }
        for expected in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900] {
            let waited = wait(tally.begin(now));
            assert_eq!(waited, expected);
            now += Duration::from_secs(waited);
            tally.begin(now).unwrap();
        }
    }

    #[test]
    fn a_right_attempt_changes_nothing_that_another_caller_sees() {
        for wrong in [0, 1, FREE - 1, FREE, FREE + 3] {
            let (mut alone, mut shared) = (Tally::default(), Tally::default());
            let mut now = OffsetDateTime::UNIX_EPOCH;
            for _ in 0..wrong {
                now += LONGEST_WAIT / 2;
                alone.begin(now).unwrap();
                shared.begin(now).unwrap();
            }
            now += LONGEST_WAIT / 2;
            shared.begin(now).unwrap();
            shared.right();
            for _ in 0..10 {
                assert_eq!(wait(alone.begin(now)), wait(shared.begin(now)), "{wrong}");
            }
        }
    }

    #[test]
    fn a_day_without_attempts_forgives() {
        let mut tally = Tally::default();
        let mut now = OffsetDateTime::UNIX_EPOCH;
        for _ in 0..20 {
            now += LONGEST_WAIT;
            tally.begin(now).unwrap();
        }
        assert_eq!(wait(tally.begin(now + Duration::from_mins(14))), 60);
        now += Duration::from_hours(25);
        for _ in 0..5 {
            tally.begin(now).unwrap();
        }
        assert_eq!(wait(tally.begin(now)), 1);
    }

    #[test]
    fn tallies_that_can_be_forgotten_do_not_pile_up() {
        let attempts = Attempts::default();
        let now = OffsetDateTime::UNIX_EPOCH;
        let guessed_at = attempts.at(&email(0), now);
        guessed_at.try_lock().unwrap().begin(now).unwrap();
        drop(guessed_at);
        for i in 1..3 * MANY {
            attempts.at(&email(i), now);
        }
        assert!(attempts.tallies.lock().of.len() <= MANY);
        assert_eq!(attempts.at(&email(0), now).try_lock().unwrap().wrong, 1);
    }

    #[test]
    fn few_wrong_attempts_are_forgotten_after_15_minutes_and_many_are_not() {
        let now = OffsetDateTime::UNIX_EPOCH;
        for (wrong, forgotten) in [(FREE - 1, true), (FREE, false)] {
            let tally = Tally {
                wrong,
                last: Some(now),
                ..Tally::default()
            };
            assert!(!tally.can_be_forgotten(now + SHORT_MEMORY));
            let later = now + SHORT_MEMORY + Duration::from_secs(1);
            assert_eq!(tally.can_be_forgotten(later), forgotten, "{wrong}");
        }
    }

    #[test]
    fn tallies_that_cannot_be_forgotten_are_looked_through_only_when_they_have_doubled() {
        let attempts = Attempts::default();
        for i in 0..=MANY {
            guess(&attempts, i, 1);
        }
        assert_eq!(attempts.tallies.lock().sweep_at, 2 * MANY);
    }

    #[test]
    fn the_oldest_are_given_up_when_there_are_too_many_and_those_that_wait_last() {
        let attempts = Attempts::default();
        guess(&attempts, 0, FREE);
        for i in 1..=MOST {
            guess(&attempts, i, 1);
        }
        let tallies = attempts.tallies.lock();
        let knows = |i| {
            let key = attempts.key.hash_one(email(i).as_str());
            tallies.of.contains_key(&key)
        };
        assert_eq!(tallies.of.len(), MOST - GIVEN_UP + 1);
        assert!(knows(0));
        assert!(!knows(1));
        assert!(!knows(GIVEN_UP));
        assert!(knows(GIVEN_UP + 1));
    }

    /// Wrong attempts at the i-th address, at a time of its own within a quarter of an hour.
    fn guess(attempts: &Attempts, i: usize, times: u32) {
        let now = OffsetDateTime::UNIX_EPOCH + Duration::from_millis(i.try_into().unwrap());
        let tally = attempts.at(&email(i), now);
        for _ in 0..times {
            tally.try_lock().unwrap().begin(now).unwrap();
        }
    }

    fn email(i: usize) -> String {
        format!("{i}@example.com")
    }
}
