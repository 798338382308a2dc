//! Search: lists of resources by their words, by values and in orders of their own.
//!
//! A noun [declares](crate::resource!) its lists. A store keeps them in an index: on a laptop its entries are written with the resource, on
//! DynamoDB by the function that follows the table's stream (`docs/adr/0055-the-feed-of-changes.md`). An entry
//! is a [`Position`], where a resource stands, and a [`Pointer`] to it. A page is one range of a list and the resources that its
//! entries point to, so it costs the same however many resources there are.
//!
//! Texts are compared folded: without accents, and without a difference of upper and lower case.

mod entry;
mod fold;

pub use self::entry::{Difference, Entries, Pointer, Position, Terms, entries, entries_of};
use self::{
    entry::{SEPARATOR, beginning, sorted_list, text_of, words_list},
    fold::{fold, words},
};
use crate::{
    page::{NotACursor, open, seal},
    resource::{Entity, Resource},
    user::UserId,
    value::Invalid,
};

/// The most entries that a page of a search by several words looks at: the list is that of one word, and the others are
/// compared.
const LOOKED_AT: usize = 200;

/// The resources to find.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Search {
    /// Those that for each of these texts have a word that begins with it.
    Words(Words),
    /// Those in an order.
    Sorted {
        /// The parameter and the value that they have; `None` for all resources.
        filter: Option<(&'static str, Folded)>,
        /// The member that they are sorted by. A resource without a value is not listed.
        by: &'static str,
        /// The beginning of the member's text.
        beginning: Option<Folded>,
        /// True for the order from the last to the first.
        descending: bool,
    },
}

/// A text in the form in which texts are compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folded(String);

impl Folded {
    /// Folds a text.
    ///
    /// # Errors
    /// [`Invalid`] if it has nothing but accents.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let folded = fold(text);
        if folded.is_empty() {
            return Err(Invalid::Blank);
        }
        Ok(Self(folded.into_owned()))
    }
}

/// The beginnings of words, folded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// The longest, which few words begin with: its list is read.
    first: String,
    others: Vec<String>,
}

impl Words {
    /// Parses the words of a text.
    ///
    /// # Errors
    /// [`Invalid`] if it has none.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        const NONE: Invalid = Invalid::Malformed("a text with a letter or a digit");

        let mut all = words(text);
        let longest = all.iter().enumerate().rev();
        let (at, _) = longest.max_by_key(|(_, word)| word.len()).ok_or(NONE)?;
        let first = all.remove(at);
        all.retain(|word| *word != first);
        Ok(Self { first, others: all })
    }

    /// The word of a resource by which it is found: the least of those that the first begins; `None` if another begins none.
    fn found<'a>(&self, words: &(impl Iterator<Item = &'a str> + Clone)) -> Option<&'a str> {
        let begins = |beginning: &String| words.clone().any(|word| word.starts_with(beginning));
        if !self.others.iter().all(begins) {
            return None;
        }
        let found = words.clone().filter(|word| word.starts_with(&self.first));
        found.min()
    }
}

/// The request for one page of a search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchRequest {
    /// The resources to find.
    pub search: Search,
    /// The user whose resources are found, of a private resource; else `None`.
    pub owner: Option<UserId>,
    /// The most resources of the page, 1 to [`MAX_LIMIT`](crate::page::MAX_LIMIT).
    pub limit: u8,
    /// The last place of the page before; the page starts behind it, though its resource may be gone.
    pub after: Option<String>,
}

/// A page of a search.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchPage<R: Resource> {
    /// The resources, in the order of their places.
    pub items: Vec<Entity<R>>,
    /// The place behind which the next page starts; `None` when there is none.
    pub next: Option<String>,
}

impl SearchRequest {
    /// The list that is read.
    #[must_use]
    pub fn list<R: Resource>(&self) -> String {
        let owner = self.owner.as_ref();
        match &self.search {
            Search::Words(words) => words_list::<R>(owner, &words.first),
            Search::Sorted { filter, by, .. } => {
                let filter = filter.as_ref();
                let filter = filter.map(|(parameter, Folded(value))| (*parameter, value.as_str()));
                sorted_list::<R>(owner, filter, by)
            }
        }
    }

