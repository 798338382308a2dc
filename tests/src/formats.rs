//! The recorded formats in `tests/formats`: the data that each release wrote or received, and that every later one has
//! to read (`docs/adr/0015-formats-outlive-versions.md`).

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

/// The recorded formats of one release.
#[derive(Debug)]
pub struct Release {
    version: [u32; 3],
    folder: PathBuf,
}

/// Every release of which a format is recorded, the oldest first.
#[must_use]
pub fn releases() -> Vec<Release> {
    let mut releases: Vec<_> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .map(Release::of)
        .collect();
    releases.sort_by_key(|release| release.version);
    assert!(!releases.is_empty());
    releases
}

/// The release whose formats are written today.
#[must_use]
pub fn newest() -> Release {
    releases().pop().unwrap()
}

/// The members that a later release may add, in one of two forms: `dynamodb` or `json`.
#[must_use]
pub fn from_the_future(form: &str) -> Value {
    read(&folder().join("from-the-future.json"))[form].take()
}

impl Release {
    fn of(folder: PathBuf) -> Self {
        let name = folder.file_name().unwrap().to_str().unwrap();
        let parts: Vec<_> = name.split('.').map(|part| part.parse().unwrap()).collect();
        Self {
            version: parts.try_into().unwrap(),
            folder,
        }
    }

    /// Its version, such as `0.1.0`.
    #[must_use]
    pub fn name(&self) -> String {
        self.version.map(|part| part.to_string()).join(".")
    }

    /// One of its files.
    #[must_use]
    pub fn read(&self, file: &str) -> Value {
        read(&self.folder.join(file))
    }
}

/// Demands that the current code writes the format of the newest release. Times may differ, their form may not.
pub fn is_as_recorded(file: &str, found: &Value) {
    let newest = newest();
    assert!(
        timeless(&newest.read(file)) == timeless(found),
        "{file} is no longer as {} wrote it: see tests/formats/README.md. Now it is\n{found:#}",
        newest.name(),
    );
}

/// True if a value has everything that `recorded` has; it may have more members.
#[must_use]
pub fn has_all_of(found: &Value, recorded: &Value) -> bool {
    match (found, recorded) {
        (Value::Object(found), Value::Object(recorded)) => recorded.iter().all(|(name, value)| {
            let found = found.get(name);
            found.is_some_and(|found| has_all_of(found, value))
        }),
        (Value::Array(found), Value::Array(recorded)) => {
            let same_length = found.len() == recorded.len();
            let mut pairs = found.iter().zip(recorded);
            same_length && pairs.all(|(found, recorded)| has_all_of(found, recorded))
        }
        _ => found == recorded,
    }
}

/// An object with the members of another added.
#[must_use]
pub fn with(object: &Value, others: &Value) -> Value {
    let mut object = object.clone();
    let all = object.as_object_mut().unwrap();
    for (name, value) in others.as_object().unwrap() {
        assert!(!all.contains_key(name), "{name} is there already");
        all.insert(name.clone(), value.clone());
    }
    object
}

/// Replaces the digits of times, and of values that contain a time, by zeros.
fn timeless(value: &Value) -> Value {
    match value {
        Value::Object(object) => {
            let members = object.iter().map(|(name, value)| {
                let is_time = ["begunAt", "createdAt", "updatedAt", "expiresAt", "etag"]
                    .contains(&name.as_str());
                let value = if is_time {
                    zeros(value)
                } else {
                    timeless(value)
                };
                (name.clone(), value)
            });
            Value::Object(members.collect())
        }
        Value::Array(list) => list.iter().map(timeless).collect(),
        other => other.clone(),
    }
}

fn zeros(value: &Value) -> Value {
    let text = value.to_string();
    // An entity tag has its time in hexadecimal.
    let digit = |c: char| if c.is_ascii_hexdigit() { '0' } else { c };
    let zeros: String = text.chars().map(digit).collect();
    // Numbers become strings: many zeros are no JSON number.
    zeros.into()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("formats")
}

fn read(path: &Path) -> Value {
    let text = fs::read_to_string(path);
    let text = text.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
