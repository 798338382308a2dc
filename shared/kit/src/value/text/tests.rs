use proptest::prelude::*;

use super::*;

#[test]
fn no_character_of_nfc_is_longer_than_what_is_looked_at() {
    let longest = ('\0'..=char::MAX)
        .filter(|c| c.nfc().eq([*c]))
        .map(|c| c.nfd().map(char::len_utf8).sum())
        .max();
    assert!(
        longest.is_some_and(|longest: usize| longest <= RAW_BYTES),
        "{longest:?}"
    );
}

#[test]
fn lines_are_data() {
    for title in [
        "Fast & Furious",
        "50/50",
        "V/H/S/2",
        "+1",
        "Amélie",
        "🎬",
        "8½",
        "%2F",
        "M",
    ] {
        assert_eq!(Line::parse(title).unwrap().as_str(), title);
    }
}

#[test]
fn the_two_ways_to_write_an_accent_are_one_line() {
    assert_eq!(Line::parse("Ame\u{301}lie"), Line::parse("Am\u{e9}lie"));
}

#[test]
fn bad_lines_are_refused() {
    let too_long = "x".repeat(256);
    for (title, why) in [
        ("", Invalid::Blank),
        (" \u{3000}", Invalid::Blank),
        ("a\0b", Invalid::ControlCharacter),
        ("a\nb", Invalid::ControlCharacter),
        ("\u{85}", Invalid::ControlCharacter),
        ("a\u{2029}b", Invalid::LineSeparator),
        ("\u{200b}", Invalid::Blank),
        ("\u{202e}", Invalid::DirectionalFormatting),
        ("a\u{1ffff}", Invalid::Noncharacter),
        (&too_long, Invalid::TextTooLong(255)),
    ] {
        assert_eq!(Line::parse(title), Err(why), "{title:?}");
    }
    assert!(Line::parse(&"x".repeat(255)).is_ok());
}

#[test]
fn free_text_may_have_lines() {
    let text = "a\r\n\tb\u{2028}c\u{2029}\u{200f}\u{feff}";
    assert_eq!(Text::<4_000>::parse(text).unwrap().as_str(), text);
    for (text, why) in [
        ("a\u{b}b", Invalid::ControlCharacter),
        ("\u{2067}a", Invalid::DirectionalFormatting),
        ("\u{fffe}", Invalid::Noncharacter),
    ] {
        assert_eq!(Text::<4_000>::parse(text), Err(why), "{text:?}");
    }
}

proptest! {
    #[test]
    fn parsing_a_parsed_line_changes_nothing(text in any::<String>()) {
        if let Ok(line) = Line::parse(&text) {
            prop_assert_eq!(Line::parse(line.as_str()), Ok(line));
        }
    }
}
