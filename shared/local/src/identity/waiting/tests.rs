use std::time::Duration;

use super::*;

const LAST: Duration = Duration::from_mins(3);

fn at(i: usize) -> OffsetDateTime {
    OffsetDateTime::UNIX_EPOCH + Duration::from_millis(i.try_into().unwrap())
}

#[test]
fn no_more_wait_than_there_is_room_for_and_the_oldest_make_it() {
    let waiting = Waiting::default();
    let add = |i: usize| waiting.add(i.to_string(), i, at(i) + LAST, at(i));
    (0..=MOST).for_each(add);
    assert_eq!(waiting.0.lock().len(), MOST);
    let known = |i: usize| waiting.has(&i.to_string(), at(0));
    assert!(!known(0));
    assert!(known(1) && known(MOST));
    // All other values have expired, and are removed.
    add(1_000_000);
    assert_eq!(waiting.0.lock().len(), 1);
}

#[test]
fn one_is_taken_once_and_in_time() {
    let waiting = Waiting::default();
    for key in ["in time", "late"] {
        waiting.add(key.to_owned(), key, at(0) + LAST, at(0));
    }
    let last = at(179_999);
    assert_eq!(waiting.get("in time", last), Some("in time"));
    assert_eq!(waiting.take("in time", last), Some("in time"));
    assert_eq!(waiting.take("in time", last), None);
    assert!(!waiting.has("late", at(180_000)));
    assert_eq!(waiting.get("late", at(180_000)), None);
    assert_eq!(waiting.update("late", at(180_000), |_| ()), None);
    assert_eq!(waiting.take("late", at(180_000)), None);
}
