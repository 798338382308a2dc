//! Accounts in an Amazon Cognito user pool.
//!
//! Passwords are checked with operations of an administrator, because these take the client's address. Challenges and
//! the responses to them are passed on, because only the app needs to understand them.

mod app_client;
mod code;
mod document;
mod mail;
mod passkeys;
mod password;
mod profile;
mod refusal;
mod session;
mod sessions;
mod sign_in;
mod sign_up;
mod totp;
mod user;

use std::sync::{Arc, LazyLock};

use aws_sdk_cognitoidentityprovider::{
    Client,
    config::{Builder, retry::RetryConfig, timeout::TimeoutConfig},
    types::{AttributeType, UserContextDataType},
};
use kit::deadline::BUDGET;

use self::mail::Mail;
pub use self::{app_client::AppClient, code::TokenEndpoint};
use super::{ClientContext, Result};

/// A user pool, reached through one app client.
#[derive(Debug, Clone)]
pub struct CognitoIdentity {
    client: Arc<LazyLock<Client, MakeClient>>,
    pool_id: String,
    app_client: AppClient,
    token_endpoint: Option<TokenEndpoint>,
    mail: Mail,
}

type MakeClient = Box<dyn FnOnce() -> Client + Send>;

impl CognitoIdentity {
    /// Creates an identity provider for this pool. The SDK client is created on first use, because most requests do not
    /// need it.
    #[must_use]
    pub fn new(
        make_client: impl FnOnce() -> Client + Send + 'static,
        pool_id: String,
        app_client: AppClient,
    ) -> Self {
        Self {
            client: Arc::new(LazyLock::new(Box::new(make_client))),
            pool_id,
            app_client,
            token_endpoint: None,
            mail: Mail::default(),
        }
    }

    /// Adds a hosted sign-in, whose codes are exchanged at this endpoint.
    #[must_use]
    pub fn with_hosted_sign_in(mut self, token_endpoint: TokenEndpoint) -> Self {
        self.token_endpoint = Some(token_endpoint);
        self
    }
}

/// Turns off the SDK's retries, for calls that succeed only once: if the response is lost, a retry would report a
/// failure. The one attempt may take all the time of the request.
fn once() -> Builder {
    let limits = TimeoutConfig::builder().operation_attempt_timeout(BUDGET);
    Builder::default()
        .retry_config(RetryConfig::disabled())
        .timeout_config(limits.build())
}

fn attribute(name: &str, value: &str) -> Result<AttributeType> {
    AttributeType::builder()
        .name(name)
        .value(value)
        .build()
        .map_err(refusal::unavailable)
}

/// The exceptions of a request for a code that depend on the account: it does not exist, is confirmed already, was
/// invited or has another provider; it has asked too often; its mailbox, or a trigger, refused the mail.
const OF_ACCOUNT: &[&str] = &[
    "CodeDeliveryFailureException",
    "InvalidParameterException",
    "LimitExceededException",
    "NotAuthorizedException",
    "UserLambdaValidationException",
    "UserNotConfirmedException",
    "UserNotFoundException",
];

/// The client's address, for an operation that anybody may call.
fn user_context(client: &ClientContext) -> Option<UserContextDataType> {
    let address = client.address?.to_string();
    Some(UserContextDataType::builder().ip_address(address).build())
}
