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
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn case_and_accents_make_no_difference() {
        for (text, folded) in [
            ("The Matrix", "the matrix"),
            ("AMÉLIE", "amelie"),
            ("Ame\u{301}lie", "amelie"),
            ("Straße", "strasse"),
            ("ΟΔΥΣΣΕΥΣ", "οδυσσευσ"),
            ("Οδυσσεύς", "οδυσσευσ"),
            ("İstanbul", "istanbul"),
            ("ﬁlm", "film"),
            ("Ｆｕｌｌ", "full"),
            ("🎬", "🎬"),
        ] {
            assert_eq!(fold(text), folded, "{text}");
        }
    }

    #[test]
    fn words_are_letters_and_digits() {
        let cases: [(&str, &[&str]); 9] = [
            ("The Matrix", &["the", "matrix"]),
            ("Spider-Man", &["spider", "man"]),
            ("O'Brien", &["obrien"]),
            ("O\u{2019}Brien", &["obrien"]),
            ("S.W.A.T.", &["swat"]),
            ("50/50", &["50", "50"]),
            ("V/H/S/2", &["v", "h", "s", "2"]),
            ("七人の侍", &["七", "人", "の", "侍"]),
            ("🎬 +!", &[]),
        ];
        for (text, expected) in cases {
            assert_eq!(words(text), expected, "{text}");
        }
        assert_eq!(words(&"x".repeat(100)), ["x".repeat(32)]);
        let cases: [(&str, &[&str]); 5] = [
            ("d'Amélie", &["damelie", "amelie"]),
            ("O'Brien", &["obrien", "brien"]),
            ("S.W.A.T.", &["swat"]),
            ("The Matrix", &["the", "matrix"]),
            ("🎬", &[]),
        ];
        for (text, expected) in cases {
            assert_eq!(all_words(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn folding_a_folded_text_changes_nothing(text in any::<String>()) {
            let folded = fold(&text).into_owned();
            prop_assert_eq!(fold(&folded), folded.as_str());
        }

        #[test]
        fn a_cut_text_is_a_beginning(text in any::<String>(), bytes in 0..40_usize) {
            let beginning = cut(&text, bytes);
            prop_assert!(text.starts_with(beginning) && beginning.len() <= bytes);
        }
    }
}
