use time::macros::datetime;

use super::*;

const NOW: OffsetDateTime = datetime!(2026-03-14 09:26:53 UTC);

#[tokio::test(start_paused = true)]
async fn a_request_has_what_lambda_leaves_it_and_no_more_than_its_budget() {
    for (lambda_ends, left) in [
        (15_000, 4_000),
        (4_301, 4_000),
        (4_299, 3_999),
        (1_000, 700),
        (200, 0),
        // A clock that is wrong.
        (0, 4_000),
        (-60_000, 4_000),
        (i64::MAX / 1_000_000, 4_000),
    ] {
        let end = NOW + time::Duration::milliseconds(lambda_ends);
        let deadline = Deadline::before(end, NOW);
        let found = of(deadline, async { super::left() }).await;
        assert_eq!(found, Some(Duration::from_millis(left)), "{lambda_ends}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_left_grows_less_to_nothing() {
    let seconds = Duration::from_secs;
    of(Deadline::default(), async {
        assert_eq!(at_most(seconds(3)), seconds(3));
        tokio::time::advance(seconds(3)).await;
        assert_eq!(at_most(seconds(3)), seconds(1));
        tokio::time::advance(seconds(3)).await;
        assert_eq!(left(), Some(Duration::ZERO));
        assert_eq!(following(async { left() }).await, Some(seconds(1)));
        assert_eq!(left(), Some(Duration::ZERO));
    })
    .await;
    of(Deadline::default(), async {
        assert_eq!(following(async { left() }).await, Some(BUDGET));
    })
    .await;
}

#[tokio::test]
async fn what_belongs_to_no_request_has_no_deadline() {
    assert_eq!(left(), None);
    assert_eq!(at_most(BUDGET * 2), BUDGET * 2);
    assert_eq!(following(async { left() }).await, None);
}
