//! Who is meant by a request.
//!
//! Any web page may let a name of its own stand for 127.0.0.1 and then read from here what is not
//! for it, the mailbox first of all (DNS rebinding). The browser tells, in the header `Host`, the
//! name by which it was sent here.

use axum::{
    extract::Request,
    http::{StatusCode, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};

use super::problem::Problem;

/// The names of this machine that no one else can give away.
const NAMES: [&str; 3] = ["127.0.0.1", "localhost", "[::1]"];

/// Lets through what is for this machine by name.
pub(super) async fn check(request: Request, next: Next) -> Response {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    match (hosts.next(), hosts.next()) {
        (Some(host), None) if host.to_str().is_ok_and(is_here) => next.run(request).await,
        (Some(_), None) => Problem {
            status: StatusCode::MISDIRECTED_REQUEST,
            slug: "misdirected-request",
            title: "Not for this server",
            detail: "It answers to 127.0.0.1, localhost and [::1] only.",
        }
        .into_response(),
        _ => Problem {
            status: StatusCode::BAD_REQUEST,
            slug: "invalid-host",
            title: "The header Host is not valid",
            detail: "Send the header `Host` once.",
        }
        .into_response(),
    }
}

/// Whether a `Host`, with a port or without, is a name of this machine.
fn is_here(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        // Not the port, but the end of an IPv6 address.
        Some((_, rest)) if rest.ends_with(']') => host,
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        Some(_) => return false,
        None => host,
    };
    NAMES.iter().any(|known| known.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_no_one_can_give_away_are_this_machine() {
        for (host, here) in [
            ("127.0.0.1", true),
            ("127.0.0.1:3000", true),
            ("localhost:80", true),
            ("LocalHost", true),
            ("[::1]", true),
            ("[::1]:3000", true),
            ("", false),
            (":3000", false),
            ("evil.example", false),
            ("evil.example:3000", false),
            ("localhost.evil.example", false),
            ("127.0.0.1.evil.example:3000", false),
            ("127.0.0.1:3000:80", false),
            ("localhost:evil", false),
            ("evil@localhost", false),
            ("::1", false),
            ("0.0.0.0:3000", false),
        ] {
            assert_eq!(is_here(host), here, "{host}");
        }
    }
}
