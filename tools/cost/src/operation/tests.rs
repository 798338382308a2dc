use super::*;
use crate::input::tests::inputs;

#[test]
fn an_operation_takes_what_the_store_asks_for() {
    let load = inputs().load;
    // (operation, read units, write units), by hand: 551 bytes a movie, 724 a record with one.
    for (operation, reads, writes) in [
        (Operation::Find, 1.0, 0.0),
        (Operation::ListPage, 7.0, 0.0), // 50 * 551 = 27,550 bytes; 6.7 times 4 KB
        (Operation::SearchPage, 50.0 + 2.0, 0.0), // 50 movies; 50 * 128 bytes, 1.6 times 4 KB
        // The relay reads movie, terms and head; it writes head and row in a transaction, terms twice, and entries.
        (Operation::Add, 3.0, 5.0 + 4.0 + 2.0 + 23.0), // 2 movie, 2 check, 1 index
        (Operation::AddWithKey, 3.0, 7.0 + 4.0 + 2.0 + 23.0), // 2 movie, 2 record, 2 check, 1 index
        (Operation::Update, 3.0, 1.0 + 4.0),
        (Operation::UpdateRating, 3.0, 1.0 + 4.0 + 2.0 + 8.0), // 4 entries gone, 4 new
        (Operation::UpdateWithKey, 4.0 + 3.0, 6.0 + 4.0), // 2 + 2 to look, 2 movie, 2 record, 2 check
        (Operation::Delete, 3.0, 2.0 + 4.0 + 2.0 + 23.0), // 1 movie, 1 index
        (Operation::DeleteWithKey, 3.0, 7.0 + 4.0 + 2.0 + 23.0), // 2 movie, 2 record, 2 check, 1 index
        (Operation::SignIn, 0.0, 0.0),
        (Operation::Unauthorized, 0.0, 0.0),
    ] {
        assert_eq!(
            operation.units(&load),
            Units { reads, writes },
            "{operation:?}"
        );
    }
}

#[test]
fn a_batch_of_many_changes_is_one_row() {
    let mut load = inputs().load;
    load.changes_of_batch = 50.0;
    // 200 bytes and 50 keys of 30: two units of a row, one of the head, twice each; and a read; for 50 changes.
    let units = Operation::Update.of_changes(&load);
    assert_eq!((units.reads, units.writes), (1.0 / 50.0, 6.0 / 50.0));
    assert_eq!(Operation::Find.of_changes(&load), Units::default());
}
