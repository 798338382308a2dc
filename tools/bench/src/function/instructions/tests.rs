use super::*;

fn rows(of: &[(&str, u64)]) -> Rows {
    of.iter()
        .map(|(name, count)| ((*name).to_owned(), *count))
        .collect()
}

#[test]
fn what_takes_more_than_on_record_is_named() {
    let record = rows(&[("start", 1_000), ("find", 100)]);
    for (now, others) in [
        (&[("find", 100), ("start", 1_000)][..], &[][..]),
        (&[("find", 109), ("start", 980)], &[]),
        (&[("find", 10), ("start", 1_000)], &[]),
        (&[("find", 111), ("start", 1_000)], &["find"]),
        (&[("find", 111), ("start", 1_101)], &["find", "start"]),
        (&[("add", 1), ("find", 100), ("start", 1_000)], &["add"]),
        (&[("find", 100)], &["start"]),
    ] {
        assert_eq!(print(&rows(now), &record), others, "{now:?}");
    }
}

/// An operation without a record would not be compared.
#[test]
fn the_record_has_every_operation() {
    let record: Record = serde_json::from_slice(&fs::read(file()).unwrap()).unwrap();
    let mut expected: Vec<_> = events::all()
        .iter()
        .map(|one| one.name.to_owned())
        .collect();
    expected.extend(["start".to_owned(), "first find".to_owned()]);
    expected.sort();
    assert_eq!(
        record.instructions.into_keys().collect::<Vec<_>>(),
        expected
    );
}
