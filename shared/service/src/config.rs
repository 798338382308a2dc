//! The settings of the Lambda function, read once from its environment.

mod error;

use std::collections::BTreeMap;

use accounts::identity::{AuthConfiguration, HostedSignIn, PASSWORD_POLICY, Provider};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::HeaderValue;
use kit::{stage::Stage, store::dynamo::SharedTables};
use secrecy::SecretString;
use url::Url;

pub use self::error::ConfigError;
use crate::{aws::Trust, nouns::NOUNS};

/// The settings of one function. Each field names its environment variable. Each stage has its own function and
/// settings.
#[derive(Debug, Clone)]
pub struct Config {
    /// `STAGE`: the stage that the function serves, `Development` or `Production`.
    pub stage: Stage,
    /// The names of the tables.
    pub tables: TableNames,
    /// `FILES_BUCKET_URL` and `FILES_URL`: the place of the files of resources; without both, no files are kept.
    pub files: Option<FilesConfig>,
    /// `USER_POOL_ID`: the Cognito user pool.
    pub user_pool_id: String,
    /// `USER_POOL_CLIENT_ID`: the app client whose tokens are accepted.
    pub user_pool_client_id: String,
    /// `USER_POOL_CLIENT_SECRET`: the secret of that client.
    pub user_pool_client_secret: SecretString,
    /// `AWS_REGION`, set by Lambda.
    pub region: String,
    /// `AWS_LAMBDA_FUNCTION_NAME`, set by Lambda.
    pub function_name: String,
    /// `AWS_LAMBDA_FUNCTION_VERSION`, set by Lambda: `$LATEST` or a number. Production accepts only a number.
    pub function_version: String,
    /// `ALLOWED_ORIGINS`: the origins (RFC 6454) whose pages may call the API, such as `https://app.example.com` or
    /// `capacitor://localhost`, separated by commas; `*`, the default, for all. Empty if all are allowed.
    /// Allowing all is safe: callers send tokens, never cookies, so a page of another site gets no access.
    pub allowed_origins: Vec<HeaderValue>,
    /// `HOSTED_SIGN_IN_URL`: the user pool's domain, such as `https://auth.example.com`; without
    /// it there is no hosted sign-in.
    pub hosted_sign_in_url: Option<String>,
    /// `REDIRECT_URIS`: the URIs to which a hosted sign-in may redirect, separated by commas.
    pub redirect_uris: Vec<String>,
    /// `LOGOUT_URIS`: the URIs to which a hosted sign-out may redirect, separated by commas.
    pub logout_uris: Vec<String>,
    /// `IDENTITY_PROVIDERS`: the federated identity providers that users can choose, as `name:type`, separated by
    /// commas.
    pub identity_providers: Vec<Provider>,
    /// `JWKS_URL`: the URL of the pool's key set, if it is not the issuer's.
    pub jwks_url: Option<String>,
    /// `JWKS`: the pool's key set at the time of the deployment, in base64 (RFC 4648, section 4), which needs no
    /// quoting. This field holds the decoded text. With it, a cold start does not wait for a fetch of the keys.
    pub jwks: Option<String>,
    /// `AWS_ENDPOINT_URL`: the URL of a service that is called instead of AWS.
    pub endpoint_url: Option<String>,
    /// `AWS_CA_BUNDLE`: the certificate authorities that are trusted. See [`Trust::read`].
    pub trust: Trust,
    /// `LOG_LEVEL`: `error`, `warn`, `info` (the default), `debug` or `trace`, in any case.
    pub log_level: tracing::level_filters::LevelFilter,
}

/// The place of the files of resources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilesConfig {
    /// `FILES_BUCKET_URL`: the URL of the bucket that clients upload to.
    pub bucket_url: Url,
    /// `FILES_URL`: the URL at which everyone reads.
    pub public_url: Url,
}

impl FilesConfig {
    fn read(given: impl Fn(&str) -> Option<String>) -> Result<Option<Self>, ConfigError> {
        const NAMES: [&str; 2] = ["FILES_BUCKET_URL", "FILES_URL"];
        let texts = NAMES.map(given);
        if texts.iter().all(Option::is_none) {
            return Ok(None);
        }
        let urls = texts.map(|text| {
            let url = text.and_then(|text| Url::parse(&text).ok());
            url.filter(|url| matches!(url.scheme(), "https" | "http"))
        });
        let faults = NAMES.iter().zip(&urls).filter(|(_, url)| url.is_none());
        let faults = faults.map(|(name, _)| format!("{name} (no URL; files need both)"));
        let faults: Vec<_> = faults.collect();
        match urls {
            [Some(bucket_url), Some(public_url)] => Ok(Some(Self {
                bucket_url,
                public_url,
            })),
            _ => Err(ConfigError(faults)),
        }
    }
}

