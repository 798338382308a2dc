//! Sign-up and its confirmation.

use async_trait::async_trait;
use aws_lc_rs::rand;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use kit::deadline;
use secrecy::{ExposeSecret as _, SecretString};

use super::{
    CognitoIdentity, OF_ACCOUNT, attribute, once, password,
    refusal::{Refusal, unavailable},
    user_context,
};
use crate::identity::{
    ClientContext, Confirmed, Email, IdentityError, PASSWORD_POLICY, Result, SignUp,
    SignUpOperations,
};

#[async_trait]
impl SignUpOperations for CognitoIdentity {
    /// Creates the user with a random password. The account's own password is set with the code, so a person who signs up
    /// with the address of somebody else cannot choose it.
    async fn sign_up(&self, sign_up: SignUp, client: &ClientContext) -> Result<()> {
        PASSWORD_POLICY.check(&sign_up.password)?;
        self.mail.check()?;
        let mut request = self
            .client
            .sign_up()
            .client_id(&self.app_client.id)
            .secret_hash(self.app_client.secret_hash(sign_up.email.as_str()))
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
            // An address that is not confirmed gets another code. Cognito sends none to a confirmed account, and the
            // response does not show which of the two it is.
            "UsernameExistsException" => self.resend_code(&sign_up.email, client).await,
            // The response does not show either that the pre-sign-up trigger refuses the address of a federated user.
            "UserLambdaValidationException" if refusal.says("address-in-use") => Ok(()),
            // An address that Cognito does not accept gets the response of one that no code reaches.
            "InvalidParameterException" if refusal.says("email") || refusal.says("username") => {
                self.mail.settle(&refusal, &["InvalidParameterException"])
            }
            // The pool does not allow sign-ups.
            "NotAuthorizedException" => Err(IdentityError::Misconfigured(
                "Cognito answered NotAuthorizedException".into(),
            )),
            // If only the delivery of the code failed, the account exists and the code can be sent again.
            _ => self
                .mail
                .settle(&refusal, &["CodeDeliveryFailureException"]),
        }
    }

    /// Confirms the address, and then replaces the password in every case: Cognito has a random one, or that of a person
    /// who called Cognito directly. Once the address is confirmed, the mailbox can reset the password, so nothing is lost
    /// if a later call fails: it is only logged.
    async fn confirm_sign_up(
        &self,
        email: &Email,
        code: &SecretString,
        password: Option<&SecretString>,
        client: &ClientContext,
    ) -> Result<Confirmed> {
        // Cognito checks the password only after the address is confirmed, when the code is used up.
        password.map_or(Ok(()), |password| PASSWORD_POLICY.check(password))?;
        self.client
            .confirm_sign_up()
            .client_id(&self.app_client.id)
            .secret_hash(self.app_client.secret_hash(email.as_str()))
            .username(email.as_str())
            .confirmation_code(code.expose_secret())
            .set_user_context_data(user_context(client))
            .customize()
            .config_override(once())
            .send()
            .await
            .map_err(|error| Refusal::from(error).of_code())?;
        Ok(deadline::following(secure(self, email, password)).await)
    }

    async fn resend_code(&self, email: &Email, client: &ClientContext) -> Result<()> {
        self.mail.check()?;
        self.client
            .resend_confirmation_code()
            .client_id(&self.app_client.id)
            .secret_hash(self.app_client.secret_hash(email.as_str()))
            .username(email.as_str())
            .set_user_context_data(user_context(client))
            .send()
            .await
            .map(drop)
            .or_else(|error| self.mail.settle(&error.into(), OF_ACCOUNT))
    }
}

/// Replaces the password of an account that was just confirmed, and ends its sessions.
async fn secure(
    cognito: &CognitoIdentity,
    email: &Email,
    password: Option<&SecretString>,
) -> Confirmed {
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
    next
}

/// Sets the password of a confirmed account. Returns false if the pool refuses it, because its policy may be stricter
/// than the API's.
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
    set.map_err(|error| Refusal::from(error).log("password not set after a confirmation"))
        .is_ok()
}

/// Mails a code to set a password. Nobody can sign in until that is done.
async fn demand_reset(cognito: &CognitoIdentity, email: &Email) {
    let demanded = cognito
        .client
        .admin_reset_user_password()
        .user_pool_id(&cognito.pool_id)
        .username(email.as_str())
        .send()
        .await;
    if let Err(error) = demanded {
        Refusal::from(error).log("no code mailed after a confirmation");
    }
}

/// Creates a password from 256 random bits, with a character of each kind that a policy may require.
fn random_password() -> Result<SecretString> {
    let mut bytes = [0; 32];
    rand::fill(&mut bytes).map_err(|_| unavailable("no random numbers"))?;
    Ok(format!("{}-Aa1", URL_SAFE_NO_PAD.encode(bytes)).into())
}
