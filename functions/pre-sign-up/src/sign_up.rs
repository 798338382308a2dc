//! Decides on a sign-up event, logs the decision and answers Cognito.

use aws_lambda_events::event::cognito::{
    CognitoEventUserPoolsPreSignup as SignUp, CognitoEventUserPoolsPreSignupResponse as Response,
    CognitoEventUserPoolsPreSignupTriggerSource as Source,
};
use lambda_runtime::{Diagnostic, LambdaEvent};
use serde_json::Value;

use crate::users::Users;

/// The reason for refusing a sign-up. Cognito passes the text on to its caller, or into the `error_description` of the
/// hosted sign-in's redirect. The first word is for programs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// Another account has the address.
    #[error("address-in-use: this e-mail address has an account, sign in to that one")]
    AddressInUse,
    /// There is no address to compare.
    #[error("address-missing: an account needs an e-mail address")]
    AddressMissing,
    /// The provider says that the address is not verified: it may belong to another person, whom the account would
    /// keep out.
    #[error("address-unverified: the provider has not verified this e-mail address")]
    AddressUnverified,
    /// The check failed. The cause is for the log: the failure in one word, without data of the event.
    #[error("not-checked: the sign-up could not be checked, try again later")]
    NotChecked(String),
}

impl Refusal {
    const fn code(&self) -> &'static str {
        match self {
            Self::AddressInUse => "address-in-use",
            Self::AddressMissing => "address-missing",
            Self::AddressUnverified => "address-unverified",
            Self::NotChecked(_) => "not-checked",
        }
    }
}

impl From<Refusal> for Diagnostic {
    fn from(refusal: Refusal) -> Self {
        Self {
            error_type: refusal.code().to_owned(),
            error_message: refusal.to_string(),
        }
    }
}

/// Accepts or refuses a sign-up, and logs the decision.
///
/// The event comes as JSON, because the runtime quotes an event that it cannot deserialise in the log.
pub(crate) async fn check(users: &Users, event: LambdaEvent<Value>) -> Result<SignUp, Refusal> {
    let (event, context) = event.into_parts();
    let trigger = event["triggerSource"].as_str().map(ToOwned::to_owned);
    let decided = decide(users, event).await;
    let trigger = trigger.as_deref();
    let request_id = context.request_id.as_str();
    let decision = decided.as_ref().map_or_else(Refusal::code, |_| "accepted");
    if let Err(Refusal::NotChecked(cause)) = &decided {
        tracing::error!(request_id, trigger, decision, cause, "sign-up");
    } else {
        tracing::info!(request_id, trigger, decision, "sign-up");
    }
    decided
}

/// True if the provider says that the address is not verified. Many providers, such as those of SAML, do not say.
fn is_denied(sign_up: &SignUp) -> bool {
    let verified = sign_up.request.user_attributes.get("email_verified");
    verified.is_some_and(|verified| !verified.eq_ignore_ascii_case("true"))
}

async fn decide(users: &Users, event: Value) -> Result<SignUp, Refusal> {
    let not_checked = |cause: &str| Refusal::NotChecked(cause.to_owned());
    let mut sign_up: SignUp =
        serde_json::from_value(event).map_err(|_| not_checked("unreadable event"))?;
    let header = &sign_up.cognito_event_user_pools_header;
    let (Some(pool), Some(user_name), Some(_)) = (
        &header.user_pool_id,
        &header.user_name,
        &header.trigger_source,
    ) else {
        return Err(not_checked("incomplete event"));
    };
    let address = sign_up.request.user_attributes.get("email");
    let address = address
        .filter(|address| !address.is_empty())
        .ok_or(Refusal::AddressMissing)?;
    if header.trigger_source == Some(Source::ExternalProvider) && is_denied(&sign_up) {
        return Err(Refusal::AddressUnverified);
    }
    let found = users.any_other_with(pool, address, user_name).await;
    if found.map_err(Refusal::NotChecked)? {
        return Err(Refusal::AddressInUse);
    }
    // Nothing is confirmed or verified here: that takes a code, or an administrator.
    sign_up.response = Response::default();
    Ok(sign_up)
}
