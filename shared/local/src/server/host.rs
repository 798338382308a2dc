//! Checks the host of a request: it must be a name of this server.
//!
//! A web page can resolve a name of its own to an address of this machine and then read from this server, the mailbox
//! first of all (DNS rebinding). The browser sends that name in the header `Host`, so unknown names are refused. An IP
//! address cannot be rebound.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    str::FromStr,
    sync::Arc,
};

use axum::{
    extract::{Extension, Request, State},
    http::{StatusCode, header},
    middleware::Next,
    response::Response,
};

use super::{connections::Ends, problem::problem};

/// The addresses that mean this machine wherever it listens: its loopback addresses, and those of the host inside the
/// emulators of Android Studio and Genymotion.
pub(super) const ADDRESSES: [IpAddr; 4] = [
    IpAddr::V4(Ipv4Addr::LOCALHOST),
    IpAddr::V6(Ipv6Addr::LOCALHOST),
    IpAddr::V4(Ipv4Addr::new(10, 0, 2, 2)),
    IpAddr::V4(Ipv4Addr::new(10, 0, 3, 2)),
];

/// The name that nobody else can register (RFC 6761, section 6.3).
pub(super) const LOCALHOST: &str = "localhost";

/// A name or an address of a host, without a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostName(String);

/// The error for a text that is not the name of a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the name of a host: write it as in `laptop.local` or `192.168.1.5`, without a port")]
pub struct NotAHostName;

impl HostName {
    /// The name, in lower case; an IPv6 address without brackets.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for HostName {
    type Err = NotAHostName;

    fn from_str(text: &str) -> Result<Self, NotAHostName> {
        let bare = text.strip_prefix('[').and_then(|v6| v6.strip_suffix(']'));
        if let Ok(address) = bare.unwrap_or(text).parse::<IpAddr>() {
            return Ok(Self(address.to_string()));
        }
        let part = |part: &str| {
            let letters = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
            (1..=63).contains(&part.len()) && part.bytes().all(letters)
        };
        // Browsers read a name whose last part is a number as an IPv4 address, and this is not a valid one.
        let last = text.rsplit('.').next().unwrap_or_default();
        let number = last.bytes().all(|byte| byte.is_ascii_digit());
        if text.len() <= 253 && !number && text.split('.').all(part) {
            Ok(Self(text.to_ascii_lowercase()))
        } else {
            Err(NotAHostName)
        }
    }
}

/// Marks a request that came from this machine and names it by an address or `localhost`.
#[derive(Debug, Clone, Copy)]
pub(super) struct FromHere;

/// The names besides those of this machine that the server answers to.
pub(super) type Allowed = Arc<[HostName]>;

/// Refuses a request whose host is not a name of this server (421), or that does not name one host (400).
pub(super) async fn check(
    State(allowed): State<Allowed>,
    Extension(ends): Extension<Ends>,
    mut request: Request,
    next: Next,
) -> Response {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else {
        return problem(
            StatusCode::BAD_REQUEST,
            "invalid-host",
            "The header Host is not valid",
            "Send the header `Host` once.",
        );
    };
    // A target that names the host decides, whatever the header says (RFC 9112, section 3.2.2).
    let uri = request.uri();
    let asked = match (uri.authority(), uri.scheme_str()) {
        (Some(_), Some(scheme)) if scheme != ends.scheme => None,
        (Some(authority), _) => Some(authority.as_str()),
        (None, _) => host.to_str().ok(),
    };
    let name = asked.and_then(without_port);
    match name.and_then(|name| judge(name, ends, &allowed)) {
        Some(Known::Machine) if ends.are_one_machine() => {
            request.extensions_mut().insert(FromHere);
        }
        Some(_) => {}
        None => {
            return problem(
                StatusCode::MISDIRECTED_REQUEST,
                "misdirected-request",
                "Not for this server",
                &advice(name),
            );
        }
    }
    next.run(request).await
}

fn advice(name: Option<&str>) -> String {
    let name = name.and_then(|name| name.parse::<HostName>().ok());
    let name = name.as_ref().map_or("NAME", HostName::as_str);
    format!(
        "It answers to localhost and to the address that it was reached by. To have it answer to another name as well, \
         start it with `cargo dev --allow-host {name}`."
    )
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    /// An address of this machine, or `localhost`.
    Machine,
    /// A name or an address that the options allow.
    Allowed,
}

fn judge(name: &str, ends: Ends, allowed: &[HostName]) -> Option<Known> {
    let v6 = name.strip_prefix('[').and_then(|v6| v6.strip_suffix(']'));
    let address = match v6 {
        Some(v6) => v6.parse().ok().map(IpAddr::V6),
        None => name.parse().ok().map(IpAddr::V4),
    };
    let machine = address.is_some_and(|address| {
        // Compared as written: no browser sends an IPv4-mapped IPv6 address.
        ADDRESSES.contains(&address) || address == ends.here
    });
    if machine || name.eq_ignore_ascii_case(LOCALHOST) {
        return Some(Known::Machine);
    }
    let known = |known: &HostName| match known.0.parse::<IpAddr>() {
        Ok(known) => address == Some(known),
        Err(_) => known.0.eq_ignore_ascii_case(name),
    };
    allowed.iter().any(known).then_some(Known::Allowed)
}

/// A host without its port, if it has one.
fn without_port(host: &str) -> Option<&str> {
    match host.rsplit_once(':') {
        // Not the port, but the end of an IPv6 address.
        Some((_, rest)) if rest.ends_with(']') => Some(host),
        Some((name, port)) => port
            .bytes()
            .all(|byte| byte.is_ascii_digit())
            .then_some(name),
        None => Some(host),
    }
}

#[cfg(test)]
mod tests;
