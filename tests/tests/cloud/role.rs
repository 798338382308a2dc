//! Clients of AWS with the function's role, and with the rights of the account's owner.

use aws_lc_rs::digest::{SHA256, digest};
use aws_sdk_cognitoidentityprovider as cognito;
use aws_sdk_dynamodb::{
    self as dynamo,
    config::{BehaviorVersion, Credentials, Region, retry::RetryConfig},
    error::ProvideErrorMetadata,
};

use crate::cloud::Cloud;

#[derive(Debug)]
pub(crate) struct Clients {
    pub(crate) dynamo: dynamo::Client,
    pub(crate) cognito: cognito::Client,
}

impl Clients {
    pub(crate) fn of_the_owner(cloud: &Cloud) -> Self {
        Self::new(cloud, owner())
    }

    /// Clients with the session of Development's function.
    pub(crate) fn of_the_function(cloud: &Cloud) -> Self {
        Self::new(cloud, session(cloud))
    }

    /// Clients with the session of Development's relay.
    pub(crate) fn of_the_relay(cloud: &Cloud) -> Self {
        let function = cloud.output("DevelopmentChangesFunctionName");
        let role = cloud.resource("DevelopmentChangesFunctionRole");
        Self::new(cloud, session_of(cloud, function, role))
    }

    fn new(cloud: &Cloud, credentials: Credentials) -> Self {
        let http = service::aws::http_client(&service::aws::connector(service::aws::Trust::System));
        let dynamo = dynamo::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(cloud.region.clone()))
            .credentials_provider(credentials.clone())
            .retry_config(RetryConfig::disabled())
            .http_client(http.clone())
            .endpoint_url(&cloud.endpoint)
            .build();
        let cognito = cognito::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(cloud.region.clone()))
            .credentials_provider(credentials)
            .retry_config(RetryConfig::disabled())
            .http_client(http)
            .endpoint_url(&cloud.endpoint)
            .build();
        Self {
            dynamo: dynamo::Client::from_conf(dynamo),
            cognito: cognito::Client::from_conf(cognito),
        }
    }
}

/// The credentials of the account's owner.
pub(crate) fn owner() -> Credentials {
    Credentials::new("test", "test", None, None, "owner")
}

/// The session of Development's function.
pub(crate) fn session(cloud: &Cloud) -> Credentials {
    let function = cloud.output("DevelopmentFunctionName");
    session_of(cloud, function, cloud.resource("DevelopmentFunctionRole"))
}

/// The session of a function, which MiniStack derives from the names of function and role.
fn session_of(cloud: &Cloud, function: &str, role: &str) -> Credentials {
    let (region, account) = (&cloud.region, "000000000000");
    let function = format!("arn:aws:lambda:{region}:{account}:function:{function}");
    let seed = hash(&format!("{function}:arn:aws:iam::{account}:role/{role}"));
    Credentials::new(
        format!("ASIA{}", seed[..16].to_ascii_uppercase()),
        hash(&format!("secret:{seed}")),
        Some(hash(&format!("token:{seed}"))),
        None,
        "function",
    )
}

fn hash(text: &str) -> String {
    use std::fmt::Write as _;
    let digest = digest(&SHA256, text.as_bytes());
    digest
        .as_ref()
        .iter()
        .fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

/// The outcome of a call: success, or the error's code.
pub(crate) fn outcome<T, E: ProvideErrorMetadata>(result: Result<T, E>) -> Result<(), String> {
    match result {
        Ok(_) => Ok(()),
        Err(error) => Err(error.code().unwrap_or("no answer").to_owned()),
    }
}
