//! The rules that `validator` applies to request types: each is what a domain type says of a value.

use url::Url;
use validator::ValidationError;

use super::fault::EntryFault;
use crate::{
    identity::{Email, WebAuthnJson},
    movie::{ImageUrl, Info, Invalid, Name, Title, TitlePrefix, Year},
    store::item::read_date,
};

pub(super) fn title(text: &str) -> Result<(), ValidationError> {
    rule(Title::parse(text))
}

pub(super) fn title_prefix(text: &str) -> Result<(), ValidationError> {
    rule(TitlePrefix::parse(text))
}

pub(super) fn year(number: i64) -> Result<(), ValidationError> {
    rule(Year::parse(number))
}

pub(super) fn info(text: &str) -> Result<(), ValidationError> {
    rule(Info::parse(text))
}

pub(super) fn name(text: &str) -> Result<(), ValidationError> {
    rule(Name::parse(text))
}

/// Names every entry at fault by its index.
pub(super) fn names(list: &[String]) -> Result<(), ValidationError> {
    let faults: Vec<EntryFault> = list
        .iter()
        .enumerate()
        .filter_map(|(index, text)| Some(EntryFault::new(index, Name::parse(text).err()?)))
        .collect();
    if faults.is_empty() {
        return Ok(());
    }
    let mut error = ValidationError::new("entries");
    error.add_param("entries".into(), &faults);
    Err(error)
}

pub(super) fn date(text: &str) -> Result<(), ValidationError> {
    rule(read_date(text))
}

pub(super) fn image_url(text: &str) -> Result<(), ValidationError> {
    rule(ImageUrl::parse(text))
}

pub(super) fn email(text: &str) -> Result<(), ValidationError> {
    rule(Email::parse(text))
}

pub(super) fn code(text: &str) -> Result<(), ValidationError> {
    let six_digits = text.len() == 6 && text.bytes().all(|b| b.is_ascii_digit());
    rule(
        six_digits
            .then_some(())
            .ok_or(Invalid::Malformed("six digits")),
    )
}

/// What PKCE takes for a verifier (RFC 7636, section 4.1).
pub(super) fn code_verifier(text: &str) -> Result<(), ValidationError> {
    let unreserved = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    let fits = (43..=128).contains(&text.len()) && text.bytes().all(unreserved);
    rule(fits.then_some(()).ok_or(Invalid::Malformed(
        "43 to 128 letters, digits and characters of `-._~`",
    )))
}

/// Where a hosted sign-in comes back to (RFC 6749, section 3.1.2); apps have schemes of their own.
pub(super) fn redirect_uri(text: &str) -> Result<(), ValidationError> {
    const LONGEST: usize = 1_024;

    rule(match Url::parse(text) {
        _ if text.chars().count() > LONGEST => Err(Invalid::TooLong(LONGEST)),
        Ok(url) if url.fragment().is_none() => Ok(()),
        _ => Err(Invalid::Malformed("an absolute URI without a fragment")),
    })
}

/// The name of a challenge, whichever names the provider comes to know.
pub(super) fn challenge_name(text: &str) -> Result<(), ValidationError> {
    let fits = (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
    rule(
        fits.then_some(())
            .ok_or(Invalid::Malformed("the name of a challenge")),
    )
}

pub(super) fn webauthn_json(text: &str) -> Result<(), ValidationError> {
    rule(WebAuthnJson::parse(text))
}

fn rule<T>(parsed: Result<T, Invalid>) -> Result<(), ValidationError> {
    parsed.map(drop).map_err(|invalid| {
        ValidationError::new(invalid.code()).with_message(invalid.to_string().into())
    })
}
