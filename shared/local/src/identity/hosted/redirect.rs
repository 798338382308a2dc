//! The redirect URIs of the hosted sign-in.

use std::{fmt, str::FromStr};

use url::{Host, Url};

/// A URI that a hosted sign-in may redirect to: a page, or an app with a scheme of its own such as
/// `com.example.app:/signed-in`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedirectUri(String);

/// The error for a text that is not a redirect URI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "no absolute URI without a fragment, such as http://localhost/callback or com.example.app:/signed-in"
)]
pub struct NotARedirectUri;

impl FromStr for RedirectUri {
    type Err = NotARedirectUri;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let url = Url::parse(text).map_err(|_| NotARedirectUri)?;
        let runs_code = ["javascript", "data", "vbscript", "blob", "file"].contains(&url.scheme());
        if runs_code || url.fragment().is_some() || text.chars().any(char::is_whitespace) {
            return Err(NotARedirectUri);
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for RedirectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl RedirectUri {
    /// The redirect URIs that are always allowed: the paths `/callback`, and `/` of the quickstart app, of this machine, at
    /// any port.
    #[must_use]
    pub fn of_this_machine() -> Vec<Self> {
        [
            "http://localhost/callback",
            "http://127.0.0.1/callback",
            "http://localhost/",
            "http://127.0.0.1/",
        ]
        .map(|uri| Self(uri.to_owned()))
        .into()
    }

    /// True if an app may ask for this URI: it must be the same, character by character. On this machine the port does
    /// not count (RFC 8252, section 7.3).
    pub(crate) fn allows(&self, asked: &str) -> bool {
        self.0 == asked || without_port(&self.0).is_some_and(|uri| Some(uri) == without_port(asked))
    }
}

fn without_port(uri: &str) -> Option<Url> {
    let mut url = Url::parse(uri).ok()?;
    let is_here = match url.host()? {
        Host::Domain(name) => name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    };
    let plain = url.scheme() == "http" && url.username().is_empty() && url.password().is_none();
    url.set_port(None).ok()?;
    (is_here && plain).then_some(url)
}

#[cfg(test)]
mod tests;