    /// The beginning of the places that are read.
    #[must_use]
    pub fn beginning(&self) -> &str {
        match &self.search {
            Search::Words(words) => &words.first,
            Search::Sorted {
                beginning: Some(Folded(text)),
                ..
            } => beginning(text),
            Search::Sorted { .. } => "",
        }
    }

    /// True if places are read from the last to the first.
    #[must_use]
    pub fn is_descending(&self) -> bool {
        matches!(
            self.search,
            Search::Sorted {
                descending: true,
                ..
            }
        )
    }

    /// The most entries that a page looks at.
    #[must_use]
    pub fn looked_at(&self) -> usize {
        match &self.search {
            Search::Words(words) if !words.others.is_empty() => LOOKED_AT,
            _ => self.limit.into(),
        }
    }

    /// Chooses the entries of a page from those that were read, in their order. `next` is the place of the last that was read,
    /// if others follow.
    #[must_use]
    pub fn choose(
        &self,
        read: Vec<(String, Pointer)>,
        next: Option<String>,
    ) -> (Vec<(String, Pointer)>, Option<String>) {
        let mut chosen = Vec::new();
        let mut read = read.into_iter().peekable();
        while let Some((place, pointer)) = read.next() {
            if !self.takes(&place, &pointer) {
                continue;
            }
            chosen.push((place, pointer));
            if chosen.len() == usize::from(self.limit) && read.peek().is_some() {
                let last = chosen.last().map(|(place, _)| place.clone());
                return (chosen, last);
            }
        }
        (chosen, next)
    }

    /// True if the entry is the one by which the search finds its resource.
    fn takes(&self, place: &str, pointer: &Pointer) -> bool {
        match &self.search {
            Search::Words(words) => words.found(&pointer.words.split(' ')) == Some(text_of(place)),
            Search::Sorted { .. } => true,
        }
    }

    /// True if the resource, as it is now, is found by the search at this place. It may have changed since the entry was read,
    /// and a version of the service that knows no such list leaves entries behind.
    #[must_use]
    pub fn finds<R: Resource>(&self, entity: &Entity<R>, place: &str) -> bool {
        let terms = Terms::of(entity);
        let text = match &self.search {
            Search::Words(words) => words.found(&terms.words.iter().map(String::as_str)),
            Search::Sorted {
                filter,
                by,
                beginning,
                ..
            } => {
                let filter = filter.as_ref();
                let has =
                    filter.is_none_or(|(parameter, Folded(value))| terms.has(parameter, value));
                let text = terms.text(by).filter(|_| has);
                text.filter(|text| {
                    let beginning = beginning.as_ref();
                    beginning.is_none_or(|Folded(beginning)| text.starts_with(beginning))
                })
            }
        };
        text.is_some_and(|text| beginning(text) == text_of(place))
    }

    /// The text that tells the cursors of this search from those of others.
    fn scope<R: Resource>(&self) -> Vec<u8> {
        let direction = if self.is_descending() { "-" } else { "" };
        let mut scope = format!("search\0{}\0{direction}", self.list::<R>());
        let texts: Vec<&String> = match &self.search {
            Search::Words(words) => [&words.first].into_iter().chain(&words.others).collect(),
            Search::Sorted { beginning, .. } => beginning.iter().map(|Folded(text)| text).collect(),
        };
        for text in texts {
            scope.push('\0');
            scope.push_str(text);
        }
        scope.into_bytes()
    }

    /// Writes the cursor behind a place.
    #[must_use]
    pub fn write_cursor<R: Resource>(&self, place: &str) -> String {
        seal::<R>(&self.scope::<R>(), place)
    }

    /// Reads a cursor that [`write_cursor`](Self::write_cursor) wrote for the same search.
    ///
    /// # Errors
    /// [`NotACursor`] for every other text.
    pub fn read_cursor<R: Resource>(&self, text: &str) -> Result<String, NotACursor> {
        let place = open::<R>(&self.scope::<R>(), text)?;
        // DynamoDB refuses to start outside of the range.
        let is_place = place.contains(SEPARATOR) && place.starts_with(self.beginning());
        Some(place).filter(|_| is_place).ok_or(NotACursor)
    }
}

#[cfg(test)]
mod tests;
