//! Reads and changes the attributes of a user in Cognito, and deletes the user.

use async_trait::async_trait;
use secrecy::{ExposeSecret as _, SecretString};

use super::{
    CognitoIdentity, attribute, once, password,
    refusal::Refusal,
    sessions::{gone_is_done, is_of_another},
    user::get_user,
};
use crate::identity::{
    AccountOperations, Email, IdentityError, Name, Profile, Result, SignedInUser,
};

/// The exceptions of Cognito that say that a new e-mail address is taken or gets no mail. The user is not told, because
/// they would show whether somebody else has an account.
const OF_OTHER_ADDRESS: &[&str] = &[
    "AliasExistsException",
    "CodeDeliveryFailureException",
    "InvalidParameterException",
    "UserLambdaValidationException",
];

#[async_trait]
impl AccountOperations for CognitoIdentity {
    async fn profile(&self, user: &SignedInUser) -> Result<Profile> {
        get_user(self, user).await.map(Profile::from)
    }

    async fn change_name(&self, user: &SignedInUser, name: Option<&Name>) -> Result<()> {
        get_user(self, user).await?;
        // A blank value removes the attribute.
        let changed = change(self, user, "name", name.map_or("", Name::as_str)).await?;
        changed.map_err(|refusal| refusal.of_administrator())
    }

    async fn change_email(
        &self,
        user: &SignedInUser,
        current: &SecretString,
        to: &Email,
    ) -> Result<()> {
        self.mail.check()?;
        password::prove(self, user, current).await?;
        // The pool keeps the old address until the code that it mails to the new one is verified.
        let Err(refusal) = change(self, user, "email", to.as_str()).await? else {
            return Ok(());
        };
        match refusal.name() {
            "NotAuthorizedException"
            | "PasswordResetRequiredException"
            | "UserNotConfirmedException"
            | "UserNotFoundException" => Err(refusal.of_administrator()),
            // The new address belongs to another account, or takes no mail.
            _ => self.mail.settle(&refusal, OF_OTHER_ADDRESS),
        }
    }

    async fn verify_email(&self, user: &SignedInUser, code: &SecretString) -> Result<()> {
        let verified = self
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

    async fn delete_account(&self, user: &SignedInUser) -> Result<()> {
        if is_of_another(self, user).await? {
            return Ok(());
        }
        self.client
            .admin_delete_user()
            .user_pool_id(&self.pool_id)
            .username(&user.username)
            .send()
            .await
            .map(drop)
            .or_else(|error| gone_is_done(&error.into()))
    }
}

/// Changes an attribute as an administrator, because a firewall refuses the operation that takes an access token alone
/// (`UpdateUserAttributes`). The caller has checked that the token is still valid.
async fn change(
    cognito: &CognitoIdentity,
    user: &SignedInUser,
    name: &str,
    value: &str,
) -> Result<Result<(), Refusal>> {
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
