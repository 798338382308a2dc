//! The entries of the index: where a resource stands in each list.

use std::collections::BTreeMap;

use aws_lc_rs::digest;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use serde::{Deserialize, Serialize};

use super::fold::{all_words, cut, fold};
use crate::{
    resource::{Access, Entity, IndexVisitor, Indexed, Key as _, Resource},
    user::UserId,
};

/// The most entries of a resource: each is a write to DynamoDB.
const MAX_ENTRIES: usize = 48;
/// The most values of a member that are found by a filter.
const MAX_VALUES: usize = 5;
/// The longest sort key of DynamoDB in bytes.
const MAX_PLACE: usize = 1024;
/// The longest text that a place begins with, in bytes. Longer ones are compared as far as that.
const MAX_TEXT: usize = 256;
/// The length of a [`hash`].
const HASH: usize = 22;

/// Stands between the parts of lists and places. No text of one line has it, and it sorts before all that texts have.
pub(super) const SEPARATOR: char = '\t';

/// A place in a list. The places of a list sort by the bytes of their texts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The list.
    pub list: String,
    /// The text that stands there, and the key of the resource, which sorts those with one text.
    pub place: String,
}

/// The resource that stands at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pointer {
    /// The partition of its key, as text.
    pub partition: String,
    /// The sort text of its key.
    pub sort: String,
    /// All words by which it is found, with a space between, in a list of words; else nothing.
    pub words: String,
}

/// The entries of a resource.
pub type Entries = BTreeMap<Position, Pointer>;

/// The entries to remove and to put so that the index has those of a resource as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Difference {
    /// Those to remove.
    pub gone: Vec<Position>,
    /// Those to put.
    pub new: Vec<(Position, Pointer)>,
}

impl Difference {
    /// The difference between the entries that the index has and those that it should have.
    #[must_use]
    pub fn between(mut before: Entries, mut after: Entries) -> Self {
        after.retain(|position, pointer| before.remove(position).as_ref() != Some(pointer));
        // A place that gets another pointer is put, which replaces it.
        before.retain(|position, _| !after.contains_key(position));
        Self {
            gone: before.into_keys().collect(),
            new: after.into_iter().collect(),
        }
    }
}

/// The entries of a resource; none if it is `None` or the noun has no lists.
#[must_use]
pub fn entries<R: Resource>(entity: Option<&Entity<R>>) -> Entries {
    match entity {
        Some(entity) if !R::INDEX.is_none() => entries_of::<R>(&entity.key, &Terms::of(entity)),
        _ => Entries::new(),
    }
}

/// The entries of a resource that has these terms.
#[must_use]
pub fn entries_of<R: Resource>(key: &R::Key, terms: &Terms) -> Entries {
    let (partition, sort) = key.texts();
    let owner = (R::ACCESS == Access::Private).then(|| UserId::new(&partition));
    let owner = owner.as_ref();
    let key = format!("{sort}{SEPARATOR}{partition}");
    let mut entries = Entries::new();
    let mut put = |list: String, text: &str, words: &str| {
        let place = place(text, &key);
        let pointer = Pointer {
            partition: partition.clone(),
            sort: sort.clone(),
            words: words.to_owned(),
        };
        entries.insert(Position { list, place }, pointer);
    };
    let all = terms.words.join(" ");
    for word in &terms.words {
        put(words_list::<R>(owner, word), word, &all);
    }
    for (member, text) in &terms.sorts {
        put(sorted_list::<R>(owner, None, member), text, "");
    }
    for filter in R::INDEX.filters {
        let values = terms.filters.iter();
        for (_, value) in values.filter(|(of, _)| of == filter.parameter) {
            for (member, text) in &terms.sorts {
                if filter.sorts.contains(&member.as_str()) {
                    let list = sorted_list::<R>(owner, Some((filter.parameter, value)), member);
                    put(list, text, "");
                }
            }
        }
    }
    entries
}

/// The place of a text and a key. A key that is too long is told apart by its hash.
fn place(text: &str, key: &str) -> String {
    let text = cut(text, MAX_TEXT);
    let room = MAX_PLACE - text.len() - SEPARATOR.len_utf8();
    if key.len() <= room {
        return format!("{text}{SEPARATOR}{key}");
    }
    let beginning = cut(key, room - SEPARATOR.len_utf8() - HASH);
    format!("{text}{SEPARATOR}{beginning}{SEPARATOR}{}", hash(key))
}

