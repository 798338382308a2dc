//! The members of request bodies. A body of several is a tuple of them.

use std::collections::BTreeMap;

use kit::{
    http::{
        Fault,
        json::{Members, Object, ReadMembers, deserialize, string, text},
    },
    value::{Invalid, RawValue},
};
use secrecy::SecretString;

use crate::identity::{Email, MAX_PASSWORD, normal_password};

/// The longest refresh token that is read; Cognito's have some 1,800 characters.
const MAX_REFRESH_TOKEN: usize = 8_192;
const MAX_SECRETS: usize = 20;
/// The longest secret, in characters.
const MAX_SECRET: usize = 16_384;

/// The member `email`.
impl ReadMembers for Email {
    fn read(members: &mut Members<'_>) -> Option<Self> {
        members.take_required("email", text(Self::parse))
    }
}

/// The member `code`: a code from an e-mail or from an authenticator app.
pub(super) struct Code(pub(super) SecretString);

impl ReadMembers for Code {
    fn read(members: &mut Members<'_>) -> Option<Self> {
        let code = members.take_required("code", text(six_digits));
        code.map(Self)
    }
}

fn six_digits(text: &str) -> Result<SecretString, Invalid> {
    let fits = text.len() == 6 && text.bytes().all(|b| b.is_ascii_digit());
    checked(fits, text, "six digits").map(Into::into)
}

/// Takes a text if it fits the form.
pub(super) fn checked(fits: bool, text: &str, form: &'static str) -> Result<String, Invalid> {
    let text = fits.then(|| text.to_owned());
    text.ok_or(Invalid::Malformed(form))
}

pub(super) struct Password(pub(super) SecretString);

impl ReadMembers for Password {
    fn read(members: &mut Members<'_>) -> Option<Self> {
        take_password(members, "password").map(Self)
    }
}

/// The member `password`, which may be left out or null.
pub(super) struct OptionalPassword(pub(super) Option<SecretString>);

impl ReadMembers for OptionalPassword {
    fn read(members: &mut Members<'_>) -> Option<Self> {
        let text = members.take("password", string);
        Some(Self(
            text.and_then(|text| normal(members, "password", text)),
        ))
    }
}

pub(super) struct NewPassword(pub(super) SecretString);

impl ReadMembers for NewPassword {
    fn read(members: &mut Members<'_>) -> Option<Self> {
        take_password(members, "newPassword").map(Self)
    }
}

/// The member `currentPassword`: the proof that the user sends the request.
pub(super) struct CurrentPassword(pub(super) SecretString);

impl ReadMembers for CurrentPassword {
    fn read(members: &mut Members<'_>) -> Option<Self> {
        take_password(members, "currentPassword").map(Self)
    }
}

fn take_password(members: &mut Members<'_>, name: &str) -> Option<SecretString> {
    let text = members.take_required(name, string)?;
    normal(members, name, text)
}

/// Converts a password to its [normal form](normal_password), of 1 to [`MAX_PASSWORD`] characters.
fn normal(members: &mut Members<'_>, name: &str, text: String) -> Option<SecretString> {
    members.bounded(name, MAX_PASSWORD, normal_password(text))
}

pub(super) struct RefreshToken(pub(super) SecretString);

impl ReadMembers for RefreshToken {
    fn read(members: &mut Members<'_>) -> Option<Self> {
        let token = members.take_secret("refreshToken", MAX_REFRESH_TOKEN);
        token.map(Self)
    }
}

pub(super) fn secrets(
    raw: &RawValue,
    path: &str,
    faults: &mut Vec<Fault>,
) -> Option<BTreeMap<String, SecretString>> {
    let object: Object<'_> = deserialize(raw, path, faults, "an object of strings")?;
    let map = object.into_texts(path, faults)?;
    let mut all = map.iter();
    let fault = if map.len() > MAX_SECRETS {
        format!("must have at most {MAX_SECRETS} members")
    } else if all.any(|(name, value)| name.len() > 64 || value.chars().count() > MAX_SECRET) {
        format!("must have names of at most 64 bytes and values of at most {MAX_SECRET} characters")
    } else {
        let secrets = map.into_iter().map(|(name, value)| (name, value.into()));
        return Some(secrets.collect());
    };
    faults.push(Fault::new(path, "too_long", fault));
    None
}
