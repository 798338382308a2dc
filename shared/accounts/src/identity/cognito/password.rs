//! Resets and changes passwords.

use async_trait::async_trait;
use aws_sdk_cognitoidentityprovider::types::AuthFlowType;
use kit::deadline;
use secrecy::{ExposeSecret as _, SecretString};

use super::{CognitoIdentity, OF_ACCOUNT, once, refusal::Refusal, sign_in, user, user_context};
use crate::identity::{
    ClientContext, Email, IdentityError, PasswordOperations, PasswordRule, Result, SignedInUser,
};

#[async_trait]
impl PasswordOperations for CognitoIdentity {
    async fn forgot_password(&self, email: &Email, client: &ClientContext) -> Result<()> {
        self.mail.check()?;
        self.client
            .forgot_password()
            .client_id(&self.app_client.id)
            .secret_hash(self.app_client.secret_hash(email.as_str()))
            .username(email.as_str())
            .set_user_context_data(user_context(client))
            .send()
            .await
            .map(drop)
            .or_else(|error| self.mail.settle(&error.into(), OF_ACCOUNT))
    }

    async fn reset_password(
        &self,
        email: &Email,
        code: &SecretString,
        new_password: &SecretString,
        client: &ClientContext,
    ) -> Result<()> {
        let reset = self
            .client
            .confirm_forgot_password()
            .client_id(&self.app_client.id)
            .secret_hash(self.app_client.secret_hash(email.as_str()))
            .username(email.as_str())
            .confirmation_code(code.expose_secret())
            .password(new_password.expose_secret())
            .set_user_context_data(user_context(client))
            .customize()
            .config_override(once())
            .send()
            .await;
        reset.map_err(|error| Refusal::from(error).of_code())?;
        deadline::following(end_sessions(self, email)).await;
        Ok(())
    }

    async fn change_password(
        &self,
        user: &SignedInUser,
        current: &SecretString,
        new: &SecretString,
    ) -> Result<()> {
        let changed = self
            .client
            .change_password()
            .access_token(user.access_token.expose_secret())
            .previous_password(current.expose_secret())
            .proposed_password(new.expose_secret())
            .customize()
            // A retry would send the password that the first try has replaced.
            .config_override(once())
            .send()
            .await;
        let Err(error) = changed else {
            return Ok(());
        };
        let refusal = Refusal::from(error);
        let wrong = match refusal.name() {
            "NotAuthorizedException" => IdentityError::WrongCredentials,
            "InvalidParameterException" if refusal.says("proposedpassword") => {
                return Err(IdentityError::WeakPassword(vec![PasswordRule::Unnamed]));
            }
            "InvalidParameterException" if refusal.says("previouspassword") => {
                IdentityError::WrongCredentials
            }
            "InvalidParameterException" => IdentityError::NotPossible,
            _ => return Err(refusal.in_session()),
        };
        // Cognito refuses a wrong password and a revoked token with the same exception, so the token is checked
        // again.
        let known = user::get_user(self, user).await?;
        Err(if known.is_federated() {
            IdentityError::NotPossible
        } else {
            wrong
        })
    }
}

/// Checks the current password of a user whose access token is still valid. A federated user is refused: the account
/// has no password here, and the next sign-in would overwrite a change with the provider's data.
///
/// Cognito checks a password only at a sign-in, so this starts one. Its tokens are dropped.
pub(super) async fn prove(
    cognito: &CognitoIdentity,
    user: &SignedInUser,
    current: &SecretString,
) -> Result<()> {
    if user::get_user(cognito, user).await?.is_federated() {
        return Err(IdentityError::NotPossible);
    }
    let flow = AuthFlowType::AdminUserPasswordAuth;
    sign_in::initiate_auth(cognito, flow, &user.username)
        .auth_parameters("PASSWORD", current.expose_secret())
        .send()
        .await
        .map(drop)
        .map_err(|error| {
            let refusal = Refusal::from(error);
            match refusal.name() {
                "NotAuthorizedException"
                | "InvalidParameterException"
                | "UserLambdaValidationException" => sign_in::refused(&refusal),
                _ => refusal.in_session(),
            }
        })
}

/// Ends every session of an address whose password was replaced: a person who knew the old password may have one, and
/// Cognito itself ends none. A failure is only logged, because the password is replaced and the code is used up.
pub(super) async fn end_sessions(cognito: &CognitoIdentity, email: &Email) {
    let ended = cognito
        .client
        .admin_user_global_sign_out()
        .user_pool_id(&cognito.pool_id)
        .username(email.as_str())
        .send()
        .await;
    if let Err(error) = ended {
        Refusal::from(error).log("sessions not ended after a password was replaced");
    }
}
