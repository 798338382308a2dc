//! Watchlists.

use serde_json::{Value, json};
use tests::formats::newest;
use watchlist::Entry;

use crate::sample::Sample;

impl Sample for Entry {
    fn full() -> Value {
        newest().read("watchlist.json")["full"]["body"].take()
    }

    fn bare() -> Value {
        json!({ "title": "V/H/S", "year": 2012 })
    }

    fn change(number: u32) -> Value {
        json!({ "note": format!("{number} times") })
    }

    fn others() -> Vec<Value> {
        let bare = |rating| json!({ "title": "V/H/S", "year": 2012, "note": "", "rating": rating });
        [0.0, 9.99, 10.0].map(bare).into()
    }
}
