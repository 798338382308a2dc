//! Reads and changes the attributes of a user in Cognito.

use secrecy::{ExposeSecret as _, SecretString};

use super::{CognitoIdentity, attribute, once, password, refusal::Refusal, user::get_user};
use crate::identity::{Email, IdentityError, Name, SignedInUser};

pub(super) async fn change_name(
    cognito: &CognitoIdentity,
    user: &SignedInUser,
    name: Option<&Name>,
) -> Result<(), IdentityError> {
    get_user(cognito, user).await?;
    // A blank value removes the attribute.
    let changed = change(cognito, user, "name", name.map_or("", Name::as_str)).await?;
    changed.map_err(|refusal| refusal.of_administrator())
}

pub(super) async fn change_email(
    cognito: &CognitoIdentity,
    user: &SignedInUser,
    current: &SecretString,
    to: &Email,
) -> Result<(), IdentityError> {
    cognito.mail.check()?;
    password::prove(cognito, user, current).await?;
    // The pool keeps the old address until the code that it mails to the new one is verified.
    let Err(refusal) = change(cognito, user, "email", to.as_str()).await? else {
        return Ok(());
    };
    match refusal.name() {
        "NotAuthorizedException"
        | "PasswordResetRequiredException"
        | "UserNotConfirmedException"
        | "UserNotFoundException" => Err(refusal.of_administrator()),
        // The new address belongs to another account, or takes no mail.
        _ => cognito.mail.settle(&refusal, OF_OTHER_ADDRESS),
    }
}

/// The exceptions of Cognito that say that a new e-mail address is taken or gets no mail. The user is not told, because
/// they would show whether somebody else has an account.
const OF_OTHER_ADDRESS: &[&str] = &[
    "AliasExistsException",
    "CodeDeliveryFailureException",
    "InvalidParameterException",
    "UserLambdaValidationException",
];

/// Changes an attribute as an administrator, because a firewall refuses the operation that takes an access token alone
/// (`UpdateUserAttributes`). The caller has checked that the token is still valid.
async fn change(
    cognito: &CognitoIdentity,
    user: &SignedInUser,
    name: &str,
    value: &str,
) -> Result<Result<(), Refusal>, IdentityError> {
    let changed = cognito
        .client
        .admin_update_user_attributes()
        .user_pool_id(&cognito.pool_id)
        .username(&user.username)
        .user_attributes(attribute(name, value)?)
        .send()
        .await;
    Ok(changed.map(drop).map_err(Refusal::from))
}

pub(super) async fn verify_email(
    cognito: &CognitoIdentity,
    user: &SignedInUser,
    code: &SecretString,
) -> Result<(), IdentityError> {
    let verified = cognito
        .client
        .verify_user_attribute()
        .access_token(user.access_token.expose_secret())
        .attribute_name("email")
        .code(code.expose_secret())
        .customize()
        .config_override(once())
        .send()
        .await;
    let Err(error) = verified else {
        return Ok(());
    };
    let refusal = Refusal::from(error);
    Err(match refusal.name() {
        "InvalidParameterException" => IdentityError::WrongCode,
        _ => refusal.in_session(),
    })
}
