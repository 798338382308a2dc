//! The differences between two movies.

use api::{
    movie::{Details, ImageUrl, Info, Name, Rating},
    store::item::write_date,
};
use serde_json::{Value, json};

/// The members of a movie without its key, by their names in the API; null for an unknown value.
fn members(details: &Details) -> [(&'static str, Value); 9] {
    // Destructured, so that a new member of `Details` cannot be forgotten here.
    let Details {
        info,
        directors,
        actors,
        genres,
        rating,
        release_date,
        running_time_seconds,
        image_url,
        rank,
    } = details;
    [
        ("info", json!(info.as_ref().map(Info::as_str))),
        ("directors", names(directors)),
        ("actors", names(actors)),
        ("genres", names(genres)),
        ("rating", json!(rating.map(Rating::get))),
        ("releaseDate", json!(release_date.map(write_date))),
        ("runningTimeSeconds", json!(running_time_seconds)),
        ("imageUrl", json!(image_url.as_ref().map(ImageUrl::as_str))),
        ("rank", json!(rank)),
    ]
}

fn names(names: &[Name]) -> Value {
    if names.is_empty() {
        return Value::Null;
    }
    names.iter().map(Name::as_str).collect()
}

/// The members that differ, with their values in `wanted`; null removes a member.
pub(super) fn differences(found: &Details, wanted: &Details) -> Vec<(&'static str, Value)> {
    members(found)
        .into_iter()
        .zip(members(wanted))
        .filter(|(found, wanted)| found != wanted)
        .map(|(_, wanted)| wanted)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::Movie;

    fn details(members: &str) -> Details {
        let body = format!("{{\"title\": \"Rush\", \"year\": 2013, {members}}}");
        Movie::read(body.into()).unwrap().details
    }

    #[test]
    fn equal_movies_do_not_differ() {
        let one = details(r#""rating": 8.30, "genres": ["Drama"], "actors": []"#);
        let other = details(r#""info": {"genres": ["Drama"], "rating": 8.3}"#);
        assert_eq!(differences(&one, &other), []);
    }

    #[test]
    fn the_members_that_differ_are_named_with_what_is_wanted() {
        let found =
            details(r#""rating": 8.3, "genres": ["Drama"], "rank": 2, "info": "Two drivers""#);
        let wanted = details(r#""rating": 8, "genres": ["Drama", "Sport"], "info": "Two drivers""#);
        let expected = [
            ("genres", json!(["Drama", "Sport"])),
            ("rating", json!(8.0)),
            ("rank", Value::Null),
        ];
        assert_eq!(differences(&found, &wanted), expected);
    }
}
