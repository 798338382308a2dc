use super::*;

fn read(changes: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let complete = [
        ("STAGE", "Production"),
        ("MOVIES_TABLE", "m"),
        ("WATCHLIST_TABLE", "w"),
        ("PICTURES_TABLE", "p"),
        ("IDEMPOTENCY_TABLE", "i"),
        ("SEARCH_TABLE", "s"),
        ("CHANGES_TABLE", "c"),
        ("USER_POOL_ID", "eu-west-1_abc"),
        ("USER_POOL_CLIENT_ID", "c"),
        ("USER_POOL_CLIENT_SECRET", "s"),
        ("AWS_REGION", "eu-west-1"),
        ("AWS_LAMBDA_FUNCTION_NAME", "api"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "7"),
    ];
    Config::read(|name| {
        changes
            .iter()
            .chain(&complete)
            .find(|(known, _)| *known == name)
            .map(|(_, value)| (*value).to_owned())
    })
}

#[test]
fn every_fault_is_reported_at_once() {
    let error = read(&[
        ("MOVIES_TABLE", " "),
        ("IDENTITY_PROVIDERS", "Okta"),
        ("JWKS", "{}"),
        ("AWS_CA_BUNDLE", "/there/is/no/such/file"),
        ("LOG_LEVEL", "loud"),
        ("ALLOWED_ORIGINS", "example.com"),
    ])
    .unwrap_err()
    .to_string();
    for name in [
        "MOVIES_TABLE",
        "IDENTITY_PROVIDERS",
        "JWKS",
        "AWS_CA_BUNDLE",
        "LOG_LEVEL",
        "ALLOWED_ORIGINS",
    ] {
        assert!(error.contains(name), "{error}");
    }
}

#[test]
fn the_stage_is_told_by_a_setting_and_production_is_served_by_versions_alone() {
    for (stage, version, expected) in [
        ("Development", "$LATEST", Ok(Stage::Development)),
        ("Development", "7", Ok(Stage::Development)),
        ("Production", "7", Ok(Stage::Production)),
        ("Production", "$LATEST", Err("STAGE (Production is served")),
        ("production", "7", Err("STAGE (neither")),
        ("", "7", Err("STAGE (missing)")),
        (
            "Production",
            "",
            Err("AWS_LAMBDA_FUNCTION_VERSION (missing)"),
        ),
    ] {
        let config = read(&[("STAGE", stage), ("AWS_LAMBDA_FUNCTION_VERSION", version)]);
        match (config, expected) {
            (Ok(config), Ok(stage)) => assert_eq!(config.stage, stage),
            (Err(error), Err(part)) => assert!(error.to_string().contains(part), "{error}"),
            (config, _) => panic!("{stage} {version}: {config:?}"),
        }
    }
}

#[test]
fn the_key_set_is_at_the_issuer_unless_told_otherwise() {
    let issuer = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_abc";
    let config = read(&[]).unwrap();
    assert_eq!(config.issuer_url(), issuer);
    assert_eq!(config.jwks_url(), format!("{issuer}/.well-known/jwks.json"));
    let config = read(&[("JWKS_URL", "http://127.0.0.1:1/keys")]).unwrap();
    assert_eq!(config.issuer_url(), issuer);
    assert_eq!(config.jwks_url(), "http://127.0.0.1:1/keys");
}

#[test]
fn the_hosted_sign_in_is_there_when_its_domain_is() {
    assert_eq!(read(&[]).unwrap().auth_configuration().hosted_sign_in, None);
    let config = read(&[
        ("HOSTED_SIGN_IN_URL", "https://auth.example.com/"),
        (
            "REDIRECT_URIS",
            "com.example.movies:/signed-in, https://example.com/",
        ),
        ("IDENTITY_PROVIDERS", "Okta:SAML"),
    ])
    .unwrap();
    let hosted = config.auth_configuration().hosted_sign_in.unwrap();
    let token_endpoint = "https://auth.example.com/oauth2/token";
    assert_eq!(config.token_endpoint().as_deref(), Some(token_endpoint));
    let authorization_endpoint = "https://auth.example.com/oauth2/authorize";
    assert_eq!(hosted.authorization_endpoint, authorization_endpoint);
    assert_eq!(hosted.redirect_uris.len(), 2);
    assert_eq!(hosted.providers[0].kind, "SAML");
    assert!(read(&[("IDENTITY_PROVIDERS", "Okta")]).is_err());
}

