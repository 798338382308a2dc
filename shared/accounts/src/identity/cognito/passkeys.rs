//! Passkeys, which Cognito keeps and verifies (Amazon Cognito Developer Guide,
//! [Managing user passkeys](https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-authentication-flow-methods.html#amazon-cognito-user-pools-authentication-flow-methods-passkey)).

use async_trait::async_trait;
use aws_sdk_cognitoidentityprovider::types::{
    AuthFlowType, ChallengeNameType, WebAuthnCredentialDescription, WebAuthnMfaSettingsType,
};
use secrecy::{ExposeSecret as _, SecretString};
use time::OffsetDateTime;

use super::{
    CognitoIdentity, document, once, password,
    refusal::{Refusal, unavailable},
    sign_in::{Answer, context, initiate_auth},
    user,
};
use crate::identity::{
    ClientContext, Email, IdentityError, Passkey, PasskeyId, PasskeyOperations, Result, SignInStep,
    SignedInUser, WebAuthnJson,
};

/// The size of a page: the largest that Cognito allows, and the largest number of passkeys of a user.
const PAGE: i32 = 20;
const PAGES: usize = 10;

#[async_trait]
impl PasskeyOperations for CognitoIdentity {
    /// If Cognito returns another challenge than the passkey, the sign-in is refused: the name of the other challenge would
    /// show which factors the account has.
    async fn sign_in_with_passkey(
        &self,
        email: &Email,
        client: &ClientContext,
    ) -> Result<SignInStep> {
        let answer = initiate_auth(self, AuthFlowType::UserAuth, email.as_str())
            .auth_parameters("PREFERRED_CHALLENGE", ChallengeNameType::WebAuthn.as_str())
            .set_context_data(context(client, "/auth/sign-in-with-passkey")?)
            .send()
            .await
            .map_err(|error| refused(&error.into()))?;
        if answer.challenge_name != Some(ChallengeNameType::WebAuthn) {
            return Err(IdentityError::WrongCredentials);
        }
        Answer {
            result: None,
            name: answer.challenge_name,
            parameters: answer.challenge_parameters,
            available: None,
            session: answer.session,
        }
        .step(email.as_str())
    }

    async fn start_passkey_registration(
        &self,
        user: &SignedInUser,
        current: &SecretString,
    ) -> Result<WebAuthnJson> {
        password::prove(self, user, current).await?;
        let options = self
            .client
            .start_web_authn_registration()
            .access_token(user.access_token.expose_secret())
            .send()
            .await
            .map_err(|error| of_registration(&error.into()))?
            .credential_creation_options;
        document::to_json(options).map_err(unavailable)
    }

    async fn add_passkey(&self, user: &SignedInUser, credential: &WebAuthnJson) -> Result<()> {
        let added = self
            .client
            .complete_web_authn_registration()
            .access_token(user.access_token.expose_secret())
            .credential(document::of_json(credential))
            .customize()
            // A challenge is valid for one credential, so the call is not retried.
            .config_override(once())
            .send()
            .await;
        let Err(error) = added else {
            count_as_two_factors(self, user, true).await;
            return Ok(());
        };
        let refusal = Refusal::from(error);
        match refusal.name() {
            "InvalidParameterException" => Err(IdentityError::NotAccepted),
            // The exception may mean the credential or the token, so the token is checked again.
            "NotAuthorizedException" => {
                user::get_user(self, user).await?;
                Err(IdentityError::NotAccepted)
            }
            _ => Err(of_registration(&refusal)),
        }
    }

    async fn passkeys(&self, user: &SignedInUser) -> Result<Vec<Passkey>> {
        let mut passkeys = Vec::new();
        let mut next = None;
        for _ in 0..PAGES {
            let page = self
                .client
                .list_web_authn_credentials()
                .access_token(user.access_token.expose_secret())
                .max_results(PAGE)
                .set_next_token(next)
                .send()
                .await;
            match page {
                Ok(page) => {
                    passkeys.extend(page.credentials.into_iter().map(passkey));
                    next = page.next_token;
                }
                Err(error) => match of_keys(&error.into()) {
                    // The pool has no passkeys.
                    IdentityError::NotPossible => break,
                    other => return Err(other),
                },
            }
            if next.is_none() {
                break;
            }
        }
        Ok(passkeys)
    }

