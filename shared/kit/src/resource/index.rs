//! The declaration of a search: the lists that a noun's resources stand in.

use crate::{
    resource::Required,
    value::{Date, Hundredths, Integer, Line, Text},
};

/// The lists that a noun's resources stand in: of their words, and in orders of their own. A noun without any has
/// [`Index::NONE`], and pays nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Index {
    /// The members whose words are found, those first whose words count most.
    pub words: &'static [&'static str],
    /// The members whose values are found.
    pub filters: &'static [FilterIndex],
    /// The members that resources are sorted by.
    pub sorts: &'static [&'static str],
}

/// The lists of a member's values: one for each value and order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FilterIndex {
    /// The member.
    pub member: &'static str,
    /// The parameter that names a value.
    pub parameter: &'static str,
    /// The members that the resources with a value are sorted by, of [`Index::sorts`]; the first unless another is asked for.
    pub sorts: &'static [&'static str],
}

impl Index {
    /// No list.
    pub const NONE: Self = Self {
        words: &[],
        filters: &[],
        sorts: &[],
    };

    /// True if there is no list.
    #[must_use]
    pub const fn is_none(&self) -> bool {
        self.words.is_empty() && self.filters.is_empty() && self.sorts.is_empty()
    }

    /// True if a change of this member may change a list.
    #[must_use]
    pub fn has(&self, member: &str) -> bool {
        self.words.contains(&member)
            || self.sorts.contains(&member)
            || self.filters.iter().any(|filter| filter.member == member)
    }
}

/// Visits the values that stand in lists, in the order of the declaration.
pub trait IndexVisitor {
    /// Visits a value whose words are found.
    fn words(&mut self, value: &impl Indexed);
    /// Visits a value that a parameter names.
    fn filter(&mut self, parameter: &'static str, value: &impl Indexed);
    /// Visits a value that resources are sorted by.
    fn sort(&mut self, member: &'static str, value: &impl Indexed);
}

/// A value that can stand in a list.
pub trait Indexed {
    /// Calls `each` with each text of the value: none if there is no value. Numbers are written by [`sortable`].
    fn each_text(&self, each: &mut dyn FnMut(&str));
}

/// Writes a number so that texts sort as the numbers do.
#[must_use]
pub fn sortable(number: u32) -> String {
    format!("{number:010}")
}

impl Indexed for Line {
    fn each_text(&self, each: &mut dyn FnMut(&str)) {
        each(self.as_str());
    }
}

impl<const MAX: usize> Indexed for Text<MAX> {
    fn each_text(&self, each: &mut dyn FnMut(&str)) {
        each(self.as_str());
    }
}

impl Indexed for Date {
    fn each_text(&self, each: &mut dyn FnMut(&str)) {
        each(self.as_str());
    }
}

impl<const MIN: u32, const MAX: u32> Indexed for Integer<MIN, MAX> {
    fn each_text(&self, each: &mut dyn FnMut(&str)) {
        each(&sortable(self.get()));
    }
}

impl<const MAX: u16> Indexed for Hundredths<MAX> {
    fn each_text(&self, each: &mut dyn FnMut(&str)) {
        each(&format!("{:08.2}", self.get()));
    }
}

impl<T: Indexed> Indexed for Option<T> {
    fn each_text(&self, each: &mut dyn FnMut(&str)) {
        if let Some(value) = self {
            value.each_text(each);
        }
    }
}

impl<T: Indexed> Indexed for Vec<T> {
    fn each_text(&self, each: &mut dyn FnMut(&str)) {
        for value in self {
            value.each_text(each);
        }
    }
}

impl<T: Indexed> Indexed for Required<T> {
    fn each_text(&self, each: &mut dyn FnMut(&str)) {
        self.0.each_text(each);
    }
}
