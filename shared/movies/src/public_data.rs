//! The form of AWS's public movie data, in which `info` is an object of all fields but the key.

use std::{borrow::Cow, convert::Infallible};

use kit::{
    http::json::Members,
    resource::{Field, FieldVisitor, Resource as _},
    value::RawValue,
};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{Movie, MovieKey};

/// The members of `info` in the order of the data, each with the name of its field.
const MEMBERS: [(&str, &str); 9] = [
    ("directors", "directors"),
    (RELEASE_DATE, "releaseDate"),
    ("rating", "rating"),
    ("genres", "genres"),
    ("image_url", "imageUrl"),
    ("plot", "info"),
    ("rank", "rank"),
    ("running_time_secs", "runningTimeSeconds"),
    ("actors", "actors"),
];

/// The member that is a moment in the data; the day counts.
const RELEASE_DATE: &str = "release_date";

/// Puts the members of an `info` that is an object beside the others, under the names of the fields. A field that the data does
/// not have keeps its name.
pub(crate) fn flatten(members: &mut Members<'_>) {
    members.flatten("info", |name, json| {
        let known = MEMBERS.iter().find(|(member, _)| *member == name);
        let field = match known {
            Some((_, field)) => *field,
            None => *Movie::FIELDS.iter().find(|field| {
                **field == name && MEMBERS.iter().all(|(_, known)| known != *field)
            })?,
        };
        let day = (name == RELEASE_DATE).then(|| day(json)).flatten();
        let json = day.map_or(Cow::Borrowed(json), Cow::Owned);
        Some((field, json))
    });
}

/// The day of a moment such as `2013-09-02T00:00:00Z`.
fn day(json: &RawValue) -> Option<Box<RawValue>> {
    let moment: String = serde_json::from_str(json.get()).ok()?;
    OffsetDateTime::parse(&moment, &Rfc3339).ok()?;
    let (day, _) = moment.split_at_checked(10)?;
    serde_json::value::to_raw_value(day).ok()
}

/// A movie in the form of the data.
#[derive(Debug, Serialize)]
pub struct PublicMovie<'a> {
    year: u16,
    title: &'a str,
    #[serde(serialize_with = "members")]
    info: Vec<(String, Value)>,
}

impl<'a> PublicMovie<'a> {
    /// The movie with this key and these fields.
    #[must_use]
    pub fn new(key: &'a MovieKey, movie: &Movie) -> Self {
        let mut fields = Values(Map::new());
        let Ok(()) = movie.visit(&mut fields);
        let Values(mut left) = fields;
        let mut info = Vec::new();
        for (member, field) in MEMBERS {
            let Some(value) = left.remove(field) else {
                continue;
            };
            let value = match (member, value) {
                (RELEASE_DATE, Value::String(day)) => (day + "T00:00:00Z").into(),
                // `7` and not `7.0`, as in the data.
                ("rating", value) => shortest_number(value),
                (_, value) => value,
            };
            info.push((member.to_owned(), value));
        }
        info.extend(left);
        Self {
            year: key.year.get(),
            title: key.title.as_str(),
            info,
        }
    }
}

fn members<S: Serializer>(members: &[(String, Value)], to: S) -> Result<S::Ok, S::Error> {
    to.collect_map(members.iter().map(|(name, value)| (name, value)))
}

/// Collects the stored values of fields.
struct Values(Map<String, Value>);

impl FieldVisitor for Values {
    type Error = Infallible;

    fn field<F: Field>(&mut self, name: &'static str, field: &F) -> Result<(), Infallible> {
        let value = field.stored().map(serde_json::to_value);
        if let Some(Ok(value)) = value {
            self.0.insert(name.to_owned(), value);
        }
        Ok(())
    }
}

fn shortest_number(number: Value) -> Value {
    let text = number.to_string();
    let whole = text.strip_suffix(".0").and_then(|text| text.parse().ok());
    whole.map_or(number, |whole: u64| whole.into())
}
