//! The content of a database as text.

use std::path::Path;

use redb::{
    Database, Key, ReadTransaction, ReadableDatabase as _, ReadableTable as _, TableDefinition,
    TableError, TableHandle as _, Value,
};

/// Every entry of every table. A table of an unknown form fails the test, because it may hold data.
pub(crate) fn of(file: &Path) -> String {
    let database = Database::open(file).unwrap();
    let read = database.begin_read().unwrap();
    let mut text = String::new();
    for table in read.list_tables().unwrap() {
        let name = table.name();
        let known = of_form::<&str, &str>(&read, name, &mut text)
            || of_form::<&str, &[u8]>(&read, name, &mut text)
            || of_form::<&[u8], &[u8]>(&read, name, &mut text)
            || of_form::<(&str, &str), ()>(&read, name, &mut text)
            || of_form::<(&str, &str), &[u8]>(&read, name, &mut text)
            || of_form::<(&str, &str), (&str, &str, &str)>(&read, name, &mut text)
            || of_form::<(i64, &str), &[u8]>(&read, name, &mut text)
            || of_form::<(i64, &str, &str), ()>(&read, name, &mut text)
            || of_form::<(&str, &str, &[u8]), ()>(&read, name, &mut text)
            || of_form::<&str, (&str, u64, u64)>(&read, name, &mut text)
            || of_form::<(&str, u64), &[u8]>(&read, name, &mut text)
            || of_form::<u64, (&str, i64)>(&read, name, &mut text);
        assert!(known, "not dumped: {name}");
    }
    text
}

/// Adds the entries of a table, if it has this form.
fn of_form<K: Key + 'static, V: Value + 'static>(
    read: &ReadTransaction,
    name: &str,
    text: &mut String,
) -> bool {
    let table = match read.open_table(TableDefinition::<K, V>::new(name)) {
        Err(TableError::TableTypeMismatch { .. }) => return false,
        table => table.unwrap(),
    };
    for entry in table.iter().unwrap() {
        let (key, value) = entry.unwrap();
        for bytes in [
            K::as_bytes(&key.value()).as_ref(),
            V::as_bytes(&value.value()).as_ref(),
        ] {
            text.push_str(&String::from_utf8_lossy(bytes));
            text.push('\n');
        }
    }
    true
}
