use proptest::prelude::*;
use time::{Duration, macros::datetime};

use super::*;
use crate::{
    sample::{Recipe, RecipeKey},
    value::Line,
};

const NOW: OffsetDateTime = datetime!(2026-03-14 09:26:53 UTC);

fn cursor(phase: Phase<RecipeKey>) -> Cursor<Recipe> {
    Cursor {
        epoch: "1f5a3c9e".to_owned(),
        phase,
    }
}

fn read(owner: Option<&UserId>, text: &str, now: OffsetDateTime) -> Option<Cursor<Recipe>> {
    read_cursor(owner, text, now).ok()
}

#[test]
fn a_cursor_is_read_by_its_own_user_for_30_days() {
    let (ada, eve) = (UserId::new("ada"), UserId::new("eve"));
    let cursor = cursor(Phase::Changes(Position { row: 7, taken: 3 }));
    let text = write_cursor(Some(&ada), &cursor, NOW);
    for (owner, days, good) in [
        (Some(&ada), 0, true),
        (Some(&ada), 30, true),
        // The clock of the instance that wrote it was ahead.
        (Some(&ada), -1, true),
        (Some(&ada), 31, false),
        (Some(&eve), 0, false),
        (None, 0, false),
    ] {
        let now = NOW + Duration::days(days);
        let expected = good.then(|| cursor.clone());
        assert_eq!(read(owner, &text, now), expected, "{owner:?}, {days} days");
    }
}

/// Another version of the service may write another form; a list writes cursors as well.
#[test]
fn another_form_is_refused() {
    let good = "1\u{0}epoch\u{0}1773480413\u{0}7\u{0}3";
    let seal = |text: &str| seal::<Recipe>(&scope(None), text);
    assert!(read(None, &seal(good), NOW).is_some());
    for text in [
        "",
        "2\u{0}epoch\u{0}1773480413\u{0}7\u{0}3",
        "1\u{0}epoch\u{0}1773480413\u{0}7",
        "1\u{0}epoch\u{0}soon\u{0}7\u{0}3",
        "1\u{0}epoch\u{0}1773480413\u{0}-7\u{0}3",
        "1\u{0}epoch\u{0}1773480413\u{0}7\u{0}3\u{0}Thai",
        "1\u{0}epoch\u{0}-9223372036854775808\u{0}7\u{0}3",
    ] {
        assert!(read(None, &seal(text), NOW).is_none(), "{text:?}");
    }
}

proptest! {
    #[test]
    fn a_cursor_round_trips(
        cuisine in "\\PC{1,60}",
        name in "\\PC{1,60}",
        row: u64,
        taken: u32,
    ) {
        prop_assume!(Line::parse(&cuisine).is_ok() && Line::parse(&name).is_ok());
        let position = Position { row, taken };
        let after = RecipeKey {
            cuisine: Line::parse(&cuisine).unwrap(),
            name: Line::parse(&name).unwrap(),
        };
        let snapshot = Phase::Snapshot { begun: position, after };
        for phase in [snapshot, Phase::Changes(position)] {
            let cursor = cursor(phase);
            let text = write_cursor(None, &cursor, NOW);
            prop_assert_eq!(read(None, &text, NOW), Some(cursor));
        }
    }
}