#[test]
fn files_are_kept_where_both_their_urls_are_set() {
    assert_eq!(read(&[]).unwrap().files, None);
    let bucket = ("FILES_BUCKET_URL", "https://b.s3.eu-west-1.amazonaws.com");
    let public = ("FILES_URL", "https://d1.cloudfront.net");
    let files = read(&[bucket, public]).unwrap().files.unwrap();
    assert_eq!(
        files.bucket_url.host_str(),
        Some("b.s3.eu-west-1.amazonaws.com")
    );
    assert_eq!(files.public_url.host_str(), Some("d1.cloudfront.net"));
    for (changes, wrong) in [
        (vec![bucket], "FILES_URL (no URL"),
        (vec![public], "FILES_BUCKET_URL (no URL"),
        (vec![bucket, ("FILES_URL", "ftp://a/")], "FILES_URL (no URL"),
    ] {
        let error = read(&changes).unwrap_err().to_string();
        assert!(error.contains(wrong), "{error}");
    }
}

#[test]
fn origins_are_a_list() {
    assert!(read(&[]).unwrap().allowed_origins.is_empty());
    let config = read(&[(
        "ALLOWED_ORIGINS",
        "https://a.example, http://localhost:5173",
    )])
    .unwrap();
    assert_eq!(
        config.allowed_origins,
        ["https://a.example", "http://localhost:5173"]
    );
}

#[test]
fn an_origin_is_what_a_browser_sends_and_nothing_else() {
    for (listed, sent) in [
        ("https://app.example.com", "https://app.example.com"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("https://localhost", "https://localhost"),
        ("capacitor://localhost", "capacitor://localhost"),
        ("ionic://localhost", "ionic://localhost"),
        ("app+x.y-z://Host:81", "app+x.y-z://host:81"),
        ("chrome-extension://abcdef", "chrome-extension://abcdef"),
        ("http://[::1]:5173", "http://[::1]:5173"),
        // RFC 6454: lower case, without the default port of the scheme.
        ("HTTPS://App.Example.COM:443", "https://app.example.com"),
        ("http://localhost:80", "http://localhost"),
        (
            "https://b\u{fc}cher.example",
            "https://xn--bcher-kva.example",
        ),
    ] {
        let config = read(&[("ALLOWED_ORIGINS", listed)]).unwrap();
        assert_eq!(config.allowed_origins, [sent], "{listed}");
    }
    for listed in [
        "null",
        "app.example.com",
        "localhost:8080",
        "https://",
        "https:///",
        "https:app.example.com",
        "https://app.example.com/",
        "https://app.example.com/path",
        "https://app.example.com?",
        "https://app.example.com#",
        "https://user@app.example.com",
        "https://app.example.com:port",
        "https://app.example.com:99999",
        "https://*.example.com",
        "https://app\\example.com",
        "file://",
        "file://host",
        "*, https://a.example",
        "https://a.example,",
        "https://a.example https://b.example",
        "://localhost",
        "9app://localhost",
    ] {
        let error = read(&[("ALLOWED_ORIGINS", listed)])
            .unwrap_err()
            .to_string();
        assert!(error.contains("scheme://host"), "{listed}: {error}");
    }
}

#[test]
fn nobody_but_amazon_is_trusted_unless_something_stands_in_for_aws() {
    assert_eq!(read(&[]).unwrap().trust, Trust::Amazon);
    for stand_in in ["AWS_ENDPOINT_URL", "JWKS_URL"] {
        let config = read(&[(stand_in, "http://127.0.0.1:1")]).unwrap();
        assert_eq!(config.trust, Trust::System, "{stand_in}");
    }
}
