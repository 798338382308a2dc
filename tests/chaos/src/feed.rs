//! A copy that a client keeps by the feed of changes, as `docs/offline.md` says.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::{
    exchange::{Answer, Request},
    plan::Noun,
};

/// The most items of a page.
const LIMIT: u32 = 20;

/// A copy.
#[derive(Debug, Default)]
pub struct Copy {
    /// The entity tags of what is there, by title or id.
    pub base: BTreeMap<String, String>,
    since: Option<String>,
    /// What has come since the snapshot began; `None` when it is whole.
    seen: Option<BTreeSet<String>>,
    /// What an answer told that the protocol does not allow.
    pub faults: Vec<String>,
}

impl Copy {
    /// The request for the next page.
    #[must_use]
    pub fn request(&self, noun: Noun) -> Request {
        let path = match noun {
            Noun::Movies => "/movies/changes",
            Noun::Watchlist => "/me/watchlist/changes",
        };
        let request = Request::new("GET", path).query("limit", &LIMIT);
        match &self.since {
            Some(since) => request.query("since", since),
            None => request,
        }
    }

    /// Takes a page. True if there is no more.
    pub fn take(&mut self, noun: Noun, answer: &Answer) -> bool {
        if answer.status == 410 {
            self.since = None;
        }
        if answer.status != 200 {
            return false;
        }
        let (Some(items), Some(next)) = (answer.body["items"].as_array(), answer.text("nextSince"))
        else {
            self.faults.push("a page without items or place".to_owned());
            return false;
        };
        if self.since.is_none() {
            self.seen = Some(BTreeSet::new());
        }
        for item in items {
            self.take_item(noun, item);
        }
        self.since = Some(next.to_owned());
        let more = answer.body["more"] == true;
        if !more && let Some(seen) = self.seen.take() {
            self.base.retain(|key, _| seen.contains(key));
        }
        !more
    }

    fn take_item(&mut self, noun: Noun, item: &Value) {
        let key = match noun {
            Noun::Movies => item["title"].as_str(),
            Noun::Watchlist => item["entryId"].as_str(),
        };
        let Some(key) = key else {
            self.faults.push("an item without a key".to_owned());
            return;
        };
        if let Some(seen) = &mut self.seen {
            seen.insert(key.to_owned());
        }
        match item["etag"].as_str() {
            Some(tag) => self.base.insert(key.to_owned(), tag.to_owned()),
            None => self.base.remove(key),
        };
    }

    /// How it differs from what is there.
    #[must_use]
    pub fn differs(&self, truth: &BTreeMap<String, String>) -> Vec<String> {
        let mut faults = self.faults.clone();
        let keys: BTreeSet<_> = self.base.keys().chain(truth.keys()).collect();
        for key in keys {
            let (mine, there) = (self.base.get(key), truth.get(key));
            if mine != there {
                faults.push(format!("{key} is {there:?}, and the copy has {mine:?}"));
            }
        }
        faults
    }
}