fn hash(key: &str) -> String {
    let sum = digest::digest(&digest::SHA256, key.as_bytes());
    URL_SAFE_NO_PAD.encode(&sum.as_ref()[..16])
}

/// The beginning of the places whose texts begin so.
pub(super) fn beginning(text: &str) -> &str {
    cut(text, MAX_TEXT)
}

/// The text that a place begins with.
pub(super) fn text_of(place: &str) -> &str {
    place.split(SEPARATOR).next().unwrap_or_default()
}

/// The list of the words that begin with the same character as this one. A list for each character spreads the writes.
pub(super) fn words_list<R: Resource>(owner: Option<&UserId>, word: &str) -> String {
    let first = word.chars().next().map(String::from).unwrap_or_default();
    list::<R>(owner, &["word", &first])
}

/// The list of a member's values, of all resources or of those with a value.
pub(super) fn sorted_list<R: Resource>(
    owner: Option<&UserId>,
    filter: Option<(&str, &str)>,
    member: &str,
) -> String {
    match filter {
        Some((parameter, value)) => {
            list::<R>(owner, &["with", parameter, cut(value, MAX_TEXT), member])
        }
        None => list::<R>(owner, &["sort", member]),
    }
}

fn list<R: Resource>(owner: Option<&UserId>, parts: &[&str]) -> String {
    let mut list = R::MANY.to_owned();
    for part in owner.map(UserId::as_str).iter().chain(parts) {
        list.push(SEPARATOR);
        list.push_str(part);
    }
    list
}

/// The folded values of a resource that stand in lists. A store keeps them to know later which entries there are.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Terms {
    /// The words, each once.
    pub(super) words: Vec<String>,
    /// The parameters and the values that they find.
    pub(super) filters: Vec<(String, String)>,
    /// The members and the texts that they are sorted by.
    pub(super) sorts: Vec<(String, String)>,
    #[serde(skip)]
    max_words: usize,
}

impl Terms {
    /// The terms of a resource.
    #[must_use]
    pub fn of<R: Resource>(entity: &Entity<R>) -> Self {
        let mut terms = Self {
            max_words: max_words::<R>(),
            ..Self::default()
        };
        entity.fields.visit_index(&entity.key, &mut terms);
        terms
    }

    pub(super) fn text(&self, member: &str) -> Option<&str> {
        let mut sorts = self.sorts.iter();
        sorts.find_map(|(of, text)| (of == member).then_some(text.as_str()))
    }

    pub(super) fn has(&self, parameter: &str, value: &str) -> bool {
        let mut filters = self.filters.iter();
        filters.any(|(of, text)| of == parameter && text == value)
    }
}

/// The words by which a resource is found: as many as there is room for besides its other entries.
fn max_words<R: Resource>() -> usize {
    let filters = R::INDEX.filters.iter();
    let filtered: usize = filters.map(|filter| MAX_VALUES * filter.sorts.len()).sum();
    MAX_ENTRIES.saturating_sub(R::INDEX.sorts.len() + filtered)
}

impl IndexVisitor for Terms {
    fn words(&mut self, value: &impl Indexed) {
        value.each_text(&mut |text| {
            for word in all_words(text) {
                if self.words.len() < self.max_words && !self.words.contains(&word) {
                    self.words.push(word);
                }
            }
        });
    }

    fn filter(&mut self, parameter: &'static str, value: &impl Indexed) {
        let before = self.filters.len();
        value.each_text(&mut |text| {
            let value = fold(text);
            let is_new = !self.has(parameter, &value);
            if is_new && self.filters.len() - before < MAX_VALUES {
                self.filters
                    .push((parameter.to_owned(), value.into_owned()));
            }
        });
    }

    fn sort(&mut self, member: &'static str, value: &impl Indexed) {
        value.each_text(&mut |text| {
            if self.text(member).is_none() {
                // Free text may have the separator.
                let first = text_of(&fold(text)).to_owned();
                self.sorts.push((member.to_owned(), first));
            }
        });
    }
}
