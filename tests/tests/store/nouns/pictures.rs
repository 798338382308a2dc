//! Pictures.

use pictures::Picture;
use serde_json::{Value, json};
use tests::formats::newest;

use crate::sample::Sample;

fn of_size(size: u32) -> Value {
    json!({ "contentType": "image/webp", "size": size, "url": "https://files.example.com/files/a" })
}

impl Sample for Picture {
    fn full() -> Value {
        let mut picture = newest().read("pictures.json")["full"].take();
        picture["body"]["url"] = picture["item"]["url"]["S"].take();
        picture["body"].take()
    }

    fn bare() -> Value {
        of_size(1)
    }

    fn change(number: u32) -> Value {
        json!({ "size": number + 1 })
    }

    fn others() -> Vec<Value> {
        [2, 5_242_880].map(of_size).into()
    }
}
