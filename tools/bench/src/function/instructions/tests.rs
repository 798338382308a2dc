use super::*;

fn rows_of(of: &[(&str, u64)]) -> Rows {
    of.iter()
        .map(|(name, count)| ((*name).to_owned(), *count))
        .collect()
}

#[test]
fn what_takes_more_than_on_record_is_named() {
    let record = rows_of(&[("start", 1_000), ("find", 100)]);
    for (now, others) in [
        (&[("find", 100), ("start", 1_000)][..], &[][..]),
        (&[("find", 109), ("start", 980)], &[]),
        (&[("find", 10), ("start", 1_000)], &[]),
        (&[("find", 111), ("start", 1_000)], &["find"]),
        (&[("find", 111), ("start", 1_101)], &["find", "start"]),
        (&[("add", 1), ("find", 100), ("start", 1_000)], &["add"]),
        (&[("find", 100)], &["start"]),
    ] {
        assert_eq!(print(&rows_of(now), &record), others, "{now:?}");
    }
}

#[test]
fn a_row_is_what_its_requests_add() {
    let totals = rows_of(&[(START, 1_000), (FIRST, 1_100), ("find", 2_300)]);
    let expected = rows_of(&[(START, 1_000), (FIRST, 100), ("find", 120)]);
    assert_eq!(rows(&totals).unwrap(), expected);
}

/// An operation without a record would not be compared.
#[test]
fn the_record_has_every_operation() {
    let record: Record = serde_json::from_slice(&fs::read(file()).unwrap()).unwrap();
    let mut expected: Vec<_> = events::all()
        .iter()
        .map(|one| one.name.to_owned())
        .collect();
    expected.extend([START.to_owned(), FIRST.to_owned()]);
    expected.sort();
    assert_eq!(
        record.instructions.into_keys().collect::<Vec<_>>(),
        expected
    );
}
