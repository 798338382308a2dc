use proptest::prelude::*;

use super::*;
use crate::{
    sample::{Recipe, RecipeKey},
    value::Line,
};

fn key(cuisine: &str, name: &str) -> RecipeKey {
    RecipeKey {
        cuisine: Line::parse(cuisine).unwrap(),
        name: Line::parse(name).unwrap(),
    }
}

#[test]
fn a_cursor_serves_its_own_listing_only() {
    let thai = || Line::parse("Thai").unwrap();
    let filters = [
        Filter::All,
        Filter::Partition(thai()),
        Filter::Partition(Line::parse("Thai food").unwrap()),
        Filter::Prefix(thai(), LinePrefix::parse("Pad").unwrap()),
    ];
    for written in &filters {
        let pad_thai = key("Thai", "Pad Thai");
        let cursor = write_cursor::<Recipe>(written, &pad_thai);
        for read in &filters {
            let good = read == written && written.matches(&pad_thai);
            assert_eq!(
                read_cursor::<Recipe>(read, &cursor).is_ok(),
                good,
                "{written:?}, {read:?}"
            );
        }
    }
}

#[test]
fn a_cursor_of_an_owner_serves_that_owner_only() {
    let (ada, eve) = (UserId::new("ada"), UserId::new("eve"));
    let pad_thai = key("Thai", "Pad Thai");
    let cursor = write_owner_cursor::<Recipe>(&ada, &pad_thai);
    assert_eq!(
        read_owner_cursor::<Recipe>(&ada, &cursor),
        Ok(pad_thai.clone())
    );
    assert_eq!(read_owner_cursor::<Recipe>(&eve, &cursor), Err(NotACursor));
    assert_eq!(
        read_cursor::<Recipe>(&Filter::All, &cursor),
        Err(NotACursor)
    );
    let of_all = write_cursor::<Recipe>(&Filter::All, &pad_thai);
    assert_eq!(read_owner_cursor::<Recipe>(&ada, &of_all), Err(NotACursor));
}

proptest! {
    #[test]
    fn a_cursor_round_trips(cuisine in "\\PC{1,60}", name in "\\PC{1,60}") {
        prop_assume!(Line::parse(&cuisine).is_ok() && Line::parse(&name).is_ok());
        let key = key(&cuisine, &name);
        let cursor = write_cursor::<Recipe>(&Filter::All, &key);
        prop_assert_eq!(read_cursor::<Recipe>(&Filter::All, &cursor), Ok(key));
    }

    #[test]
    fn a_cursor_with_one_character_changed_is_refused(at in any::<prop::sample::Index>(), to in "[A-Za-z0-9_-]") {
        let cursor = write_cursor::<Recipe>(&Filter::All, &key("Thai", "Pad Thai"));
        let at = at.index(cursor.len());
        let mut changed = cursor.clone();
        changed.replace_range(at..=at, &to);
        prop_assume!(changed != cursor);
        prop_assert_eq!(read_cursor::<Recipe>(&Filter::All, &changed), Err(NotACursor));
    }

    #[test]
    fn any_text_is_refused_without_a_panic(text in any::<String>()) {
        prop_assert_eq!(read_cursor::<Recipe>(&Filter::All, &text), Err(NotACursor));
    }
}
