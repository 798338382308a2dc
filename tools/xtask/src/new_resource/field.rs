//! The types that a field of a new resource can have.

use std::str::FromStr;

use anyhow::{Context as _, ensure};
use heck::{ToLowerCamelCase as _, ToSnakeCase as _, ToUpperCamelCase as _};
use serde::Serialize;

/// Members that every answer or request has.
const TAKEN: [&str; 12] = [
    "addedBy",
    "clear",
    "count",
    "createdAt",
    "cursor",
    "etag",
    "items",
    "limit",
    "nextCursor",
    "owner",
    "updatedAt",
    "version",
];

/// A type of a field.
struct Kind {
    name: &'static str,
    /// The type in Rust, and what of it is imported from `kit::value`.
    rust: &'static str,
    value: Option<&'static str>,
    /// Its schema in requests: the name of a shared one, or the lines of its own.
    schema: Option<&'static str>,
    input: &'static [&'static str],
    /// Its schema in answers, and whether every answer has it.
    output: &'static [&'static str],
    always: bool,
    /// Two examples in JSON, and an expression in Rust that makes one of a number from 1 to 28, if there are so many.
    examples: [&'static str; 2],
    numbered: Option<&'static str>,
}

#[rustfmt::skip]
const KINDS: [Kind; 6] = [
    Kind {
        name: "line", rust: "Option<Line>", value: Some("Line"),
        schema: Some("ShortText"), input: &[], output: &["type: string"],
        always: false, examples: [r#""One line""#, r#""Another line""#],
        numbered: Some("number.to_string()"),
    },
    Kind {
        name: "text", rust: "Option<Text<4_000>>", value: Some("Text"), schema: None,
        input: &[
            "type: string", "maxLength: 4000",
            r"pattern: '^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef\ufffe\uffff]*$'",
        ],
        output: &["type: string"], always: false, examples: [r#""Some text.""#, r#""Another text.""#],
        numbered: Some("number.to_string()"),
    },
    Kind {
        name: "integer", rust: "Option<Integer<0, 1_000_000>>", value: Some("Integer"), schema: None,
        input: &["type: integer", "minimum: 0", "maximum: 1000000"], output: &["type: integer"],
        always: false, examples: ["1", "2"],
        numbered: Some("number"),
    },
    Kind {
        name: "flag", rust: "bool", value: None, schema: None,
        input: &["type: boolean"], output: &["type: boolean"], always: true, examples: ["true", "false"],
        numbered: None,
    },
    Kind {
        name: "date", rust: "Option<Date>", value: Some("Date"),
        schema: Some("DateInput"), input: &[], output: &["type: string", "format: date"],
        always: false, examples: [r#""2026-03-14""#, r#""2026-03-15""#],
        numbered: Some(r#"format!("2026-03-{number:02}")"#),
    },
    Kind {
        name: "lines", rust: "Vec<Line>", value: Some("Line"), schema: None,
        input: &["type: array", "maxItems: 100", "items: { $ref: '#/components/schemas/ShortText' }"],
        output: &["type: array", "items: { type: string }"],
        always: true, examples: [r#"["One line"]"#, r#"["Another line", "One line"]"#],
        numbered: Some("[number.to_string()]"),
    },
];

/// A name in the forms that code and contract have it.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Name {
    /// As a member: `cookingTime`.
    #[serde(rename = "name")]
    pub(super) member: String,
    /// As the start of a type: `CookingTime`.
    #[serde(rename = "Name")]
    upper: String,
    /// As a field: `cooking_time`.
    rust: String,
    /// In a sentence: `cooking time`.
    words: String,
    example: String,
}

impl FromStr for Name {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let rust = text.to_snake_case();
        let name = text.to_lower_camel_case();
        let is_name = rust.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
            && rust.starts_with(|c: char| c.is_ascii_lowercase());
        ensure!(
            is_name,
            "{text:?} is no name of a member, such as cookingTime"
        );
        ensure!(
            !TAKEN.contains(&name.as_str()),
            "every resource has a member {name} already"
        );
        let words = rust.replace('_', " ");
        let is_keyword = syn::parse_str::<syn::Ident>(&rust).is_err();
        let rust = if is_keyword {
            format!("r#{rust}")
        } else {
            rust
        };
        Ok(Self {
            member: name,
            upper: text.to_upper_camel_case(),
            example: format!("First {words}"),
            rust,
            words,
        })
    }
}

/// A field of the new resource.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Field {
    #[serde(flatten)]
    pub(super) name: Name,
    #[serde(rename = "type")]
    rust_type: &'static str,
    #[serde(skip)]
    pub(super) value: Option<&'static str>,
    schema: Option<&'static str>,
    input: &'static [&'static str],
    output: &'static [&'static str],
    always: bool,
    changed: &'static str,
    pub(super) numbered: Option<&'static str>,
}

impl FromStr for Field {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let (name, kind) = text
            .split_once(':')
            .with_context(|| format!("{text:?} is no NAME:TYPE"))?;
        let known = || KINDS.map(|kind| kind.name).join(", ");
        let found = KINDS.into_iter().find(|known| known.name == kind);
        let kind = found.with_context(|| format!("{kind:?} is no type of a field: {}", known()))?;
        let [example, changed] = kind.examples;
        let name = Name {
            example: example.to_owned(),
            ..name.parse()?
        };
        Ok(Self {
            name,
            rust_type: kind.rust,
            value: kind.value,
            schema: kind.schema,
            input: kind.input,
            output: kind.output,
            always: kind.always,
            changed,
            numbered: kind.numbered,
        })
    }
}
