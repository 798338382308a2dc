//! Reads the secrets of request bodies.

use std::collections::BTreeMap;

use kit::{
    http::{
        Fault,
        json::{Members, Object, deserialize, string},
    },
    value::RawValue,
};
use secrecy::SecretString;

use crate::identity::{MAX_PASSWORD, normal_password};

/// Takes a required password in its [normal form](normal_password), of 1 to [`MAX_PASSWORD`] characters.
pub(super) fn take_password(members: &mut Members<'_>, name: &str) -> Option<SecretString> {
    let text = members.take_required(name, string)?;
    members.bounded(name, MAX_PASSWORD, normal_password(text))
}

/// Takes an optional password; null is the same as absent.
pub(super) fn take_optional_password(
    members: &mut Members<'_>,
    name: &str,
) -> Option<SecretString> {
    let text = members.take(name, string)?;
    members.bounded(name, MAX_PASSWORD, normal_password(text))
}

/// The largest number of members in an object of secrets.
const MAX_SECRETS: usize = 20;
/// The longest secret, in characters.
const MAX_SECRET: usize = 16_384;

/// Reads an object of secrets.
pub(super) fn secrets(
    raw: &RawValue,
    path: &str,
    faults: &mut Vec<Fault>,
) -> Option<BTreeMap<String, SecretString>> {
    let object: Object<'_> = deserialize(raw, path, faults, "an object of strings")?;
    let map = object.into_texts(path, faults)?;
    let fault = if map.len() > MAX_SECRETS {
        format!("must have at most {MAX_SECRETS} members")
    } else if map
        .iter()
        .any(|(name, value)| name.len() > 64 || value.chars().count() > MAX_SECRET)
    {
        format!("must have names of at most 64 bytes and values of at most {MAX_SECRET} characters")
    } else {
        return Some(
            map.into_iter()
                .map(|(name, value)| (name, value.into()))
                .collect(),
        );
    };
    faults.push(Fault::new(path, "too_long", fault));
    None
}
