use proptest::prelude::*;
use time::macros::datetime;

use super::*;

#[test]
fn text_that_no_revision_writes_is_refused() {
    for text in [
        "", "1", "-", "1-", "-1", "+1-a", "01-a", "1-A", "1-0a", "1-zz", " 1-a", "1-a ",
    ] {
        assert_eq!(Revision::parse(text), None, "{text:?}");
    }
}

#[test]
fn a_resource_added_again_has_another_revision() {
    let first = Revision::first(datetime!(2016-01-01 00:00 UTC));
    let again = Revision::first(datetime!(2016-01-01 00:00:00.000_001 UTC));
    assert_ne!(first.to_string(), again.to_string());
}

proptest! {
    #[test]
    fn text_round_trips(version in any::<u64>(), micros in 0_i64..253_402_300_799_000_000) {
        let created_at =
            OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1_000).unwrap();
        let revision = Revision { version, created_at };
        prop_assert_eq!(Revision::parse(&revision.to_string()), Some(revision));
    }
}
