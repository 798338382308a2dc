//! Codes of an authenticator app.

use async_trait::async_trait;
use aws_sdk_cognitoidentityprovider::types::{
    SoftwareTokenMfaSettingsType, VerifySoftwareTokenResponseType,
};
use secrecy::{ExposeSecret as _, SecretString};

use super::{
    CognitoIdentity, once, passkeys, password,
    refusal::{Refusal, unavailable},
};
use crate::identity::{IdentityError, Name, Result, SignedInUser, TotpOperations};

#[async_trait]
impl TotpOperations for CognitoIdentity {
    async fn set_up_totp(
        &self,
        user: &SignedInUser,
        current: &SecretString,
    ) -> Result<SecretString> {
        password::prove(self, user, current).await?;
        self.client
            .associate_software_token()
            .access_token(user.access_token.expose_secret())
            .send()
            .await
            .map_err(|error| of_pool(&error.into()))?
            .secret_code
            .map(SecretString::from)
            .ok_or_else(|| unavailable("the secret is missing"))
    }

    async fn verify_totp(
        &self,
        user: &SignedInUser,
        code: &SecretString,
        device: Option<&Name>,
    ) -> Result<()> {
        let answer = self
            .client
            .verify_software_token()
            .access_token(user.access_token.expose_secret())
            .user_code(code.expose_secret())
            .set_friendly_device_name(device.map(|name| name.as_str().to_owned()))
            .customize()
            // A code is valid once, so the call is not retried.
            .config_override(once())
            .send()
            .await
            .map_err(|error| {
                let refusal = Refusal::from(error);
                match refusal.name() {
                    "InvalidParameterException" => IdentityError::WrongCode,
                    _ => of_pool(&refusal),
                }
            })?;
        if answer.status != Some(VerifySoftwareTokenResponseType::Success) {
            return Err(IdentityError::WrongCode);
        }
        demand(self, user, true).await?;
        passkeys::count_as_two_factors(self, user, true).await;
        Ok(())
    }

    async fn turn_off_totp(&self, user: &SignedInUser, current: &SecretString) -> Result<()> {
        password::prove(self, user, current).await?;
        // This comes first, because Cognito allows it only with another second factor.
        passkeys::count_as_two_factors(self, user, false).await;
        demand(self, user, false).await
    }
}

/// Sets whether every sign-in requires a code. It does so as an administrator, because a firewall refuses the operation
/// that takes an access token alone (`SetUserMFAPreference`). The token was valid a moment ago.
async fn demand(cognito: &CognitoIdentity, user: &SignedInUser, demanded: bool) -> Result<()> {
    let settings = SoftwareTokenMfaSettingsType::builder()
        .enabled(demanded)
        .preferred_mfa(demanded)
        .build();
    cognito
        .client
        .admin_set_user_mfa_preference()
        .user_pool_id(&cognito.pool_id)
        .username(&user.username)
        .software_token_mfa_settings(settings)
        .send()
        .await
        .map(drop)
        .map_err(|error| {
            let refusal = Refusal::from(error);
            match refusal.name() {
                "NotAuthorizedException" => refusal.of_administrator(),
                _ => of_pool(&refusal),
            }
        })
}

/// The pool does not support authenticator apps, or requires them.
fn of_pool(refusal: &Refusal) -> IdentityError {
    match refusal.name() {
        "InvalidParameterException" | "InvalidUserPoolConfigurationException" => {
            IdentityError::NotPossible
        }
        _ => refusal.in_session(),
    }
}
