//! The form of AWS's public movie data, in which `info` is an object of all fields but the key.

use std::borrow::Cow;

use kit::{
    http::json::Members,
    resource::{PublicForm, Resource as _},
    value::RawValue,
};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::Movie;

/// The form of the data.
pub(crate) const FORM: PublicForm = PublicForm {
    object: OBJECT,
    members: &MEMBERS,
    flatten,
    write,
};

/// The name of the object.
const OBJECT: &str = "info";

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
fn flatten(members: &mut Members<'_>) {
    members.flatten(OBJECT, |name, json| {
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
#[derive(Serialize)]
struct PublicMovie<'a> {
    year: Option<&'a Value>,
    title: Option<&'a Value>,
    #[serde(serialize_with = "members")]
    info: Vec<(&'static str, Value)>,
}

fn members<S: Serializer>(members: &[(&'static str, Value)], to: S) -> Result<S::Ok, S::Error> {
    to.collect_map(members.iter().map(|(name, value)| (name, value)))
}

fn write(movie: &Map<String, Value>) -> serde_json::Result<String> {
    let others = Movie::FIELDS.iter().map(|field| (*field, *field));
    let others = others.filter(|(field, _)| MEMBERS.iter().all(|(_, known)| known != field));
    let info = MEMBERS.into_iter().chain(others);
    let info = info.filter_map(|(member, field)| {
        let value = match (member, movie.get(field)?) {
            (RELEASE_DATE, Value::String(day)) => format!("{day}T00:00:00Z").into(),
            // `7` and not `7.0`, as in the data.
            ("rating", value) => shortest_number(value),
            (_, value) => value.clone(),
        };
        Some((member, value))
    });
    serde_json::to_string(&PublicMovie {
        year: movie.get("year"),
        title: movie.get("title"),
        info: info.collect(),
    })
}

fn shortest_number(number: &Value) -> Value {
    let text = number.to_string();
    let whole = text.strip_suffix(".0").and_then(|text| text.parse().ok());
    whole.map_or_else(|| number.clone(), |whole: u64| whole.into())
}