/// The names of a stage's tables.
#[derive(Debug, Clone)]
pub struct TableNames {
    /// The tables of the nouns, by the word for them: see [`NounFacts::table_variable`](crate::nouns::NounFacts::table_variable).
    pub nouns: BTreeMap<&'static str, String>,
    /// `IDEMPOTENCY_TABLE`, `SEARCH_TABLE`, `CHANGES_TABLE`: the tables that all nouns share.
    pub shared: SharedTables,
}

impl TableNames {
    /// Reads the names from the environment variables, all of which are required.
    pub fn read(mut required: impl FnMut(&str) -> String) -> Self {
        let nouns = NOUNS.iter();
        Self {
            nouns: nouns
                .map(|noun| (noun.many, required(&noun.table_variable())))
                .collect(),
            shared: SharedTables {
                idempotency: required("IDEMPOTENCY_TABLE"),
                search: required("SEARCH_TABLE"),
                changes: required("CHANGES_TABLE"),
            },
        }
    }
}

impl Config {
    /// Reads the settings. `variable` returns the value of an environment variable.
    ///
    /// # Errors
    /// [`ConfigError`] with every variable that is missing or wrong.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let given = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
        let mut faults = Vec::new();
        let mut required = |name: &str| {
            given(name).unwrap_or_else(|| {
                faults.push(format!("{name} (missing)"));
                String::new()
            })
        };
        let stage = required("STAGE");
        let function_version = required("AWS_LAMBDA_FUNCTION_VERSION");
        let mut config = Self {
            stage: Stage::Development,
            tables: TableNames::read(&mut required),
            files: None,
            user_pool_id: required("USER_POOL_ID"),
            user_pool_client_id: required("USER_POOL_CLIENT_ID"),
            user_pool_client_secret: required("USER_POOL_CLIENT_SECRET").into(),
            region: required("AWS_REGION"),
            function_name: required("AWS_LAMBDA_FUNCTION_NAME"),
            function_version,
            allowed_origins: Vec::new(),
            hosted_sign_in_url: given("HOSTED_SIGN_IN_URL"),
            redirect_uris: list(given("REDIRECT_URIS")),
            logout_uris: list(given("LOGOUT_URIS")),
            identity_providers: Vec::new(),
            jwks_url: given("JWKS_URL"),
            jwks: None,
            endpoint_url: given("AWS_ENDPOINT_URL"),
            trust: Trust::Amazon,
            log_level: tracing::level_filters::LevelFilter::INFO,
        };
        match Stage::named(&stage) {
            // `$LATEST` is code that was not released.
            Some(Stage::Production) if config.function_version == "$LATEST" => {
                faults
                    .push("STAGE (Production is served by published versions, not $LATEST)".into());
            }
            Some(stage) => config.stage = stage,
            None if stage.is_empty() => {}
            None => faults.push("STAGE (neither Development nor Production)".into()),
        }
        match given("JWKS").map(|text| decode(&text)) {
            None => {}
            Some(Some(key_set)) => config.jwks = Some(key_set),
            Some(None) => faults.push("JWKS (not base64)".into()),
        }
        let stands_in = config.endpoint_url.is_some() || config.jwks_url.is_some();
        match Trust::read(given, stands_in) {
            Ok(trust) => config.trust = trust,
            Err(ConfigError(wrong)) => faults.extend(wrong),
        }
        match parse_origins(given("ALLOWED_ORIGINS").as_deref().unwrap_or("*")) {
            Ok(origins) => config.allowed_origins = origins,
            Err(entry) => faults.push(format!(
                "ALLOWED_ORIGINS ({entry:?} is no origin: write scheme://host or scheme://host:port, with commas between; or \
                 * alone for all)"
            )),
        }
        match FilesConfig::read(given) {
            Ok(files) => config.files = files,
            Err(ConfigError(wrong)) => faults.extend(wrong),
        }
        match parse_providers(&list(given("IDENTITY_PROVIDERS"))) {
            Some(providers) => config.identity_providers = providers,
            None => faults.push("IDENTITY_PROVIDERS (not a list of name:type)".into()),
        }
        match given("LOG_LEVEL")
            .as_deref()
            .unwrap_or("info")
            .to_ascii_lowercase()
            .parse()
        {
            Ok(level) => config.log_level = level,
            Err(_) => faults.push("LOG_LEVEL (not a level)".to_owned()),
        }
        if faults.is_empty() {
            Ok(config)
        } else {
            Err(ConfigError(faults))
        }
    }

    /// The `iss` claim of the pool's tokens.
    #[must_use]
    pub fn issuer_url(&self) -> String {
        format!(
            "https://cognito-idp.{}.amazonaws.com/{}",
            self.region, self.user_pool_id
        )
    }

    /// The configuration that apps need to sign users in.
    #[must_use]
    pub fn auth_configuration(&self) -> AuthConfiguration {
        AuthConfiguration {
            region: self.region.clone(),
            user_pool_id: self.user_pool_id.clone(),
            client_id: self.user_pool_client_id.clone(),
            issuer: self.issuer_url(),
            jwks_uri: self.jwks_url(),
            password_policy: PASSWORD_POLICY,
            hosted_sign_in: self.hosted_sign_in_url.as_ref().map(|url| {
                HostedSignIn::at(
                    url.trim_end_matches('/'),
                    self.redirect_uris.clone(),
                    self.logout_uris.clone(),
                    self.identity_providers.clone(),
                )
            }),
        }
    }

    /// The URL at which authorization codes are exchanged; `None` without a hosted sign-in.
    #[must_use]
    pub fn token_endpoint(&self) -> Option<String> {
        let domain = self.hosted_sign_in_url.as_ref()?;
        Some(format!("{}/oauth2/token", domain.trim_end_matches('/')))
    }

    /// The URL of the pool's key set.
    #[must_use]
    pub fn jwks_url(&self) -> String {
        self.jwks_url
            .clone()
            .unwrap_or_else(|| format!("{}/.well-known/jwks.json", self.issuer_url()))
    }
}

