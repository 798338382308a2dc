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
        (Operation::Add, 0.0, 5.0 + 46.0), // 2 movie, 2 check, 1 index; 23 entries
        (Operation::AddWithKey, 0.0, 7.0 + 46.0), // 2 movie, 2 record, 2 check, 1 index; 23 entries
        (Operation::Update, 0.0, 1.0),
        (Operation::UpdateRating, 1.0, 2.0 + 16.0), // 2 movie; 4 entries gone, 4 new
        (Operation::UpdateWithKey, 4.0, 6.0),       // 2 + 2 to look, 2 movie, 2 record, 2 check
        (Operation::Delete, 1.0, 3.0 + 46.0),       // 2 movie, 1 index; 23 entries
        (Operation::DeleteWithKey, 4.0, 7.0 + 46.0),
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
