use std::{fmt, str::FromStr};

use url::{Host, Url};

/// The base URL of a stage, such as `http://127.0.0.1:3000/Development`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address(Url);

/// The reason to reject a base URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotAnAddress {
    #[error("not an http or https URL")]
    Malformed,
    #[error("must not have a query, a fragment or a user name")]
    TooMuch,
    #[error(
        "must be https: passwords and tokens would travel in the clear; http is for this machine alone"
    )]
    InTheClear,
}

impl Address {
    /// The URL of a path of the API.
    pub(crate) fn of(&self, path: &str) -> String {
        format!("{}{path}", self.0.as_str().trim_end_matches('/'))
    }

    /// The URL of a path outside the stages. Only `cargo dev` has such paths.
    pub(crate) fn of_server(&self, path: &str) -> String {
        format!("{}{path}", self.0.origin().ascii_serialization())
    }

    /// True if it is on this machine.
    pub(crate) fn is_loopback(&self) -> bool {
        match self.0.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(ip)) => ip.is_loopback(),
            Some(Host::Ipv6(ip)) => ip.is_loopback(),
            None => false,
        }
    }
}

impl FromStr for Address {
    type Err = NotAnAddress;

    fn from_str(text: &str) -> Result<Self, NotAnAddress> {
        let url = Url::parse(text).map_err(|_| NotAnAddress::Malformed)?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(NotAnAddress::Malformed);
        }
        let user = !url.username().is_empty() || url.password().is_some();
        if user || url.query().is_some() || url.fragment().is_some() {
            return Err(NotAnAddress::TooMuch);
        }
        let address = Self(url);
        if address.0.scheme() == "http" && !address.is_loopback() {
            return Err(NotAnAddress::InTheClear);
        }
        Ok(address)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

#[cfg(test)]
mod tests;
