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
