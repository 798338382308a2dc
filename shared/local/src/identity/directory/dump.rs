//! The content of the database as text, for tests.

use std::collections::BTreeSet;

use redb::{ReadTransaction, ReadableTable as _, TableHandle as _};

use super::{
    Accounts, Failure,
    tables::{
        ACCOUNTS, CODES, MEMBERSHIPS, PASSKEY_OWNERS, PASSKEYS, REFRESH_TOKENS, SESSIONS, SIGN_UPS,
        SIGNING_KEYS, Tables as _, USERS,
    },
};

impl Accounts {
    /// Every entry of every table, one per line.
    pub(crate) fn dump(&self) -> String {
        let read = |read: &ReadTransaction| -> Result<_, Failure> { Ok(text_of(read)) };
        self.database.read(read).unwrap()
    }
}

fn text_of(read: &ReadTransaction) -> String {
    fn lossy(bytes: &[u8]) -> String {
        String::from_utf8_lossy(bytes).into_owned()
    }

    let mut left: BTreeSet<_> = read
        .list_tables()
        .unwrap()
        .map(|table| table.name().to_owned())
        .collect();
    let mut text = String::new();
    macro_rules! dump {
        ($table:expr, $key:expr, $value:expr) => {
            left.remove($table.name());
            for entry in read.table($table).unwrap().iter().unwrap() {
                let (key, value) = entry.unwrap();
                let (key, value) = ($key(key.value()), $value(value.value()));
                text.push_str(&format!("{} {key} {value}\n", $table.name()));
            }
        };
    }
    let pair = |(first, second): (&str, &str)| format!("{first} {second}");
    dump!(ACCOUNTS.table, str::to_owned, lossy);
    dump!(USERS, str::to_owned, str::to_owned);
    dump!(MEMBERSHIPS, pair, |()| "");
    dump!(SIGN_UPS.table, str::to_owned, lossy);
    dump!(CODES.table, pair, lossy);
    dump!(SESSIONS.table, pair, lossy);
    dump!(REFRESH_TOKENS.table, lossy, lossy);
    dump!(PASSKEYS.table, pair, lossy);
    dump!(PASSKEY_OWNERS, str::to_owned, str::to_owned);
    dump!(SIGNING_KEYS, |(_, id): (i64, &str)| id.to_owned(), lossy);
    assert!(left.is_empty(), "not dumped: {left:?}");
    text
}