    async fn delete_passkey(&self, user: &SignedInUser, id: &PasskeyId) -> Result<()> {
        let deleted = self
            .client
            .delete_web_authn_credential()
            .access_token(user.access_token.expose_secret())
            .credential_id(id.as_str())
            .send()
            .await;
        deleted.map(drop).or_else(|error| {
            let refusal = Refusal::from(error);
            match refusal.name() {
                // No passkey has this id, or no passkey can have it.
                "InvalidParameterException" | "ResourceNotFoundException" => Ok(()),
                _ => match of_keys(&refusal) {
                    // The pool has no passkeys, so none has this id.
                    IdentityError::NotPossible => Ok(()),
                    other => Err(other),
                },
            }
        })
    }
}

/// Sets whether a passkey alone signs in a user who has an authenticator app: Cognito counts a passkey as one factor
/// unless the user's preference says otherwise. Cognito refuses the preference for users without another second factor,
/// and in pools whose passkeys do not verify users. It is not needed there, so a refusal is only logged.
pub(super) async fn count_as_two_factors(
    cognito: &CognitoIdentity,
    user: &SignedInUser,
    counts: bool,
) {
    let settings = WebAuthnMfaSettingsType::builder().enabled(counts).build();
    let set = cognito
        .client
        .admin_set_user_mfa_preference()
        .user_pool_id(&cognito.pool_id)
        .username(&user.username)
        .web_authn_mfa_settings(settings)
        .send()
        .await;
    if let Err(error) = set {
        let refusal = Refusal::from(error);
        tracing::debug!(
            exception = refusal.name(),
            "passkeys do not count as two factors"
        );
    }
}

/// The limit is the number of a user's passkeys, so waiting does not help.
fn of_registration(refusal: &Refusal) -> IdentityError {
    match refusal.name() {
        "LimitExceededException" => IdentityError::NotPossible,
        _ => refusal.in_session(),
    }
}

/// Cognito counts no attempts per user here, so a limit is one of all users together.
fn of_keys(refusal: &Refusal) -> IdentityError {
    match refusal.name() {
        "LimitExceededException" => {
            IdentityError::Throttled("Cognito answered LimitExceededException".into())
        }
        _ => refusal.in_session(),
    }
}

fn passkey(of: WebAuthnCredentialDescription) -> Passkey {
    let some = |text: String| Some(text).filter(|text| !text.is_empty());
    let created_at = of.created_at.as_nanos();
    Passkey {
        id: PasskeyId::new(of.credential_id),
        name: some(of.friendly_credential_name),
        created_at: OffsetDateTime::from_unix_timestamp_nanos(created_at)
            .unwrap_or(OffsetDateTime::UNIX_EPOCH),
        last_used_at: None,
        authenticator_attachment: of.authenticator_attachment.and_then(some),
        transports: of.authenticator_transports,
        relying_party_id: some(of.relying_party_id),
    }
}

/// The caller has proved nothing yet, so every state of the account gets the same answer.
fn refused(refusal: &Refusal) -> IdentityError {
    match refusal.name() {
        // The app client lacks the flow: the pool has no passkeys.
        "InvalidParameterException" if refusal.says("flow") || refusal.says("not enabled") => {
            IdentityError::NotPossible
        }
        "InvalidParameterException"
        | "NotAuthorizedException"
        | "PasswordResetRequiredException"
        | "UserLambdaValidationException"
        | "UserNotConfirmedException"
        | "UserNotFoundException" => IdentityError::WrongCredentials,
        _ => refusal.meaning(),
    }
}
