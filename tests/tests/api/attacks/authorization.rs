//! `Authorization` headers that do not consist of `Bearer` and one token.

use tests::{
    issuer::{KEY, claims},
    service::USER,
};

use super::{Target, good};

crate::tests![
    two_authorization_headers,
    a_lower_case_scheme,
    no_scheme,
    another_scheme,
    two_tokens_in_one_header,
    bytes_that_are_no_text,
    a_token_in_the_query_or_in_a_cookie,
];

/// Demands that each of these requests is refused; each has these values of the header.
async fn refuse<const N: usize>(requests: [&[String]; N]) {
    let target = Target::start().await;
    for values in requests {
        let mut request = target.served.api.list("").without("authorization");
        for value in values {
            request = request.header("authorization", value);
        }
        target.refuses(&format!("{values:?}"), request).await;
    }
    good(&target.served.api).await;
    target.was_silent_about(&[token()]);
}

fn token() -> String {
    KEY.token(&claims(USER))
}

fn bearer(user: &str) -> String {
    format!("Bearer {}", KEY.token(&claims(user)))
}

async fn two_authorization_headers() {
    let (good, eve) = (bearer(USER), bearer("eve"));
    let junk = "Bearer junk".to_owned();
    let basic = "Basic YWRhOmFkYQ==".to_owned();
    refuse([
        &[good.clone(), good.clone()],
        &[good.clone(), eve.clone()],
        &[eve, good.clone()],
        &[junk.clone(), good.clone()],
        &[good.clone(), junk],
        &[basic.clone(), good.clone()],
        &[good.clone(), basic],
        &[good.clone(), good.clone(), good],
    ])
    .await;
}

async fn a_lower_case_scheme() {
    let schemes = ["bearer", "BEARER", "bEARER"];
    let values = schemes.map(|scheme| [format!("{scheme} {}", token())]);
    refuse(values.each_ref().map(<[String; 1]>::as_slice)).await;
}

async fn no_scheme() {
    refuse([
        &[token()],
        &[format!("Bearer{}", token())],
        &[format!("Bearer:{}", token())],
        &["Bearer".to_owned()],
        &["Bearer ".to_owned()],
        &[String::new()],
    ])
    .await;
}

async fn another_scheme() {
    let schemes = [
        "Basic",
        "Token",
        "JWT",
        "DPoP",
        "Bearer Bearer",
        "Bearer token",
        "Bearer token=",
    ];
    let values = schemes.map(|scheme| [format!("{scheme} {}", token())]);
    refuse(values.each_ref().map(<[String; 1]>::as_slice)).await;
}

async fn two_tokens_in_one_header() {
    let good = bearer(USER);
    refuse([
        &[format!("{good}, {good}")],
        &[format!("{good},{good}")],
        &[format!("{good} {}", token())],
        &[format!("{good};")],
        &[format!("Bearer  {}", token())],
        &[format!("Bearer\t{}", token())],
        &[format!("Bearer \"{}\"", token())],
        &[format!("Bearer <{}>", token())],
        &[format!("Bearer token={}", token())],
    ])
    .await;
}

async fn bytes_that_are_no_text() {
    refuse([
        &["Bearer \u{fc}".to_owned()],
        &[format!("Bearer {}\u{fc}", token())],
        &[format!("Bearer\u{a0}{}", token())],
    ])
    .await;
}

async fn a_token_in_the_query_or_in_a_cookie() {
    // RFC 6750, section 2.3, advises against a token in the query; a cookie would let any page use it.
    let target = Target::start().await;
    let token = token();
    for request in [
        target.served.api.list(&format!("access_token={token}")),
        target
            .served
            .api
            .list("")
            .header("cookie", format!("access_token={token}")),
    ] {
        let answer = request.without("authorization").send().await;
        answer.problem(401, "unauthorized");
    }
    target.was_silent_about(&[token]);
}
