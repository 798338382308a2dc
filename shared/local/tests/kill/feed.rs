//! Whoever follows a feed of changes, and keeps what it told.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{caller::Caller, worker::Kind};

/// What an app has of a feed.
pub(crate) struct Feed {
    pub(crate) kind: Kind,
    since: Option<String>,
    /// By name.
    pub(crate) items: BTreeMap<String, Value>,
}

impl Feed {
    pub(crate) const fn new(kind: Kind) -> Self {
        Self {
            kind,
            since: None,
            items: BTreeMap::new(),
        }
    }

    /// Takes one answer; true if there is more. The cursor is kept over the end of the server, and must go on.
    pub(crate) async fn take(&mut self, caller: &Caller) -> reqwest::Result<bool> {
        let since = self.since.as_ref();
        let since = since.map_or_else(String::new, |since| format!("&since={since}"));
        let path = format!("{}/changes?limit=5{since}", self.kind.path());
        let page = caller.get(&path).await?.is(200);
        for item in page["items"].as_array().unwrap() {
            let name = item[self.kind.name()].as_str().unwrap().to_owned();
            if item["deleted"] == true {
                self.items.remove(&name);
            } else {
                self.items.insert(name, item[self.kind.member()].clone());
            }
        }
        self.since = Some(page["nextSince"].as_str().unwrap().to_owned());
        Ok(page["more"] == true)
    }
}
