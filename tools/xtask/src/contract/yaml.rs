//! The document as YAML, for people as well: texts in blocks, short lists on a line, a line between two paths.
//!
//! `serde_yaml_ng` writes dates without quotes. Readers of YAML 1.1, such as CloudFormation, would not take them for texts.

use std::fmt::Write as _;

use anyhow::{bail, ensure};
use serde_yaml_ng::{Mapping, Value};

/// The longest list that is written on one line, in characters.
const WIDTH: usize = 100;

/// The words that YAML 1.1 takes for something other than text.
const WORDS: [&str; 9] = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"];

/// Writes the document, and reads it back to be sure.
pub(super) fn write(document: &Mapping) -> anyhow::Result<String> {
    let mut writer = Writer::default();
    for (name, value) in document {
        match (name.as_str(), value) {
            (Some(section @ ("paths" | "components")), Value::Mapping(members)) => {
                let _ = write!(writer.text, "\n{section}:\n");
                for (at, (name, value)) in members.iter().enumerate() {
                    writer.text.push_str(if at > 0 { "\n" } else { "" });
                    writer.member(name, value, 2)?;
                }
            }
            (Some(extension), _) if extension.starts_with("x-") => {
                writer.text.push('\n');
                writer.member(name, value, 0)?;
            }
            _ => writer.member(name, value, 0)?,
        }
    }
    let read: Mapping = serde_yaml_ng::from_str(&writer.text)?;
    ensure!(
        read == *document,
        "the document does not read back as it is"
    );
    Ok(writer.text)
}

#[derive(Debug, Default)]
struct Writer {
    text: String,
}

impl Writer {
    fn mapping(&mut self, members: &Mapping, indent: usize) -> anyhow::Result<()> {
        members
            .iter()
            .try_for_each(|(name, value)| self.member(name, value, indent))
    }

    fn member(&mut self, name: &Value, value: &Value, indent: usize) -> anyhow::Result<()> {
        let Value::String(name) = name else {
            bail!("a member is called {name:?}, which is no text: put it in quotes");
        };
        let _ = write!(self.text, "{:indent$}{}:", "", scalar(name));
        self.value(value, indent)
    }

    /// Writes the value of what stands at `indent`, behind it or in the lines below.
    fn value(&mut self, value: &Value, indent: usize) -> anyhow::Result<()> {
        match value {
            Value::Mapping(members) if !members.is_empty() => {
                self.text.push('\n');
                self.mapping(members, indent + 2)?;
            }
            Value::Sequence(items) => {
                if let Some(line) = on_a_line(items) {
                    let _ = writeln!(self.text, " {line}");
                } else {
                    self.text.push('\n');
                    for item in items {
                        self.item(item, indent + 2)?;
                    }
                }
            }
            Value::String(text) if is_block(text) => self.block(text, indent + 2),
            other => {
                let line = one_line(other)?;
                let _ = writeln!(self.text, " {line}");
            }
        }
        Ok(())
    }

    fn item(&mut self, item: &Value, indent: usize) -> anyhow::Result<()> {
        match item {
            Value::Mapping(members) if !members.is_empty() => {
                let start = self.text.len();
                self.mapping(members, indent + 2)?;
                let dash = start + indent;
                self.text.replace_range(dash..=dash, "-");
                Ok(())
            }
            other => {
                let _ = write!(self.text, "{:indent$}-", "");
                self.value(other, indent)
            }
        }
    }

    fn block(&mut self, text: &str, indent: usize) {
        let end = match text {
            text if text.ends_with("\n\n") => "+",
            text if text.ends_with('\n') => "",
            _ => "-",
        };
        let _ = writeln!(self.text, " |{end}");
        for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
            let indent = if line.is_empty() { 0 } else { indent };
            let _ = writeln!(self.text, "{:indent$}{line}", "");
        }
    }
}

fn one_line(value: &Value) -> anyhow::Result<String> {
    Ok(match value {
        Value::Bool(value) => value.to_string(),
        Value::Number(value) => value.to_string(),
        Value::String(value) => scalar(value),
        Value::Mapping(_) => "{}".to_owned(),
        Value::Null => bail!("a member is null, which CloudFormation refuses"),
        Value::Sequence(_) | Value::Tagged(_) => bail!("this cannot be written: {value:?}"),
    })
}

/// The list on one line, if it is short and has nothing but scalars.
fn on_a_line(items: &[Value]) -> Option<String> {
    let is_simple =
        |item: &Value| matches!(item, Value::Bool(_) | Value::Number(_) | Value::String(_));
    if !items.iter().all(is_simple) {
        return None;
    }
    let written = items.iter().map(|item| {
        let text = one_line(item).ok()?;
        let is_quoted = text.starts_with(['\'', '"']);
        let ends_early = text.contains([',', '[', ']', '{', '}']);
        Some(if ends_early && !is_quoted {
            format!("'{}'", text.replace('\'', "''"))
        } else {
            text
        })
    });
    let line = format!("[{}]", written.collect::<Option<Vec<_>>>()?.join(", "));
    (line.len() <= WIDTH).then_some(line)
}

fn is_block(text: &str) -> bool {
    text.contains('\n')
        && !text.starts_with([' ', '\n'])
        && !text.chars().any(|c| c.is_control() && c != '\n')
}

/// A text without quotes, if everybody takes it for a text then.
fn scalar(text: &str) -> String {
    if text.chars().any(char::is_control) {
        // Strings of JSON are strings of YAML.
        serde_json::Value::from(text).to_string()
    } else if is_plain(text) {
        text.to_owned()
    } else if text.contains('\'') && !text.contains(['"', '\\']) {
        format!("\"{text}\"")
    } else {
        format!("'{}'", text.replace('\'', "''"))
    }
}

fn is_plain(text: &str) -> bool {
    let begins = |c: char| c.is_alphanumeric() || "/$_".contains(c);
    text.starts_with(begins)
        && !text.ends_with([' ', ':'])
        && !text.contains(": ")
        && !text.contains(" #")
        && !WORDS.contains(&text.to_lowercase().as_str())
        && !may_be_a_number(text)
}

/// Numbers, moments and dates of YAML 1.1, and some more.
fn may_be_a_number(text: &str) -> bool {
    let decimal = |c: char| !c.is_alphabetic() || "eEtTzZ".contains(c);
    let other = |c: char| c.is_ascii_hexdigit() || c == '_';
    let digits = ["0x", "0o", "0b"]
        .iter()
        .find_map(|base| text.strip_prefix(base));
    text.starts_with(|c: char| c.is_ascii_digit()) && text.chars().all(decimal)
        || digits.is_some_and(|digits| digits.chars().all(other))
}
