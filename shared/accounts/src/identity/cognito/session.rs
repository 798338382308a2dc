//! The session of a challenge, as the app gets it: the username, followed by Cognito's session. Cognito requires the
//! username again, and the app need not know it. Cognito checks that the two belong together.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret as _, SecretString};

/// Builds the session for the app. Some challenges have no session of Cognito.
pub(super) fn pack(username: &str, session: Option<&str>) -> SecretString {
    let username = URL_SAFE_NO_PAD.encode(username);
    format!("{username}.{}", session.unwrap_or_default()).into()
}

/// Reads the username and Cognito's session; `None` if the text was not built by `pack`.
pub(super) fn unpack(packed: &SecretString) -> Option<(String, Option<String>)> {
    let (username, session) = packed.expose_secret().split_once('.')?;
    let username = String::from_utf8(URL_SAFE_NO_PAD.decode(username).ok()?).ok()?;
    let session = (!session.is_empty()).then(|| session.to_owned());
    (!username.is_empty()).then_some((username, session))
}

#[cfg(test)]
mod tests;
