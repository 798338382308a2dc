use super::*;

const CLIENT: &str = "local-Development";
const PAGE: &str = "http://localhost:5173/callback";
/// RFC 7636, appendix B.
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

fn read(changes: &[(&str, Option<&str>)]) -> Result<AuthorizationRequest, NotAuthorized> {
    let good = [
        ("response_type", "code"),
        ("client_id", CLIENT),
        ("redirect_uri", PAGE),
        ("scope", "openid aws.cognito.signin.user.admin"),
        ("state", "s"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let kept = good
        .iter()
        .filter(|(name, _)| changes.iter().all(|(changed, _)| changed != name))
        .copied();
    let given = changes
        .iter()
        .filter_map(|(name, value)| Some((*name, (*value)?)));
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(kept.chain(given))
        .finish();
    AuthorizationRequest::read(&query, CLIENT, &RedirectUri::of_this_machine())
}

#[test]
fn whom_the_redirect_uri_does_not_belong_to_is_told_nothing() {
    for changes in [
        [("client_id", Some("another"))],
        [("client_id", None)],
        [("redirect_uri", Some("https://evil.example.com/"))],
        [("redirect_uri", None)],
    ] {
        let refused = read(&changes).unwrap_err();
        assert!(matches!(refused, NotAuthorized::Page(_)), "{changes:?}");
    }
    let twice = format!("client_id={CLIENT}&client_id={CLIENT}");
    let refused = AuthorizationRequest::read(&twice, CLIENT, &[]).unwrap_err();
    assert!(matches!(refused, NotAuthorized::Page(_)));
}

#[test]
fn the_app_is_told_what_else_is_wrong() {
    for (name, value, error) in [
        ("response_type", Some("token"), "unsupported_response_type"),
        ("response_type", None, "unsupported_response_type"),
        ("code_challenge_method", Some("plain"), "invalid_request"),
        ("code_challenge_method", None, "invalid_request"),
        ("code_challenge", None, "invalid_request"),
        ("code_challenge", Some("E9Melhoa2Owv"), "invalid_request"),
        ("scope", Some("openid"), "invalid_scope"),
        (
            "scope",
            Some("openid admin aws.cognito.signin.user.admin"),
            "invalid_scope",
        ),
        ("identity_provider", Some("Google"), "invalid_request"),
    ] {
        let Err(NotAuthorized::App(url)) = read(&[(name, value)]) else {
            panic!("{name} {value:?}");
        };
        let url = Url::parse(&url).unwrap();
        let told: HashMap<_, _> = url.query_pairs().collect();
        assert_eq!(told["error"], error, "{name} {value:?}");
        assert_eq!(told["state"], "s");
    }
}

#[test]
fn the_answer_keeps_what_the_app_had_in_its_address() {
    let request = read(&[]).unwrap();
    let url = request.granted(&"a code&".into());
    assert_eq!(url, format!("{PAGE}?code=a+code%26&state=s"));
}
