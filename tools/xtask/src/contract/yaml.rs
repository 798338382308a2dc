//! The document as YAML, which readers of YAML 1.1 understand, too: CloudFormation is one.

use anyhow::{bail, ensure};
use serde_yaml_ng::{Mapping, Value};

/// The words that YAML 1.1 takes for something other than text, besides those of `serde_yaml_ng`.
const WORDS: [&str; 6] = ["yes", "no", "on", "off", "y", "n"];

/// The beginning of a text that has to be written in quotes. It makes `serde_yaml_ng` write them, and is then removed.
const MARK: &str = "! ";

/// Writes the document with a line between two paths, and reads it back to be sure.
pub(super) fn write(document: &Mapping) -> anyhow::Result<String> {
    let mut marked = Value::from(document.clone());
    mark(&mut marked)?;
    let text = serde_yaml_ng::to_string(&marked)?;
    let text = text
        .replace(&format!("'{MARK}"), "'")
        .replace("\n  /", "\n\n  /");
    let read: Mapping = serde_yaml_ng::from_str(&text)?;
    ensure!(
        read == *document,
        "the document does not read back as it is"
    );
    Ok(text)
}

/// Marks the texts that need quotes, and refuses what CloudFormation does.
fn mark(value: &mut Value) -> anyhow::Result<()> {
    match value {
        Value::String(text) if is_ambiguous(text) => text.insert_str(0, MARK),
        Value::Sequence(items) => items.iter_mut().try_for_each(mark)?,
        Value::Mapping(members) => {
            for (name, value) in members {
                ensure!(
                    name.is_string(),
                    "a member is called {name:?}, which is no text: put it in quotes"
                );
                mark(value)?;
            }
        }
        Value::Null => bail!("a member is null, which CloudFormation refuses"),
        Value::Tagged(_) => bail!("this cannot be written: {value:?}"),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    Ok(())
}

/// True if YAML 1.1 takes a text for a date, a time or a truth value, and YAML 1.2 for a text.
fn is_ambiguous(text: &str) -> bool {
    let of_time = |c: char| c.is_ascii_digit() || "-:.TtZz".contains(c);
    WORDS.contains(&text.to_lowercase().as_str())
        || text.contains(['-', ':'])
            && text.starts_with(|c: char| c.is_ascii_digit())
            && text.chars().all(of_time)
}
