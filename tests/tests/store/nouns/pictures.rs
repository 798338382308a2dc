//! Pictures.

use pictures::Picture;
use serde_json::{Value, json};

use crate::sample::Sample;

impl Sample for Picture {
    fn full() -> Value {
        json!({
            "contentType": "One line",
            "size": 1,
            "url": "One line",
        })
    }

    fn change(number: u32) -> Value {
        json!({ "contentType": number.to_string() })
    }
}
