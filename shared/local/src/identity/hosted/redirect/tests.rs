use super::*;

#[test]
fn an_app_may_ask_for_what_is_registered_and_nothing_else() {
    let page: RedirectUri = "http://localhost/callback".parse().unwrap();
    let app: RedirectUri = "com.example.app:/signed-in".parse().unwrap();
    let site: RedirectUri = "https://app.example.com/callback".parse().unwrap();
    for (registered, asked, expected) in [
        (&page, "http://localhost/callback", true),
        (&page, "http://localhost:5173/callback", true),
        (&page, "http://localhost/callback/more", false),
        (&page, "http://localhost/callback?more", false),
        (&page, "https://localhost/callback", false),
        (&page, "http://127.0.0.1/callback", false),
        (&page, "http://localhost.example.com/callback", false),
        (&page, "http://user@localhost/callback", false),
        (&page, "http://localhost/callback#more", false),
        (&app, "com.example.app:/signed-in", true),
        (&app, "com.example.app:/signed-in/", false),
        (&app, "com.example.app:signed-in", false),
        (&app, "com.example.app://signed-in", false),
        (&site, "https://app.example.com/callback", true),
        (&site, "https://app.example.com:8443/callback", false),
        (&site, "https://app.example.com/callback/..", false),
    ] {
        assert_eq!(registered.allows(asked), expected, "{registered} {asked}");
    }
}

#[test]
fn what_runs_code_or_is_no_address_is_none() {
    for text in [
        "",
        "callback",
        "/callback",
        "javascript:alert(1)",
        "data:text/html,x",
        "http://localhost/callback#x",
        "http://localhost/call back",
    ] {
        assert_eq!(text.parse::<RedirectUri>(), Err(NotARedirectUri), "{text}");
    }
}
