use proptest::prelude::*;
use time::macros::datetime;

use super::*;
use crate::{
    sample::{Recipe, RecipeKey},
    store::StoreError,
    value::{Integer, Line},
};

fn line(text: &str) -> Line {
    Line::parse(text).unwrap()
}

fn recipe(cuisine: &str, name: &str, ingredients: &[&str]) -> Entity<Recipe> {
    let key = RecipeKey {
        cuisine: line(cuisine),
        name: line(name),
    };
    let fields = Recipe {
        ingredients: ingredients.iter().map(|text| line(text)).collect(),
        ..Recipe::default()
    };
    let now = datetime!(2026-03-14 09:26:53 UTC);
    Entity::new(key, fields, UserId::new("ada"), now)
}

fn words(text: &str) -> SearchRequest {
    request(Search::Words(Words::parse(text).unwrap()))
}

fn sorted(by: &'static str, beginning: Option<&str>) -> SearchRequest {
    request(Search::Sorted {
        filter: None,
        by,
        beginning: beginning.map(|text| Folded::parse(text).unwrap()),
        descending: false,
    })
}

fn request(search: Search) -> SearchRequest {
    SearchRequest {
        search,
        owner: None,
        limit: 50,
        after: None,
    }
}

/// The places of a recipe at which a request finds it.
fn found(request: &SearchRequest, entity: &Entity<Recipe>) -> Vec<String> {
    let list = request.list::<Recipe>();
    let all = entries(Some(entity)).into_iter();
    let read = all.filter(|(position, _)| {
        position.list == list && position.place.starts_with(request.beginning())
    });
    let read = read.map(|(position, pointer)| (position.place, pointer));
    let (chosen, _) = request.choose(read.collect(), None);
    let places = chosen.into_iter().map(|(place, _)| place);
    places
        .filter(|place| request.finds(entity, place))
        .collect()
}

#[test]
fn every_word_finds_its_resource_once() {
    let recipe = recipe("Thai", "Pad Thai", &["Peanuts", "Pérsil", "Pad"]);
    for (text, place) in [
        ("pad", Some("pad\tPad Thai\tThai")),
        ("thai pad", Some("thai\tPad Thai\tThai")),
        ("PERSIL", Some("persil\tPad Thai\tThai")),
        ("p", Some("pad\tPad Thai\tThai")),
        ("pe th", Some("peanuts\tPad Thai\tThai")),
        ("pad thai soup", None),
        ("ad", None),
    ] {
        let places = found(&words(text), &recipe);
        assert_eq!(places.first().map(String::as_str), place, "{text}");
        assert!(places.len() < 2, "{text}: {places:?}");
    }
}

#[test]
fn a_text_without_words_is_refused() {
    assert!(Words::parse("🎬 !").is_err());
    assert!(Folded::parse("\u{301}").is_err());
}

#[test]
fn a_value_that_is_missing_stands_in_no_list() {
    let mut soup = recipe("Thai", "Soup", &[]);
    assert!(found(&sorted("cookingTime", None), &soup).is_empty());
    soup.fields.cooking_time = Some(Integer::parse(30).unwrap());
    assert_eq!(
        found(&sorted("cookingTime", None), &soup),
        ["0000000030\tSoup\tThai"]
    );
    assert_eq!(found(&sorted("name", Some("SOU")), &soup).len(), 1);
    assert!(found(&sorted("name", Some("soup ")), &soup).is_empty());
}

#[test]
fn a_beginning_longer_than_what_a_place_has_is_compared_as_a_whole() {
    let name = "a".repeat(255) + "é";
    let name = &name[1..];
    let recipe = recipe("Thai", name, &[]);
    for (beginning, is_found) in [
        (name, true),
        (&name[..253], true),
        (&(name.to_owned() + "x")[..], false),
    ] {
        let found = found(&sorted("name", Some(beginning)), &recipe);
        assert_eq!(found.len(), usize::from(is_found), "{beginning}");
    }
}

#[test]
fn an_update_moves_what_it_changes_and_nothing_else() {
    let before = recipe("Thai", "Pad Thai", &["Noodles", "Egg"]);
    let after = recipe("Thai", "Pad Thai", &["Noodles", "Tofu"]);
    let none = Difference::between(entries(Some(&before)), entries(Some(&before)));
    assert_eq!(none, Difference::default());
    let moved = Difference::between(entries(Some(&before)), entries(Some(&after)));
    let gone: Vec<_> = moved
        .gone
        .iter()
        .map(|position| position.place.as_str())
        .collect();
    assert_eq!(gone, ["pad thai\tPad Thai\tThai", "egg\tPad Thai\tThai"]);
    // Every word's entry has all words.
    assert_eq!(moved.new.len(), 5);
}

#[test]
fn a_cursor_serves_its_own_search_only() {
    let requests = [
        words("pad thai"),
        words("pad thai soup"),
        words("pad"),
        sorted("name", None),
        sorted("name", Some("pa")),
        sorted("cookingTime", None),
    ];
    for (i, written) in requests.iter().enumerate() {
        let place = format!("{}x\tkey", written.beginning());
        let cursor = written.write_cursor::<Recipe>(&place);
        for (j, read) in requests.iter().enumerate() {
            let expected = if i == j {
                Ok(place.clone())
            } else {
                Err(NotACursor)
            };
            assert_eq!(read.read_cursor::<Recipe>(&cursor), expected, "{i} {j}");
        }
    }
}

proptest! {
    // Each has up to 200 texts of up to 255 characters.
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn the_entries_of_a_resource_are_bounded(
        name in "\\PC{1,255}",
        texts in prop::collection::vec("\\PC{1,255}", 0..100),
    ) {
        prop_assume!(Line::parse(&name).is_ok());
        let mut recipe = recipe("Thai", &name, &[]);
        recipe.fields.ingredients = texts.iter().filter_map(|text| Line::parse(text).ok()).collect();
        let all = entries(Some(&recipe));
        prop_assert!(all.len() <= 48);
        // What a store keeps is enough to find them again.
        let kept = serde_json::to_string(&Terms::of(&recipe)).unwrap();
        let kept: Terms = serde_json::from_str(&kept).unwrap();
        prop_assert_eq!(&entries_of::<Recipe>(&recipe.key, &kept), &all);
        for (position, pointer) in all {
            prop_assert!(position.list.len() <= 2048 && position.place.len() <= 1024);
            prop_assert_eq!(StoreError::key_of::<Recipe>(&pointer).ok(), Some(recipe.key.clone()));
        }
    }
}
