//! The parameters of a search: words, a filter, an order, or the beginning of the sort text.
//!
//! Each combination that a list serves is a search. Any other is refused, and the fault says which there are: none is answered
//! by reading all resources.

use crate::{
    http::{Fault, query::Parameters},
    resource::{FilterIndex, Key as _, Resource},
    search::{Folded, Search, Words},
    value::{Invalid, Line, LinePrefix},
};

/// The parameter of words.
const WORDS: &str = "q";
/// The parameter of the order.
const SORT: &str = "sort";

/// The parameters that were given of those that say what is listed, with valid values or not.
#[derive(Debug)]
pub(super) struct Given {
    /// Those of a partition and of the beginning of its sort texts, as far as the operation has them.
    listing: [Option<&'static str>; 2],
    /// The filter of which the parameter was given.
    filter: Option<&'static FilterIndex>,
    /// All, of which the first decides which others can be given with it.
    names: Vec<&'static str>,
}

impl Given {
    /// Notes what was given, before any of it is taken. `listing` names the parameters of a partition and of the beginning of its
    /// sort texts.
    pub(super) fn of<R: Resource>(
        parameters: &Parameters,
        listing: [Option<&'static str>; 2],
    ) -> Self {
        let [partition, beginning] = listing;
        let all = partition
            .into_iter()
            .chain(has_words::<R>().then_some(WORDS))
            .chain(beginning)
            .chain(R::INDEX.filters.iter().map(|filter| filter.parameter))
            .chain(has_orders::<R>().then_some(SORT));
        let mut filters = R::INDEX.filters.iter();
        Self {
            listing,
            filter: filters.find(|filter| parameters.has(filter.parameter)),
            names: all.filter(|name| parameters.has(name)).collect(),
        }
    }

    /// The search that the parameters ask for; `None` if they ask for a listing, or are at fault. The beginning of the sort text
    /// was taken before.
    pub(super) fn take_search<R: Resource>(
        &self,
        parameters: &mut Parameters,
        beginning: Option<&LinePrefix>,
    ) -> Option<Search> {
        self.refuse_others::<R>(parameters);
        let words = has_words::<R>().then(|| parameters.take(WORDS, parse_words));
        let mut value = None;
        for filter in R::INDEX.filters {
            let taken = parameters.take(filter.parameter, parse_value);
            value = value.or(taken.map(|value| (filter.parameter, value)));
        }
        let order = self.take_order::<R>(parameters);
        match *self.names.first()? {
            WORDS => Some(Search::Words(words??)),
            first if Some(first) == self.listing[0] => None,
            first if Some(first) == self.listing[1] => {
                let parsed = Folded::parse(beginning?.as_str());
                let refuse = |invalid| parameters.refuse(Fault::invalid(first, invalid));
                Some(Search::Sorted {
                    filter: None,
                    by: R::Key::SORT,
                    beginning: Some(parsed.map_err(refuse).ok()?),
                    descending: false,
                })
            }
            _ => {
                let default = self.filter.and_then(|filter| filter.sorts.first());
                let (by, descending) = order.or_else(|| default.map(|by| (*by, false)))?;
                Some(Search::Sorted {
                    filter: value,
                    by,
                    beginning: None,
                    descending,
                })
            }
        }
    }

    /// Takes the member to sort by, and whether the order is descending.
    fn take_order<R: Resource>(&self, parameters: &mut Parameters) -> Option<(&'static str, bool)> {
        if !has_orders::<R>() {
            return None;
        }
        let text = parameters.take(SORT, |text| Ok(text.to_owned()))?;
        let (member, descending) = match text.strip_prefix('-') {
            Some(member) => (member, true),
            None => (text.as_str(), false),
        };
        let served = self.filter.map_or(R::INDEX.sorts, |filter| filter.sorts);
        if let Some(by) = served.iter().find(|served| **served == member) {
            return Some((*by, descending));
        }
        let orders = served.join(", ");
        let known = R::INDEX.sorts.contains(&member);
        parameters.refuse(match self.filter.filter(|_| known) {
            Some(filter) => Fault::new(
                SORT,
                "not_allowed_together",
                format!(
                    "must be one of {orders} together with {}, each also with a - before it: no index serves another",
                    filter.parameter
                ),
            ),
            None => Fault::new(
                SORT,
                "invalid_value",
                format!("must be one of {orders}, each also with a - before it"),
            ),
        });
        None
    }

    /// Refuses the parameters that cannot be given together with the first.
    fn refuse_others<R: Resource>(&self, parameters: &mut Parameters) {
        let Some((first, others)) = self.names.split_first() else {
            return;
        };
        let [partition, beginning] = self.listing;
        let mut refuse = |name: &str, message: String| {
            parameters.refuse(Fault::new(name, "not_allowed_together", message));
        };
        if beginning == Some(*first) && !R::INDEX.sorts.contains(&R::Key::SORT) {
            let partition = partition.unwrap_or_default();
            let message = format!("can only be given together with {partition}");
            refuse(first, message);
        }
        let filters = R::INDEX.filters.iter();
        let of_filters = filters.map(|filter| (filter.parameter, SORT));
        let listing = partition.zip(beginning).into_iter();
        let pairs: Vec<_> = listing.chain(of_filters).collect();
        let known: Vec<_> = pairs
            .iter()
            .map(|(one, other)| format!("; {one} can with {other}"))
            .collect();
        for other in others {
            if !pairs.contains(&(*first, *other)) {
                let known = known.concat();
                let message = format!("cannot be given together with {first}{known}");
                refuse(other, message);
            }
        }
    }
}

fn has_words<R: Resource>() -> bool {
    !R::INDEX.words.is_empty()
}

fn has_orders<R: Resource>() -> bool {
    !R::INDEX.sorts.is_empty()
}

fn parse_words(text: &str) -> Result<Words, Invalid> {
    Words::parse(LinePrefix::parse(text)?.as_str())
}

fn parse_value(text: &str) -> Result<Folded, Invalid> {
    Folded::parse(Line::parse(text)?.as_str())
}
