use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use url::{Host, ParseError, Url};

use super::Invalid;
use crate::text_value;

const MAX: usize = 2_048;

/// The largest number of bytes that are parsed: more than any URL that fits has before it is in its normal form.
const MAX_RAW: usize = 16 * MAX;

/// ASCII that the URL Standard leaves as it is and RFC 3986 does not know, so that Java's and Swift's
/// URL types refuse it.
const NOT_IN_RFC_3986: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'<')
    .add(b'>')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// An `http` or `https` URL in its normal form: scheme and host in lower case, a host of other scripts in
/// Punycode, all else that is not in RFC 3986 percent-encoded; at most 2,048 characters then.
///
/// [`ValidateUrl`](validator::ValidateUrl) does not fit: it takes any scheme and gives no reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebUrl(String);

impl WebUrl {
    /// Parses a URL.
    ///
    /// # Errors
    /// [`Invalid::UrlTooLong`] or [`Invalid::Malformed`].
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        const BAD_HOST: Invalid = Invalid::Malformed("a URL with a valid host");
        const NO_URL: Invalid = Invalid::Malformed(
            "an http or https URL with a host, such as https://example.com/a.jpg",
        );
        if text.len() > MAX_RAW {
            return Err(Invalid::UrlTooLong(MAX));
        }
        // The parser would remove some and encode others.
        if text.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Err(Invalid::Malformed(
                "a URL without white space and control characters",
            ));
        }
        // The parser would also find a host in `https:a` and `https:///a`.
        let behind_scheme = ["https://", "http://"].iter().find_map(|scheme| {
            let (start, rest) = text.split_at_checked(scheme.len())?;
            start.eq_ignore_ascii_case(scheme).then_some(rest)
        });
        if behind_scheme.is_none_or(|rest| rest.starts_with(['/', '\\'])) {
            return Err(NO_URL);
        }
        let mut url = Url::parse(text).map_err(|error| match error {
            ParseError::EmptyHost => NO_URL,
            ParseError::InvalidPort => Invalid::Malformed("a URL with a port of 0 to 65535"),
            _ => BAD_HOST,
        })?;
        // The parser takes some that no name in DNS has.
        if let Some(Host::Domain(name)) = url.host()
            && !name
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
        {
            return Err(BAD_HOST);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Invalid::Malformed(
                "a URL without a user name and a password",
            ));
        }
        encode_the_rest(&mut url);
        let normal = String::from(url);
        if has_stray_percent(&normal) {
            return Err(Invalid::Malformed(
                "a URL in which two hexadecimal digits follow every %",
            ));
        }
        if normal.len() > MAX {
            return Err(Invalid::UrlTooLong(MAX));
        }
        Ok(Self(normal))
    }

    /// The URL.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

text_value!(WebUrl);

fn encode_the_rest(url: &mut Url) {
    let encode = |part: &str| {
        let encoded = utf8_percent_encode(part, NOT_IN_RFC_3986).to_string();
        (encoded != part).then_some(encoded)
    };
    if let Some(path) = encode(url.path()) {
        url.set_path(&path);
    }
    if let Some(query) = url.query().and_then(encode) {
        url.set_query(Some(&query));
    }
    // A fragment may have a `#`, for the parser alone.
    if let Some(fragment) = url.fragment() {
        let encoded = utf8_percent_encode(fragment, NOT_IN_RFC_3986).to_string();
        url.set_fragment(Some(&encoded.replace('#', "%23")));
    }
}

/// True if a `%` is not followed by two hexadecimal digits.
pub(crate) fn has_stray_percent(text: &str) -> bool {
    let mut rest = text.split('%');
    rest.next();
    rest.any(|behind| {
        let digits = behind.as_bytes().get(..2);
        !digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    })
}

#[cfg(test)]
mod tests;
