//! Becoming a user.

use aws_lc_rs::rand;
use aws_sdk_cognitoidentityprovider::types::UserContextDataType;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret as _, SecretString};

use super::{
    CognitoIdentity, attribute, once, password,
    refusal::{Refusal, unavailable},
};
use crate::identity::{ClientContext, Confirmed, Email, IdentityError, PASSWORD_POLICY, SignUp};

/// Makes the user, with a password that nobody knows: that of the account comes with the code, so that whoever signs up
/// with the address of somebody else never chooses it.
pub(super) async fn sign_up(
    cognito: &CognitoIdentity,
    sign_up: &SignUp,
    client: &ClientContext,
) -> Result<(), IdentityError> {
    check(&sign_up.password)?;
    cognito.mail.check()?;
    let mut request = cognito
        .client
        .sign_up()
        .client_id(&cognito.app_client.id)
        .secret_hash(cognito.app_client.secret_hash(sign_up.email.as_str()))
        .username(sign_up.email.as_str())
        .password(random_password()?.expose_secret())
        .user_attributes(attribute("email", sign_up.email.as_str())?)
        .set_user_context_data(user_context(client));
    if let Some(name) = &sign_up.name {
        request = request.user_attributes(attribute("name", name.as_str())?);
    }
    let Err(error) = request.send().await else {
        return Ok(());
    };
    let refusal = Refusal::from(error);
    match refusal.name() {
        // Who signs up with an address that waits for its code gets one, like the first who did. Cognito sends none to an
        // account that is confirmed, and nobody is told which of the two it is.
        "UsernameExistsException" => resend_code(cognito, &sign_up.email, client).await,
        // Nor that the pre-sign-up trigger refuses the address because it has an account with a federated provider.
        "UserLambdaValidationException" if refusal.says("address-in-use") => Ok(()),
        // An address that Cognito does not take is one that no code reaches, as many others are.
        "InvalidParameterException" if refusal.says("email") || refusal.says("username") => cognito
            .mail
            .settle(&refusal, &["InvalidParameterException"]),
        // The pool lets nobody sign up.
        "NotAuthorizedException" => Err(IdentityError::Misconfigured(
            "Cognito answered NotAuthorizedException".into(),
        )),
        // The account was made nevertheless: the code can be sent again.
        _ => cognito
            .mail
            .settle(&refusal, &["CodeDeliveryFailureException"]),
    }
}

/// Confirms the address, then replaces the password, whoever signed up: Cognito has one that nobody knows, or the one of
/// somebody who signed up at Cognito's own address. From the confirmation on the mailbox can reset the password, so
/// nothing is lost when a call after it fails.
pub(super) async fn confirm_sign_up(
    cognito: &CognitoIdentity,
    email: &Email,
    code: &SecretString,
    password: Option<&SecretString>,
    client: &ClientContext,
) -> Result<Confirmed, IdentityError> {
    // Before the code is used up.
    password.map_or(Ok(()), check)?;
    cognito
        .client
        .confirm_sign_up()
        .client_id(&cognito.app_client.id)
        .secret_hash(cognito.app_client.secret_hash(email.as_str()))
        .username(email.as_str())
        .confirmation_code(code.expose_secret())
        .set_user_context_data(user_context(client))
        .customize()
        .config_override(once())
        .send()
        .await
        .map_err(|error| Refusal::from(error).of_code())?;
    let replaced = match password {
        Some(password) => set_password(cognito, email, password).await,
        None => false,
    };
    let next = if replaced {
        Confirmed::SignIn
    } else {
        demand_reset(cognito, email).await;
        Confirmed::ResetPassword
    };
    password::end_sessions(cognito, email).await;
    Ok(next)
}

/// Gives a confirmed account its password, if the pool takes it: its policy may demand more than the API's.
async fn set_password(cognito: &CognitoIdentity, email: &Email, password: &SecretString) -> bool {
    let set = cognito
        .client
        .admin_set_user_password()
        .user_pool_id(&cognito.pool_id)
        .username(email.as_str())
        .password(password.expose_secret())
        .permanent(true)
        .send()
        .await;
    set.map_err(|error| log_failure(&error.into(), "password not set after a confirmation"))
        .is_ok()
}

/// Mails a code to set a password with, and lets nobody sign in until that was done.
async fn demand_reset(cognito: &CognitoIdentity, email: &Email) {
    let demanded = cognito
        .client
        .admin_reset_user_password()
        .user_pool_id(&cognito.pool_id)
        .username(email.as_str())
        .send()
        .await;
    if let Err(error) = demanded {
        log_failure(&error.into(), "no code mailed after a confirmation");
    }
}

/// The address is confirmed and the code used up: a failure is for us to look at, and the user asks for another code.
fn log_failure(refusal: &Refusal, what: &'static str) {
    tracing::error!(exception = refusal.name(), "{what}");
}

pub(super) async fn resend_code(
    cognito: &CognitoIdentity,
    email: &Email,
    client: &ClientContext,
) -> Result<(), IdentityError> {
    cognito.mail.check()?;
    let sent = cognito
        .client
        .resend_confirmation_code()
        .client_id(&cognito.app_client.id)
        .secret_hash(cognito.app_client.secret_hash(email.as_str()))
        .username(email.as_str())
        .set_user_context_data(user_context(client))
        .send()
        .await;
    match sent {
        Ok(_) => Ok(()),
        Err(error) => cognito.mail.settle(&error.into(), OF_ACCOUNT),
    }
}

/// What Cognito answers, to a request for a code, of one account and not of all: that it does not
/// exist, is confirmed already, was invited or has another provider; that it has asked too often;
/// that its mailbox, or a trigger that looked at it, did not take the mail.
pub(super) const OF_ACCOUNT: &[&str] = &[
    "CodeDeliveryFailureException",
    "InvalidParameterException",
    "LimitExceededException",
    "NotAuthorizedException",
    "UserLambdaValidationException",
    "UserNotConfirmedException",
    "UserNotFoundException",
];

/// Refuses a password that breaks the policy: Cognito sees it only once the address is confirmed.
fn check(password: &SecretString) -> Result<(), IdentityError> {
    let broken = PASSWORD_POLICY.broken_rules(password);
    if broken.is_empty() {
        Ok(())
    } else {
        Err(IdentityError::WeakPassword(broken))
    }
}

/// 256 random bits, and a character of each kind that a policy may demand.
fn random_password() -> Result<SecretString, IdentityError> {
    let mut bytes = [0; 32];
    rand::fill(&mut bytes).map_err(|_| unavailable("no random numbers"))?;
    Ok(format!("{}-Aa1", URL_SAFE_NO_PAD.encode(bytes)).into())
}

/// From where a request comes, for an operation that everybody may call.
pub(super) fn user_context(client: &ClientContext) -> Option<UserContextDataType> {
    let address = client.address?.to_string();
    Some(UserContextDataType::builder().ip_address(address).build())
}