/// Reads environment variables that are all required: `read` is given the function that looks one up.
///
/// # Errors
/// [`ConfigError`] with every variable that is missing.
pub fn required<T>(
    variable: impl Fn(&str) -> Option<String>,
    read: impl FnOnce(&mut dyn FnMut(&str) -> String) -> T,
) -> Result<T, ConfigError> {
    let mut faults = Vec::new();
    let values = read(&mut |name| {
        let value = variable(name).filter(|value| !value.trim().is_empty());
        value.unwrap_or_else(|| {
            faults.push(format!("{name} (missing)"));
            String::new()
        })
    });
    if faults.is_empty() {
        Ok(values)
    } else {
        Err(ConfigError(faults))
    }
}

/// Returns the value of an environment variable of this process; `None` if it is missing or not in UTF-8.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "where the settings come from")]
pub fn environment(variable: &str) -> Option<String> {
    std::env::var(variable).ok()
}

/// Splits a list at its commas. Empty entries are left out.
fn list(text: Option<String>) -> Vec<String> {
    let text = text.unwrap_or_default();
    let entries = text.split(',').map(str::trim);
    entries
        .filter(|entry| !entry.is_empty())
        .map(ToOwned::to_owned)
        .collect()
}

fn decode(base64: &str) -> Option<String> {
    String::from_utf8(STANDARD.decode(base64).ok()?).ok()
}

fn parse_providers(list: &[String]) -> Option<Vec<Provider>> {
    list.iter()
        .map(|entry| {
            let (name, kind) = entry.rsplit_once(':')?;
            let complete = !name.is_empty() && !kind.is_empty();
            complete.then(|| Provider {
                name: name.to_owned(),
                kind: kind.to_owned(),
            })
        })
        .collect()
}

/// Parses a list of origins: `*` gives an empty list. The error is the first entry that is no origin.
fn parse_origins(list: &str) -> Result<Vec<HeaderValue>, String> {
    if list.trim() == "*" {
        return Ok(Vec::new());
    }
    let origins = list.split(',').map(str::trim);
    origins
        .map(|origin| parse_origin(origin).ok_or_else(|| origin.to_owned()))
        .collect()
}

/// Parses an origin into the form that a browser sends (RFC 6454, section 6.2): scheme and host in lower case, without
/// the default port of the scheme. Any scheme but `file` is allowed, because apps have schemes of their own. `null` is
/// refused, because every sandboxed page sends it.
fn parse_origin(text: &str) -> Option<HeaderValue> {
    let url = Url::parse(text).ok()?;
    let host = url.host_str().filter(|host| !host.is_empty())?;
    // `Url::parse` accepts text that a browser never sends, such as backslashes and line ends.
    let (scheme, rest) = text.split_once("://")?;
    let plain = rest
        .chars()
        .all(|c| !c.is_whitespace() && !"/\\?#@*".contains(c));
    let nothing_else = matches!(url.path(), "" | "/")
        && url.scheme().eq_ignore_ascii_case(scheme)
        && url.scheme() != "file";
    let origin = url.origin();
    let origin = if origin.is_tuple() {
        origin.ascii_serialization()
    } else {
        let host = host.to_ascii_lowercase();
        let port = url
            .port()
            .map_or_else(String::new, |port| format!(":{port}"));
        format!("{}://{host}{port}", url.scheme())
    };
    let origin = HeaderValue::from_str(&origin).ok()?;
    (plain && nothing_else).then_some(origin)
}

#[cfg(test)]
mod tests;
