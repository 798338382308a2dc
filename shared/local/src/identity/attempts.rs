//! How often an address may be guessed at.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use api::identity::{Email, IdentityError};
use time::OffsetDateTime;

/// How many wrong attempts in a row cost nothing.
const FREE: u32 = 5;
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_mins(15);
/// After how long without an attempt all is forgotten.
const MEMORY: Duration = Duration::from_hours(24);
/// From how many addresses on those that can be forgotten are looked for.
const MANY: usize = 1_024;

/// The attempts at every address, whether or not it has an account: a limit that only accounts
/// have would tell who has one.
#[derive(Debug, Default)]
pub(super) struct Attempts(Mutex<HashMap<Email, Arc<tokio::sync::Mutex<Tally>>>>);

impl Attempts {
    /// The tally of an address. Whoever makes an attempt holds its lock meanwhile, so that many
    /// attempts at once are no more than as many in a row.
    pub(super) fn at(&self, email: &Email, now: OffsetDateTime) -> Arc<tokio::sync::Mutex<Tally>> {
        let mut tallies = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if tallies.len() >= MANY {
            tallies.retain(|_, tally| {
                Arc::strong_count(tally) > 1
                    || tally
                        .try_lock()
                        .is_ok_and(|tally| !tally.can_be_forgotten(now))
            });
        }
        Arc::clone(tallies.entry(email.clone()).or_default())
    }
}

/// The wrong attempts in a row at one address.
#[derive(Debug, Default)]
pub(super) struct Tally {
    wrong: u32,
    last: Option<OffsetDateTime>,
}

impl Tally {
    /// Begins an attempt, or says how long to wait. It counts as wrong until it proves
    /// [`right`](Self::right): who hangs up before the answer has guessed all the same.
    pub(super) fn begin(&mut self, now: OffsetDateTime) -> Result<(), IdentityError> {
        if self.can_be_forgotten(now) {
            *self = Self::default();
        }
        if let Some(last) = self.last
            && let Ok(retry_after) = Duration::try_from(last + self.wait() - now)
            && !retry_after.is_zero()
        {
            return Err(IdentityError::TooManyAttempts { retry_after });
        }
        self.wrong = self.wrong.saturating_add(1);
        self.last = Some(now);
        Ok(())
    }

    /// Forgives all wrong attempts.
    pub(super) fn right(&mut self) {
        *self = Self::default();
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
        self.last.is_none_or(|last| now - last > MEMORY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait(attempt: Result<(), IdentityError>) -> u64 {
        match attempt {
            Ok(()) => 0,
            Err(IdentityError::TooManyAttempts { retry_after }) => retry_after.as_secs(),
            Err(error) => panic!("{error}"),
        }
    }

    #[test]
    fn the_fifth_wrong_attempt_in_a_row_starts_a_wait_that_doubles_up_to_15_minutes() {
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
        tally.right();
        tally.begin(now).unwrap();
        tally.begin(now).unwrap();
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
        let email = |i: usize| Email::parse(&format!("{i}@example.com")).unwrap();
        let guessed_at = attempts.at(&email(0), now);
        guessed_at.try_lock().unwrap().begin(now).unwrap();
        drop(guessed_at);
        for i in 1..3 * MANY {
            attempts.at(&email(i), now);
        }
        assert!(attempts.0.lock().unwrap().len() <= MANY);
        assert_eq!(attempts.at(&email(0), now).try_lock().unwrap().wrong, 1);
    }
}
