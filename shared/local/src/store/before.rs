//! Databases of before: made by a version that knew no adders' index, and kept idempotency records by
//! one string.

use redb::{TableDefinition, TableError, WriteTransaction};

use super::tables::{BY_ADDER, Tables};

/// Idempotency records as they were, and their expiry.
const RECORDS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("idempotency");
const EXPIRY: TableDefinition<'_, (i64, &str), ()> = TableDefinition::new("idempotency_expiry");

/// Creates the tables that are missing, and brings a database of before up to date.
///
/// Such a database is known by its table of records, which that version makes whenever it opens one.
/// So the index is also made anew when it went back to that version for a while, which added and
/// deleted movies without a word to the index. The records are dropped: they would live 24 hours.
pub(super) fn bring_up(transaction: &WriteTransaction) -> Result<(), TableError> {
    let is_of_before = transaction.delete_table(RECORDS)?;
    if is_of_before {
        transaction.delete_table(EXPIRY)?;
        transaction.delete_table(BY_ADDER)?;
    }
    let mut tables = Tables::open(transaction)?;
    if is_of_before {
        tables.list_adders()?;
    }
    Ok(())
}
