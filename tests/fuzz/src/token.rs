//! An access token: any text, and a token that is signed with the issuer's key, whatever it says.

use std::{collections::BTreeMap, sync::LazyLock};

use accounts::token::{Issuer, SCOPE, Verifier};
use serde_json::{Value, value::RawValue};
use tests::{
    block_on,
    issuer::{CLIENT, ISS, KEY, OTHER_KEY, part},
};
use time::OffsetDateTime;

use crate::{seal::tampered, world::KEYS};

static VERIFIER: LazyLock<Verifier> = LazyLock::new(|| {
    let issuer = Issuer {
        url: ISS.to_owned(),
        client_id: CLIENT.to_owned(),
    };
    Verifier::new(issuer, KEYS.clone())
});

/// The time of the inputs, so that they do not expire: 2027-01-15.
const NOW: i64 = 1_800_000_000;

/// Nobody is let in by a text that the issuer did not sign, and of what it signed only by an access token that is in
/// force, for this app client, with the scope of the API. The input is a token, or a header and claims on two lines.
pub(crate) fn run(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    assert!(verified(text).is_none(), "a token that nobody signed");
    let Some((header, claims)) = text.split_once('\n') else {
        return;
    };
    let token = KEY.sign_text(header, claims);
    let Some((user, groups)) = verified(&token) else {
        return;
    };
    let header = members(header).expect("a header is an object");
    assert_eq!(value(&header, "alg"), "RS256");
    assert_eq!(value(&header, "kid"), KEY.id);
    for hidden in ["jku", "jwk", "x5u", "x5c", "crit"] {
        assert!(!header.contains_key(hidden), "a header with {hidden}");
    }
    let claims = members(claims).expect("claims are an object");
    assert_eq!(value(&claims, "sub"), user.as_str());
    assert!(!user.is_empty() && value(&claims, "username") != "");
    assert_eq!(value(&claims, "iss"), ISS);
    assert_eq!(value(&claims, "client_id"), CLIENT);
    assert_eq!(value(&claims, "token_use"), "access");
    let scope = value(&claims, "scope");
    let mut scopes = scope.as_str().unwrap_or_default().split(' ');
    assert!(scopes.any(|scope| scope == SCOPE), "{scope}");
    let expires = value(&claims, "exp").as_i64().expect("a time");
    assert!(
        (NOW - 60..=NOW + 24 * 60 * 60 + 60).contains(&expires),
        "{expires}"
    );
    if claims.contains_key("nbf") {
        let begins = value(&claims, "nbf").as_i64().expect("a time");
        assert!(begins <= NOW + 60, "{begins}");
    }
    if !groups.is_empty() {
        assert_eq!(value(&claims, "cognito:groups"), Value::from(groups));
    }
    // The last characters of the parts have bits that mean nothing, but a decoder may not ignore them.
    let any = data.iter().map(|byte| usize::from(*byte)).sum();
    assert!(
        verified(&tampered(&token, any)).is_none(),
        "a token that was tampered with"
    );
    let (signed, _) = token.rsplit_once('.').expect("a signature");
    assert!(
        verified(&OTHER_KEY.sign_part(signed)).is_none(),
        "another key"
    );
    let unsigned = format!("{}.{}.", part("{\"alg\":\"none\"}"), part("{}"));
    assert!(verified(&unsigned).is_none(), "no signature");
}

/// The user and the groups of a token that is accepted.
fn verified(token: &str) -> Option<(String, Vec<String>)> {
    let now = OffsetDateTime::from_unix_timestamp(NOW).expect("a moment");
    let holder = block_on(VERIFIER.verify(token, now)).ok()?;
    Some((holder.user.as_str().to_owned(), holder.groups))
}

type Members<'a> = BTreeMap<String, &'a RawValue>;

/// The members of an object, none of those that are read twice.
fn members(text: &str) -> Option<Members<'_>> {
    serde_json::from_str(text).ok()
}

fn value(members: &Members<'_>, name: &str) -> Value {
    let text = members.get(name).map_or("null", |value| value.get());
    serde_json::from_str(text).expect("JSON")
}
