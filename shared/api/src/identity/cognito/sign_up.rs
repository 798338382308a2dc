//! Becoming a user.

use aws_sdk_cognitoidentityprovider::types::UserContextDataType;
use secrecy::{ExposeSecret as _, SecretString};

use super::{CognitoIdentity, attribute, once, refusal::Refusal};
use crate::identity::{ClientContext, Email, IdentityError, PasswordRule, SignUp};

pub(super) async fn sign_up(
    cognito: &CognitoIdentity,
    sign_up: &SignUp,
    client: &ClientContext,
) -> Result<(), IdentityError> {
    cognito.mail.check()?;
    let mut request = cognito
        .client
        .sign_up()
        .client_id(&cognito.client_id)
        .username(sign_up.email.as_str())
        .password(sign_up.password.expose_secret())
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
        // Whether the address has an account is nobody's business; nor that the pre-sign-up trigger
        // refuses it because it has one with a federated provider.
        "UsernameExistsException" => Ok(()),
        "UserLambdaValidationException" if refusal.says("address-in-use") => Ok(()),
        "InvalidParameterException" if refusal.says("password") => {
            Err(IdentityError::WeakPassword(vec![PasswordRule::Unnamed]))
        }
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

pub(super) async fn confirm_sign_up(
    cognito: &CognitoIdentity,
    email: &Email,
    code: &SecretString,
    client: &ClientContext,
) -> Result<(), IdentityError> {
    let confirmed = cognito
        .client
        .confirm_sign_up()
        .client_id(&cognito.client_id)
        .username(email.as_str())
        .confirmation_code(code.expose_secret())
        .set_user_context_data(user_context(client))
        .customize()
        .config_override(once())
        .send()
        .await;
    match confirmed {
        Ok(_) => Ok(()),
        Err(error) => Err(Refusal::from(error).of_code()),
    }
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
        .client_id(&cognito.client_id)
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

/// From where a request comes, for an operation that everybody may call.
pub(super) fn user_context(client: &ClientContext) -> Option<UserContextDataType> {
    let address = client.address?.to_string();
    Some(UserContextDataType::builder().ip_address(address).build())
}
