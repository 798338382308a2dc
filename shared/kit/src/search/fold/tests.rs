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
