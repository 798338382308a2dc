//! The form of texts in which a search compares them.

use std::borrow::Cow;

use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};
use unicode_segmentation::UnicodeSegmentation as _;

/// The longest word in characters. A longer one is cut here and in a search, so that it is found all the same.
const MAX_WORD: usize = 32;

/// A text without accents and without a difference of upper and lower case: "Amélie" is "amelie", and "Straße" is "strasse".
pub(super) fn fold(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            text.to_ascii_lowercase().into()
        } else {
            text.into()
        };
    }
    text.nfkd()
        .filter(|c| !is_combining_mark(*c))
        // Some letters have one upper case and two lower ones, such as σ and ς.
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase)
        .collect()
}

/// The words of a text (UAX #29, section 4), folded, each without what is no letter and no digit: "O'Brien" is "obrien".
pub(super) fn words(text: &str) -> Vec<String> {
    let folded = fold(text);
    let words = folded.unicode_words().map(letters);
    words.filter(|word| !word.is_empty()).collect()
}

/// The words by which a text is found: those of [`words`], and the parts of words, so that "d'Amélie" is also found as "amelie".
pub(super) fn all_words(text: &str) -> Vec<String> {
    let folded = fold(text);
    let mut all = Vec::new();
    for word in folded.unicode_words() {
        all.push(letters(word));
        let parts = || word.split(|c: char| !c.is_alphanumeric()).map(letters);
        if parts().nth(1).is_some() {
            // A single letter says too little.
            all.extend(parts().filter(|part| part.chars().nth(1).is_some()));
        }
    }
    all.retain(|word| !word.is_empty());
    all
}

fn letters(word: &str) -> String {
    let letters = word.chars().filter(|c| c.is_alphanumeric());
    letters.take(MAX_WORD).collect()
}

/// The beginning of a text that has this number of bytes at most.
pub(super) fn cut(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

#[cfg(test)]
mod tests;
