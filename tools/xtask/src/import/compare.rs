//! The differences between two movies.

use std::convert::Infallible;

use kit::resource::{Field, FieldVisitor, Resource as _};
use movies::Movie;
use serde_json::Value;

/// Collects the stored values of fields in their order, by their names in the API; null for a field without one.
#[derive(Default)]
struct Values(Vec<(&'static str, Value)>);

impl FieldVisitor for Values {
    type Error = Infallible;

    fn field<F: Field>(&mut self, name: &'static str, field: &F) -> Result<(), Infallible> {
        let value = field.stored().map(serde_json::to_value);
        self.0
            .push((name, value.and_then(Result::ok).unwrap_or_default()));
        Ok(())
    }
}

fn values(movie: &Movie) -> Vec<(&'static str, Value)> {
    let mut values = Values::default();
    let Ok(()) = movie.visit(&mut values);
    values.0
}

/// The members that differ, with their values in `wanted`; null removes a member.
pub(super) fn differences(found: &Movie, wanted: &Movie) -> Vec<(&'static str, Value)> {
    values(found)
        .into_iter()
        .zip(values(wanted))
        .filter(|(found, wanted)| found != wanted)
        .map(|(_, wanted)| wanted)
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::records;

    fn details(members: &str) -> Movie {
        let body = format!("{{\"title\": \"Rush\", \"year\": 2013, {members}}}");
        records::Movie::read(body.into()).unwrap().fields
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
